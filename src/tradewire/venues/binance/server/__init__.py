"""The server half of Binance Spot: what a simulator needs to speak the venue's wire."""

from tradewire.venues.binance.server.faults import ServerFaults
from tradewire.venues.binance.server.options import ServerOptions
from tradewire.venues.binance.server.venue import BinanceServer, make_server
from tradewire.venues.faults import FrameAction

__all__ = ["BinanceServer", "FrameAction", "ServerFaults", "ServerOptions", "make_server"]
