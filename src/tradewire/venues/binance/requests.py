"""Control requests of the market streams: written in chunks, answered by id, failed by deadline.

Source: web-socket-streams.md, "Live Subscribing/Unsubscribing to streams" and "Error Messages". Live servers have been seen
sending errors in a nested form too, and errors without the id of what they answer; both are taken.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from tradewire.errors import (
    LocalProtocolError,
    OutcomeUnknown,
    Rejected,
    RequestTimeout,
    SubscriptionRefused,
    TradewireError,
    Unsupported,
)
from tradewire.model.channels import Channel
from tradewire.model.operations import ListSubscriptions, RawOperation, Request
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.binance.messages import ErrorBody, Head
from tradewire.venues.binance.routes import VENUE
from tradewire.wire.control import Answered, Confirmed, Control, Denied, Failed, Withdrawn
from tradewire.wire.correlation import Correlator
from tradewire.wire.protocol import Emit, Frame

#: Names in one frame; longer lists have been seen to be dropped.
CHUNK = 200
#: How long an answer may take, and what every control frame before it adds, since the link writes four a second.
ACKNOWLEDGE_WITHIN: Nanos = 5 * SECOND
FRAME_TIME: Nanos = SECOND // 4
#: "Invalid request": one bad name spoils the whole frame.
INVALID_REQUEST = 2

_names = msgspec.json.Decoder(list[str]).decode
_head = msgspec.json.Decoder(Head).decode


class _Pending(msgspec.Struct):
    """A control request on its way. Channels are empty for what only tidies up."""

    key: int | str | None
    method: str
    channels: tuple[Channel, ...] = ()
    request: Request | None = None


class Requests:
    """The control requests of one connection.

    Args:
        name_of: Stream name of a channel.
        dropped: Called with channels that the venue refused or did not answer for, before that is emitted.

    Attributes:
        outputs: Frames to write; the owner takes them.
    """

    def __init__(self, name_of: Callable[[Channel], str], dropped: Callable[[Sequence[Channel]], None]) -> None:
        self.outputs: list[Frame] = []
        self._name_of = name_of
        self._dropped = dropped
        self._correlator: Correlator[int | str | None] = Correlator()
        self._pending: dict[int, _Pending] = {}
        self._ids = itertools.count(1)

    def subscribe(self, channels: Sequence[Channel], now: Nanos) -> None:
        """Ask for streams."""
        for chunk in _chunks(channels):
            self._ask(_Pending(self._fresh_id(), "SUBSCRIBE", chunk), chunk, now)

    def unsubscribe(self, channels: Sequence[Channel], now: Nanos, *, silently: bool = False) -> None:
        """Give streams up; ``silently`` tells nobody about the answer."""
        for chunk in _chunks(channels):
            self._ask(_Pending(self._fresh_id(), "UNSUBSCRIBE", () if silently else chunk), chunk, now)

    def execute(self, request: Request, now: Nanos, emit: Emit) -> None:
        """Take an operation: ``ListSubscriptions`` or a ``RawOperation``."""
        match request.operation:
            case ListSubscriptions():
                pending = _Pending(self._fresh_id(), "LIST_SUBSCRIPTIONS", request=request)
                self._expect(pending, now)
                self._write({"method": pending.method, "id": pending.key})
            case RawOperation(payload=payload, key=key):
                self._raw(_Pending(_id_of(payload) if key is None else key, "", request=request), payload, now, emit)
            case operation:
                text = f"binance's market streams have no {type(operation).__name__}"
                emit(Failed(request_id=request.request_id, error=Unsupported(text, venue=VENUE)))

    def answer(self, head: Head, payload: bytes, now: Nanos, emit: Emit) -> str:
        """Take an answer. Return ``""``, or what is wrong with it."""
        error = head.error
        if error is UNSET and head.code is not UNSET:
            error = ErrorBody(head.code, head.msg)
        pending = self._take(None if head.id is UNSET else head.id, oldest=error is not UNSET)
        if error is not UNSET:
            if pending is None:
                return f"an error that answers no request: {error.code} {error.msg}"
            self._refused(pending, error, now, emit)
        elif pending is not None:
            self._accepted(pending, head, payload, emit)
        return ""

    def tick(self, now: Nanos, emit: Emit) -> None:
        """Fail what has not been answered in time."""
        for number in self._correlator.expire(now):
            pending = self._pending.pop(number)
            if pending.method == "SUBSCRIBE":
                # The venue may have subscribed all the same: take it back.
                self.unsubscribe(pending.channels, now, silently=True)
            self._failed(pending, RequestTimeout(f"no answer to {pending.method or 'the request'}", venue=VENUE), emit)

    def next_tick(self) -> Nanos | None:
        """When ``tick`` is wanted."""
        return self._correlator.next_deadline()

    def disconnected(self, reason: TradewireError, emit: Emit) -> None:
        """Fail the operations; what becomes of subscriptions is for whoever wants them."""
        for number in self._correlator.drain():
            pending = self._pending.pop(number)
            if pending.method != "SUBSCRIBE":
                self._failed(pending, reason, emit)

    def _raw(self, pending: _Pending, payload: bytes, now: Nanos, emit: Emit) -> None:
        try:
            self._expect(pending, now)
        except LocalProtocolError as error:
            self._failed(pending, error, emit)
            return
        self.outputs.append(Frame(payload))

    def _ask(self, pending: _Pending, channels: Sequence[Channel], now: Nanos) -> None:
        self._expect(pending, now)
        self._write({"method": pending.method, "params": [self._name_of(channel) for channel in channels], "id": pending.key})

    def _expect(self, pending: _Pending, now: Nanos) -> None:
        number = next(self._ids)
        deadline: Nanos | None = now + ACKNOWLEDGE_WITHIN + FRAME_TIME * len(self._pending)
        if pending.request is not None and (pending.request.deadline is not None or pending.request.awaited):
            deadline = pending.request.deadline
        self._correlator.expect(pending.key, number, deadline)
        self._pending[number] = pending

    def _write(self, message: dict[str, Any]) -> None:
        self.outputs.append(Frame(msgspec.json.encode(message)))

    def _fresh_id(self) -> int:
        taken = {pending.key for pending in self._pending.values()}
        return next(number for number in self._ids if number not in taken)

    def _take(self, key: int | str | None, *, oldest: bool) -> _Pending | None:
        number = self._correlator.take(key)
        if number is None and key is None and oldest and self._pending:
            number = self._correlator.take(next(iter(self._pending.values())).key)
        return None if number is None else self._pending.pop(number)

    def _accepted(self, pending: _Pending, head: Head, payload: bytes, emit: Emit) -> None:
        request = pending.request
        if request is None:
            if pending.channels:
                done: type[Confirmed | Withdrawn] = Confirmed if pending.method == "SUBSCRIBE" else Withdrawn
                emit(done(channels=pending.channels))
        elif request.awaited:
            emit(_answer(request, head, payload, raw=not pending.method))

    def _refused(self, pending: _Pending, error: ErrorBody, now: Nanos, emit: Emit) -> None:
        channels = pending.channels
        if pending.method == "SUBSCRIBE" and len(channels) > 1 and error.code == INVALID_REQUEST:
            middle = len(channels) // 2
            self.subscribe(channels[:middle], now)
            self.subscribe(channels[middle:], now)
            return
        kind = SubscriptionRefused if pending.method == "SUBSCRIBE" else Rejected
        self._failed(pending, kind(error.msg, venue=VENUE, code=error.code, request_id=pending.key), emit)

    def _failed(self, pending: _Pending, error: TradewireError, emit: Emit) -> None:
        request = pending.request
        if request is not None:
            if request.operation.writes and not isinstance(error, Rejected | LocalProtocolError):
                error = OutcomeUnknown(f"{error}; it may have been done", venue=VENUE, request_id=pending.key)
            if request.awaited:
                emit(Failed(request_id=request.request_id, error=error))
        elif pending.method == "SUBSCRIBE":
            self._dropped(pending.channels)
            emit(Denied(channels=pending.channels, error=error))
        elif pending.channels:
            # They ended for us when we gave them up, whatever the venue makes of it.
            emit(Withdrawn(channels=pending.channels))


def _answer(request: Request, head: Head, payload: bytes, *, raw: bool) -> Control:
    if raw:
        return Answered(request_id=request.request_id, result=bytes(payload))
    try:
        names = _names(b"[]" if head.result is UNSET else head.result)
    except ValueError as error:
        return Failed(request_id=request.request_id, error=Rejected(f"unreadable list of streams: {error}", venue=VENUE))
    return Answered(request_id=request.request_id, result=tuple(names))


def _id_of(payload: bytes) -> int | str | None:
    try:
        key = _head(payload).id
    except ValueError:
        return None
    return None if key is UNSET else key


def _chunks(channels: Sequence[Channel]) -> list[tuple[Channel, ...]]:
    return [tuple(channels[start : start + CHUNK]) for start in range(0, len(channels), CHUNK)]
