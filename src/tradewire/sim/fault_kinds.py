"""Every fault of the simulator as a value; ``sim/faults.py`` says how they are written down and scheduled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Protocol

import msgspec

from tradewire.errors import ConfigurationError
from tradewire.sim.connection import Connection, Muted
from tradewire.wire.protocol import Close, Frame


class Server(Protocol):
    """What a fault may do to a venue as a whole."""

    name: str

    def restart(self, down_for: float) -> None:
        """Reset every connection and refuse new ones for ``down_for`` seconds."""

    def refuse_upgrades(self, count: int, status: int | None) -> None:
        """Refuse the next upgrades: with an HTTP status, or with a TCP reset."""

    def refuse_requests(self, count: int, status: int, retry_after: int) -> None:
        """Answer the next REST requests with a bare status."""

    def arm(self, name: str, value: Any) -> bool:
        """Call the method ``name`` of the venue's own faults, or set the attribute; False if there is none."""
        ...

    def heal(self) -> None:
        """End every fault that can end."""


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="fault", tag=_snake):
    """Base of all faults.

    Attributes:
        at: Seconds from the start of the simulator, or ``None`` for at once.
        venue: Name of the venue, or ``None`` for all.
        connection: Number of a WebSocket connection, counted from 1 per venue, or ``None`` for all.
    """

    at: float | None = None
    venue: str | None = None
    connection: int | None = None


class ServerFault(Fault, frozen=True, kw_only=True):
    """A fault of the venue as a whole; ``connection`` has no meaning."""

    def strike(self, server: Server) -> None:
        """Happen."""
        raise NotImplementedError


class ConnectionFault(Fault, frozen=True, kw_only=True):
    """A fault of connections. With ``connection: null`` one that lasts also meets the connections to come."""

    lasting: ClassVar[bool] = False

    def hit(self, connection: Connection) -> None:
        """Happen to one connection."""
        raise NotImplementedError


# The wire.


class Drop(ConnectionFault, frozen=True, kw_only=True):
    """The TCP connection ends without a close frame."""

    def hit(self, connection: Connection) -> None:
        """See the class."""
        connection.line.drop()


class Reset(ConnectionFault, frozen=True, kw_only=True):
    """The TCP connection is reset (RST)."""

    def hit(self, connection: Connection) -> None:
        """See the class."""
        connection.line.reset()


class HalfOpen(ConnectionFault, frozen=True, kw_only=True):
    """Nothing arrives any more in either direction, and neither side is told. New connections are fine."""

    def hit(self, connection: Connection) -> None:
        """See the class."""
        connection.line.half_open()


class Stall(ConnectionFault, frozen=True, kw_only=True):
    """Everything is held for ``seconds``, then arrives. ``direction`` is seen from the venue."""

    seconds: float
    direction: Literal["in", "out", "both"] = "both"

    def hit(self, connection: Connection) -> None:
        """See the class."""
        if self.direction != "out":
            connection.line.inward.stall(self.seconds)
        if self.direction != "in":
            connection.line.outward.stall(self.seconds)


class Delay(ConnectionFault, frozen=True, kw_only=True):
    """Everything the venue sends arrives ``seconds`` later."""

    lasting: ClassVar[bool] = True
    seconds: float

    def hit(self, connection: Connection) -> None:
        """See the class."""
        connection.line.outward.delay = self.seconds


class SlowReader(ConnectionFault, frozen=True, kw_only=True):
    """The client reads no more than ``bytes_per_second``; a venue that has too much to say throws it out."""

    lasting: ClassVar[bool] = True
    bytes_per_second: float = 1024.0

    def hit(self, connection: Connection) -> None:
        """See the class."""
        connection.line.outward.per_second = self.bytes_per_second


class BrokenFrame(ConnectionFault, frozen=True, kw_only=True):
    """Bytes that are no proper WebSocket frame (RFC 6455 section 5).

    ``reserved``: reserved bits set; ``oversized``: a header that announces 2**62 bytes; ``bad_utf8``: a text frame that is not
    UTF-8; ``truncated``: half a frame, then the connection ends.
    """

    kind: Literal["reserved", "oversized", "bad_utf8", "truncated"] = "reserved"

    def hit(self, connection: Connection) -> None:
        """See the class."""
        connection.line.inject(_BROKEN[self.kind])
        if self.kind == "truncated":
            connection.line.outward.feed(b"")


_BROKEN = {
    "reserved": b"\xf1\x02{}",
    "oversized": b"\x81\x7f" + (1 << 62).to_bytes(8, "big"),
    "bad_utf8": b"\x81\x03\xff\xfe\xfd",
    "truncated": b"\x81\x7d" + b'{"cut":',
}


# Frames.


class Mute(ConnectionFault, frozen=True, kw_only=True):
    """The venue says nothing for ``seconds`` (``null``: ever again). ``what``: ``all``, ``data`` or the ``pongs`` alone."""

    lasting: ClassVar[bool] = True
    seconds: float | None = None
    what: Muted = "all"

    def hit(self, connection: Connection) -> None:
        """See the class."""
        connection.faults.mute(self.what, self.seconds)


class _NextFrames(ConnectionFault, frozen=True, kw_only=True):
    """Something that happens to the next ``count`` text frames in which ``match`` occurs (``""``: to any)."""

    lasting: ClassVar[bool] = True
    action: ClassVar[Literal["lose", "duplicate", "reorder", "unanswer"]]
    count: int = 1
    match: str = ""

    def hit(self, connection: Connection) -> None:
        """See the class."""
        connection.faults.expect(self.action, self.count, self.match.encode())


class Gap(_NextFrames, frozen=True, kw_only=True):
    """The next ``count`` frames with ``match`` in them are lost."""

    action = "lose"


class Duplicate(_NextFrames, frozen=True, kw_only=True):
    """The next ``count`` frames with ``match`` in them arrive twice."""

    action = "duplicate"


class Reorder(_NextFrames, frozen=True, kw_only=True):
    """The next ``count`` frames with ``match`` in them change places with the one that follows."""

    action = "reorder"


class LostAck(_NextFrames, frozen=True, kw_only=True):
    """The venue does what the next ``count`` client frames ask, but its answers with ``match`` in them never arrive."""

    action = "unanswer"


class Malformed(ConnectionFault, frozen=True, kw_only=True):
    """A text frame that the protocol does not allow."""

    payload: str = '{"broken":'

    def hit(self, connection: Connection) -> None:
        """See the class."""
        connection.put(Frame(self.payload.encode()))


class CloseConnection(ConnectionFault, frozen=True, kw_only=True, tag="close"):
    """The venue closes the connection with this WebSocket code."""

    code: int = 1001
    reason: str = ""

    def hit(self, connection: Connection) -> None:
        """See the class."""
        connection.put(Close(self.code, self.reason))


# The venue.


class RefuseConnect(ServerFault, frozen=True, kw_only=True):
    """The next ``count`` WebSocket upgrades are answered with an HTTP ``status``, or reset where it is ``null``."""

    count: int = 1
    status: int | None = None

    def strike(self, server: Server) -> None:
        """See the class."""
        server.refuse_upgrades(self.count, self.status)


class Restart(ServerFault, frozen=True, kw_only=True):
    """The venue goes down, its connections are reset, and ``down_for`` seconds later it listens again."""

    down_for: float = 1.0

    def strike(self, server: Server) -> None:
        """See the class."""
        server.restart(self.down_for)


class Heal(ServerFault, frozen=True, kw_only=True):
    """Everything that can end ends: delays, throttles, muting, waiting counts, standing orders."""

    def strike(self, server: Server) -> None:
        """See the class."""
        server.heal()


# The protocol.


class VenueFault(ServerFault, frozen=True, kw_only=True):
    """A fault that only the venue's own server half can make."""

    def orders(self) -> Iterator[tuple[str, Any]]:
        """Names in the venue's ``faults`` that would arm it, each with the arguments of a method or the value of an attribute."""
        raise NotImplementedError

    def strike(self, server: Server) -> None:
        """See the class."""
        names = [name for name, _ in self.orders()]
        if not any(server.arm(name, value) for name, value in self.orders()):
            raise ConfigurationError(
                f"{server.name} cannot do the fault {type(self).__struct_config__.tag!r}: "
                f"its server half has no switch {' or '.join(names)}",
                venue=server.name,
            )


class HttpStatus(VenueFault, frozen=True, kw_only=True):
    """The next ``count`` REST calls are answered with ``status`` and, where that is usual, ``Retry-After`` in seconds."""

    status: int = 429
    count: int = 1
    retry_after: int = 1

    def orders(self) -> Iterator[tuple[str, Any]]:
        """``refuse_rest(status, count, retry_after)``."""
        yield "refuse_rest", {"status": self.status, "count": self.count, "retry_after": self.retry_after}

    def strike(self, server: Server) -> None:
        """In the venue's words where it has some, else as a bare status."""
        if not any(server.arm(name, value) for name, value in self.orders()):
            server.refuse_requests(self.count, self.status, self.retry_after)


class ShutdownNotice(VenueFault, frozen=True, kw_only=True):
    """The venue announces that it will close its connections, and does so ``after`` seconds."""

    after: float = 1.0

    def orders(self) -> Iterator[tuple[str, Any]]:
        """``shut_down(after)``."""
        yield "shut_down", {"after": self.after}


class RefuseLogin(VenueFault, frozen=True, kw_only=True):
    """Logins are refused, with the text given or the venue's usual one."""

    text: str = "Invalid signature"

    def orders(self) -> Iterator[tuple[str, Any]]:
        """``refuse_login``."""
        yield "refuse_login", self.text


class LateLogin(VenueFault, frozen=True, kw_only=True):
    """Logins are answered ``seconds`` late."""

    seconds: float = 1.0

    def orders(self) -> Iterator[tuple[str, Any]]:
        """``login_delay``."""
        yield "login_delay", self.seconds


class ExpiredToken(VenueFault, frozen=True, kw_only=True):
    """What a login was given (token, listen key) is no longer valid."""

    def orders(self) -> Iterator[tuple[str, Any]]:
        """``expire_token()``."""
        yield "expire_token", {}


class BadChecksum(VenueFault, frozen=True, kw_only=True):
    """The next ``count`` book updates carry a checksum that does not fit."""

    count: int = 1

    def orders(self) -> Iterator[tuple[str, Any]]:
        """``break_checksum(count)``."""
        yield "break_checksum", {"count": self.count}


class Switch(VenueFault, frozen=True, kw_only=True):
    """Any switch of the venue's own ``faults``: a method called with ``value`` as its arguments, or an attribute set to it."""

    name: str
    value: Any = msgspec.field(default_factory=dict)

    def orders(self) -> Iterator[tuple[str, Any]]:
        """``name``."""
        yield self.name, self.value
