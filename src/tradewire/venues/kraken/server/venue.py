"""The Kraken venue as a server: which requests go where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewire.model.time import Nanos
from tradewire.venues.backend import Backend
from tradewire.venues.kraken.server.faults import ServerFaults
from tradewire.venues.kraken.server.feed import Feed
from tradewire.venues.kraken.server.options import ServerOptions, nanos, read_options
from tradewire.venues.kraken.server.rest import Rest, page
from tradewire.venues.kraken.server.session import PublicSession
from tradewire.wire.protocol import HttpRequest, HttpResponse, ServerSession, ServerVenue

#: Where market data is served: the venue has a host for it, a simulator a path; ``/v2`` is for clients told only a host.
PUBLIC_PATHS = {"/public/v2", "/v2"}


class KrakenServer:
    """Server half of Kraken Spot: public channels and public REST (a ``ServerVenue``).

    Attributes:
        faults: What can be made to go wrong.
    """

    def __init__(self, backend: Backend, options: ServerOptions) -> None:
        self.faults = ServerFaults()
        self._options = options
        self._feed = Feed(backend, self.faults)
        self._rest = Rest(self._feed, self.faults)
        self._upgrades = 0
        self._announced = self.faults.system
        self._close_at: Nanos | None = None

    def upgrade(self, request: HttpRequest, now: Nanos) -> ServerSession | HttpResponse:
        """Open a connection for market data."""
        if refusal := self.faults.upgrades.take():
            return page(refusal)
        if request.target.partition("?")[0] not in PUBLIC_PATHS:
            return HttpResponse(404, b"Not Found")
        self._upgrades += 1
        return PublicSession(self._feed, self.faults, self._options, _connection_id(self._upgrades))

    def http(self, request: HttpRequest, now: Nanos) -> HttpResponse:
        """Answer a REST request."""
        return self._rest.answer(request, now)

    def tick(self, now: Nanos) -> None:
        """Send what the markets have brought; announce the state of the system where it changed; shut down if it is time."""
        self._feed.tick()
        if self._close_at is not None and now >= self._close_at:
            self._close_at = None
            self._announced = self.faults.system = "online"
            for connection in tuple(self._feed.connections):
                connection.end(1001, "Going away")
        after, self.faults.shutdown_after = self.faults.shutdown_after, None
        if after is not None:
            self.faults.system = "maintenance"
            self._close_at = now + nanos(after)
        if self._announced != self.faults.system:
            self._announced = self.faults.system
            for connection in self._feed.connections:
                connection.announce()

    def next_tick(self) -> Nanos | None:
        """When ``tick`` is wanted next."""
        if self._announced != self.faults.system or self.faults.shutdown_after is not None:
            return 0
        moments = (self._close_at, self._feed.next_tick())
        return min((moment for moment in moments if moment is not None), default=None)


def _connection_id(count: int) -> int:
    """Make a number that looks like the venue's: unsigned, and more than a float or a signed 64-bit integer can hold."""
    return (count * 0x9E37_79B9_7F4A_7C15) & (1 << 63) - 1 | 1 << 63


def make_server(backend: Backend, *, options: Mapping[str, Any] | None = None) -> ServerVenue:
    """Make the server half of Kraken over ``backend``.

    Args:
        backend: The exchange behind it.
        options: See ``ServerOptions``.

    Raises:
        ConfigurationError: An option is unknown, has the wrong type or makes no sense.
    """
    return KrakenServer(backend, read_options(options))
