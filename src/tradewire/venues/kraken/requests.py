"""Requests of one connection: written in chunks, answered symbol by symbol, failed by deadline.

One subscription for several symbols is answered once for each, in any order, with the same ``req_id``. A refusal names its symbol
where that is what is wrong, else it refuses all that is still unanswered. Source: the page "Spot WebSockets Introduction" and
replies of live servers, some of which lack the ``req_id`` that was sent.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import msgspec

from tradewire.errors import (
    LocalProtocolError,
    OutcomeUnknown,
    Rejected,
    RequestTimeout,
    SubscriptionRefused,
    TradewireError,
    Unsupported,
)
from tradewire.model.operations import RawOperation, Request
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.kraken.feeds import Feed
from tradewire.venues.kraken.messages import Acknowledgement, Head
from tradewire.venues.kraken.refusals import error_of_text
from tradewire.venues.kraken.streams import VENUE
from tradewire.wire.control import Answered, Failed
from tradewire.wire.correlation import Correlator
from tradewire.wire.protocol import Emit, Frame

#: Symbols in one frame.
CHUNK = 100
#: How long an answer may take, and what every request before it adds, since the link writes only so many a second.
ACKNOWLEDGE_WITHIN: Nanos = 5 * SECOND
FRAME_TIME: Nanos = SECOND // 5
#: Request ids are said to be 32-bit.
_LARGEST_ID = 2**31 - 1

_acknowledgement = msgspec.json.Decoder(Acknowledgement).decode
_head = msgspec.json.Decoder(Head).decode


class Settled(msgspec.Struct, frozen=True):
    """What became of one stream of a request.

    Attributes:
        method: ``subscribe`` or ``unsubscribe``.
        error: Why not, or ``None``.
        depth: Levels a side of the book that was subscribed, as the venue says; else 0.
    """

    method: str
    feed: Feed
    error: TradewireError | None = None
    depth: int = 0


class _Pending(msgspec.Struct):
    """A request on its way, with the feeds that are still unanswered by symbol."""

    key: int | None
    method: str
    feeds: dict[str, Feed] = {}
    request: Request | None = None


class Requests:
    """The requests of one connection.

    Attributes:
        outputs: Frames to write; the owner takes them.
    """

    def __init__(self) -> None:
        self.outputs: list[Frame] = []
        self._correlator: Correlator[int | None] = Correlator()
        self._pending: dict[int, _Pending] = {}
        self._numbers = itertools.count(1)
        self._ids = itertools.cycle(range(1, _LARGEST_ID + 1))

    def send(self, method: str, feeds: Iterable[Feed], now: Nanos) -> None:
        """Ask to ``subscribe`` or ``unsubscribe`` the streams of ``feeds``."""
        for group in _alike(feeds):
            for chunk in (group[start : start + CHUNK] for start in range(0, len(group), CHUNK)):
                stream = chunk[0].stream
                params: dict[str, Any] = {"channel": stream.kind, "symbol": [feed.symbol for feed in chunk], **stream.options}
                if method == "subscribe":
                    params["snapshot"] = stream.snapshot
                pending = _Pending(self._fresh_id(), method, {feed.symbol: feed for feed in chunk})
                self._expect(pending, now)
                message = {"method": method, "params": params, "req_id": pending.key}
                self.outputs.append(Frame(msgspec.json.encode(message)))

    def execute(self, request: Request, now: Nanos, emit: Emit) -> None:
        """Take an operation; the public connection has none but a ``RawOperation``."""
        operation = request.operation
        if not isinstance(operation, RawOperation):
            text = f"kraken's public connection has no {type(operation).__name__}"
            emit(Failed(request_id=request.request_id, error=Unsupported(text, venue=VENUE)))
            return
        pending = _raw(request, operation)
        try:
            self._expect(pending, now)
        except LocalProtocolError as error:
            _fail(pending, error, emit)
            return
        self.outputs.append(Frame(operation.payload))

    def answer(self, head: Head, payload: bytes, emit: Emit) -> list[Settled]:
        """Take a reply, and return what it settles.

        Raises:
            ValueError: It is an error that answers no request, or not the reply it seems to be.
        """
        done = head.success is True or head.method == "pong"
        result = _result(head) if done else Acknowledgement()
        symbol = head.symbol or result.symbol
        number, pending = self._find(head, symbol)
        if pending is None:
            if not done:
                raise ValueError(f"an error that answers no request: {_words(head)}")
            return []
        if pending.request is not None:
            self._forget(number, pending)
            if done:
                emit(Answered(request_id=pending.request.request_id, result=bytes(payload)))
            else:
                _fail(pending, error_of_text(_words(head), request_id=pending.key), emit)
            return []
        feeds = [pending.feeds.pop(symbol)] if symbol in pending.feeds else [] if symbol else list(pending.feeds.values())
        if not symbol:
            pending.feeds.clear()
        if not pending.feeds:
            self._forget(number, pending)
        kind = SubscriptionRefused if pending.method == "subscribe" else Rejected
        error = None if done else error_of_text(_words(head), kind=kind, request_id=pending.key)
        return [Settled(pending.method, feed, error, result.depth) for feed in feeds]

    def tick(self, now: Nanos, emit: Emit) -> list[Settled]:
        """Fail what has not been answered in time, and return what that settles."""
        settled: list[Settled] = []
        for number in self._correlator.expire(now):
            pending = self._pending.pop(number)
            error = RequestTimeout(f"no answer to {pending.method or 'the request'}", venue=VENUE, request_id=pending.key)
            if pending.request is not None:
                _fail(pending, error, emit)
            settled += [Settled(pending.method, feed, error) for feed in pending.feeds.values()]
        return settled

    def next_tick(self) -> Nanos | None:
        """When ``tick`` is wanted."""
        return self._correlator.next_deadline()

    def disconnected(self, reason: TradewireError, emit: Emit) -> None:
        """Fail the operations; what becomes of subscriptions is for whoever wants them."""
        for number in self._correlator.drain():
            pending = self._pending.pop(number)
            if pending.request is not None:
                _fail(pending, reason, emit)

    def _expect(self, pending: _Pending, now: Nanos) -> None:
        deadline: Nanos | None = now + ACKNOWLEDGE_WITHIN + FRAME_TIME * len(self._pending)
        if pending.request is not None and (pending.request.deadline is not None or pending.request.awaited):
            deadline = pending.request.deadline
        number = next(self._numbers)
        self._correlator.expect(pending.key, number, deadline)
        self._pending[number] = pending

    def _fresh_id(self) -> int:
        taken = {pending.key for pending in self._pending.values()}
        return next(key for key in self._ids if key not in taken)

    def _find(self, head: Head, symbol: str) -> tuple[int, _Pending | None]:
        """Find the request by its id; without one, the only request that the reply can belong to."""
        fits = [
            (number, pending)
            for number, pending in self._pending.items()
            if pending.key == head.req_id or (head.req_id is None and _may_answer(head, symbol, pending))
        ]
        return fits[0] if len(fits) == 1 else (0, None)

    def _forget(self, number: int, pending: _Pending) -> None:
        del self._pending[number]
        self._correlator.take(pending.key)


def _alike(feeds: Iterable[Feed]) -> Iterable[list[Feed]]:
    groups: dict[tuple[str, int], list[Feed]] = {}
    for feed in feeds:
        groups.setdefault((feed.stream.kind, feed.stream.number), []).append(feed)
    return groups.values()


def _may_answer(head: Head, symbol: str, pending: _Pending) -> bool:
    return head.method in {"", pending.method} and (not symbol or symbol in pending.feeds)


def _result(head: Head) -> Acknowledgement:
    if head.method not in {"subscribe", "unsubscribe"}:
        return Acknowledgement()
    return _acknowledgement(head.result)


def _words(head: Head) -> str:
    error = head.error if head.session_error is None else head.session_error
    return error if isinstance(error, str) else msgspec.json.encode(error).decode()


def _raw(request: Request, operation: RawOperation) -> _Pending:
    try:
        sent = _head(operation.payload)
    except ValueError:
        sent = Head()
    return _Pending(operation.key if isinstance(operation.key, int) else sent.req_id, sent.method, request=request)


def _fail(pending: _Pending, error: TradewireError, emit: Emit) -> None:
    request = pending.request
    if request is None or not request.awaited:
        return
    if request.operation.writes and not isinstance(error, Rejected | LocalProtocolError):
        error = OutcomeUnknown(f"{error}; it may have been done", venue=VENUE, request_id=pending.key)
    emit(Failed(request_id=request.request_id, error=error))
