"""Client half and server half of a venue, joined back to back: no network, no waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tradewire.errors import LinkLost, TradewireError
from tradewire.model.events import Event
from tradewire.model.operations import Command
from tradewire.model.time import SECOND, Nanos
from tradewire.testing.clock import ManualClock
from tradewire.venues.spec import RestContext, VenueSpec
from tradewire.wire.control import Control
from tradewire.wire.protocol import (
    ClientProtocol,
    Close,
    Frame,
    HttpCall,
    HttpReply,
    Output,
    Ping,
    Pong,
    ServerOutput,
    ServerSession,
    ServerVenue,
)
from tradewire.wire.signing import Credentials

#: Answers a REST call at a moment.
AnswerHttp: TypeAlias = Callable[[HttpCall, Nanos], HttpReply]

#: More rounds than any exchange of frames needs at one instant.
_MOST_ROUNDS = 10_000


class Pair:
    """One connection: what one half writes the other half receives, at once, at the time of a manual clock.

    Pings of the server are answered, as a socket does. For a reconnect make a new pair with fresh halves and the same clock.

    Args:
        client: The client half.
        server: The server half.
        clock: Shared with whatever else the test has on it; a fresh one by default.
        http: Answers REST calls of the client half; see ``rest_answers``.

    Attributes:
        events: What the client half emitted for users, in order.
        controls: What it emitted for the engine, in order.
        closed: Why the connection ended, or ``None`` while it is open.
    """

    def __init__(
        self, client: ClientProtocol, server: ServerSession, *, clock: ManualClock | None = None, http: AnswerHttp | None = None
    ) -> None:
        self.client = client
        self.server = server
        self.clock = clock or ManualClock()
        self.events: list[Event] = []
        self.controls: list[Control] = []
        self.closed: LinkLost | None = None
        self._http = http
        self._start = self.clock.now()
        self._lines: list[str] = []

    @property
    def now(self) -> Nanos:
        """The moment on the clock."""
        return self.clock.now()

    @property
    def transcript(self) -> str:
        """Everything that went over the connection, one line each, for the message of a failed assertion."""
        return "\n".join(self._lines)

    def open(self) -> None:
        """Finish the upgrade and run."""
        self.server.opened(self.now)
        self.client.connected(self.now, self._emit)
        self.run()

    def submit(self, command: Command) -> None:
        """Give the client half a command; nothing is carried over until ``run``."""
        self.client.submit(command, self.now, self._emit)

    def run(self) -> None:
        """Carry frames and calls to and fro, and do what is due by the clock, until both halves are quiet.

        Raises:
            AssertionError: They never become quiet, or the client half makes a REST call and nothing answers it.
        """
        for _ in range(_MOST_ROUNDS):
            if self.closed is not None or not (self._tick() | self._carry()):
                return
        raise AssertionError(f"the halves never become quiet:\n{self.transcript[-2000:]}")

    def advance(self, seconds: float) -> None:
        """Let time pass, stopping at each moment at which a half has something to do."""
        end = self.now + round(seconds * SECOND)
        self.run()
        while (due := self._next_tick()) is not None and due <= end:
            self.clock.advance_to(max(due, self.now))
            self.run()
        self.clock.advance_to(end)
        self.run()

    def cut(self, reason: str = "the connection was cut") -> None:
        """End the connection without a word, as a broken line does. What was not carried yet is lost."""
        self._end(LinkLost(reason))

    def _emit(self, item: Event | Control) -> None:
        if isinstance(item, Control):
            self.controls.append(item)
        else:
            self.events.append(item)

    def _next_tick(self) -> Nanos | None:
        if self.closed is not None:
            return None
        return min((due for due in (self.client.next_tick(), self.server.next_tick()) if due is not None), default=None)

    def _tick(self) -> bool:
        """Say whether anything was due."""
        due = self._next_tick()
        if due is None or due > self.now:
            return False
        if _is_due(self.client.next_tick(), self.now):
            self.client.tick(self.now, self._emit)
        if _is_due(self.server.next_tick(), self.now):
            self.server.tick(self.now)
        return True

    def _carry(self) -> bool:
        """Say whether anything was carried."""
        outputs, answers = self.client.take_outputs(), self.server.take_outputs()
        for output in outputs:
            if self.closed is None:
                self._to_server(output)
        for answer in answers:
            if self.closed is None:
                self._to_client(answer)
        return bool(outputs or answers)

    def _to_server(self, output: Output) -> None:
        match output:
            case Frame():
                self.server.receive(self._frame(">", output), self.now)
            case HttpCall():
                self._note(">", f"REST {output.endpoint} {dict(output.params)}")
                if self._http is None:
                    raise AssertionError(f"nothing answers REST calls here; give http=:\n{self.transcript}")
                reply = self._http(output, self.now)
                self._note("<", f"REST {output.endpoint} {reply.error or reply.result}")
                self.client.http_reply(reply, self.now, self._emit)
            case Close():
                self._note(">", f"close {output.code} {output.reason}")
                self._end(LinkLost(output.reason or "the connection was closed", code=output.code))

    def _to_client(self, output: ServerOutput) -> None:
        match output:
            case Frame():
                self.client.receive(self._frame("<", output), self.now, self._emit)
            case Ping():
                self._note("<", f"ping {output.payload!r}")
                self.server.pong_received(output.payload, self.now)
            case Pong():
                self._note("<", f"pong {output.payload!r}")
            case Close():
                self._note("<", f"close {output.code} {output.reason}")
                self._end(LinkLost(output.reason or "the connection was closed", code=output.code))

    def _frame(self, arrow: str, frame: Frame) -> bytes:
        payload = frame.payload(self.now) if callable(frame.payload) else frame.payload
        self._note(arrow, payload.decode(errors="backslashreplace"))
        return payload

    def _note(self, arrow: str, text: str) -> None:
        self._lines.append(f"{(self.now - self._start) / SECOND:9.3f} {arrow} {text}")

    def _end(self, reason: LinkLost) -> None:
        if self.closed is None:
            self.closed = reason
            self.server.closed(self.now)
            self.client.disconnected(self.now, self._emit, reason)


def _is_due(moment: Nanos | None, now: Nanos) -> bool:
    return moment is not None and moment <= now


def rest_answers(spec: VenueSpec, venue: ServerVenue, *, credentials: Credentials | None = None) -> AnswerHttp:
    """Return a function that answers REST calls through the venue's endpoint table and its server half.

    Args:
        spec: Has the endpoint table.
        venue: Answers the requests.
        credentials: For signed calls.
    """

    def answer(call: HttpCall, now: Nanos) -> HttpReply:
        endpoint = spec.rest[call.endpoint]
        context = RestContext(now=now, credentials=credentials, nonce=lambda: f"{now}_{call.call_id}", options=spec.options)
        try:
            response = venue.http(endpoint.build(call.params, context), now)
            if response.status // 100 != 2:
                return HttpReply(call.call_id, error=spec.error_of(response))
            return HttpReply(call.call_id, result=endpoint.parse(response))
        except TradewireError as error:
            return HttpReply(call.call_id, error=error)

    return answer
