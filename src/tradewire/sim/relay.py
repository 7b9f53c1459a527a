"""The relay between a client's socket and the server behind it, with everything that can go wrong on a wire.

A ``Line`` sits where the server's protocol would sit on the accepted socket and passes bytes on in both directions. As long
as nothing is wrong it costs one call per chunk. It can cut, reset, fall silent, stall, slow down and put in bytes of its own, so
that the server behind it stays an honest server.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, cast

#: Bytes waiting in one direction above which the writer is asked to pause.
HIGH_WATER = 64 * 1024
#: A throttled direction delivers this many slices a second.
SLICES_PER_SECOND = 50


class Pipe:
    """One direction of a line.

    Args:
        deliver: Called with each chunk, in order; ``b""`` is the end of the stream.
        level: Called after the amount of waiting bytes has changed.

    Attributes:
        lost: Bytes vanish, the end of the stream included.
        delay: Seconds added to the way of every chunk; order is kept.
        per_second: Bytes a second, or ``None`` for no limit.
    """

    def __init__(self, deliver: Callable[[bytes], None], level: Callable[[], None]) -> None:
        self._deliver = deliver
        self._level = level
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._open_at = 0.0
        self.waiting = 0
        self.lost = False
        self.delay = 0.0
        self.per_second: float | None = None

    def feed(self, data: bytes) -> None:
        """Take one chunk, or ``b""`` for the end of the stream."""
        if self.lost:
            return
        if not self._queue and not self.delay and self.per_second is None and self._open_at <= self._loop.time():
            self._deliver(data)
            return
        self._queue.append((self._loop.time() + self.delay, bytes(data)))
        self.waiting += len(data)
        self._arm()
        self._level()

    def stall(self, seconds: float) -> None:
        """Hold everything for ``seconds``, then let it go in order."""
        self._open_at = max(self._open_at, self._loop.time() + seconds)
        self._arm()

    def heal(self) -> None:
        """Be transparent again; what waits is delivered now. What was lost stays lost."""
        self.lost, self.delay, self.per_second, self._open_at = False, 0.0, None, 0.0
        self._queue = deque((0.0, data) for _, data in self._queue)
        self._run()

    def stop(self) -> None:
        """Forget what waits."""
        self._queue.clear()
        self.waiting = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._queue:
            self._timer = self._loop.call_at(max(self._queue[0][0], self._open_at), self._run)

    def _run(self) -> None:
        now = self._loop.time()
        while self._queue and not self.lost and max(self._queue[0][0], self._open_at) <= now:
            due, data = self._queue.popleft()
            if self.per_second is not None:
                slice_size = max(1, int(self.per_second / SLICES_PER_SECOND))
                if len(data) > slice_size:
                    self._queue.appendleft((due, data[slice_size:]))
                    data = data[:slice_size]
                self._open_at = now + len(data) / self.per_second
            self.waiting -= len(data)
            self._deliver(data)
        self._arm()
        self._level()


class Line(asyncio.Protocol):
    """One accepted connection: the socket on one side, the server's protocol on the other.

    Args:
        upstream: The server's protocol.
        lines: The set that this line joins while its socket is open.
    """

    _socket: asyncio.Transport

    def __init__(self, upstream: asyncio.Protocol, lines: set[Line]) -> None:
        self._upstream = upstream
        self._lines = lines
        self._served = False
        self._closing = False
        self._socket_full = False
        self._paused = False

    # The socket's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Join the lines and open the way to the server."""
        self._socket = cast("asyncio.Transport", transport)  # uvloop's has the methods but not the base class
        self.inward = Pipe(self._to_server, lambda: None)
        self.outward = Pipe(self._to_client, self._pace)
        self._lines.add(self)
        self._served = True
        self._upstream.connection_made(_ServerSide(self))

    def data_received(self, data: bytes) -> None:
        """Pass bytes from the client on."""
        self.inward.feed(data)

    def eof_received(self) -> bool:
        """Pass the client's end of stream on; on a dead line it is lost like everything else."""
        if not self._served:
            return False
        self.inward.feed(b"")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the lines and tell the server."""
        self._lines.discard(self)
        self.half_open()  # whatever is still written has nowhere to go
        self._leave(exc)

    def pause_writing(self) -> None:
        """The socket's buffer is full."""
        self._socket_full = True
        self._pace()

    def resume_writing(self) -> None:
        """The socket's buffer has room again."""
        self._socket_full = False
        self._pace()

    # What can go wrong.

    def drop(self) -> None:
        """End the connection without any close frame."""
        self._socket.abort()

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        if self._socket.is_closing():
            return
        raw = self._socket.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.abort()

    def half_open(self) -> None:
        """From now on nothing arrives in either direction, and neither side is told."""
        for pipe in (self.inward, self.outward):
            pipe.lost = True
            pipe.stop()

    def inject(self, data: bytes) -> None:
        """Send bytes to the client that the server never wrote."""
        self.outward.feed(data)

    def heal(self) -> None:
        """Be transparent again in both directions."""
        self.inward.heal()
        self.outward.heal()

    # Inside.

    def _to_server(self, data: bytes) -> None:
        if not self._served:
            return
        if data:
            self._upstream.data_received(data)
        else:
            self._socket.close()

    def _to_client(self, data: bytes) -> None:
        if data:
            self._socket.write(data)
        else:
            self._socket.close()

    def _pace(self) -> None:
        full = self._socket_full or self.outward.waiting > HIGH_WATER
        if full is self._paused or not self._served:
            return
        self._paused = full
        if full:
            self._upstream.pause_writing()
        else:
            self._upstream.resume_writing()

    def _leave(self, exc: Exception | None) -> None:
        if self._served:
            self._served = False
            self._upstream.connection_lost(exc)

    def close_from_server(self) -> None:
        """The server closed its side. On a dead line the client never learns."""
        if self._closing:
            return
        self._closing = True
        if self.outward.lost:
            asyncio.get_running_loop().call_soon(self._leave, None)
        else:
            self.outward.feed(b"")


class _ServerSide(asyncio.Transport):
    """What the server believes to be its socket."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self.line = line

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        if len(data) and not self.is_closing():
            self.line.outward.feed(data)  # type: ignore[arg-type]  # any buffer will do: it is copied if it must wait

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview[Any]]) -> None:
        self.write(b"".join(list_of_data))

    def is_closing(self) -> bool:
        return self.line._closing or self.line._socket.is_closing()  # noqa: SLF001 - two halves of one thing

    def close(self) -> None:
        self.line.close_from_server()

    def abort(self) -> None:
        self.line.drop()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.line._socket.get_extra_info(name, default)  # noqa: SLF001 - two halves of one thing

    def pause_reading(self) -> None:
        self.line._socket.pause_reading()  # noqa: SLF001 - two halves of one thing

    def resume_reading(self) -> None:
        self.line._socket.resume_reading()  # noqa: SLF001 - two halves of one thing

    def get_write_buffer_size(self) -> int:
        return self.line.outward.waiting + self.line._socket.get_write_buffer_size()  # noqa: SLF001 - two halves of one thing


def line_of(transport: asyncio.BaseTransport | None) -> Line:
    """Return the line behind a server-side transport."""
    assert isinstance(transport, _ServerSide)  # noqa: S101 - the listener puts a line in front of every connection
    return transport.line
