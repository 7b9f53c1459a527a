"""Trading over WebSockets: live market data, account streams and order entry, with loopback venues included."""

from __future__ import annotations
