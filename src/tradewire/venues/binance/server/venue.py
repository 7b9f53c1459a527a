"""The Binance venue as a server: which requests go where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewire.model.time import Nanos
from tradewire.venues.backend import Backend
from tradewire.venues.binance.server.calls import ApiError, page, refuse, split_target, time_unit
from tradewire.venues.binance.server.faults import ServerFaults
from tradewire.venues.binance.server.feed import Feed
from tradewire.venues.binance.server.messages import Form
from tradewire.venues.binance.server.options import ServerOptions, nanos, read_options
from tradewire.venues.binance.server.rest import Rest
from tradewire.venues.binance.server.session import StreamSession
from tradewire.wire.protocol import HttpRequest, HttpResponse, ServerSession, ServerVenue


class BinanceServer:
    """Server half of Binance Spot: market streams and public REST (a ``ServerVenue``).

    Attributes:
        faults: What can be made to go wrong.
    """

    def __init__(self, backend: Backend, options: ServerOptions) -> None:
        self.faults = ServerFaults()
        self._options = options
        self._feed = Feed(backend, self.faults)
        self._rest = Rest(self._feed, self.faults, options)

    def upgrade(self, request: HttpRequest, now: Nanos) -> ServerSession | HttpResponse:
        """Open a stream connection: ``/ws``, ``/ws/<name>[/<name>…]``, ``/stream``, ``/stream?streams=<name>/<name>``.

        Names that mean nothing are carried in silence, as the venue does.
        """
        if refusal := self.faults.upgrades.take():
            return self._rest.refused(refusal, now)
        path, params = split_target(request.target)
        root, _, rest = path.removeprefix("/").partition("/")
        if root not in {"ws", "stream"} or (root == "stream" and rest):
            return page(404, "Not found")
        try:
            form = Form(time_unit(params.get("timeUnit")), combined=root == "stream")
        except ApiError as error:
            return refuse(error)
        names = rest if root == "ws" else params.get("streams", "")
        streams = list(dict.fromkeys(filter(None, names.split("/"))))
        if len(streams) > self._options.max_streams:
            return refuse(ApiError(4, "Too many subscriptions"))
        return StreamSession(self._feed, self.faults, self._options, form, streams)

    def http(self, request: HttpRequest, now: Nanos) -> HttpResponse:
        """Answer a REST request."""
        return self._rest.answer(request, now)

    def tick(self, now: Nanos) -> None:
        """Flush the streams that are due; announce a shutdown that was asked for."""
        self._feed.tick(now)
        after, self.faults.shutdown_after = self.faults.shutdown_after, None
        if after is not None:
            for connection in self._feed.connections:
                connection.shut_down(now, now + nanos(after))

    def next_tick(self) -> Nanos | None:
        """When ``tick`` is wanted next."""
        return 0 if self.faults.shutdown_after is not None else self._feed.next_tick()


def make_server(backend: Backend, *, options: Mapping[str, Any] | None = None) -> ServerVenue:
    """Make the server half of Binance over ``backend``.

    Args:
        backend: The exchange behind it.
        options: See ``ServerOptions``.

    Raises:
        ConfigurationError: An option is unknown, has the wrong type or makes no sense.
    """
    return BinanceServer(backend, read_options(options))
