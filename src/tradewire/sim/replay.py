"""The replay venue: recordings served over loopback, so that an incident runs through the same code as the live market."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import msgspec
from aiohttp import WSMsgType, web

from tradewire.errors import ConfigurationError
from tradewire.net.clock import SystemClock
from tradewire.sim.listener import Listener, answer, is_upgrade, read_request, web_socket
from tradewire.sim.places import endpoints_at
from tradewire.sim.recording import Recording, is_rest, read_what_is_there
from tradewire.sim.tapes import EVERYBODY
from tradewire.venues.spec import Endpoints
from tradewire.wire.capture import CaptureLine
from tradewire.wire.protocol import HttpResponse

_log = logging.getLogger("tradewire.sim")

_JSON = {"Content-Type": "application/json"}
#: Payload of the ping that follows the last frame.
_LAST = b"that was all"
#: Without timing, the loop is given a turn after so many lines.
TURN = 64


class ReplayReport(msgspec.Struct):
    """What became of the recorded lines.

    Attributes:
        lines: Lines played so far.
        sent: Frames sent (a frame that two clients got counts twice).
        skipped: Lines that nobody wanted: frames of other channels, sent lines, events, recorded acknowledgements.
        snapshots: REST snapshots answered at their recorded position.
        missed: Snapshots that a client should have asked for and did not in time.
    """

    lines: int = 0
    sent: int = 0
    skipped: int = 0
    snapshots: int = 0
    missed: int = 0


class _Viewer:
    """One connected client and the channels it wants."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.channels: set[str] = set()
        self.heard = asyncio.Event()


class ReplayServer:
    """Serves recordings of one venue on a loopback port, as ``async with ReplayServer(files) as server: ...``.

    The tape starts with the first subscriptions and stands still while nobody listens. A recorded REST snapshot is answered at
    its recorded position: a request that comes early waits for the tape, and the tape waits for the first request that must come.

    Args:
        files: One recording or several, played one after the other. What is cut off is played up to there, with a warning.
        speed: 1 is the original timing, 10 ten times as fast, ``None`` as fast as the clients read. Lines without a time follow
            at once.
        venue: Whose recordings they are; told by their URLs unless given.
        port: To listen on; 0 takes a free one.
        wait_for: How many channels must have been subscribed before the tape starts.
        snapshot_timeout: Seconds the tape waits for a request that must come.

    Attributes:
        venue: Name of the venue.
        report: What was played so far.

    Raises:
        CaptureError: A recording cannot be read; the text names file and line.
        ConfigurationError: The speed is not positive, or there is no file.
    """

    def __init__(
        self,
        files: str | Path | Iterable[str | Path],
        *,
        speed: float | None = None,
        venue: str | None = None,
        port: int = 0,
        wait_for: int = 1,
        snapshot_timeout: float = 10.0,
    ) -> None:
        self._files = (Path(files),) if isinstance(files, str | Path) else tuple(map(Path, files))
        if not self._files:
            raise ConfigurationError("there is nothing to replay: give at least one recording")
        if speed is not None and not speed > 0:
            raise ConfigurationError(f"a replay speed of {speed} is not positive; None is as fast as possible")
        self._recording = Recording(self._files, venue)
        for cut in self._recording.cut_off:
            _log.warning("%s", cut)
        self.venue = self._recording.venue
        self.report = ReplayReport()
        self._tape = self._recording.tape
        self._speed = speed
        self._wait_for = wait_for
        self._snapshot_timeout = snapshot_timeout
        self._clock = SystemClock()
        self._listener = Listener(f"the replay of {self.venue}", self._handle, port=port)
        self._viewers: list[_Viewer] = []
        self._ahead = Counter(self._recording.snapshots)
        self._passed: dict[str, bytes] = {}
        self._asked: defaultdict[str, deque[tuple[asyncio.Future[bytes], asyncio.Event]]] = defaultdict(deque)
        self._started = False
        self._late = 0.0

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigurationError: The port is taken.
        """
        self._audience = asyncio.Event()
        self._request = asyncio.Event()
        await self._listener.start()
        self._player = asyncio.create_task(self._play(), name=f"replay of {self.venue}")

    async def stop(self) -> None:
        """End every connection; no task and no socket is left when this returns."""
        self._player.cancel()
        for waiting in self._asked.values():
            for future, _ in waiting:
                future.cancel()
        await self._listener.stop()
        with suppress(asyncio.CancelledError):
            await self._player

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    @property
    def endpoints(self) -> Endpoints:
        """Where it lives: what ``tradewire.connect`` takes."""
        return endpoints_at(self._listener.port, self.venue)

    async def finished(self) -> ReplayReport:
        """Wait until every line has been played, and return what became of them. The connections stay open.

        Raises:
            CaptureError: A recording became unreadable while it was played.
        """
        await asyncio.shield(self._player)
        return self.report

    async def heard(self) -> ReplayReport:
        """Wait until every line has been played and every client has read all of it (it answers a ping sent last).

        Raises:
            CaptureError: As ``finished``.
        """
        await self.finished()
        for viewer in tuple(self._viewers):
            viewer.heard.clear()
            with suppress(ConnectionError):
                await viewer.socket.ping(_LAST)
                await viewer.heard.wait()
        return self.report

    # The tape.

    async def _play(self) -> None:
        for path in self._files:
            first: float | None = None
            loop = asyncio.get_running_loop()
            origin = loop.time()
            for line in read_what_is_there(path):
                await self._wait_for_audience()
                if self._speed is None or line.ts is None:
                    if self.report.lines % TURN == 0:
                        await asyncio.sleep(0)
                else:
                    if first is None:
                        first, origin = line.ts, loop.time()
                        self._late = 0.0
                    await _sleep_until(origin + self._late + (line.ts - first) / self._speed)
                self.report.lines += 1
                await self._serve(line)

    async def _wait_for_audience(self) -> None:
        if self._audience.is_set():
            return
        paused = asyncio.get_running_loop().time()
        await self._audience.wait()
        self._late += asyncio.get_running_loop().time() - paused

    async def _serve(self, line: CaptureLine) -> None:
        if is_rest(line) and (snapshot := self._tape.snapshot_of(line.conn)):
            await self._reach_snapshot(snapshot, line.raw.encode())
            return
        channel = self._tape.channel_of(line.raw) if line.dir == "in" and not is_rest(line) else None
        payload = line.raw.encode()
        viewers = [] if channel is None else [viewer for viewer in self._viewers if channel in viewer.channels]
        for viewer in viewers:
            with suppress(ConnectionError):  # its reader sees the end as well
                await viewer.socket.send_frame(payload, WSMsgType.TEXT)
                self.report.sent += 1
        self.report.skipped += not viewers

    async def _reach_snapshot(self, snapshot: str, body: bytes) -> None:
        first_time = snapshot not in self._passed
        needed = any(self._tape.needs(snapshot, viewer.channels) for viewer in self._viewers)
        if first_time and needed and not self._asked[snapshot]:
            paused = asyncio.get_running_loop().time()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._snapshot_timeout):
                    while not self._asked[snapshot]:
                        self._request.clear()
                        await self._request.wait()
            self._late += asyncio.get_running_loop().time() - paused
            self.report.missed += not self._asked[snapshot]
        self._ahead[snapshot] -= 1
        self._passed[snapshot] = body
        waiting = self._asked.pop(snapshot, deque())
        self.report.snapshots += bool(waiting)
        self.report.skipped += not waiting
        for future, sent in waiting:
            if not future.done():
                future.set_result(body)
                await sent.wait()

    # The clients.

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        received = await read_request(request)
        if is_upgrade(request):
            return await self._watch(request, self._tape.channels_in(received.target))
        snapshot = self._tape.snapshot_of(received.target)
        if self._recording.snapshots[snapshot]:
            return await self._answer_snapshot(request, snapshot)
        recorded = self._recording.rest.get(urlsplit(received.target).path)
        return answer(self._tape.answer(received.target, recorded, self._recording.channels, self._clock.now()))

    async def _answer_snapshot(self, request: web.BaseRequest, snapshot: str) -> web.StreamResponse:
        if not self._ahead[snapshot]:
            return answer(HttpResponse(200, self._passed[snapshot], _JSON))
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        sent = asyncio.Event()
        self._asked[snapshot].append((future, sent))
        self._request.set()
        try:
            response = answer(HttpResponse(200, await future, _JSON))
            await response.prepare(request)
            await response.write_eof()
        finally:
            sent.set()
        return response

    async def _watch(self, request: web.BaseRequest, channels: tuple[str, ...]) -> web.StreamResponse:
        socket = web_socket()
        if not socket.can_prepare(request):
            return web.Response(status=400)
        await socket.prepare(request)
        viewer = _Viewer(socket)
        self._viewers.append(viewer)
        try:
            self._tune(viewer, channels, ())
            async for message in socket:
                if message.type is WSMsgType.PING:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.PONG and message.data == _LAST:
                    viewer.heard.set()
                elif message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    data = message.data
                    await self._obey(viewer, data if isinstance(data, bytes) else data.encode())
        finally:
            self._viewers.remove(viewer)
            viewer.heard.set()
            self._tune(viewer, (), tuple(viewer.channels))
        return socket

    async def _obey(self, viewer: _Viewer, payload: bytes) -> None:
        wish = self._tape.wish(payload, viewer.channels)
        recorded = self._recording.answers[wish.answered_by]
        with suppress(ConnectionError):
            for frame in (recorded.popleft(),) if recorded else wish.answers:
                await viewer.socket.send_frame(frame, WSMsgType.TEXT)
        self._tune(viewer, wish.add, wish.remove)

    def _tune(self, viewer: _Viewer, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
        viewer.channels |= set(add)
        viewer.channels -= set(remove)
        wanted = {channel for each in self._viewers for channel in each.channels}
        # What everybody gets counts only where there is nothing else to want.
        self._started = self._started or len(wanted - {EVERYBODY} or wanted) >= self._wait_for
        if self._started and wanted:
            self._audience.set()
        else:
            self._audience.clear()


async def _sleep_until(moment: float) -> None:
    wait = moment - asyncio.get_running_loop().time()
    if wait > 0.0005:  # a shorter one costs more than it gains
        await asyncio.sleep(wait)
