"""One WebSocket connection of a simulated venue: a session, its socket, and what may happen to its frames."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec
from aiohttp import WSMessage, WSMsgType, web

from tradewire.model.time import SECOND
from tradewire.sim.listener import Now
from tradewire.sim.relay import Line
from tradewire.wire.protocol import Close, Frame, Ping, Pong, ServerOutput, ServerSession

#: Bytes that may wait for a slow reader before it is thrown out.
WRITE_LIMIT = 8 * 1024 * 1024

#: What a muted connection keeps back: everything, data frames only, or the answers to pings only.
Muted: TypeAlias = Literal["all", "data", "pongs"]
#: What may happen to a frame; ``unanswer`` loses it only if it answers a client frame.
Action: TypeAlias = Literal["lose", "duplicate", "reorder", "unanswer"]


class _Order:
    """A standing order about the next ``count`` frames with ``match`` in them."""

    def __init__(self, action: Action, count: int, match: bytes) -> None:
        self.action: Action = action
        self.count = count
        self.match = match


class FrameFaults:
    """What happens to the frames of one connection."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._muted: Muted | None = None
        self._until: int | None = None
        self._held: bytes | None = None
        self._orders: list[_Order] = []

    def mute(self, what: Muted, seconds: float | None) -> None:
        """Keep back ``what`` for ``seconds``, or for good."""
        self._muted = what
        self._until = None if seconds is None else self._now() + int(seconds * SECOND)

    def expect(self, action: Action, count: int, match: bytes) -> None:
        """Do ``action`` to the next ``count`` frames in which ``match`` occurs."""
        self._orders.append(_Order(action, count, match))

    def heal(self) -> None:
        """Let everything pass again."""
        self._muted, self._until, self._held = None, None, None
        self._orders.clear()

    def silent(self, what: Literal["data", "pongs"]) -> bool:
        """Whether ``what`` is kept back now."""
        if self._until is not None and self._now() >= self._until:
            self._muted = self._until = None
        return self._muted in {"all", what}

    def pass_on(self, payload: bytes, *, answer: bool) -> tuple[bytes, ...]:
        """Return the frames that leave instead of this one; ``answer`` says that a client frame has just caused it."""
        if self.silent("data"):
            return ()
        if self._held is not None:
            held, self._held = self._held, None
            return (payload, held)
        action = self._take(payload, answer=answer) if self._orders else None
        if action in {"lose", "unanswer"}:
            return ()
        if action == "reorder":
            self._held = payload
            return ()
        return (payload, payload) if action == "duplicate" else (payload,)

    def _take(self, payload: bytes, *, answer: bool) -> Action | None:
        for order in self._orders:
            if order.match in payload and (answer or order.action != "unanswer"):
                order.count -= 1
                if order.count <= 0:
                    self._orders.remove(order)
                return order.action
        return None


class Connection:
    """Pumps one session over one socket.

    Args:
        number: Counted from 1 per venue.
        session: The venue's half.
        line: The relay line under the socket.
        now: The venue's clock.

    Attributes:
        faults: What happens to its next frames.
    """

    def __init__(self, number: int, session: ServerSession, socket: web.WebSocketResponse, line: Line, now: Now) -> None:
        self.number = number
        self.session = session
        self.line = line
        self.faults = FrameFaults(now)
        self._socket = socket
        self._now = now
        self._outbox: deque[ServerOutput] = deque()
        self._waiting = 0
        self._ready = asyncio.Event()
        self._closing = False

    async def run(self, on_message: Callable[[Connection, WSMessage], None]) -> None:
        """Read until the connection ends, calling ``on_message`` for each frame; write what was flushed meanwhile."""
        writer = asyncio.create_task(self._write(), name=f"simulated connection {self.number}")
        try:
            while True:
                message = await self._socket.receive()
                if message.type not in _FRAMES:
                    return
                on_message(self, message)
        finally:
            if not self._closing:
                writer.cancel()
            await asyncio.wait({writer})

    def flush(self, *, answer: bool = False) -> None:
        """Take over what the session wants written; ``answer`` says that a client frame has just caused it."""
        for output in self.session.take_outputs():
            if isinstance(output, Frame):
                payload = output.payload if isinstance(output.payload, bytes) else output.payload(self._now())
                for frame in self.faults.pass_on(payload, answer=answer):
                    self.put(Frame(frame))
            elif isinstance(output, Close) or not self.faults.silent("data"):
                self.put(output)

    def pong(self, payload: bytes) -> None:
        """Answer a ping."""
        if not self.faults.silent("pongs"):
            self.put(Pong(payload))

    def put(self, output: ServerOutput) -> None:
        """Queue for writing. A reader that lets too much pile up is thrown out with a reset."""
        self._outbox.append(output)
        self._waiting += _size(output)
        self._ready.set()
        if self._waiting > WRITE_LIMIT:
            self.line.reset()

    async def _write(self) -> None:
        try:
            while not self._closing:
                await self._ready.wait()
                self._ready.clear()
                while self._outbox and not self._closing:
                    output = self._outbox.popleft()
                    self._waiting -= _size(output)
                    await self._send(output)
        except ConnectionError:
            return  # the reader sees the end as well, and reports it

    async def _send(self, output: ServerOutput) -> None:
        match output:
            case Frame(payload=bytes() as payload):
                await self._socket.send_frame(payload, WSMsgType.TEXT)
            case Ping(payload=payload):
                await self._socket.ping(payload)
            case Pong(payload=payload):
                await self._socket.pong(payload)
            case Close(code=code, reason=reason):
                self._closing = True
                await self._socket.close(code=code, message=reason.encode())
            case _:
                raise TypeError(f"a session cannot write {msgspec.structs.asdict(output)}")


_FRAMES = {WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG}


def _size(output: ServerOutput) -> int:
    return len(output.payload) if isinstance(output, Frame) and isinstance(output.payload, bytes) else 0
