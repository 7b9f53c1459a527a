"""TheOne's server half: speaks the broker's side of the protocol over any ``Backend``."""

from tradewire.venues.theone.server.faults import ServerFaults
from tradewire.venues.theone.server.options import ServerOptions
from tradewire.venues.theone.server.venue import TheOneServer, make_server

__all__ = ["ServerFaults", "ServerOptions", "TheOneServer", "make_server"]
