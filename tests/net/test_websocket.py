"""The client's socket against a real loopback server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import patch

import pytest
from aiohttp import WSMsgType, web

from tradewire.errors import ConnectFailed
from tradewire.net import websocket
from tradewire.net.clock import SystemClock
from tradewire.net.websocket import SocketListener, open_socket
from tradewire.testing.hygiene import run_tidy

LARGE = "x" * 1000


class Reader(SocketListener):
    """Notes what comes."""

    def __init__(self, *, defect: bool = False) -> None:
        self.log: list[tuple[str, bytes]] = []
        self.reads = 0
        self.arrived = asyncio.Event()
        self.defect: Exception | None = None

        def receive(payload: bytes, now: int, emit: Any) -> None:
            assert self.reading
            if defect:
                raise ZeroDivisionError
            self._note("text", payload)

        super().__init__(SystemClock(), receive, print)

    def _note(self, kind: str, payload: bytes) -> None:
        self.log.append((kind, payload))
        self.arrived.set()

    def on_binary(self, payload: bytes) -> None:
        self._note("binary", payload)

    def on_ping(self) -> None:
        self._note("ping", b"")

    def on_pong(self, payload: bytes) -> None:
        self._note("pong", payload)

    def on_read_end(self) -> None:
        self.reads += 1
        assert not self.reading

    def on_defect(self, error: Exception) -> None:
        self.defect = error

    async def until(self, count: int) -> list[tuple[str, bytes]]:
        while len(self.log) < count:
            self.arrived.clear()
            await self.arrived.wait()
        return self.log


Script = Callable[[web.WebSocketResponse], Awaitable[None]]


async def with_peer(
    script: Script, client: Callable[[Reader], Awaitable[None]], *, max_frame: int = 10_000, defect: bool = False
) -> None:
    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await script(socket)
        async for _ in socket:
            pass
        return socket

    application = web.Application()
    application.router.add_get("/", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.05, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader = Reader(defect=defect)
    try:
        url = f"ws://127.0.0.1:{runner.addresses[0][1]}/"
        await open_socket(reader, url, venue="toy", connect_timeout=5.0, max_frame=max_frame)
        await client(reader)
    finally:
        reader.abort()
        await reader.wait_closed()
        await runner.cleanup()


def test_every_kind_of_frame_arrives_as_what_it_is() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_str("short")
        await socket.send_str(LARGE)
        await socket.send_bytes(b"\x00\x01")
        await socket.ping(b"p")
        message = await socket.receive()
        assert (message.type, message.data) == (WSMsgType.PONG, b"p"), "pings are answered with their payload"
        await socket.pong(b"q")

    async def client(reader: Reader) -> None:
        log = await reader.until(5)
        assert log == [("text", b"short"), ("text", LARGE.encode()), ("binary", b"\x00\x01"), ("ping", b""), ("pong", b"q")]
        assert (reader.messages, reader.bytes_in) == (3, 1007)
        assert reader.reads >= 1

    run_tidy(with_peer(script, client))


def test_a_fragmented_message_is_put_together() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        wire(socket).write(b"\x01\x02ab" + b"\x89\x00" + b"\x00\x02cd" + b"\x80\x02ef")

    async def client(reader: Reader) -> None:
        assert await reader.until(2) == [("ping", b""), ("text", b"abcdef")]

    run_tidy(with_peer(script, client))


def frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    return bytes([opcode | (0x80 if fin else 0)]) + length + payload


def wire(socket: web.WebSocketResponse) -> asyncio.WriteTransport:
    transport = socket._req.transport if socket._req is not None else None
    assert isinstance(transport, asyncio.WriteTransport)
    return transport


TEXT, BINARY, CONTINUATION = 1, 2, 0
LONG = b"\x01" * 1000


@pytest.mark.parametrize("frames", [frame(BINARY, LONG), frame(BINARY, LONG[:300], fin=False) + frame(CONTINUATION, LONG[300:])])
def test_a_binary_message_of_any_length_is_binary(frames: bytes) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        wire(socket).write(frames)

    async def client(reader: Reader) -> None:
        assert await reader.until(1) == [("binary", LONG)]

    run_tidy(with_peer(script, client))


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (frame(CONTINUATION, b"short"), "a continuation of nothing"),
        (frame(CONTINUATION, LONG), "a continuation of nothing"),
        (frame(CONTINUATION, LONG, fin=False), "a continuation of nothing"),
        (frame(TEXT, b"{", fin=False) + frame(TEXT, b"{" + LONG), "a new message inside a fragmented one"),
        (frame(TEXT, b"{", fin=False) + frame(BINARY, LONG, fin=False), "a new message inside a fragmented one"),
    ],
)
def test_frames_out_of_order_end_the_connection(frames: bytes, words: str) -> None:
    codes: list[int | None] = []

    async def script(socket: web.WebSocketResponse) -> None:
        wire(socket).write(frames + frame(TEXT, b"{" + LONG))
        await socket.receive()
        codes.append(socket.close_code)

    async def client(reader: Reader) -> None:
        await reader.wait_closed()
        error = reader.reason("toy")
        assert (error.code, words in str(error)) == ("1002", True), error
        assert reader.log == []

    run_tidy(with_peer(script, client))
    assert codes == [1002]


@pytest.mark.parametrize("size", [100, 1000])
def test_fragments_without_end_are_not_kept(size: int) -> None:
    codes: list[int | None] = []

    async def script(socket: web.WebSocketResponse) -> None:
        wire(socket).write(frame(TEXT, b"{", fin=False) + frame(CONTINUATION, b" " * size, fin=False) * (10_000 // size + 50))
        await socket.receive()
        codes.append(socket.close_code)

    async def client(reader: Reader) -> None:
        await reader.wait_closed()
        error = reader.reason("toy")
        assert (error.code, "exceeding max allowed size, 10000" in str(error)) == ("1009", True), error
        assert reader.log == []

    run_tidy(with_peer(script, client))
    assert codes == [1009]


def test_a_message_in_fragments_may_be_as_long_as_one_frame() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        wire(socket).write(frame(TEXT, b"{" * 4000, fin=False) + frame(CONTINUATION, b"}" * 6000))

    async def client(reader: Reader) -> None:
        assert await reader.until(1) == [("text", b"{" * 4000 + b"}" * 6000)]

    run_tidy(with_peer(script, client))


def test_our_own_close_is_named_as_ours_and_ends_all_writing() -> None:
    received: list[Any] = []

    async def script(socket: web.WebSocketResponse) -> None:
        received.append(await socket.receive())
        received.append(await socket.receive())

    async def client(reader: Reader) -> None:
        reader.send_close(4000, "lost count " + "\u20ac" * 100)
        reader.send_close(1000, "twice")
        reader.send_text(b"{}")
        await reader.wait_closed()
        error = reader.reason("toy")
        assert (error.code, str(error).startswith("closed by us: 4000 lost count \u20ac")) == ("4000", True)

    run_tidy(with_peer(script, client))
    assert [message.type for message in received] == [WSMsgType.CLOSE, WSMsgType.CLOSED]


def test_a_close_frame_that_is_not_answered_drops_the_socket() -> None:
    async def scenario() -> None:
        with patch.object(websocket, "_CLOSE_WITHIN", 0.0):
            await with_peer(script, client)

    released = asyncio.Event()

    async def script(socket: web.WebSocketResponse) -> None:
        await released.wait()

    async def client(reader: Reader) -> None:
        reader.send_close(4000, "")
        await reader.wait_closed()
        released.set()

    run_tidy(scenario())


def test_the_reason_of_the_end_names_code_and_text() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.close(code=1008, message=b"Pong timeout")

    async def client(reader: Reader) -> None:
        await reader.wait_closed()
        error = reader.reason("toy")
        assert (str(error), error.code, error.venue) == ("closed by the venue: 1008 Pong timeout", "1008", "toy")
        assert not reader.is_open
        reader.send_close(1000, "")

    run_tidy(with_peer(script, client))


def test_a_frame_above_the_limit_ends_the_connection() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_str("x" * 20_000)

    async def client(reader: Reader) -> None:
        await reader.wait_closed()
        assert "exceeding max allowed size" in str(reader.reason("toy"))

    run_tidy(with_peer(script, client))


def test_a_defect_in_reading_is_reported_and_ends_the_connection() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await socket.send_str(LARGE)

    async def client(reader: Reader) -> None:
        await reader.wait_closed()
        assert isinstance(reader.defect, ZeroDivisionError)

    run_tidy(with_peer(script, client, defect=True))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ws://127.0.0.1:1/", "cannot connect to ws://127.0.0.1:1/: .*nothing listens there"),
        ("http://127.0.0.1:1/", "cannot connect to http://127.0.0.1:1/"),
    ],
)
def test_a_connection_that_fails_names_url_and_reason(url: str, words: str) -> None:
    async def scenario() -> None:
        await open_socket(Reader(), url, venue="toy", connect_timeout=1.0, max_frame=1000)

    with pytest.raises(ConnectFailed, match=words):
        run_tidy(scenario())


def test_a_refused_upgrade_names_its_status() -> None:
    async def refuse(request: web.Request) -> web.Response:
        return web.Response(status=403)

    async def scenario() -> None:
        application = web.Application()
        application.router.add_get("/", refuse)
        runner = web.AppRunner(application, handle_signals=False)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            url = f"ws://127.0.0.1:{runner.addresses[0][1]}/"
            await open_socket(Reader(), url, venue="toy", connect_timeout=5.0, max_frame=1000)
        finally:
            await runner.cleanup()

    with pytest.raises(ConnectFailed, match="HTTP 403") as caught:
        run_tidy(scenario())
    assert caught.value.code == "403"


def test_a_server_that_says_nothing_runs_into_the_time_limit() -> None:
    async def scenario() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        try:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            await open_socket(Reader(), url, venue="toy", connect_timeout=0.05, max_frame=1000)
        finally:
            server.close()
            await server.wait_closed()

    with pytest.raises(ConnectFailed, match=r"no answer within 0\.05 s"):
        run_tidy(scenario())


@pytest.mark.parametrize("read_first", [True, False])
def test_a_server_that_hangs_up_during_the_upgrade(read_first: bool) -> None:
    async def scenario() -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if read_first:
                await reader.read(10)
            writer.transport.abort()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        try:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            await open_socket(Reader(), url, venue="toy", connect_timeout=5.0, max_frame=1000)
        finally:
            server.close()
            await server.wait_closed()

    with pytest.raises(ConnectFailed, match=r"ended during the upgrade|reset"):
        run_tidy(scenario())
