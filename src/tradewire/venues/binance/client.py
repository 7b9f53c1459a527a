"""Client half of the market streams.

Frames of the combined form name their stream at a fixed place, ``{"stream":"btcusdt@trade","data":…``. The first bytes of a
frame therefore decide, with one dictionary look-up, which route takes it; everything else (the raw form, answers, notices,
frames that some proxy re-formatted) goes the slow way and is told apart by its members.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec
from msgspec import UNSET

from tradewire.errors import TradewireError, Unsupported
from tradewire.model.channels import Book, Channel
from tradewire.model.events import Unrecognised
from tradewire.model.operations import Command, Request, Subscribe, Unsubscribe
from tradewire.model.time import MICROSECOND, MILLISECOND, Nanos
from tradewire.venues.binance.books import BookRoute
from tradewire.venues.binance.messages import Depth, Head
from tradewire.venues.binance.requests import Requests
from tradewire.venues.binance.routes import VENUE, Conversion, Route, make_route
from tradewire.venues.binance.streams import Symbols, channel_of, stream_name
from tradewire.venues.binance.unwrapped import mark_of_array, mark_of_channel, mark_of_payload
from tradewire.venues.spec import ClientContext
from tradewire.wire.control import Denied, Ready, ShutdownNotice
from tradewire.wire.protocol import Emit, HttpCall, HttpReply, Output

Receive: TypeAlias = Callable[[bytes, Nanos, Emit], None]

_PREFIX = b'{"stream":"'
#: How much of a frame decides its route: the prefix and a stream name with its closing quote fit in for all but the longest.
_BEGINNING = slice(40)
#: Different beginnings remembered; after short names a beginning reaches into the payload, where it varies.
_LEARNED_LIMIT = 8192

_head = msgspec.json.Decoder(Head).decode
_heads = msgspec.json.Decoder(list[Head]).decode


class MarketClient:
    """One connection of the market streams.

    Args:
        context: Options used: ``snapshot_limit`` (levels a side of the REST snapshot) and ``time_unit`` (``ms`` or ``us``).
    """

    def __init__(self, context: ClientContext) -> None:
        self._symbols = Symbols(context.instruments)
        self._conversion = Conversion(
            unit=MICROSECOND if context.options.get("time_unit") == "us" else MILLISECOND,
            symbols=self._symbols,
        )
        self._snapshot_limit: int = context.options.get("snapshot_limit", 5000)
        self._routes: dict[str, Route] = {}
        self._ended: set[str] = set()
        #: Which route takes a frame, by its beginning; only beginnings that hold the whole stream name are in here.
        self._learned: dict[bytes, Receive] = {}
        self._raw_routes: dict[str, list[Route]] | None = None
        self._requests = Requests(self._name_of, self._drop)
        self._calls: list[HttpCall] = []
        self._asked: dict[int, BookRoute] = {}
        self._due: set[BookRoute] = set()
        self._call_ids = 0

    def connected(self, now: Nanos, emit: Emit) -> None:
        """No login: ready at once."""
        emit(Ready())

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Take one frame. What cannot be read becomes ``Unrecognised``; other streams are not touched by it."""
        try:
            receive = self._learned[payload[_BEGINNING]]
        except KeyError:
            receive = self._receive_slowly
        try:
            receive(payload, now, emit)
        except (ValueError, RecursionError) as error:
            emit(Unrecognised(raw=bytes(payload), reason=str(error), venue=VENUE, received=now))

    def submit(self, command: Command, now: Nanos, emit: Emit) -> None:
        """Take a command."""
        match command:
            case Subscribe(channels=channels):
                self._requests.subscribe([channel for channel in channels if self._added(channel, emit)], now)
            case Unsubscribe(channels=channels):
                self._drop(channels)
                self._requests.unsubscribe(channels, now)
            case Request():
                self._requests.execute(command, now, emit)

    def http_reply(self, reply: HttpReply, now: Nanos, emit: Emit) -> None:
        """Take a depth snapshot, or the error it ended in."""
        route = self._asked.pop(reply.call_id, None)
        if route is None:
            return
        if isinstance(reply.result, Depth):
            route.snapshot(reply.result, now, emit)
        else:
            route.failed(reply.error or TradewireError("no snapshot in the answer", venue=VENUE), now, emit)

    def tick(self, now: Nanos, emit: Emit) -> None:
        """Fail late answers, ask for the snapshots that are due."""
        self._requests.tick(now, emit)
        due, self._due = self._due, set()
        for route in due:
            self._snapshot_wanted(route, now)

    def next_tick(self) -> Nanos | None:
        """The next deadline of a request, or the next snapshot to ask for."""
        deadline = self._requests.next_tick()
        if not self._due:  # as after nearly every read
            return deadline
        moments = [route.sync.fetch_at for route in self._due if route.sync.fetch_at is not None]
        if deadline is not None:
            moments.append(deadline)
        return min(moments, default=None)

    def disconnected(self, now: Nanos, emit: Emit, reason: TradewireError) -> None:
        """Mark the books stale and fail what is pending."""
        for route in self._routes.values():
            if isinstance(route, BookRoute):
                route.sync.lost(str(reason))
        self._asked.clear()
        self._due.clear()
        self._requests.disconnected(reason, emit)

    def take_outputs(self) -> list[Output]:
        """Control frames, then REST calls."""
        outputs: list[Output] = [*self._requests.outputs, *self._calls]
        if outputs:
            self._requests.outputs.clear()
            self._calls.clear()
        return outputs

    def position(self, channel: Channel) -> int | None:
        """Trade id, aggregate id or book update id of the last event; ``None`` for channels without numbers."""
        route = self._routes.get(self._name_of(channel))
        return None if route is None else route.position

    def _name_of(self, channel: Channel) -> str:
        return stream_name(channel, self._symbols)

    def _added(self, channel: Channel, emit: Emit) -> bool:
        try:
            name = self._name_of(channel)
            if name not in self._routes:
                self._routes[name] = self._new_route(channel)
        except Unsupported as error:
            emit(Denied(channels=(channel,), error=error))
            return False
        self._ended.discard(name)
        self._raw_routes = None
        return True

    def _new_route(self, channel: Channel) -> Route:
        if isinstance(channel, Book):
            return BookRoute(channel, self._conversion, self._snapshot_wanted)
        return make_route(channel, self._conversion)

    def _drop(self, channels: Sequence[Channel]) -> None:
        for channel in channels:
            name = self._name_of(channel)
            route = self._routes.pop(name, None)
            if isinstance(route, BookRoute):
                route.sync.lost("unsubscribed")
                self._due.discard(route)
                self._asked = {call: book for call, book in self._asked.items() if book is not route}
            self._ended.add(name)
        self._learned.clear()
        self._raw_routes = None

    def _snapshot_wanted(self, route: BookRoute, now: Nanos) -> None:
        at = route.sync.fetch_at
        if at is None:
            return
        if at > now:
            self._due.add(route)
            return
        self._due.discard(route)
        self._call_ids += 1
        self._asked[self._call_ids] = route
        params = {"symbol": self._symbols.venue(route.symbol), "limit": self._snapshot_limit}
        self._calls.append(HttpCall(call_id=self._call_ids, endpoint="depth", params=params))
        route.sync.asked(now)

    # -- frames that no learned beginning explains ------------------------------------------------------------------

    def _receive_slowly(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        if payload.startswith(_PREFIX):
            end = payload.find(b'"', len(_PREFIX))
            route = self._routes.get(payload[len(_PREFIX) : end].decode())
            if route is not None and end > 0:
                route.receive(payload, now, emit)
                if end < _BEGINNING.stop:
                    self._learn(payload[_BEGINNING], route.receive)
                return
        if payload.lstrip().startswith(b"["):
            self._receive_bare(payload, mark_of_array(_heads(payload)), now, emit)
            return
        head = _head(payload)
        if head.e == "serverShutdown" or head.stream == "!serverShutdown":
            emit(ShutdownNotice(reason="the server announced that it shuts down"))
        elif head.stream is not UNSET:
            self._receive_named(head.stream, payload, now, emit)
        elif (mark := mark_of_payload(head)) is not None:
            self._receive_bare(payload, mark, now, emit)
        else:
            self._receive_answer(head, payload, now, emit)

    def _learn(self, beginning: bytes, receive: Receive) -> None:
        if len(self._learned) >= _LEARNED_LIMIT:
            self._learned.clear()
        self._learned[beginning] = receive

    def _receive_named(self, name: str, payload: bytes, now: Nanos, emit: Emit) -> None:
        route = self._routes.get(name)
        if route is not None:
            route.receive(payload, now, emit)
        elif name not in self._ended:
            raise ValueError(f"the stream {name!r} was not subscribed")

    def _receive_bare(self, payload: bytes, mark: str | None, now: Nanos, emit: Emit) -> None:
        if self._raw_routes is None:
            self._raw_routes = {}
            for route in self._routes.values():
                self._raw_routes.setdefault(mark_of_channel(route.channel, self._symbols), []).append(route)
        routes = self._raw_routes.get(mark or "", [])
        if len(routes) == 1:
            routes[0].receive(b'{"data":' + payload + b"}", now, emit)
        elif routes:
            names = ", ".join(self._name_of(route.channel) for route in routes)
            raise ValueError(f"without its stream's name this could be any of {names}; connect to /stream for several of them")
        elif mark and not self._bare_ended(mark):
            raise ValueError(f"a bare payload ({mark.strip()}) of a stream that was not subscribed")

    def _bare_ended(self, mark: str) -> bool:
        channels = (channel_of(name, self._symbols) for name in self._ended)
        return any(channel is not None and mark_of_channel(channel, self._symbols) == mark for channel in channels)

    def _receive_answer(self, head: Head, payload: bytes, now: Nanos, emit: Emit) -> None:
        if head.id is UNSET and head.error is UNSET and head.code is UNSET:
            raise ValueError("neither an event nor an answer")
        if problem := self._requests.answer(head, payload, now, emit):
            raise ValueError(problem)
