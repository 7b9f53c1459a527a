"""The two sides of a venue protocol, as pure objects.

A protocol is handed payloads and the time, emits events, and leaves outputs to be drained. It never waits, never reads a
clock, never touches a socket. One instance lives exactly as long as one socket.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

import msgspec

from tradewire.errors import TradewireError
from tradewire.model.channels import Channel
from tradewire.model.events import Event
from tradewire.model.operations import Command
from tradewire.model.time import Nanos
from tradewire.wire.control import Control

#: Called directly for each event, in order. It never raises: the engine's own does not, and tests collect.
Emit: TypeAlias = Callable[[Event | Control], None]


class Frame(msgspec.Struct, frozen=True):
    """A text frame to write.

    Attributes:
        payload: The bytes, or a function of the time that makes them, called at the moment of writing
            (a signature must not wait in a queue).
        urgent: Written before frames that wait for the rate limit.
    """

    payload: bytes | Callable[[Nanos], bytes]
    urgent: bool = False


class Ping(msgspec.Struct, frozen=True):
    """A WebSocket ping to write."""

    payload: bytes = b""


class Pong(msgspec.Struct, frozen=True):
    """A WebSocket pong to write. Clients need not: the socket answers pings by itself."""

    payload: bytes = b""


class HttpCall(msgspec.Struct, frozen=True):
    """A REST call for the engine to make; the answer comes back through ``ClientProtocol.http_reply``.

    Attributes:
        call_id: Unique within the protocol instance.
        endpoint: Name of an entry of the venue's endpoint table.
        params: Arguments of the endpoint.
    """

    call_id: int
    endpoint: str
    params: Mapping[str, Any]


class HttpReply(msgspec.Struct, frozen=True):
    """The answer to a ``HttpCall``: a parsed result, or an error."""

    call_id: int
    result: Any = None
    error: TradewireError | None = None


class Close(msgspec.Struct, frozen=True):
    """End the connection with this WebSocket close code."""

    code: int
    reason: str


Output: TypeAlias = Frame | HttpCall | Close
ServerOutput: TypeAlias = Frame | Ping | Pong | Close


class ClientProtocol(Protocol):
    """Client half of one connection of one venue."""

    def connected(self, now: Nanos, emit: Emit) -> None:
        """The socket is open: log in, or emit ``Ready`` at once where there is no login."""

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Take one text frame. Never raises for any bytes: what it cannot read it emits as ``Unrecognised``."""

    def submit(self, command: Command, now: Nanos, emit: Emit) -> None:
        """Take a command. Never called from inside ``receive``: the engine queues."""

    def http_reply(self, reply: HttpReply, now: Nanos, emit: Emit) -> None:
        """Take the answer to an earlier ``HttpCall``."""

    def tick(self, now: Nanos, emit: Emit) -> None:
        """Act on deadlines that have passed."""

    def next_tick(self) -> Nanos | None:
        """When ``tick`` is wanted next, or ``None``."""

    def disconnected(self, now: Nanos, emit: Emit, reason: TradewireError) -> None:
        """The socket is gone: fail what is pending (``OutcomeUnknown`` for writes already handed out)."""

    def take_outputs(self) -> list[Output]:
        """Return and forget what is to be written, in order."""
        ...

    def position(self, channel: Channel) -> int | None:
        """Sequence number of the last event emitted on ``channel`` (trade id, update id), or ``None``."""


class HttpRequest(msgspec.Struct, frozen=True):
    """An HTTP request, as sent or as received.

    Attributes:
        target: Path with query, exactly as on the wire, percent-encoded: ``/api/v3/depth?symbol=BTCUSDT&limit=5000``.
        headers: Names in the case written; compare case-insensitively.
    """

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


class HttpResponse(msgspec.Struct, frozen=True):
    """An HTTP response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class ServerSession(Protocol):
    """Server half of one connection."""

    def opened(self, now: Nanos) -> None:
        """The upgrade is done."""

    def receive(self, payload: bytes, now: Nanos, *, binary: bool = False) -> None:
        """Take one data frame."""

    def ping_received(self, payload: bytes, now: Nanos) -> None:
        """A WebSocket ping came (the runtime has already answered it)."""

    def pong_received(self, payload: bytes, now: Nanos) -> None:
        """A WebSocket pong came."""

    def tick(self, now: Nanos) -> None:
        """Act on deadlines that have passed."""

    def next_tick(self) -> Nanos | None:
        """When ``tick`` is wanted next, or ``None``."""

    def closed(self, now: Nanos) -> None:
        """The socket is gone."""

    def take_outputs(self) -> list[ServerOutput]:
        """Return and forget what is to be written, in order."""
        ...


class ServerVenue(Protocol):
    """Server half of a venue, shared by all its connections. Made by ``venues.<venue>.server`` over a ``Backend``."""

    def upgrade(self, request: HttpRequest, now: Nanos) -> ServerSession | HttpResponse:
        """Take a WebSocket upgrade: a session to run, or a response that refuses it."""
        ...

    def http(self, request: HttpRequest, now: Nanos) -> HttpResponse:
        """Answer a REST request."""
        ...

    def tick(self, now: Nanos) -> None:
        """Act on the venue's own timers (sessions have theirs)."""

    def next_tick(self) -> Nanos | None:
        """When ``tick`` is wanted next, or ``None``."""
