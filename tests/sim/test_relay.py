"""A line is transparent until it is told otherwise."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from tradewire.sim.relay import HIGH_WATER, Line


class Echo(asyncio.Protocol):
    """The server behind the line: it says everything back."""

    def __init__(self) -> None:
        self.gone = asyncio.get_running_loop().create_future()
        self.heard = asyncio.Event()
        self.received = b""
        self.paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.heard.set()
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set_result(exc)


class Scene:
    def __init__(self, line: Line, server: Echo, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.line, self.server, self.reader, self.writer = line, server, reader, writer

    async def say(self, data: bytes) -> bytes:
        self.writer.write(data)
        return await self.reader.readexactly(len(data))


def play(act: Callable[[Scene], Awaitable[None]]) -> None:
    async def scenario() -> None:
        lines: set[Line] = set()
        echoes: list[Echo] = []

        def accept() -> Line:
            echoes.append(Echo())
            return Line(echoes[-1], lines)

        loop = asyncio.get_running_loop()
        server = await loop.create_server(accept, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        (line,) = lines
        await act(Scene(line, echoes[0], reader, writer))
        writer.close()
        for open_line in tuple(lines):
            open_line.drop()
        await asyncio.wait_for(echoes[0].gone, 1)
        server.close()
        await server.wait_closed()

    asyncio.run(scenario())


def test_bytes_pass_both_ways_and_the_end_too() -> None:
    async def act(scene: Scene) -> None:
        assert await scene.say(b"x" * 300_000) == b"x" * 300_000
        scene.writer.write_eof()
        assert await scene.reader.read() == b""
        await scene.server.gone

    play(act)


def test_a_dropped_line_ends_without_an_error_on_either_side() -> None:
    async def act(scene: Scene) -> None:
        scene.line.drop()
        assert await scene.reader.read() == b""
        assert await scene.server.gone is None

    play(act)


def test_a_reset_line_is_an_error_at_the_client() -> None:
    async def act(scene: Scene) -> None:
        scene.line.reset()
        with pytest.raises(ConnectionResetError):
            await scene.reader.read()

    play(act)


def test_a_line_that_ended_takes_anything_and_does_nothing() -> None:
    async def act(scene: Scene) -> None:
        scene.line.drop()
        await scene.server.gone
        scene.line.reset()
        scene.line.inject(b"late")
        scene.server.transport.write(b"late too")
        assert await scene.reader.read() == b""

    play(act)


def test_a_half_open_line_tells_nobody_anything() -> None:
    async def act(scene: Scene) -> None:
        scene.line.half_open()
        scene.writer.write(b"lost")
        scene.server.transport.write(b"lost too")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(scene.reader.read(1), 0.02)
        assert scene.server.received == b"hello"
        scene.server.transport.close()
        assert await scene.server.gone is None, "the server's own close is final for the server"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(scene.reader.read(1), 0.02)

    play(act)


def test_a_stalled_line_delivers_everything_late_and_in_order() -> None:
    async def act(scene: Scene) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        scene.line.outward.stall(0.03)
        assert await scene.say(b"one two three") == b"one two three"
        assert loop.time() - started >= 0.029

    play(act)


def test_delay_keeps_the_order() -> None:
    async def act(scene: Scene) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        scene.line.outward.delay = 0.02
        scene.server.transport.write(b"first ")
        scene.line.outward.delay = 0.0
        scene.server.transport.write(b"second")
        assert await scene.reader.readexactly(12) == b"first second"
        assert loop.time() - started >= 0.019

    play(act)


def test_a_throttled_line_trickles_and_pauses_the_writer() -> None:
    async def act(scene: Scene) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        scene.line.outward.per_second = 2_000_000.0
        scene.server.transport.write(bytes(2 * HIGH_WATER))
        assert scene.server.paused
        await scene.reader.readexactly(2 * HIGH_WATER)
        assert loop.time() - started >= 0.04
        assert not scene.server.paused

    play(act)


def test_injected_bytes_reach_the_client_only() -> None:
    async def act(scene: Scene) -> None:
        scene.line.inject(b"noise")
        assert await scene.reader.readexactly(5) == b"noise"
        assert scene.server.received == b"hello"

    play(act)


def test_healing_delivers_what_waits_at_once() -> None:
    async def act(scene: Scene) -> None:
        scene.line.outward.stall(1000)
        scene.writer.write(b"now")
        await scene.server.heard.wait()
        scene.line.heal()
        assert await asyncio.wait_for(scene.reader.readexactly(3), 1) == b"now"

    play(act)


def test_the_server_sees_the_socket() -> None:
    async def act(scene: Scene) -> None:
        seen = scene.server.transport.get_extra_info("socket")
        assert seen.family == socket.AF_INET
        assert scene.server.transport.get_extra_info("peername") == scene.writer.get_extra_info("sockname")

    play(act)
