"""A simulated TheOne as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from tradewire.model.time import Nanos
from tradewire.venues.backend import Backend
from tradewire.venues.theone.server.broker import Broker
from tradewire.venues.theone.server.faults import ServerFaults
from tradewire.venues.theone.server.options import ServerOptions, parse_options
from tradewire.venues.theone.server.rest import Rest
from tradewire.venues.theone.server.session import TheOneSession
from tradewire.wire.protocol import HttpRequest, HttpResponse, ServerSession


class TheOneServer:
    """Server half of the venue. Methods as ``wire.protocol.ServerVenue`` describes them.

    A frame, a REST call or a tick may leave outputs with any connection, so all are to be drained after each.

    Args:
        backend: Keeps accounts, ledger and books.
        options: How the venue behaves.

    Attributes:
        faults: What is to go wrong.
    """

    def __init__(self, backend: Backend, options: ServerOptions) -> None:
        self._broker = Broker(backend, options)
        self._rest = Rest(self._broker)
        self._paths = options.paths
        self._numbers = count(1)
        self.faults: ServerFaults = self._broker.faults

    @property
    def subscriptions(self) -> Mapping[int, frozenset[str]]:
        """What each open connection is subscribed to, by its number, in the broker's names."""
        sessions = (listener for listener in self._broker.listeners if isinstance(listener, TheOneSession))
        return {session.number: frozenset(session.channels) for session in sessions}

    def nonces(self, key: str) -> tuple[str, ...]:
        """Return the nonces that ``key`` has used of late, on both transports, oldest first."""
        return self._broker.verifier.nonces(key)

    def upgrade(self, request: HttpRequest, now: Nanos) -> ServerSession | HttpResponse:
        """Take an upgrade on any path, or on those that the options name."""
        if self._paths and request.target.partition("?")[0] not in self._paths:
            return HttpResponse(404, b"")
        return TheOneSession(self._broker, next(self._numbers))

    def http(self, request: HttpRequest, now: Nanos) -> HttpResponse:
        """Answer a REST call."""
        return self._rest.answer(request, now)

    def tick(self, now: Nanos) -> None:
        """Carry swaps on, and write what a test wants written."""
        self._broker.desk.tick(now)
        for frame in self.faults.take_pushes():
            for listener in self._broker.listeners:
                listener.write(frame)

    def next_tick(self) -> Nanos | None:
        """When the next swap moves on; at once if a test wants something written."""
        return 0 if self.faults.pushes_wait else self._broker.desk.next_tick()


def make_server(backend: Backend, *, options: Mapping[str, Any] | None = None) -> TheOneServer:
    """Make the server half of TheOne.

    Args:
        backend: Keeps accounts, ledger and books.
        options: See ``ServerOptions``.

    Raises:
        ConfigurationError: An option is unknown or has no such value.
    """
    return TheOneServer(backend, parse_options(options))
