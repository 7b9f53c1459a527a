"""One stream connection: control requests, liveness, and the events on their way out."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import msgspec

from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.venues.binance.server.faults import ServerFaults
from tradewire.venues.binance.server.feed import Feed
from tradewire.venues.binance.server.messages import Form, Message, encode
from tradewire.venues.binance.server.options import ServerOptions, nanos
from tradewire.venues.binance.server.payloads import ShutdownPayload
from tradewire.venues.binance.server.requests import ControlError, ControlRequest, Method, RequestId, read_request
from tradewire.wire.protocol import Close, Frame, Ping, ServerOutput


class _Result(msgspec.Struct):
    """``{"result":null,"id":1}``."""

    result: list[str] | bool | None
    id: RequestId


class _Problem(msgspec.Struct, omit_defaults=True):
    """``{"code":2,"msg":"Invalid request: invalid stream","id":1}``; the id is left out where it is not known."""

    code: int
    msg: str
    id: RequestId | msgspec.UnsetType = msgspec.UNSET


class _Nested(msgspec.Struct):
    """``{"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1}``."""

    error: _Problem
    id: RequestId | msgspec.UnsetType = msgspec.UNSET


class StreamSession:
    """Server half of one connection to ``/ws`` or ``/stream``.

    Args:
        feed: Where the streams come from.
        form: How events are written at first; ``SET_PROPERTY`` changes it.
        streams: Names given in the URL.
    """

    def __init__(self, feed: Feed, faults: ServerFaults, options: ServerOptions, form: Form, streams: Sequence[str]) -> None:
        self.form = form
        self._feed = feed
        self._faults = faults
        self._options = options
        self._streams = dict.fromkeys(streams)
        self._outputs: list[ServerOutput] = []
        self._received: deque[Nanos] = deque(maxlen=options.frames_per_second)
        self._unanswered: dict[bytes, Nanos] = {}
        self._next_ping: Nanos = 0
        self._end_of_life: Nanos = 0
        self._close_at: Nanos | None = None
        self._open = False

    def opened(self, now: Nanos) -> None:
        """Start the clocks and the streams of the URL."""
        self._open = True
        self._feed.connections[self] = None
        self._next_ping = now + nanos(self._options.ping_interval)
        self._end_of_life = now + nanos(self._options.lifetime)
        for name in self._streams:
            self._feed.subscribe(name, self, now)

    def receive(self, payload: bytes, now: Nanos, *, binary: bool = False) -> None:
        """Answer a control request; binary frames are read as text."""
        if not self._admit(now):
            return
        try:
            result = self._perform(request := read_request(payload), now)
        except ControlError as error:
            self._refuse(error)
        else:
            self._outputs.append(Frame(encode(_Result(result, request.request_id))))

    def ping_received(self, payload: bytes, now: Nanos) -> None:
        """Count it."""
        self._admit(now)

    def pong_received(self, payload: bytes, now: Nanos) -> None:
        """Count it; if it answers a ping, that one and all earlier ones are answered."""
        if not self._admit(now) or payload not in self._unanswered:
            return
        for sent in list(self._unanswered):
            del self._unanswered[sent]
            if sent == payload:
                break

    def tick(self, now: Nanos) -> None:
        """Ping, or end what has been silent or alive for too long."""
        if not self._open:
            return
        if self._unanswered and now >= self._pong_deadline():
            self._end(1008, "Pong timeout")
        elif now >= self._end_of_life:
            self._end(1001, "Connection lifetime reached")
        elif self._close_at is not None and now >= self._close_at:
            self._end(1001, "Server shutdown")
        elif now >= self._next_ping:
            payload = str(now // MILLISECOND).encode()
            self._unanswered.setdefault(payload, now)
            self._outputs.append(Ping(payload))
            self._next_ping = now + nanos(self._options.ping_interval)

    def next_tick(self) -> Nanos | None:
        """When a clock runs out."""
        if not self._open:
            return None
        moments = [self._next_ping, self._end_of_life]
        if self._unanswered:
            moments.append(self._pong_deadline())
        if self._close_at is not None:
            moments.append(self._close_at)
        return min(moments)

    def closed(self, now: Nanos) -> None:
        """Leave all streams."""
        self._leave()

    def take_outputs(self) -> list[ServerOutput]:
        """Hand out what has gathered."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def deliver(self, frame: Frame) -> None:
        """Queue an event."""
        self._outputs.append(frame)

    def shut_down(self, now: Nanos, close_at: Nanos) -> None:
        """Announce the end of the server, and end at ``close_at``."""
        notice = Message("!serverShutdown", lambda unit: ShutdownPayload(event_time=now // unit))
        self._outputs.append(notice.frame(self.form))
        self._close_at = close_at

    def _admit(self, now: Nanos) -> bool:
        """Count a client's frame; False once there are too many (or the connection is over)."""
        if not self._open:
            return False
        received = self._received
        if len(received) == received.maxlen and now - received[0] < SECOND:
            self._end(1008, "Too many requests")
            return False
        received.append(now)
        return True

    def _perform(self, request: ControlRequest, now: Nanos) -> list[str] | bool | None:
        match request.method:
            case Method.SUBSCRIBE:
                self._subscribe(request, now)
            case Method.UNSUBSCRIBE:
                for name in request.streams:
                    self._streams.pop(name, None)
                    self._feed.unsubscribe(name, self)
            case Method.LIST_SUBSCRIPTIONS:
                return list(self._streams)
            case Method.SET_PROPERTY:
                self.form = self.form._replace(combined=request.combined)
            case Method.GET_PROPERTY:
                return self.form.combined
        return None

    def _subscribe(self, request: ControlRequest, now: Nanos) -> None:
        if self._faults.take_subscribe_refusal():
            raise ControlError(2, "Invalid request: invalid stream", request.request_id)
        wanted = self._streams | dict.fromkeys(request.streams)
        if len(wanted) > self._options.max_streams:
            raise ControlError(4, "Too many subscriptions", request.request_id)
        for name in wanted:
            if name not in self._streams:
                self._feed.subscribe(name, self, now)
        self._streams = wanted

    def _refuse(self, error: ControlError) -> None:
        """Answer in the chosen envelope; the flat one carries the id only where the venue's documents show it."""
        if self._options.error_envelope == "nested":
            answer: _Nested | _Problem = _Nested(_Problem(error.code, error.text), error.request_id)
        else:
            answer = _Problem(error.code, error.text, error.request_id if error.code == 0 else msgspec.UNSET)
        self._outputs.append(Frame(encode(answer)))

    def _pong_deadline(self) -> Nanos:
        return next(iter(self._unanswered.values())) + nanos(self._options.pong_timeout)

    def _end(self, code: int, reason: str) -> None:
        self._leave()
        self._outputs.append(Close(code, reason))

    def _leave(self) -> None:
        self._open = False
        self._feed.connections.pop(self, None)
        for name in self._streams:
            self._feed.unsubscribe(name, self)
        self._streams.clear()
