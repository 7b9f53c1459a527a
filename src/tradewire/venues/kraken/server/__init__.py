"""The server half of Kraken Spot: what a simulator needs to speak the venue's wire."""

from tradewire.venues.kraken.server.faults import ServerFaults
from tradewire.venues.kraken.server.options import ServerOptions
from tradewire.venues.kraken.server.venue import KrakenServer, make_server

__all__ = ["KrakenServer", "ServerFaults", "ServerOptions", "make_server"]
