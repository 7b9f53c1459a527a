"""The client half of one connection to TheOne.

The protocol has no request ids (WEBSOCKET_DOCUMENTATION_EN.md): an answer names only its operation, an error mostly nothing.
So answers are told apart by order, and by default one awaited request is outstanding at a time.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from itertools import count

import msgspec

from tradewire.errors import ConfigurationError, LocalProtocolError, NotConnected, TradewireError, Unsupported
from tradewire.model.channels import Channel
from tradewire.model.events import Unrecognised
from tradewire.model.operations import Command, RawOperation, Request, Subscribe
from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.venues.spec import ClientContext
from tradewire.venues.theone import auth
from tradewire.venues.theone.messages import VENUE, FromServer, StatusData, channel_name, channel_of
from tradewire.venues.theone.operations import FIELD_STYLES, Unreadable, build, parse_push
from tradewire.venues.theone.pending import Asking, KeepAlive, Pending, Subscribing, Unsubscribing
from tradewire.venues.theone.refusals import login_refused
from tradewire.wire.control import Denied, Failed, LoginFailed, Ready
from tradewire.wire.correlation import FifoCorrelator
from tradewire.wire.protocol import Close, Emit, Frame, HttpReply, Output

#: The smaller of the two sizes that the broker's texts give.
LARGEST_FRAME = 65_536
#: Seconds to wait for the answer to a request that came without a deadline.
ANSWER_TIMEOUT = 10.0
#: Seconds during which an answer that missed its deadline is still expected, and dropped; then the connection is ended.
LATE_ANSWER_GRACE = 5.0
#: The close code for that, from the range that applications may define (RFC 6455, 7.4.2).
ANSWER_LOST = 4000
#: The broker drops a connection after five idle minutes; the opt-in keep-alive speaks one minute earlier.
KEEP_ALIVE_AFTER = 240 * SECOND

_ACKNOWLEDGED = ("subscribe", "unsubscribe")
_NOT_LIVE = "Not authenticated"
_ASSUMED = "the broker does not say which request it refuses; several were outstanding and this is the oldest"


class TheOneClient:
    """Client half of one connection. Methods as ``wire.protocol.ClientProtocol`` describes them.

    A subscription that is unanswered when the connection ends is neither confirmed nor denied: the engine replays it.

    Args:
        context: Credentials, nonces, clock offset and the venue's options.

    Raises:
        ConfigurationError: Credentials are missing, or an option has no such value.
    """

    def __init__(self, context: ClientContext) -> None:
        if context.credentials is None:
            raise ConfigurationError(
                "TheOne has no public stream; give credentials (BROKER_API_KEY, BROKER_SECRET_KEY)", venue=VENUE
            )
        options = context.options
        style = options.get("field_style", "clients")
        if style not in FIELD_STYLES:
            raise ConfigurationError(f"field_style={style!r} is unknown; use one of {', '.join(FIELD_STYLES)}", venue=VENUE)
        self._context = context
        self._key = context.credentials.key
        self._signer = auth.signer_of(context.credentials, options.get("key_mode", auth.DERIVED))
        self._fields = FIELD_STYLES[style]
        self._acknowledge = round(options.get("acknowledge_timeout", 5.0) * SECOND)
        self._max_subscriptions: int = options.get("max_subscriptions", 100)
        self._keep_alive: bool = options.get("keep_alive", False)
        self._fifo = FifoCorrelator(pipelining=options.get("pipelining", False), grace=LATE_ANSWER_GRACE)
        self._numbers = count()
        self._waiting: deque[Pending] = deque()
        self._sent: dict[int, Pending] = {}
        self._held: set[Channel] = set()
        self._outputs: list[Output] = []
        self._ready = False
        self._closing = False
        self._last_sent: Nanos = 0

    # The connection

    def connected(self, now: Nanos, emit: Emit) -> None:
        """Log in; the signature is made at the moment of writing, so that it cannot grow stale in a queue."""
        self._write(Frame(self._login, urgent=True), now)

    def disconnected(self, now: Nanos, emit: Emit, reason: TradewireError) -> None:
        """Fail every request; nothing is ever sent again."""
        self._ready = False
        for number in self._fifo.drain():
            self._sent.pop(number).lost(reason, emit, sent=True)
        while self._waiting:
            self._waiting.popleft().lost(reason, emit, sent=False)
        self._outputs.clear()

    def take_outputs(self) -> list[Output]:
        """Return and forget what is to be written."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def http_reply(self, reply: HttpReply, now: Nanos, emit: Emit) -> None:
        """Nothing: this protocol makes no HTTP calls."""

    def position(self, channel: Channel) -> int | None:
        """Return ``None``: the broker numbers nothing."""
        return None

    # What comes in

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Sort a frame: an error, an answer, or a push, in the order in which the broker's own clients look."""
        try:
            message = msgspec.json.decode(payload, type=FromServer)
        except (ValueError, RecursionError) as error:
            self._unrecognised(payload, str(error), now, emit)
            return
        if message.error:
            self._refusal(message, payload, now, emit)
        elif not self._ready:
            self._login_answer(message, payload, now, emit)
        elif message.op and (not message.ch or message.op in _ACKNOWLEDGED):
            self._answer(message, payload, now, emit)
        elif message.ch:
            self._push(message, payload, now, emit)
        else:
            self._unrecognised(payload, "neither an answer nor a push", now, emit)
        self._pump(now)

    def _login_answer(self, message: FromServer, payload: bytes, now: Nanos, emit: Emit) -> None:
        if message.op != "auth":
            self._unrecognised(payload, "not the answer to the login", now, emit)
            return
        try:
            status = msgspec.json.decode(message.data or b"{}", type=StatusData | None)
        except (ValueError, RecursionError) as error:
            self._unrecognised(payload, str(error), now, emit)
            return
        if status is not None and status.status not in {None, "authenticated"}:
            emit(LoginFailed(login_refused(f"the login ended with the status {status.status!r}")))
            return
        self._ready = True
        emit(Ready())

    def _answer(self, message: FromServer, payload: bytes, now: Nanos, emit: Emit) -> None:
        claim = self._fifo.answer(message.op or "", message.ch or "")
        if claim is None:
            self._unrecognised(payload, "an answer to nothing that was asked", now, emit)
        elif not claim.late:
            self._sent.pop(claim.request_id).answered(message, payload, now, emit)

    def _refusal(self, message: FromServer, payload: bytes, now: Nanos, emit: Emit) -> None:
        text = message.error if isinstance(message.error, str) else msgspec.json.encode(message.error).decode()
        if not self._ready:
            emit(LoginFailed(login_refused(text)))
            return
        claim = self._fifo.error(message.op or "", message.ch or "")
        if claim is None:
            self._unrecognised(payload, f"an error that answers nothing: {text}", now, emit)
        elif not claim.late:
            self._sent.pop(claim.request_id).refused(text, _ASSUMED if claim.guessed else "", emit)

    def _push(self, message: FromServer, payload: bytes, now: Nanos, emit: Emit) -> None:
        channel = channel_of(message.ch or "")
        if channel is None:
            self._unrecognised(payload, f"a push on the unknown channel {message.ch!r}", now, emit)
            return
        try:
            event = parse_push(channel, bytes(message.data), now)
        except Unreadable as error:
            self._unrecognised(payload, str(error), now, emit)
            return
        emit(event)

    def _unrecognised(self, payload: bytes, reason: str, now: Nanos, emit: Emit) -> None:
        emit(Unrecognised(raw=bytes(payload), reason=reason, venue=VENUE, received=now))

    # What goes out

    def submit(self, command: Command, now: Nanos, emit: Emit) -> None:
        """Queue a command; what the broker would refuse anyway is refused here."""
        if isinstance(command, Request):
            try:
                self._waiting.append(self._asking(command, now))
            except TradewireError as error:
                emit(Failed(command.request_id, error))
        else:
            subscribing = isinstance(command, Subscribe)
            for channel in command.channels:
                try:
                    self._waiting.append(self._subscribing(channel) if subscribing else self._unsubscribing(channel))
                except TradewireError as error:
                    emit(Denied((channel,), error))
        self._pump(now)

    def _asking(self, request: Request, now: Nanos) -> Pending:
        self._require_ready()
        operation = request.operation
        if isinstance(operation, RawOperation):
            envelope = _envelope_of(operation)
            _check_size(operation.payload)
            return Asking(str(operation.key or envelope.op), envelope.ch or "", Frame(operation.payload), request)
        op, payload = build(operation, self._fields)
        return Asking(op, "", self._signed(op, b"" if payload is None else auth.compact(payload), now), request)

    def _subscribing(self, channel: Channel) -> Pending:
        name = self._name_of(channel)
        if channel not in self._held and len(self._held) >= self._max_subscriptions:
            raise LocalProtocolError(f"a connection carries at most {self._max_subscriptions} subscriptions", venue=VENUE)
        frame = auth.channel_frame("subscribe", name)
        _check_size(frame)
        self._held.add(channel)
        return Subscribing("subscribe", name, Frame(frame), channel, self._held)

    def _unsubscribing(self, channel: Channel) -> Pending:
        name = self._name_of(channel)
        self._held.discard(channel)
        return Unsubscribing("unsubscribe", name, Frame(auth.channel_frame("unsubscribe", name)), channel, self._held)

    def _name_of(self, channel: Channel) -> str:
        self._require_ready()
        name = channel_name(channel)
        if name is None:
            raise Unsupported(f"TheOne has no channel {channel!r}", venue=VENUE)
        return name

    def _require_ready(self) -> None:
        if not self._ready or self._closing:
            raise NotConnected(_NOT_LIVE, venue=VENUE, retryable=True)

    def _login(self, now: Nanos) -> bytes:
        stamp = self._stamp(now, self._context.nonce())
        return auth.auth_frame(self._key, stamp, auth.signature(self._signer, auth.STREAM_METHOD, auth.STREAM_PATH, stamp))

    def _signed(self, op: str, data: bytes, now: Nanos) -> Frame:
        nonce = self._context.nonce()
        _check_size(auth.signed_frame(op, self._stamp(now, nonce), "0" * 64, data))
        return Frame(partial(self._sign, op, data, nonce))

    def _sign(self, op: str, data: bytes, nonce: str, now: Nanos) -> bytes:
        stamp = self._stamp(now, nonce)
        sig = auth.signature(self._signer, auth.STREAM_METHOD, auth.operation_path(op), stamp, data)
        return auth.signed_frame(op, stamp, sig, data)

    def _stamp(self, now: Nanos, nonce: str) -> auth.Stamp:
        return auth.Stamp((now + self._context.clock_offset()) // MILLISECOND, nonce)

    def _pump(self, now: Nanos) -> None:
        """Hand out what may go: un-awaited requests at once, others each after the answer to the one before."""
        if self._closing:
            return
        held_back: deque[Pending] = deque()
        while self._waiting:
            pending = self._waiting.popleft()
            if self._fifo.may_send(pending.op, awaited=pending.awaited):
                self._hand_out(pending, now)
            else:
                held_back.append(pending)
        self._waiting = held_back

    def _hand_out(self, pending: Pending, now: Nanos) -> None:
        usual = self._acknowledge if isinstance(pending, Subscribing) else round(ANSWER_TIMEOUT * SECOND)
        number = next(self._numbers)
        self._sent[number] = pending
        deadline = now + usual if pending.deadline is None else pending.deadline
        self._fifo.expect(pending.op, pending.ch, number, deadline, awaited=pending.awaited)
        self._write(pending.frame, now)

    def _write(self, frame: Frame, now: Nanos) -> None:
        self._outputs.append(frame)
        self._last_sent = now

    # Time

    def tick(self, now: Nanos, emit: Emit) -> None:
        """Give up what is overdue, hand out what waited for it, and keep the connection from looking idle.

        An answer that did not even come late may still come at any time, and would be taken for that of the next request
        of its kind. So the connection is ended, and whatever waits fails with it.
        """
        for number in self._fifo.expire(now):
            self._sent.pop(number).expired(emit, sent=True)
        for pending in [pending for pending in self._waiting if pending.deadline is not None and pending.deadline <= now]:
            self._waiting.remove(pending)
            pending.expired(emit, sent=False)
        if self._closing:
            return
        if (op := self._fifo.overdue(now)) is not None:
            self._closing = True
            reason = f"{op} was not answered within {LATE_ANSWER_GRACE:g} s after its deadline, so later answers are uncertain"
            self._outputs.append(Close(ANSWER_LOST, reason))
            return
        if self._keep_alive and self._ready and now >= self._last_sent + KEEP_ALIVE_AFTER:
            self._waiting.append(KeepAlive("balances", "", self._signed("balances", b"", now)))
        self._pump(now)

    def next_tick(self) -> Nanos | None:
        """Return the earliest of all deadlines."""
        moments = [pending.deadline for pending in self._waiting if pending.deadline is not None]
        if self._closing:
            return min(moments, default=None)
        if (deadline := self._fifo.next_deadline()) is not None:
            moments.append(deadline)
        if self._keep_alive and self._ready:
            moments.append(self._last_sent + KEEP_ALIVE_AFTER)
        return min(moments, default=None)


def _envelope_of(operation: RawOperation) -> FromServer:
    """Read what an answer to a raw frame will name."""
    try:
        envelope = msgspec.json.decode(operation.payload, type=FromServer)
    except (ValueError, RecursionError) as error:
        raise LocalProtocolError(f"a raw frame is one JSON object: {error}", venue=VENUE) from None
    if not (operation.key or envelope.op):
        raise LocalProtocolError("a raw frame needs an op, by which its answer is recognised", venue=VENUE)
    return envelope


def _check_size(frame: bytes) -> None:
    if len(frame) > LARGEST_FRAME:
        raise LocalProtocolError(f"the frame has {len(frame)} bytes; the broker takes {LARGEST_FRAME}", venue=VENUE)
