"""Recordings served over loopback: order, timing, snapshots, and what cannot be read."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from tradewire.errors import CaptureError, ConfigurationError
from tradewire.sim.recording import read_capture
from tradewire.sim.replay import ReplayReport, ReplayServer
from tradewire.wire.capture import CaptureLine, encode_line

STREAM = "wss://stream.binance.com/stream?streams=btcusdt@trade"
DEPTH = "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000"
CAPTURES = Path(__file__).parents[3] / "shared" / "captures"


def frame(stream: str, number: int, ts: float | None = None) -> CaptureLine:
    return CaptureLine(ts, "in", STREAM, json.dumps({"stream": stream, "data": {"n": number}}, separators=(",", ":")))


def snapshot(number: int, ts: float | None = None) -> CaptureLine:
    return CaptureLine(ts, "in", DEPTH, json.dumps({"lastUpdateId": number}))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(*lines: CaptureLine, name: str = "capture.jsonl.gz") -> Path:
        path = tmp_path / name
        content = b"".join(map(encode_line, lines))
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


class Scene:
    def __init__(self, server: ReplayServer, client: aiohttp.ClientSession) -> None:
        self.server, self.client = server, client
        self.sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def connect(self, path: str = "/stream") -> aiohttp.ClientWebSocketResponse:
        base = self.server.endpoints.http.replace("http", "ws")
        self.sockets.append(await self.client.ws_connect(base + path, timeout=aiohttp.ClientWSTimeout(ws_close=0.1)))
        return self.sockets[-1]

    async def subscribe(self, *names: str) -> aiohttp.ClientWebSocketResponse:
        socket = await self.connect()
        await socket.send_json({"method": "SUBSCRIBE", "params": names, "id": 7})
        assert await socket.receive_json(timeout=2) == {"result": None, "id": 7}
        return socket

    async def get(self, target: str) -> Any:
        async with self.client.get(self.server.endpoints.http + target) as response:
            return await response.json()


def play(server: ReplayServer, act: Callable[[Scene], Awaitable[None]]) -> None:
    async def scenario() -> None:
        before = asyncio.all_tasks()
        async with aiohttp.ClientSession() as client, server:
            scene = Scene(server, client)
            try:
                await act(scene)
            finally:
                await asyncio.gather(*(socket.close() for socket in scene.sockets))
        assert asyncio.all_tasks() == before

    asyncio.run(scenario())


async def numbers(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[int]:
    return [(await socket.receive_json(timeout=2))["data"]["n"] for _ in range(count)]


def test_frames_arrive_as_recorded_and_only_those_wanted(write: Callable[..., Path]) -> None:
    lines = [frame("btcusdt@trade", 1), frame("ethusdt@trade", 2), frame("btcusdt@trade", 3)]
    acknowledged = CaptureLine(None, "in", STREAM, '{"result":null,"id":1}')
    sent = CaptureLine(None, "out", STREAM, '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}')
    noted = CaptureLine(None, "event", STREAM, "opened")
    path = write(noted, sent, acknowledged, *lines)

    async def act(scene: Scene) -> None:
        socket = await scene.subscribe("btcusdt@trade")
        texts = [await socket.receive_str(timeout=2) for _ in range(2)]
        assert texts == [lines[0].raw, lines[2].raw]
        assert await scene.server.finished() == ReplayReport(lines=6, sent=2, skipped=4)

    server = ReplayServer(path)
    assert server.venue == "binance"
    play(server, act)


def test_several_files_follow_each_other_plain_or_zipped(write: Callable[..., Path]) -> None:
    first, second = write(frame("a@trade", 1), name="1.jsonl.gz"), write(frame("a@trade", 2), name="2.jsonl")

    async def act(scene: Scene) -> None:
        socket = await scene.subscribe("a@trade")
        assert await numbers(socket, 2) == [1, 2]

    play(ReplayServer([first, str(second)]), act)


def test_the_original_timing_or_a_multiple_of_it(write: Callable[..., Path]) -> None:
    path = write(frame("a@trade", 1, 1000.0), frame("a@trade", 2, 1000.5))

    async def act(scene: Scene) -> None:
        loop = asyncio.get_running_loop()
        socket = await scene.subscribe("a@trade")
        assert await numbers(socket, 1) == [1]
        started = loop.time()
        assert await numbers(socket, 1) == [2]
        assert 0.04 <= loop.time() - started < 0.4

    play(ReplayServer(path, speed=10), act)


def test_a_snapshot_is_answered_at_its_recorded_position(write: Callable[..., Path]) -> None:
    path = write(frame("btcusdt@depth", 1), frame("btcusdt@depth", 2), snapshot(2), frame("btcusdt@depth", 3))

    async def act(scene: Scene) -> None:
        early = asyncio.create_task(scene.get("/api/v3/depth?symbol=BTCUSDT&limit=5000"))
        socket = await scene.subscribe("btcusdt@depth")
        assert await numbers(socket, 2) == [1, 2]
        assert await early == {"lastUpdateId": 2}
        assert await numbers(socket, 1) == [3]
        assert await scene.server.finished() == ReplayReport(lines=4, sent=3, snapshots=1)
        assert await scene.get("/api/v3/depth?symbol=BTCUSDT") == {"lastUpdateId": 2}

    play(ReplayServer(path), act)


def test_the_tape_waits_for_the_request_that_must_come(write: Callable[..., Path]) -> None:
    path = write(frame("btcusdt@depth@100ms", 1), snapshot(1), frame("btcusdt@depth@100ms", 2))

    async def act(scene: Scene) -> None:
        socket = await scene.subscribe("btcusdt@depth@100ms")
        assert await numbers(socket, 1) == [1]
        with pytest.raises(asyncio.TimeoutError):
            await socket.receive(timeout=0.03)
        assert await scene.get("/api/v3/depth?symbol=BTCUSDT") == {"lastUpdateId": 1}
        assert await numbers(socket, 1) == [2]

    play(ReplayServer(path), act)


def test_nobody_is_waited_for_who_takes_no_diffs_or_does_not_ask(write: Callable[..., Path]) -> None:
    path = write(frame("btcusdt@trade", 1), snapshot(1), frame("btcusdt@trade", 2), frame("btcusdt@depth", 3))

    async def act(scene: Scene) -> None:
        socket = await scene.subscribe("btcusdt@trade")
        assert await numbers(socket, 2) == [1, 2]
        assert (await scene.server.finished()).missed == 0

    play(ReplayServer(path), act)

    async def forget(scene: Scene) -> None:
        socket = await scene.subscribe("btcusdt@depth")
        assert await numbers(socket, 1) == [3]
        assert (await scene.server.finished()).missed == 1

    play(ReplayServer(path, snapshot_timeout=0.01), forget)


def test_the_tape_starts_with_the_channels_asked_for_and_stops_with_the_last_client(write: Callable[..., Path]) -> None:
    path = write(*(frame("a@trade", n, n / 100) for n in range(1, 4)), frame("b@trade", 4, 0.04))

    async def act(scene: Scene) -> None:
        first = await scene.subscribe("a@trade")
        with pytest.raises(asyncio.TimeoutError):
            await first.receive(timeout=0.03)
        second = await scene.subscribe("b@trade", "a@trade")
        assert await numbers(first, 3) == await numbers(second, 3) == [1, 2, 3]
        await first.close()
        assert await numbers(second, 1) == [4]
        assert (await scene.server.finished()).sent == 7

    play(ReplayServer(path, speed=1, wait_for=2), act)


def test_a_client_that_comes_back_finds_the_tape_where_it_was(write: Callable[..., Path]) -> None:
    path = write(*(frame("a@trade", n, n / 50) for n in range(1, 6)))

    async def act(scene: Scene) -> None:
        first = await scene.subscribe("a@trade")
        seen = await numbers(first, 2)
        await first.close()
        again = await scene.connect("/stream?streams=a@trade")
        while seen[-1] != 5:
            seen += await numbers(again, 1)
        assert seen == sorted(set(seen))

    play(ReplayServer(path, speed=1), act)


def test_exchange_information_is_made_from_the_streams(write: Callable[..., Path]) -> None:
    path = write(frame("btcusdt@trade", 1), frame("ethbtc@depth@100ms", 1), frame("!miniTicker@arr", 1))

    async def act(scene: Scene) -> None:
        info = await scene.get("/api/v3/exchangeInfo")
        pairs = [(each["symbol"], each["baseAsset"], each["quoteAsset"]) for each in info["symbols"]]
        assert pairs == [("BTCUSDT", "BTC", "USDT"), ("ETHBTC", "ETH", "BTC")]
        assert (await scene.get("/api/v3/time"))["serverTime"] > 1_700_000_000_000
        assert await scene.get("/api/v3/ping") == {}
        assert (await scene.get("/api/v3/depth?symbol=BTCUSDT"))["code"] == -1

    play(ReplayServer(path), act)


def test_it_is_known_when_a_client_has_read_everything(write: Callable[..., Path]) -> None:
    path = write(*(frame("a@trade", n) for n in range(100)))

    async def act(scene: Scene) -> None:
        socket = await scene.subscribe("a@trade")
        hearing = asyncio.create_task(scene.server.heard())
        assert await numbers(socket, 99) == list(range(99))
        await scene.server.finished()
        assert not hearing.done()
        assert await numbers(socket, 1) == [99]
        with pytest.raises(asyncio.TimeoutError):
            await socket.receive(timeout=0.02)
        assert (await hearing).sent == 100

    play(ReplayServer(path), act)


def test_pings_are_answered(write: Callable[..., Path]) -> None:
    async def act(scene: Scene) -> None:
        base = scene.server.endpoints.http.replace("http", "ws")
        async with scene.client.ws_connect(base + "/stream", autoping=False) as socket:
            await socket.ping(b"x")
            assert (await socket.receive(timeout=2)).type is WSMsgType.PONG

    play(ReplayServer(write(frame("a@trade", 1))), act)


def test_a_broker_s_recording_is_pushed_after_the_login(write: Callable[..., Path]) -> None:
    url = "wss://partner-api.the-one.io/ws/v1/stream#1"
    path = write(
        CaptureLine(1.0, "out", url, '{"op":"auth","key":"***"}'),
        CaptureLine(1.1, "in", url, '{"op":"auth","data":{"status":"authenticated"}}'),
        CaptureLine(1.2, "in", url, '{"op":"estimate","data":{"price":"2"}}'),
        CaptureLine(1.3, "in", url, '{"ch":"balances","data":[]}'),
        CaptureLine(1.4, "in", url, '{"ch":"orders:1","data":{}}'),
    )

    async def act(scene: Scene) -> None:
        socket = await scene.connect("/ws/v1/stream")
        await socket.send_str('{"op":"auth","key":"k","ts":1,"nonce":"n","sig":"s"}')
        assert await socket.receive_json(timeout=2) == {"op": "auth", "data": {"status": "authenticated"}}
        await socket.send_str('{"op":"subscribe","ch":"balances"}')
        assert await socket.receive_json(timeout=2) == {"op": "subscribe", "ch": "balances", "data": {"status": "subscribed"}}
        assert await socket.receive_json(timeout=2) == {"ch": "balances", "data": []}
        await scene.server.finished()
        await socket.send_str('{"op":"estimate","data":{}}')
        assert await socket.receive_json(timeout=2) == {"op": "estimate", "data": {"price": "2"}}
        await socket.send_str('{"op":"estimate","data":{}}')
        assert "no further answer" in (await socket.receive_json(timeout=2))["error"]

    server = ReplayServer(path)
    assert server.venue == "theone"
    play(server, act)


def test_any_other_recording_is_served_to_whoever_speaks(write: Callable[..., Path]) -> None:
    path = write(CaptureLine(None, "in", "wss://ws.example.com/x", '{"any":1}'))
    with pytest.raises(CaptureError, match=r"none lives at 'wss://ws\.example\.com/x'"):
        ReplayServer(path)

    async def act(scene: Scene) -> None:
        url = f"http://127.0.0.1:{scene.server._listener.port}/"
        async with scene.client.ws_connect(url) as socket:
            await socket.send_str("hello")
            assert await socket.receive_json(timeout=2) == {"any": 1}

    play(ReplayServer(path, venue="example"), act)


def test_nonsense_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(ConfigurationError, match="speed of 0 is not positive"):
        ReplayServer(write(frame("a@trade", 1)), speed=0)
    with pytest.raises(ConfigurationError, match="nothing to replay"):
        ReplayServer([])


@pytest.mark.captures
@pytest.mark.skipif(not CAPTURES.exists(), reason="the recorded exchange messages are not here")
@pytest.mark.parametrize("name", ["binance_spot_4sym_20211012", "binance_us_4sym_20211012", "binance_tr_2023"])
def test_a_real_recording_is_served_whole(name: str) -> None:
    path = CAPTURES / f"{name}.jsonl.gz"
    lines = list(read_capture(path))
    frames = [line.raw for line in lines if line.conn.startswith("wss")]
    symbols = [line.conn.partition("symbol=")[2].partition("&")[0] for line in lines if line.conn.startswith("https")]

    async def act(scene: Scene) -> None:
        names = sorted({json.loads(raw)["stream"] for raw in frames})
        asking = [asyncio.create_task(scene.get(f"/api/v3/depth?symbol={symbol}")) for symbol in symbols]
        socket = await scene.subscribe(*names)
        assert [await socket.receive_str(timeout=2) for _ in frames] == frames
        assert all("lastUpdateId" in body for body in await asyncio.gather(*asking))
        report = await scene.server.finished()
        assert (report.lines, report.sent, report.snapshots) == (len(lines), len(frames), len(symbols))

    play(ReplayServer(path, venue="binance"), act)
