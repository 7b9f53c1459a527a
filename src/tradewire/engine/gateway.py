"""The native asynchronous API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator, Mapping
from types import TracebackType
from typing import Any, Self

from tradewire.engine import notebook
from tradewire.engine.pool import Pool
from tradewire.engine.recorder import Recorder
from tradewire.engine.requests import Requests
from tradewire.engine.runtime import Runtime, Tap
from tradewire.engine.setup import GatewayOptions, new_runtime, secrets_of
from tradewire.engine.statistics import Statistics
from tradewire.engine.subscription import Subscribing
from tradewire.engine.wiring import Wiring
from tradewire.errors import ConfigurationError, NotConnected
from tradewire.model.channels import DIAGNOSTICS, Channel
from tradewire.model.events import ConnectionState, Event, LinkState
from tradewire.model.instrument import Instrument
from tradewire.model.operations import Operation, RawOperation
from tradewire.model.time import SECOND
from tradewire.venues.spec import VenueSpec

_logger = logging.getLogger("tradewire.gateway")


class Gateway(Subscribing):
    """One venue, one account, as many connections as it takes.

    Made by ``tradewire.connect``. Use it as ``async with connect(...) as gateway`` or ``gateway = await connect(...)``.
    It belongs to the event loop that opened it.

    Attributes:
        venue: Name of the venue.
        spec: What the venue declares about itself.
    """

    def __init__(self, spec: VenueSpec, options: GatewayOptions) -> None:
        self.spec = spec
        self.venue = spec.name
        self._options = options
        self._runtime: Runtime | None = None
        self._pool: Pool | None = None
        self._wiring: Wiring | None = None
        self._recorder: Recorder | None = None
        self._taps: list[Tap] = []
        self._over: asyncio.Future[None] | None = None
        self._error: BaseException | None = None
        self._closing: asyncio.Task[None] | None = None
        self._closer: asyncio.Task[Any] | None = None

    # -- life ------------------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Open the first connection: one attempt. Does nothing if it is open.

        Raises:
            ConnectFailed: No connection.
            LoginRefused: The venue refused the credentials.
            LoginTimeout: It did not answer the login.
            NotConnected: The gateway has been closed, perhaps meanwhile; make a new one.
        """
        if self._runtime is not None:
            self._runtime.own()
            if self.state in {LinkState.CLOSING, LinkState.CLOSED}:
                raise NotConnected("this gateway was closed; make a new one with tradewire.connect", venue=self.venue)
            return
        self._over = asyncio.get_running_loop().create_future()
        runtime = self._runtime = new_runtime(self.spec, self._options)
        runtime.loop = asyncio.get_running_loop()
        runtime.taps = self._taps
        runtime.on_crash = self._gave_up
        runtime.on_tap_failed = self._tap_failed
        self._requests = Requests(runtime.clock, self._options.request_timeout)
        self._pool = Pool(runtime, answered=self._requests.answered, state_changed=self._state_changed, gave_up=self._gave_up)
        self._wiring = Wiring(runtime, self._pool, self._finish)
        if self._options.record is not None:
            self._recorder = Recorder(self._options.record, secrets_of(self._options.credentials))
            runtime.taps.append(self._recorder)
        try:
            await self._pool.open_first()
        except BaseException:
            if self._closing is not None:  # close() came in between, and clears up
                await asyncio.shield(self._closing)
                raise
            await self._tear_down()
            if self._recorder is not None and self._recorder in self._taps:
                self._taps.remove(self._recorder)
            self._runtime = self._pool = self._recorder = self._error = None
            raise
        runtime.counters.started = runtime.clock.now()

    async def close(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109 - one deadline for the whole shutdown
        """End everything: no task and no socket survives. Safe to call twice, and from a handler.

        Args:
            timeout: Seconds for an orderly end; after that sockets are dropped.

        Raises:
            Exception: What a handler or tap raised earlier, if ``closed()`` has not raised it.
            ConfigurationError: The recording could not be written; or the gateway is another event loop's, and stays open.
        """
        if self._runtime is None:
            return
        if self._closing is None or not self._closing.done():
            self._runtime.own()
        if self._closing is None:
            # A handler may close its own gateway: its task ends by itself.
            self._closer = asyncio.current_task()
            self._closing = asyncio.get_running_loop().create_task(self._close(timeout), name=f"tradewire:{self.venue}:close")
        await asyncio.shield(self._closing)
        error, self._error = self._error, None
        if error is not None and not isinstance(error, NotConnected):
            raise error

    async def _close(self, limit: float) -> None:
        if self._wiring is not None:
            self._wiring.end_streams(None)
        try:
            async with asyncio.timeout(limit):
                await self._tear_down()
        except TimeoutError:
            _logger.warning("%s: not all connections ended within %.1f s", self.venue, limit)
        finally:
            self._finish(None)

    async def _tear_down(self) -> None:
        runtime, pool = self.runtime, self._pool
        try:
            if pool is not None:
                await pool.close()
        finally:
            runtime.closed = True
            self._end_recording()
        others = {task for task in runtime.tasks if task is not self._closer}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await runtime.rest.close()

    def _end_recording(self) -> None:
        try:
            if self._recorder is not None:
                self._recorder.close()
        except ConfigurationError as error:
            self._finish(error)

    def _finish(self, error: BaseException | None) -> None:
        if error is not None and self._error is None:
            self._error = error
        if self._over is not None and not self._over.done():
            self._over.set_result(None)

    async def closed(self) -> None:
        """Wait until the gateway is closed.

        Raises:
            Exception: What a handler or tap raised, as soon as it did.
            NotConnected: The reconnect policy has given up.
        """
        self.runtime.own()
        assert self._over is not None  # noqa: S101 - set by connect
        await asyncio.shield(self._over)
        error, self._error = self._error, None
        if error is not None:
            raise error

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self._error = None
        await self.close()

    def __await__(self) -> Generator[Any, None, Self]:
        return self._opened().__await__()

    async def _opened(self) -> Self:
        await notebook.replace(self, (self.venue, self._options.endpoints.http))
        await self.connect()
        return self

    # -- subscribing -----------------------------------------------------------------------------------------------

    async def subscribe(self, *channels: Channel) -> None:
        """Subscribe without a handler (for taps and recordings); undone by ``unsubscribe``."""
        wiring = self._require()
        await wiring.attach(tuple(wiring.resolve(channel) for channel in channels), _discard)

    async def unsubscribe(self, *channels: Channel) -> None:
        """Undo ``subscribe``."""
        _, _, wiring = self._own_parts()
        await wiring.detach(tuple(wiring.resolve(channel) for channel in channels), _discard)

    # -- asking ----------------------------------------------------------------------------------------------------

    async def execute(self, operation: Operation, *, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - the venue's deadline
        """Ask the venue and return its answer (the type that the operation's docstring names).

        Args:
            operation: What to ask.
            timeout: Seconds; else the gateway's ``request_timeout``.

        Raises:
            Rejected: The venue said no.
            RequestTimeout: A read was not answered.
            OutcomeUnknown: A write was not answered: it may have happened.
            NotConnected: There is no live connection; nothing was sent.
        """
        _, pool, _ = self._own_parts()
        return await self._requests.execute(pool, operation, timeout)

    def execute_nowait(self, operation: Operation) -> None:
        """Write the request and return; its answer is seen by taps only.

        Raises:
            NotConnected: There is no live connection; nothing was sent.
            TradewireError: The operation breaks a rule of the venue (``InvalidOrder``, ``LocalProtocolError``); nothing was sent.
        """
        _, pool, _ = self._own_parts()
        self._requests.execute_nowait(pool, operation)

    async def request(self, raw: bytes | str, key: int | str | None = None, *, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as execute
        """Write a raw frame and return the raw answer.

        Args:
            raw: JSON text.
            key: What the venue correlates by; ``None`` lets the venue's protocol find it in the frame.
            timeout: Seconds; else the gateway's ``request_timeout``.
        """
        payload = raw.encode() if isinstance(raw, str) else raw
        answer: bytes = await self.execute(RawOperation(payload=payload, key=key), timeout=timeout)
        return answer

    async def rest(self, endpoint: str, **params: Any) -> Any:
        """Make one REST call of the venue's endpoint table and return its parsed result."""
        self._require()
        return await self.runtime.rest.call(endpoint, params)

    async def instruments(self) -> Mapping[str, Instrument]:
        """Ticks, steps and minimums by unified symbol; loaded once.

        Raises:
            Unsupported: The venue does not publish them.
            NotConnected: The gateway is not open.
        """
        return await self._require().symbols.load()

    # -- looking ---------------------------------------------------------------------------------------------------

    def tap(self, callback: Tap) -> Callable[[], None]:
        """Show ``callback`` every raw payload, both ways, and connection events. Free when off.

        May be called before ``connect()``, to see the login too. The payloads are not redacted. Returns the function that
        ends it. A callback that raises is ended; the error is logged, and raised where the gateway is closed.
        """
        self._taps.append(callback)
        self._retap()

        def remove() -> None:
            if callback in self._taps:
                self._taps.remove(callback)
                self._retap()

        return remove

    def _retap(self) -> None:
        if self._pool is not None:
            self._pool.retap()

    @property
    def state(self) -> LinkState:
        """The worst state of the connections; ``IDLE`` before ``connect()``."""
        if self._closing is not None:
            return LinkState.CLOSED if self._closing.done() else LinkState.CLOSING
        return self._pool.state if self._pool is not None else LinkState.IDLE

    def statistics(self) -> Statistics:
        """Return a frozen picture of what happened so far."""
        runtime, pool, _ = self._parts()
        messages, size = pool.uncounted()
        return runtime.counters.picture(
            venue=self.venue,
            state=self.state,
            now=runtime.clock.now(),
            connections=pool.open_connections(),
            messages=messages,
            bytes_in=size,
            clock_offset=runtime.rest.offset.offset() / SECOND,
        )

    @property
    def runtime(self) -> Runtime:
        """What the parts share. For handles.

        Raises:
            NotConnected: Before ``connect()``.
        """
        if self._runtime is None:
            raise NotConnected("not connected: use `async with` or await the gateway first", venue=self.venue)
        return self._runtime

    @property
    def is_connected_once(self) -> bool:
        """Whether ``connect()`` has succeeded, so that there are figures to show."""
        return self._runtime is not None

    def __repr__(self) -> str:
        return f"Gateway({self.venue!r}, {self._options.environment}, {self.state.value})"

    def _repr_html_(self) -> str:
        return notebook.table(self)

    # -- what the parts report -------------------------------------------------------------------------------------

    def _require(self) -> Wiring:
        _, _, wiring = self._own_parts()
        if self.state in {LinkState.CLOSED, LinkState.CLOSING}:
            raise NotConnected(f"the gateway is {self.state.value}", venue=self.venue)
        return wiring

    def _own_parts(self) -> tuple[Runtime, Pool, Wiring]:
        self.runtime.own()
        return self._parts()

    def _parts(self) -> tuple[Runtime, Pool, Wiring]:
        runtime = self.runtime
        assert self._pool is not None  # noqa: S101 - set together with the runtime
        assert self._wiring is not None  # noqa: S101 - likewise
        return runtime, self._pool, self._wiring

    def _state_changed(self, connection: str, state: LinkState, reason: str) -> None:
        runtime = self.runtime
        text = f"{state.value}: {reason}" if reason else state.value
        _logger.info("%s: %s: %s", self.venue, connection, text)
        runtime.tap("event", text.encode(), connection)
        now = runtime.clock.now()
        event = ConnectionState(
            state=state, connection=connection, reason=reason, venue=self.venue, received=now, channel=DIAGNOSTICS
        )
        runtime.sinks.publish(event)

    def _gave_up(self, error: BaseException) -> None:
        if self._wiring is not None:
            self._wiring.end_streams(error)
        self._finish(error)

    def _tap_failed(self, error: BaseException) -> None:
        self._retap()
        self._finish(error)


def _discard(event: Event) -> None:
    pass
