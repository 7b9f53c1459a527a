"""The server runtime, with a small venue of its own behind it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import WSMsgType

from tradewire.errors import ConfigurationError
from tradewire.model.time import MILLISECOND, Nanos
from tradewire.net.clock import SystemClock
from tradewire.sim.fault_kinds import (
    BrokenFrame,
    CloseConnection,
    Delay,
    Drop,
    Duplicate,
    Fault,
    Gap,
    HalfOpen,
    Heal,
    HttpStatus,
    LateLogin,
    LostAck,
    Malformed,
    Mute,
    RefuseConnect,
    RefuseLogin,
    Reorder,
    Reset,
    Restart,
    ShutdownNotice,
    SlowReader,
)
from tradewire.sim.server import Record, VenueServer
from tradewire.wire.protocol import Close, Frame, HttpRequest, HttpResponse, Ping, ServerOutput, ServerSession


class EchoSession:
    """Says back what it hears; ``close`` closes, ``ping`` pings, ``later`` answers after 5 ms, ``flood`` never stops."""

    def __init__(self, venue: "EchoVenue") -> None:
        self.venue = venue
        self.outputs: list[ServerOutput] = []
        self.due: Nanos | None = None
        self.pings: list[bytes] = []
        self.pongs: list[bytes] = []
        self.is_open = False
        self.ended = asyncio.get_running_loop().create_future()

    def opened(self, now: Nanos) -> None:
        self.is_open = True

    def receive(self, payload: bytes, now: Nanos, *, binary: bool = False) -> None:
        match payload:
            case b"close":
                self.outputs.append(Close(4001, "as asked"))
            case b"ping":
                self.outputs.append(Ping(b"are you there"))
            case b"later":
                self.due = now + 5 * MILLISECOND
            case b"flood":
                self.outputs += [Frame(bytes(1024 * 1024))] * 64
            case _:
                self.outputs.append(Frame(lambda moment: (b"binary " if binary else b"") + payload))

    def ping_received(self, payload: bytes, now: Nanos) -> None:
        self.pings.append(payload)

    def pong_received(self, payload: bytes, now: Nanos) -> None:
        self.pongs.append(payload)
        self.outputs.append(Frame(b"you are"))

    def tick(self, now: Nanos) -> None:
        self.due = None
        self.outputs.append(Frame(b"here it is"))

    def next_tick(self) -> Nanos | None:
        return self.due

    def closed(self, now: Nanos) -> None:
        self.ended.set_result(None)

    def take_outputs(self) -> list[ServerOutput]:
        outputs, self.outputs = self.outputs, []
        return outputs


@dataclass
class EchoFaults:
    """The switches of the venue's own."""

    refuse_login: str = ""
    after: list[float] = field(default_factory=list)

    def shut_down(self, after: float) -> None:
        self.after.append(after)


class EchoVenue:
    def __init__(self) -> None:
        self.faults = EchoFaults()
        self.sessions: list[EchoSession] = []
        self.requests: list[HttpRequest] = []
        self.due: Nanos | None = None

    def upgrade(self, request: HttpRequest, now: Nanos) -> ServerSession | HttpResponse:
        if not request.target.startswith("/ws"):
            return HttpResponse(404, b"no such stream")
        self.sessions.append(EchoSession(self))
        return self.sessions[-1]

    def http(self, request: HttpRequest, now: Nanos) -> HttpResponse:
        self.requests.append(request)
        for session in self.sessions:
            session.outputs.append(Frame(b"somebody called"))
        return HttpResponse(201, request.body, {"X-Weight": "3", "Content-Type": "application/json"})

    def tick(self, now: Nanos) -> None:
        self.due = None
        for session in self.sessions:
            session.outputs.append(Frame(b"tick"))

    def next_tick(self) -> Nanos | None:
        return self.due


class QuietWorld:
    """Moves on once, when ``due``."""

    def __init__(self) -> None:
        self.due: Nanos | None = None
        self.happened = False

    def advance(self, now: Nanos) -> None:
        if self.due is not None and now >= self.due:
            self.due, self.happened = None, True

    def next_event(self) -> Nanos | None:
        return self.due


class Scene:
    def __init__(self, client: aiohttp.ClientSession) -> None:
        self.client = client
        self.venue = EchoVenue()
        self.world = QuietWorld()
        self.records: deque[Record] = deque()
        self.scripts: list[bytes] = []
        self.clock = SystemClock()
        self.server = VenueServer(
            "echo", self.venue, world=self.world, now=self.clock.now, records=self.records, script=self.take_script
        )

    def take_script(self, body: bytes) -> int:
        if body == b"bad":
            raise ConfigurationError("line 1: bad")
        self.scripts.append(body)
        return 1

    def url(self, path: str, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.server.port}{path}"

    async def connect(self, path: str = "/ws", *, autoping: bool = True) -> aiohttp.ClientWebSocketResponse:
        return await self.client.ws_connect(
            self.url(path, "ws"), autoping=autoping, timeout=aiohttp.ClientWSTimeout(ws_close=0.05)
        )

    async def raw_upgrade(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        return reader, writer

    def inject(self, *faults: Fault) -> None:
        for fault in faults:
            self.server.inject(fault)


def play(act: Callable[[Scene], Awaitable[None]]) -> None:
    async def scenario() -> None:
        before = asyncio.all_tasks()
        async with aiohttp.ClientSession() as client:
            scene = Scene(client)
            await scene.server.start()
            try:
                await act(scene)
            finally:
                await scene.server.stop()
            left = asyncio.all_tasks() - before
            assert not [task for task in left if "aiohttp/web" in str(task.get_coro()) or "simulated" in task.get_name()], left
            assert all(session.ended.done() for session in scene.venue.sessions)
            assert not scene.server.connections

    asyncio.run(scenario())


async def say(socket: aiohttp.ClientWebSocketResponse, *texts: str) -> None:
    for text in texts:
        await socket.send_str(text)


async def hear(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[str]:
    return [await socket.receive_str(timeout=2) for _ in range(count)]


def test_rest_requests_arrive_exactly_as_sent() -> None:
    async def act(scene: Scene) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", scene.server.port)
        body = b'{ "a" : 1.0 }'
        writer.write(b"POST /api/v3/x?b=%2F%c3&a=1+2&b= HTTP/1.1\r\nHost: h\r\nx-api-KEY: k\r\nContent-Length: 13\r\n\r\n" + body)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 201 ")
        assert b"X-Weight: 3" in head
        assert await reader.readexactly(len(body)) == body
        writer.close()
        (request,) = scene.venue.requests
        assert (request.method, request.target, request.body) == ("POST", "/api/v3/x?b=%2F%c3&a=1+2&b=", body)
        assert request.headers["x-api-KEY"] == "k"

    play(act)


def test_frames_are_answered_in_order() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        texts = [f"frame {n}" for n in range(200)]
        await say(socket, *texts)
        assert await hear(socket, 200) == texts
        await socket.send_bytes(b"bits")
        assert await hear(socket, 1) == ["binary bits"]
        await socket.close()

    play(act)


def test_any_path_goes_to_the_venue_and_a_refusal_is_its_own() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await scene.connect("/elsewhere")
        assert refused.value.status == 404
        socket = await scene.connect("/ws/a%2Fb?x=1")
        await socket.close()
        assert [record.request.target for record in scene.records if record.request] == ["/elsewhere", "/ws/a%2Fb?x=1"]

    play(act)


def test_pings_are_answered_and_reported_both_ways() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect(autoping=False)
        await socket.ping(b"hey")
        pong = await socket.receive(timeout=2)
        assert (pong.type, pong.data) == (WSMsgType.PONG, b"hey")
        await say(socket, "ping")
        ping = await socket.receive(timeout=2)
        assert (ping.type, ping.data) == (WSMsgType.PING, b"are you there")
        await socket.pong(b"are you there")
        assert await hear(socket, 1) == ["you are"]
        session = scene.venue.sessions[0]
        assert (session.pings, session.pongs) == ([b"hey"], [b"are you there"])
        assert {type(payload) for payload in session.pings + session.pongs} == {bytes}
        await socket.close()

    play(act)


def test_the_venue_closes_with_its_code() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        await say(socket, "close")
        message = await socket.receive(timeout=2)
        assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, 4001, "as asked")
        await asyncio.wait_for(scene.venue.sessions[0].ended, 2)

    play(act)


def test_ticks_of_sessions_and_venue_and_the_world_come_when_due() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        await say(socket, "later")
        assert await hear(socket, 1) == ["here it is"]
        scene.venue.due = scene.world.due = scene.clock.now() + 10 * MILLISECOND
        scene.server.settle()
        assert await hear(socket, 1) == ["tick"]
        await say(socket, "later")
        await hear(socket, 1)
        assert scene.world.happened
        await socket.close()

    play(act)


def test_what_a_rest_call_causes_reaches_the_sockets() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        await say(socket, "up")
        await hear(socket, 1)
        async with scene.client.get(scene.url("/x")) as response:
            assert response.status == 201
        assert await hear(socket, 1) == ["somebody called"]
        await socket.close()

    play(act)


def test_everything_that_arrives_is_on_record() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        await say(socket, "one")
        await hear(socket, 1)
        await socket.close()
        await scene.venue.sessions[0].ended
        async with scene.client.post(scene.url("/x"), data=b"body"):
            pass
        kinds = [(record.kind, record.connection, record.payload) for record in scene.records]
        assert kinds == [("upgrade", 1, b""), ("frame", 1, b"one"), ("closed", 1, b""), ("http", 0, b"")]
        assert scene.records[-1].request is not None
        assert scene.records[-1].request.body == b"body"

    play(act)


def test_a_client_that_does_not_read_is_thrown_out() -> None:
    async def act(scene: Scene) -> None:
        reader, writer = await scene.raw_upgrade()
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x81\x85\0\0\0\0flood")
        await asyncio.wait_for(scene.venue.sessions[0].ended, 5)
        writer.close()

    play(act)


@pytest.mark.parametrize("fault", [Drop(), Reset(), Drop(connection=1)])
def test_a_cut_reaches_both_sides_and_a_new_connection_is_fine(fault: Fault) -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        scene.inject(fault)
        message = await socket.receive(timeout=2)
        assert message.type in {WSMsgType.CLOSED, WSMsgType.ERROR}
        assert socket.close_code == 1006
        await asyncio.wait_for(scene.venue.sessions[0].ended, 2)
        again = await scene.connect()
        await say(again, "back")
        assert await hear(again, 1) == ["back"]
        await again.close()

    play(act)


def test_a_fault_of_one_connection_leaves_the_others_alone() -> None:
    async def act(scene: Scene) -> None:
        first, second = await scene.connect(), await scene.connect()
        scene.inject(Drop(connection=2))
        assert (await second.receive(timeout=2)).type in {WSMsgType.CLOSED, WSMsgType.ERROR}
        await say(first, "still here")
        assert await hear(first, 1) == ["still here"]
        await first.close()

    play(act)


def test_a_fault_waits_for_the_connection_it_names() -> None:
    async def act(scene: Scene) -> None:
        scene.inject(Malformed(connection=2, payload="[]"))
        first, second = await scene.connect(), await scene.connect()
        assert await hear(second, 1) == ["[]"]
        await say(first, "clean")
        assert await hear(first, 1) == ["clean"]
        await first.close()
        await second.close()

    play(act)


def test_a_half_open_connection_is_silent() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        scene.inject(HalfOpen())
        await say(socket, "lost")
        with pytest.raises(asyncio.TimeoutError):
            await socket.receive(timeout=0.03)
        assert not [record for record in scene.records if record.kind == "frame"]
        await socket.close()

    play(act)


def test_frames_are_lost_doubled_and_swapped() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        scene.inject(Gap(match="b", count=2), Duplicate(match="c"), Reorder(match="e"))
        await say(socket, "a", "b", "c", "b", "d", "e", "f", "b", "c")
        assert await hear(socket, 8) == ["a", "c", "c", "d", "f", "e", "b", "c"]
        await socket.close()

    play(act)


def test_lasting_faults_meet_connections_to_come_until_healed() -> None:
    async def act(scene: Scene) -> None:
        scene.inject(Delay(seconds=0.02))
        loop = asyncio.get_running_loop()
        started = loop.time()
        socket = await scene.connect()
        await say(socket, "late")
        assert await hear(socket, 1) == ["late"]
        assert loop.time() - started >= 0.02
        await socket.close()
        scene.inject(Heal(), Mute(what="data"))
        muted = await scene.connect()
        await say(muted, "nothing")
        await muted.ping()
        with pytest.raises(asyncio.TimeoutError):
            await muted.receive(timeout=0.03)
        scene.inject(Heal())
        await say(muted, "loud")
        assert await hear(muted, 1) == ["loud"]
        await muted.close()

    play(act)


def test_pongs_alone_can_be_kept_back() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect(autoping=False)
        scene.inject(Mute(what="pongs"))
        await socket.ping(b"anybody")
        await say(socket, "text")
        message = await socket.receive(timeout=2)
        assert (message.type, message.data) == (WSMsgType.TEXT, "text")
        await socket.close()

    play(act)


def test_a_lost_answer_is_done_all_the_same_and_pushes_pass() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        scene.inject(LostAck())
        async with scene.client.get(scene.url("/x")):
            pass
        assert await hear(socket, 1) == ["somebody called"]
        await say(socket, "unanswered", "answered")
        assert await hear(socket, 1) == ["answered"]
        assert [record.payload for record in scene.records if record.kind == "frame"] == [b"unanswered", b"answered"]
        await socket.close()

    play(act)


@pytest.mark.parametrize(("kind", "code"), [("reserved", 1002), ("oversized", 1009), ("bad_utf8", 1007), ("truncated", 1006)])
def test_a_broken_frame_is_broken_for_the_client(kind: str, code: int) -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        scene.inject(BrokenFrame(kind=kind))  # type: ignore[arg-type]
        message = await socket.receive(timeout=2)
        assert message.type in {WSMsgType.ERROR, WSMsgType.CLOSED}
        assert socket.close_code == code

    play(act)


def test_a_chosen_close_code() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        scene.inject(CloseConnection(code=1000, reason="bye"))
        message = await socket.receive(timeout=2)
        assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, 1000, "bye")

    play(act)


def test_a_slow_reader_gets_everything_slowly() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        scene.inject(SlowReader(bytes_per_second=100_000))
        loop = asyncio.get_running_loop()
        started = loop.time()
        await say(socket, "x" * 8_000)
        await hear(socket, 1)
        assert loop.time() - started >= 0.04
        await socket.close()

    play(act)


def test_upgrades_are_refused_as_often_as_told() -> None:
    async def act(scene: Scene) -> None:
        scene.inject(RefuseConnect(count=1), RefuseConnect(count=1, status=503))
        reader, writer = await scene.raw_upgrade()  # aiohttp's client would quietly try again
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await scene.connect()
        assert refused.value.status == 503
        socket = await scene.connect()
        await socket.close()

    play(act)


def test_a_restart_frees_the_port_for_a_while_and_comes_back_on_it() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        scene.inject(Restart(down_for=0.05))
        assert (await socket.receive(timeout=2)).type in {WSMsgType.ERROR, WSMsgType.CLOSED}
        with pytest.raises(aiohttp.ClientConnectorError):
            await scene.connect()
        (task,) = scene.server._restarts
        await task
        again = await scene.connect()
        await again.close()

    play(act)


def test_http_statuses_without_a_venue_switch_are_bare() -> None:
    async def act(scene: Scene) -> None:
        scene.inject(HttpStatus(status=418, count=2, retry_after=7))
        for expected in (418, 418, 201):
            async with scene.client.get(scene.url("/x")) as response:
                assert response.status == expected
                assert response.headers.get("Retry-After") == ("7" if expected == 418 else None)
        assert len(scene.venue.requests) == 1

    play(act)


def test_faults_of_the_protocol_are_asked_of_the_venue() -> None:
    async def act(scene: Scene) -> None:
        scene.inject(RefuseLogin(text="no"), ShutdownNotice(after=3.0))
        assert scene.venue.faults == EchoFaults("no", [3.0])
        with pytest.raises(ConfigurationError, match=r"echo cannot do the fault 'late_login'.*login_delay"):
            scene.inject(LateLogin())

    play(act)


def test_fault_lines_can_be_posted() -> None:
    async def act(scene: Scene) -> None:
        async with scene.client.post(scene.url("/_sim/faults"), data=b"a line") as response:
            assert (response.status, await response.json()) == (200, {"faults": 1})
        async with scene.client.post(scene.url("/_sim/faults"), data=b"bad") as response:
            assert (response.status, await response.json()) == (400, {"error": "line 1: bad"})
        async with scene.client.get(scene.url("/_sim/faults")) as response:
            assert response.status == 405
        assert scene.scripts == [b"a line"]

    play(act)


def test_stopping_ends_live_connections() -> None:
    async def act(scene: Scene) -> None:
        socket = await scene.connect()
        await say(socket, "up")
        await hear(socket, 1)
        await scene.server.stop()
        assert (await socket.receive(timeout=2)).type in {WSMsgType.CLOSED, WSMsgType.CLOSE, WSMsgType.ERROR}

    play(act)
