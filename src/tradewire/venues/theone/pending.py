"""Frames that will be answered, and what their answers mean."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tradewire.errors import (
    LinkLost,
    OutcomeUnknown,
    RemoteProtocolError,
    RequestTimeout,
    TradewireError,
)
from tradewire.model.channels import Channel
from tradewire.model.events import Unrecognised
from tradewire.model.operations import RawOperation, Request
from tradewire.model.time import Nanos
from tradewire.venues.theone.messages import VENUE, FromServer
from tradewire.venues.theone.operations import Unreadable, parse_answer
from tradewire.venues.theone.refusals import request_refused, subscription_refused
from tradewire.wire.control import Answered, Confirmed, Denied, Failed, Withdrawn
from tradewire.wire.protocol import Emit, Frame


class Pending(ABC):
    """One frame that will be answered.

    Attributes:
        op: What an answer will name.
        ch: The channel that an answer will name, or ``""``.
        frame: What is to be written.
        deadline: When to give up, or ``None`` to wait the usual time from its writing.
        awaited: Whether somebody waits for the answer.
    """

    deadline: Nanos | None = None
    awaited = True

    def __init__(self, op: str, ch: str, frame: Frame) -> None:
        self.op = op
        self.ch = ch
        self.frame = frame

    @abstractmethod
    def answered(self, message: FromServer, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Tell the engine of the broker's answer."""

    @abstractmethod
    def refused(self, text: str, note: str, emit: Emit) -> None:
        """Tell the engine of the broker's refusal; ``note`` says how sure it is that this request is meant."""

    @abstractmethod
    def expired(self, emit: Emit, *, sent: bool) -> None:
        """Tell the engine that no answer came in time."""

    @abstractmethod
    def lost(self, reason: TradewireError, emit: Emit, *, sent: bool) -> None:
        """Tell the engine that the connection ended before the answer."""


class Subscribing(Pending):
    """Waits for ``{"op":"subscribe","ch":"balances","data":{"status":"subscribed"}}``.

    Args:
        channel: The channel, in the engine's terms.
        held: The channels that the connection carries or has asked for; a failed one is taken out again.
    """

    def __init__(self, op: str, ch: str, frame: Frame, channel: Channel, held: set[Channel]) -> None:
        super().__init__(op, ch, frame)
        self.channel = channel
        self._held = held

    def answered(self, message: FromServer, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Confirm the channel."""
        emit(Confirmed((self.channel,)))

    def refused(self, text: str, note: str, emit: Emit) -> None:
        """Deny the channel."""
        self._deny(subscription_refused(text), note, emit)

    def expired(self, emit: Emit, *, sent: bool) -> None:
        """Deny the channel: without an acknowledgement nobody knows whether it will speak."""
        self._deny(RequestTimeout(f"no acknowledgement of {self.op} {self.ch} in time", venue=VENUE, retryable=True), "", emit)

    def lost(self, reason: TradewireError, emit: Emit, *, sent: bool) -> None:
        """Nothing to tell: the engine subscribes again on the next connection."""

    def _deny(self, error: TradewireError, note: str, emit: Emit) -> None:
        self._held.discard(self.channel)
        emit(Denied((self.channel,), _noted(error, note)))


class Unsubscribing(Subscribing):
    """Waits for ``{"op":"unsubscribe","ch":"balances","data":{"status":"unsubscribed"}}``.

    Nobody listens to the channel any more, so it is over for the engine however the broker answers.
    """

    def answered(self, message: FromServer, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Withdraw the channel."""
        self._withdraw(emit)

    def refused(self, text: str, note: str, emit: Emit) -> None:
        """Withdraw the channel all the same."""
        self._withdraw(emit)

    def expired(self, emit: Emit, *, sent: bool) -> None:
        """Withdraw the channel all the same."""
        self._withdraw(emit)

    def _withdraw(self, emit: Emit) -> None:
        emit(Withdrawn((self.channel,)))


class Asking(Pending):
    """Waits for the answer to a request of the engine.

    Args:
        request: The request.
    """

    def __init__(self, op: str, ch: str, frame: Frame, request: Request) -> None:
        super().__init__(op, ch, frame)
        self.request = request
        self.deadline = request.deadline
        self.awaited = request.awaited

    def answered(self, message: FromServer, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Answer the request; an answer that cannot be read leaves a write's outcome unknown."""
        request = self.request
        if isinstance(request.operation, RawOperation):
            emit(Answered(request.request_id, bytes(payload)))
            return
        try:
            result = parse_answer(type(request.operation), bytes(message.data), now)
        except Unreadable as error:
            emit(Unrecognised(raw=bytes(payload), reason=str(error), venue=VENUE, received=now))
            text = f"the answer to {self.op} cannot be read: {error}"
            if request.operation.writes:
                self._fail(OutcomeUnknown(text, venue=VENUE, request_id=request.request_id), emit)
            else:
                self._fail(RemoteProtocolError(text, raw=bytes(payload), venue=VENUE), emit)
            return
        emit(Answered(request.request_id, result))

    def refused(self, text: str, note: str, emit: Emit) -> None:
        """Fail the request in the broker's words."""
        self._fail(_noted(request_refused(text, self.request.request_id), note), emit)

    def expired(self, emit: Emit, *, sent: bool) -> None:
        """Fail the request; the outcome of a write that was sent is unknown."""
        if not sent:
            text = f"{self.op} was not sent in time: an earlier request is still unanswered"
            self._fail(RequestTimeout(text, venue=VENUE, retryable=True, request_id=self.request.request_id), emit)
        elif self.request.operation.writes:
            self._fail(self._unknown(f"no answer to {self.op} in time"), emit)
        else:
            text = f"no answer to {self.op} in time"
            self._fail(RequestTimeout(text, venue=VENUE, retryable=True, request_id=self.request.request_id), emit)

    def lost(self, reason: TradewireError, emit: Emit, *, sent: bool) -> None:
        """Fail the request; the outcome of a write that was sent is unknown."""
        if sent and self.request.operation.writes:
            self._fail(self._unknown(f"the connection ended before the answer to {self.op} ({reason})"), emit)
        else:
            fate = "before the answer" if sent else "before it was sent"
            self._fail(LinkLost(f"the connection ended {fate} to {self.op} ({reason})", venue=VENUE, code=reason.code), emit)

    def _unknown(self, text: str) -> OutcomeUnknown:
        return OutcomeUnknown(f"{text}: it may have happened", venue=VENUE, request_id=self.request.request_id)

    def _fail(self, error: TradewireError, emit: Emit) -> None:
        emit(Failed(self.request.request_id, error))


class KeepAlive(Pending):
    """A request whose answer is of no interest."""

    awaited = False

    def answered(self, message: FromServer, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Nothing to tell."""

    def refused(self, text: str, note: str, emit: Emit) -> None:
        """Nothing to tell: being answered is all it was for."""

    def expired(self, emit: Emit, *, sent: bool) -> None:
        """Nothing to tell: whether the connection lives is the heartbeat's business."""

    def lost(self, reason: TradewireError, emit: Emit, *, sent: bool) -> None:
        """Nothing to tell."""


def _noted(error: TradewireError, note: str) -> TradewireError:
    if note:
        error.add_note(note)
    return error
