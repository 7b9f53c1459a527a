"""The server half of Binance Spot: what a simulator needs to speak the venue's wire."""

from tradewire.venues.binance.server.faults import FrameAction, ServerFaults
from tradewire.venues.binance.server.options import ServerOptions
from tradewire.venues.binance.server.venue import BinanceServer, make_server

__all__ = ["BinanceServer", "FrameAction", "ServerFaults", "ServerOptions", "make_server"]
