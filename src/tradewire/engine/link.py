"""One socket and the protocol that lives exactly as long."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from tradewire.engine.resume import Loss, Report, Resume
from tradewire.errors import LinkError, LinkLost, LinkSilent, LoginTimeout, NotConnected, TradewireError
from tradewire.model.channels import DIAGNOSTICS, Channel
from tradewire.model.events import Event, Unrecognised
from tradewire.model.operations import Command
from tradewire.model.time import SECOND, Nanos
from tradewire.net.clock import perf_ns
from tradewire.net.websocket import SocketListener, open_socket
from tradewire.wire.control import Control, LoginFailed, Ready
from tradewire.wire.liveness import Cut, Liveness, SendPing
from tradewire.wire.protocol import ClientProtocol, Close, Emit, Frame, HttpCall, HttpReply
from tradewire.wire.ratelimit import Pacer

if TYPE_CHECKING:
    from tradewire.engine.runtime import Runtime
    from tradewire.venues.spec import Role

_logger = logging.getLogger("tradewire.link")

#: One socket read in so many is timed.
_SAMPLE_EVERY = 16


class Link(SocketListener):
    """Pumps one protocol over one socket: frames in, outputs out, deadlines on time.

    Args:
        runtime: What the gateway shares.
        role: The kind of connection.
        name: For logs and recordings: URL and running number.
        control: Called with each control message of the protocol.
    """

    def __init__(self, runtime: Runtime, role: Role, name: str, control: Callable[[Link, Control], None]) -> None:
        self.protocol: ClientProtocol = runtime.spec.client(role.name, runtime.context)
        super().__init__(runtime.clock, self.protocol.receive, self._publish)
        self.name = name
        self.role = role
        self._runtime = runtime
        self._table = runtime.sinks.table
        self._control = control
        beat = runtime.heartbeat if runtime.heartbeat is not None else role.heartbeat
        self._liveness = Liveness(
            ping_every=beat.ping_every, pong_within=beat.pong_within, any_frame=beat.any_frame, silence=beat.silence, now=self.now
        )
        self._pacer = Pacer(role.frames_per_second)
        self._waiting: deque[Frame] = deque()
        self._deferred: list[Command] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: Nanos | None = None
        self._calls: set[asyncio.Task[None]] = set()
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._error: LinkError | None = None
        self._reads = 0
        self._counted = (0, 0)
        self._gate: Resume | None = None
        self.opened_at: Nanos = self.now

    # -- life ------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Connect and log in. On any failure, and on cancellation, nothing is left behind.

        Raises:
            ConnectFailed: No socket.
            LoginRefused: The venue said no.
            LoginTimeout: It said nothing.
        """
        runtime, role = self._runtime, self.role
        url = runtime.urls()[role.name]
        try:
            await open_socket(
                self,
                url,
                venue=runtime.spec.name,
                connect_timeout=runtime.connect_timeout if runtime.connect_timeout is not None else role.connect_timeout,
                max_frame=role.max_frame_in,
                proxy=runtime.proxy,
                ssl_context=runtime.ssl_context,
            )
            self.opened_at = self.now = runtime.clock.now()
            self.protocol.connected(self.now, self.emit)
            self._flush()
            await self._logged_in(runtime.login_timeout if runtime.login_timeout is not None else role.login_timeout)
        except BaseException as error:
            self._ready.cancel()
            await self.close(error=error if isinstance(error, LinkError) else None)
            raise

    async def _logged_in(self, limit: float) -> None:
        ended = asyncio.ensure_future(self.wait_closed())
        try:
            await asyncio.wait({self._ready, ended}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            if self._ready.done():
                self._ready.result()
            elif ended.done():
                raise self._error or self.reason(self._runtime.spec.name)
            else:
                raise LoginTimeout("Authentication timeout", venue=self._runtime.spec.name)
        finally:
            ended.cancel()

    async def ended(self) -> LinkError:
        """Wait until the socket is gone and say why."""
        await self.wait_closed()
        return self._error or self.reason(self._runtime.spec.name)

    def fail(self, error: LinkError) -> None:
        """End the link at once for ``error``."""
        if self._error is None:
            self._error = error
        self.abort()

    async def close(self, *, error: TradewireError | None = None) -> None:
        """End the link: protocol told, timers and calls cancelled, socket closed (1000) within a second."""
        self._stop(error or NotConnected("the connection was closed", venue=self._runtime.spec.name))
        if self.is_open:
            self.send_close(1000, "")
            try:
                async with asyncio.timeout(0.25):
                    await self.wait_closed()
            except TimeoutError:
                self.abort()
                await self.wait_closed()
        for call in tuple(self._calls):
            call.cancel()
        if self._calls:
            await asyncio.gather(*self._calls, return_exceptions=True)

    def _stop(self, reason: TradewireError) -> None:
        if self.receive == _ignore:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.receive = _ignore
        self._count()
        self.protocol.disconnected(self._runtime.clock.now(), self.emit, reason)
        self.emit = _ignore_event

    def lost(self, reason: TradewireError) -> None:
        """The socket is gone: tell the protocol, which fails what is pending."""
        self._stop(reason)
        for call in tuple(self._calls):
            call.cancel()

    # -- commands --------------------------------------------------------------------------------------------------

    def submit(self, command: Command) -> None:
        """Give the protocol a command; from inside a handler it waits until the current frame is done."""
        if self.reading:
            self._deferred.append(command)
            return
        self.protocol.submit(command, self._runtime.clock.now(), self.emit)
        self._flush()

    # -- events ----------------------------------------------------------------------------------------------------

    def _publish(self, event: Event | Control) -> None:
        try:  # a subscript that may fail costs less than ``get``
            sink = self._table[event.channel]
        except KeyError:
            self._unrouted(event)
            return
        sink.count += 1
        sink.latest = event
        for target in sink.targets:
            try:
                target(event)  # type: ignore[arg-type] # control messages have no sink
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - a handler may raise anything; it ends itself only
                self._runtime.sinks.on_failure(event.channel, target, error)

    def _unrouted(self, event: Event | Control) -> None:
        if isinstance(event, Control):
            if isinstance(event, Ready):
                if not self._ready.done():
                    self._ready.set_result(None)
            elif isinstance(event, LoginFailed):
                if not self._ready.done():
                    self._ready.set_exception(event.error)
            else:
                self._control(self, event)

    def resume(self, losses: dict[Channel, Loss], report: Report) -> None:
        """Drop what was delivered before ``losses``, and report what is missing before the first new event of each channel."""
        if losses:
            gate = self._gate = Resume(losses, report, self._publish)
            gate.done = lambda: self._set_emit(gate.emit, self._publish)
            self.emit = gate.emit

    @property
    def unresumed(self) -> dict[Channel, Loss]:
        """Losses of channels that have not spoken since."""
        return self._gate.losses if self._gate is not None else {}

    def _set_emit(self, old: Emit, new: Emit) -> None:
        if self.emit == old:
            self.emit = new

    # -- socket ----------------------------------------------------------------------------------------------------

    def tapped(self, *, on: bool) -> None:
        """Show every payload to the raw observers, or stop doing so."""
        if self.receive != _ignore:
            self.receive = self._receive_tapped if on else self.protocol.receive

    def _receive_tapped(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        self._runtime.tap("in", payload, self.name)
        self.protocol.receive(payload, now, emit)

    def _receive_timed(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        counters = self._runtime.counters
        spent = 0

        def timed(event: Event | Control) -> None:
            nonlocal spent
            begun = perf_ns()
            emit(event)
            spent += perf_ns() - begun
            venue_time: Nanos | None = getattr(event, "venue_time", None)
            if venue_time is not None:
                counters.lag.add(now - venue_time)

        self.tapped(on=bool(self._runtime.taps))
        begun = perf_ns()
        self.receive(payload, now, timed)
        counters.decode.add(perf_ns() - begun - spent)
        counters.deliver.add(spent)

    def on_binary(self, payload: bytes) -> None:
        """No venue so far sends binary frames: keep the bytes and say so."""
        reason = "binary frame where text was expected"
        event = Unrecognised(raw=payload, reason=reason, venue=self._runtime.spec.name, received=self.now, channel=DIAGNOSTICS)
        self.emit(event)

    def on_ping(self) -> None:
        """The automatic pong counts against the venue's frame limit."""
        self._pacer.spend(self.now)

    def on_defect(self, error: Exception) -> None:
        """Say what went wrong; the connection is replaced, which is the best that can be done about an unknown state."""
        _logger.error("%s: reading a frame raised", self.name, exc_info=error)
        self.fail(LinkLost(f"internal error: {type(error).__name__}: {error}", venue=self._runtime.spec.name))

    def on_pong(self, payload: bytes) -> None:
        """Feed liveness."""
        self._liveness.pong(payload, self.now)

    def on_read_end(self) -> None:
        """Act on what the frames of this read left behind."""
        self._liveness.received(self.now)
        self._reads += 1
        if not self._reads % _SAMPLE_EVERY and self.receive != _ignore:
            self.receive = self._receive_timed
        if self._deferred:
            commands, self._deferred = self._deferred, []
            for command in commands:
                self.protocol.submit(command, self.now, self.emit)
        self._drain()
        # What a read brings puts the deadlines of liveness off; only the protocol's may have come nearer.
        self._schedule(None)

    # -- outputs and deadlines -------------------------------------------------------------------------------------

    def _flush(self) -> None:
        self._drain()
        self._schedule(self._liveness.next_check())

    def _drain(self) -> None:
        for output in self.protocol.take_outputs():
            match output:
                case Frame(urgent=True):
                    self._waiting.appendleft(output)
                case Frame():
                    self._waiting.append(output)
                case HttpCall():
                    self._start_call(output)
                case Close(code=code, reason=reason):
                    self.send_close(code, reason)
        if self._waiting:
            self._write()

    def _write(self) -> None:
        while self._waiting:
            now = self._runtime.clock.now()
            if self._pacer.ready_at(now) > now:
                return
            frame = self._waiting.popleft()
            payload = frame.payload if isinstance(frame.payload, bytes) else frame.payload(now)
            self._pacer.spend(now)
            self._runtime.counters.frames_out += 1
            if self._runtime.taps:
                self._runtime.tap("out", payload, self.name)
            self.send_text(payload)

    def _schedule(self, soonest: Nanos | None) -> None:
        tick = self.protocol.next_tick()
        if tick is not None and (soonest is None or tick < soonest):
            soonest = tick
        if self._waiting:
            ready = self._pacer.ready_at(self._runtime.clock.now())
            soonest = ready if soonest is None else min(soonest, ready)
        # A timer that fires early is harmless and re-arms itself; only a later or missing one must be replaced.
        if soonest is None or (self._timer_at is not None and self._timer is not None and self._timer_at <= soonest):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = soonest
        delay = max(0, soonest - self._runtime.clock.now()) / SECOND
        self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = self._runtime.clock.now()
        self._count()
        action = self._liveness.check(now)
        if isinstance(action, Cut):
            self.fail(LinkSilent(action.reason, venue=self._runtime.spec.name))
            return
        if isinstance(action, SendPing):
            self._pacer.spend(now)
            self.send_ping(action.payload)
        self.protocol.tick(now, self.emit)
        self._flush()

    def _start_call(self, call: HttpCall) -> None:
        task = self._runtime.spawn(self._call(call), f"rest:{call.endpoint}")
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _call(self, call: HttpCall) -> None:
        try:
            reply = HttpReply(call_id=call.call_id, result=await self._runtime.rest.call(call.endpoint, call.params))
        except TradewireError as error:
            reply = HttpReply(call_id=call.call_id, error=error)
        if self.is_open:
            try:
                self.protocol.http_reply(reply, self._runtime.clock.now(), self.emit)
                self._flush()
            except Exception as error:
                self.on_defect(error)
                raise

    def _count(self) -> None:
        counters, (messages, size) = self._runtime.counters, self._counted
        counters.messages += self.messages - messages
        counters.bytes_in += self.bytes_in - size
        self._counted = (self.messages, self.bytes_in)

    @property
    def uncounted(self) -> tuple[int, int]:
        """Messages and bytes not yet in the shared counters."""
        return self.messages - self._counted[0], self.bytes_in - self._counted[1]


def _ignore(payload: bytes, now: Nanos, emit: Emit) -> None:
    pass


def _ignore_event(event: Event | Control) -> None:
    pass
