"""Connects handlers and streams to the channels they want. The part of a gateway that handles hold on to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from tradewire.engine.queues import EventQueue
from tradewire.engine.symbols import Symbols
from tradewire.model.channels import DIAGNOSTICS, Channel
from tradewire.model.events import Event, LinkState, Unrecognised
from tradewire.wire.subscriptions import SubscriptionState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewire.engine.pool import Pool
    from tradewire.engine.runtime import Runtime
    from tradewire.engine.sinks import Target
    from tradewire.engine.subscription import Subscription

_logger = logging.getLogger("tradewire.gateway")


class Wiring:
    """Attaches targets to wire channels and keeps the handles of one gateway.

    Args:
        runtime: What the gateway shares.
        pool: Its connections.
        on_error: Called with what a handler raised.

    Attributes:
        handles: Subscriptions that have not ended.
    """

    def __init__(self, runtime: Runtime, pool: Pool, on_error: Callable[[BaseException], None]) -> None:
        self.symbols = Symbols(runtime)
        self.handles: set[Subscription] = set()
        self._runtime = runtime
        self._pool = pool
        self._on_error = on_error
        runtime.sinks.on_failure = self.handler_failed
        runtime.sinks.add(DIAGNOSTICS, self._diagnose)

    def resolve(self, channel: Channel) -> Channel:
        """The channel as the wire knows it.

        Raises:
            Unsupported: The venue has no such channel.
        """
        return channel if channel == DIAGNOSTICS else self._runtime.spec.resolve(channel)

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

    async def detach(self, channels: tuple[Channel, ...], target: Target, notice: Target | None = None) -> None:
        """Undo ``attach``; no event reaches ``target`` from now on."""
        sinks = self._runtime.sinks
        mine = tuple(channel for channel in channels if sinks.remove(channel, target, notice))
        if self._pool.state is not LinkState.CLOSED:
            await self._pool.unsubscribe(_to_the_venue(mine))
        for channel in mine:
            sinks.forget(channel)

    def abandon(self, channels: tuple[Channel, ...], target: Target, notice: Target | None = None) -> None:
        """Undo ``attach`` without waiting."""
        sinks = self._runtime.sinks
        for channel in channels:
            if sinks.remove(channel, target, notice):
                for wanted in _to_the_venue((channel,)):
                    self._pool.forget(wanted)
                sinks.forget(channel)

    def state_of(self, channel: Channel) -> SubscriptionState:
        """How far ``channel`` has come."""
        return self._pool.subscription_state(channel)

    def handler_failed(self, channel: Channel, target: Target, error: BaseException) -> None:
        """A handler raised: end its subscription, log once, and keep the error for whoever closes the gateway."""
        _logger.error("%s: a handler of %r raised; its subscription has ended", self._runtime.spec.name, channel, exc_info=error)
        for handle in tuple(self.handles):
            handle.failed(target, error)
        self.abandon((channel,), target)
        self._on_error(error)

    def _diagnose(self, event: Event) -> None:
        if isinstance(event, Unrecognised):
            counters = self._runtime.counters
            counters.unrecognised += 1
            if counters.unrecognised & (counters.unrecognised - 1) == 0:  # 1st, 2nd, 4th, 8th…: a flood must not fill the log
                _logger.warning("%s: unrecognised frame (%d so far): %s", event.venue, counters.unrecognised, event.reason)


def _to_the_venue(channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
    return tuple(channel for channel in channels if channel != DIAGNOSTICS)
