"""What the parts of one gateway share."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradewire.engine.rest import Rest
from tradewire.engine.sinks import Sinks, own_error
from tradewire.engine.statistics import Counters
from tradewire.errors import ConfigurationError, NotConnected, TradewireError
from tradewire.model.time import Nanos
from tradewire.net.clock import SystemClock
from tradewire.venues.spec import ClientContext, Endpoints, Heartbeat, VenueSpec
from tradewire.wire.backoff import ReconnectPolicy
from tradewire.wire.capture import Direction

_logger = logging.getLogger("tradewire.gateway")


@dataclass(frozen=True, slots=True)
class TapRecord:
    """One raw payload on its way in or out, or an event of the connection.

    Attributes:
        direction: ``in``, ``out`` or ``event``.
        payload: The bytes, unredacted: whoever keeps them must redact.
        time: Nanoseconds since the epoch.
        connection: URL and number of the socket, or the URL of a REST call.
    """

    direction: Direction
    payload: bytes
    time: Nanos
    connection: str


Tap = Callable[[TapRecord], None]


@dataclass(slots=True)
class Runtime:
    """Shared by gateway, shards and links of one gateway.

    Attributes:
        taps: Live list of raw observers; empty means free.
        on_crash: Called when a task of the gateway fails with anything but a typed error.
        on_tap_failed: Called with what a raw observer raised, which observes no more.
        loop: The event loop that the gateway was opened in.
        closed: Whether nothing may be begun any more.
        sleep: Waits for reconnect delays.
        uniform: Jitter source, 0..1.
    """

    spec: VenueSpec
    endpoints: Endpoints
    context: ClientContext
    clock: SystemClock
    rest: Rest
    sinks: Sinks
    counters: Counters
    policy: ReconnectPolicy
    heartbeat: Heartbeat | None = None
    proxy: str | None = None
    ssl_context: ssl.SSLContext | None = None
    connect_timeout: float | None = None
    login_timeout: float | None = None
    taps: list[Tap] = field(default_factory=list)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    uniform: Callable[[], float] = random.random
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    on_crash: Callable[[BaseException], None] | None = None
    on_tap_failed: Callable[[BaseException], None] | None = None
    loop: asyncio.AbstractEventLoop | None = None
    closed: bool = False

    def own(self) -> None:
        """Refuse a caller from another event loop or thread.

        Raises:
            ConfigurationError: It is one.
        """
        if asyncio._get_running_loop() is not self.loop:  # noqa: SLF001 - documented, and the only way to ask without an exception
            raise ConfigurationError(
                f"this {self.spec.name} gateway belongs to the event loop that opened it; "
                "use it from there (asyncio.run_coroutine_threadsafe reaches it from other threads)",
                venue=self.spec.name,
            )

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run ``work`` as a task that the gateway owns and ends.

        Raises:
            NotConnected: The gateway has been closed.
            ConfigurationError: As ``own``.
        """
        try:
            self.own()
            if self.closed:
                raise NotConnected("the gateway is closed", venue=self.spec.name)
        except TradewireError:
            work.close()
            raise
        task = asyncio.get_running_loop().create_task(work, name=f"tradewire:{self.spec.name}:{name}")
        self.tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        # Typed errors reach whoever awaits the task; anything else is a defect that must not vanish.
        if error is not None and not isinstance(error, TradewireError):
            _logger.error("%s failed", task.get_name(), exc_info=error)
            if self.on_crash is not None:
                self.on_crash(error)

    def tap(self, direction: Direction, payload: bytes, connection: str) -> None:
        """Show ``payload`` to the raw observers."""
        if self.taps:
            record = TapRecord(direction, payload, self.clock.now(), connection)
            for tap in tuple(self.taps):
                try:
                    tap(record)
                except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - a user's function may raise anything; it must not end the connection
                    self._tap_failed(tap, error)

    def _tap_failed(self, tap: Tap, error: BaseException) -> None:
        _logger.error("%s: a tap raised; it sees nothing more", self.spec.name, exc_info=error)
        if tap in self.taps:
            self.taps.remove(tap)
        if self.on_tap_failed is not None:
            self.on_tap_failed(own_error(error))

    def urls(self) -> Mapping[str, str]:
        """WebSocket URL by role."""
        return {role: self.spec.url(role, self.endpoints, self.context.options) for role in self.spec.roles}
