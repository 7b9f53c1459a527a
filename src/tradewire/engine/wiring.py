"""Connects handlers and streams to the channels they want. The part of a gateway that handles hold on to."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from tradewire.engine.queues import EventQueue
from tradewire.engine.sinks import own_error
from tradewire.engine.symbols import Symbols
from tradewire.errors import ConfigurationError, TradewireError
from tradewire.model.channels import DIAGNOSTICS, Channel
from tradewire.model.events import Event, LinkState, Unrecognised
from tradewire.wire.subscriptions import SubscriptionState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewire.engine.pool import Pool
    from tradewire.engine.runtime import Runtime
    from tradewire.engine.sinks import Target
    from tradewire.engine.subscription import Stream, Subscription

_logger = logging.getLogger("tradewire.gateway")


class Wiring:
    """Attaches targets to wire channels and keeps the handles of one gateway.

    Args:
        runtime: What the gateway shares.
        pool: Its connections.
        on_error: Called with what a handler raised.

    Attributes:
        handles: Subscriptions that have not ended.
        streams: Streams that somebody still refers to.
    """

    def __init__(self, runtime: Runtime, pool: Pool, on_error: Callable[[BaseException], None]) -> None:
        self.symbols = Symbols(runtime)
        self.handles: set[Subscription] = set()
        self.streams: weakref.WeakSet[Stream[Event]] = weakref.WeakSet()
        self._runtime = runtime
        self._pool = pool
        self._on_error = on_error
        pool.on_refused = self.refused
        runtime.sinks.on_failure = self.handler_failed
        runtime.sinks.add(DIAGNOSTICS, self._diagnose)

    def resolve(self, channel: Channel) -> Channel:
        """The channel as the wire knows it.

        Raises:
            Unsupported: The venue has no such channel.
            ConfigurationError: It is no channel at all.
        """
        if not isinstance(channel, Channel):
            raise ConfigurationError(f'a channel is expected, such as Trades("BTC/USDT"), not {channel!r}')
        symbol = getattr(channel, "symbol", "")
        if not isinstance(symbol, str):
            raise ConfigurationError(f'a symbol is a text such as "BTC/USDT", not {symbol!r}')
        return channel if channel == DIAGNOSTICS else self._runtime.spec.resolve(channel)

    def own(self) -> None:
        """Refuse callers from elsewhere; see ``Runtime.own``."""
        self._runtime.own()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run ``work`` as a task that the gateway owns and ends."""
        return self._runtime.spawn(work, name)

    def new_queue(self) -> EventQueue:
        """A queue that counts what it drops."""
        counters = self._runtime.counters

        def dropped() -> None:
            counters.dropped += 1

        return EventQueue(self._runtime.spec.name, self._runtime.clock.now, dropped)

    async def attach(self, channels: tuple[Channel, ...], target: Target, notice: Target | None = None) -> None:
        """Deliver ``channels`` to ``target`` and their troubles to ``notice``, subscribing to those that are new in one go.

        Raises:
            UnknownSymbol: The venue does not list a symbol.
            SubscriptionRefused: The venue said no to one; ``target`` gets none of them then.
        """
        for channel in channels:
            await self.symbols.check(channel)
        sinks = self._runtime.sinks
        for channel in channels:
            sinks.add(channel, target, notice)
        try:
            await self._pool.subscribe(_to_the_venue(channels))
        except BaseException:
            for channel in channels:
                sinks.remove(channel, target, notice)
                sinks.forget(channel)
            raise

    async def detach(
        self,
        channels: tuple[Channel, ...],
        target: Target,
        notice: Target | None = None,
        *,
        opening: asyncio.Task[Any] | None = None,
    ) -> None:
        """Undo ``attach``, or the task ``opening`` that is still at it; no event reaches ``target`` from now on."""
        if opening is not None and not opening.done():
            self.abandon(channels, target, notice, opening=opening)
            await asyncio.wait({opening})
            return
        sinks = self._runtime.sinks
        mine = tuple(channel for channel in channels if sinks.remove(channel, target, notice))
        if self._pool.state is not LinkState.CLOSED:
            await self._pool.unsubscribe(_to_the_venue(mine))
        for channel in mine:
            sinks.forget(channel)

    def abandon(
        self,
        channels: tuple[Channel, ...],
        target: Target,
        notice: Target | None = None,
        *,
        opening: asyncio.Task[Any] | None = None,
    ) -> None:
        """Like ``detach``, without waiting."""
        sinks = self._runtime.sinks
        mine = tuple(channel for channel in channels if sinks.remove(channel, target, notice))
        if opening is not None and not opening.done():
            opening.cancel()  # which takes the wishes back
            return
        for channel in mine:
            for wanted in _to_the_venue((channel,)):
                self._pool.forget(wanted)
            sinks.forget(channel)

    def state_of(self, channel: Channel) -> SubscriptionState:
        """How far ``channel`` has come."""
        return self._pool.subscription_state(channel)

    def handler_failed(self, channel: Channel, target: Target, error: BaseException) -> None:
        """A handler raised: end its subscription, log once, and keep the error for whoever closes the gateway."""
        _logger.error("%s: a handler of %r raised; its subscription has ended", self._runtime.spec.name, channel, exc_info=error)
        own = own_error(error)
        self._on_error(own)  # before its status handler is told, whose own error is not the cause
        handle = next((handle for handle in self.handles if handle.serves(channel, target)), None)
        if handle is not None:
            handle.failed(own)
        else:
            self.abandon((channel,), target)

    def refused(self, channel: Channel, error: TradewireError) -> None:
        """The venue has taken ``channel`` away for good: end what hangs on it. Called by the pool."""
        for handle in tuple(self.handles):
            handle.refused(channel, error)
        for stream in tuple(self.streams):
            stream.refused(channel, error)

    def end_streams(self, error: BaseException | None) -> None:
        """End all streams after what they hold, with ``error`` if there is one."""
        for stream in tuple(self.streams):
            stream.end(error)

    def _diagnose(self, event: Event) -> None:
        if isinstance(event, Unrecognised):
            counters = self._runtime.counters
            counters.unrecognised += 1
            if counters.unrecognised & (counters.unrecognised - 1) == 0:  # 1st, 2nd, 4th, 8th…: a flood must not fill the log
                _logger.warning("%s: unrecognised frame (%d so far): %s", event.venue, counters.unrecognised, event.reason)


def _to_the_venue(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    return tuple(channel for channel in channels if channel != DIAGNOSTICS)
