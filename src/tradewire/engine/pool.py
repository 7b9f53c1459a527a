"""The connections of one gateway: which exist, which carries what, and whether their channels still speak."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from tradewire.engine.report import Reporter
from tradewire.engine.shard import Shard
from tradewire.errors import NotConnected, TradewireError
from tradewire.model.channels import DIAGNOSTICS, Channel
from tradewire.model.events import LinkState
from tradewire.model.operations import Request
from tradewire.model.time import SECOND
from tradewire.wire.liveness import Cadence
from tradewire.wire.plan import Plan
from tradewire.wire.subscriptions import SubscriptionState

if TYPE_CHECKING:
    from tradewire.engine.runtime import Runtime
    from tradewire.wire.control import Answered, Failed

#: From best to worst; a gateway is in the worst state of its connections.
_ORDER = (
    LinkState.LIVE,
    LinkState.IDLE,
    LinkState.LOGGING_IN,
    LinkState.CONNECTING,
    LinkState.RECONNECTING,
    LinkState.CLOSING,
    LinkState.CLOSED,
)


class Pool:
    """Spreads channels over shards by ``wire.plan`` and opens shards as they are needed.

    Args:
        runtime: What the gateway shares.
        answered: Called with each answer to a ``Request``.
        state_changed: Called with a connection's name, new state and reason.
        gave_up: Called when a connection has ended for good against the user's will.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        answered: Callable[[Answered | Failed], None],
        state_changed: Callable[[str, LinkState, str], None],
        gave_up: Callable[[TradewireError], None],
    ) -> None:
        self._runtime = runtime
        self._answered = answered
        self._state_changed = state_changed
        self._gave_up = gave_up
        self._plans = {name: Plan(role.max_channels) for name, role in runtime.spec.roles.items()}
        self._shards: dict[tuple[str, int], Shard] = {}
        self._first = (next(iter(runtime.spec.roles)), 0)
        self._reporter = Reporter(runtime)
        self._cadence = Cadence(runtime.sinks.count)
        self._watch: asyncio.TimerHandle | None = None
        self._closing = False
        #: Called with each channel that the venue refuses for good when a connection is restored.
        self.on_refused: Callable[[Channel, TradewireError], None] = _nothing

    # -- life ------------------------------------------------------------------------------------------------------

    async def open_first(self) -> None:
        """Open the first connection of the first role: one attempt, which raises."""
        await self._opened(self._first)

    async def close(self) -> None:
        """End all connections."""
        self._closing = True
        if self._watch is not None:
            self._watch.cancel()
        await asyncio.gather(*(shard.close() for shard in self._shards.values()))

    async def _opened(self, place: tuple[str, int]) -> Shard:
        shard = self._shards.get(place)
        if shard is None:
            role, number = place
            shard = Shard(
                self._runtime,
                self._runtime.spec.roles[role],
                number,
                answered=self._answered,
                state_changed=self._changed,
                refused=self._refused,
            )
            self._shards[place] = shard
        try:
            await shard.start()
        except BaseException:
            # A connection that never was is no loss: the next wish tries again.
            if self._shards.get(place) is shard and not shard.ledger.replay():
                del self._shards[place]
            raise
        return shard

    def _changed(self, shard: Shard, state: LinkState, reason: str) -> None:
        self._state_changed(f"{shard.role.name}#{shard.number}", state, reason)
        if state is LinkState.LIVE:
            # What was found silent while there was no connection was not reported, and would not be found again.
            for channel in shard.ledger.replay():
                self._cadence.data(channel, self._runtime.clock.now())
        if shard.given_up is not None and not self._closing:
            self._gave_up(shard.given_up)

    def _refused(self, channel: Channel, error: TradewireError) -> None:
        self._unplan(channel)
        self.on_refused(channel, error)

    # -- subscribing -----------------------------------------------------------------------------------------------

    async def subscribe(self, channels: tuple[Channel, ...]) -> None:
        """Want ``channels`` once more, opening connections where none has room; returns when all are acknowledged."""
        done: list[Channel] = []
        try:
            for place, carried in self._by_place(channels).items():
                shard = await self._opened(place)
                await shard.subscribe(carried)
                done.extend(carried)
        except BaseException:
            for channel in done:
                self.forget(channel)
            for channel in channels:
                await self._tidy(channel)
            raise
        for channel in channels:
            self._expect_data(channel)

    def _by_place(self, channels: tuple[Channel, ...]) -> dict[tuple[str, int], tuple[Channel, ...]]:
        places: dict[tuple[str, int], tuple[Channel, ...]] = {}
        for channel in channels:
            role = self._runtime.spec.role_of(channel)
            place = (role, self._plans[role].assign(channel))
            places[place] = (*places.get(place, ()), channel)
        return places

    async def unsubscribe(self, channels: tuple[Channel, ...]) -> None:
        """Want ``channels`` once less."""
        carriers: dict[Shard, tuple[Channel, ...]] = {}
        for channel in channels:
            shard = self._carrier(channel)
            if shard is not None:
                carriers[shard] = (*carriers.get(shard, ()), channel)
        for shard, carried in carriers.items():
            await shard.unsubscribe(carried)
            for channel in carried:
                await self._tidy(channel)

    def forget(self, channel: Channel) -> None:
        """Like ``unsubscribe``, without waiting."""
        shard = self._carrier(channel)
        if shard is not None:
            shard.forget(channel)
            self._unplan(channel)

    def _unplan(self, channel: Channel) -> bool:
        """Give the channel's place away if nobody wants it any more."""
        shard = self._carrier(channel)
        if shard is not None and channel in shard.ledger.replay():
            return False
        self._plans[self._runtime.spec.role_of(channel)].release(channel)
        self._cadence.forget(channel)
        return True

    async def _tidy(self, channel: Channel) -> None:
        shard = self._carrier(channel)
        if not self._unplan(channel) or shard is None:
            return
        place = (shard.role.name, shard.number)
        if place != self._first and not self._plans[shard.role.name].channels(shard.number):
            self._shards.pop(place, None)
            await shard.close()

    def _carrier(self, channel: Channel) -> Shard | None:
        if channel == DIAGNOSTICS:
            return None
        role = self._runtime.spec.role_of(channel)
        number = self._plans[role].shard_of(channel)
        return self._shards.get((role, number)) if number is not None else None

    def subscription_state(self, channel: Channel) -> SubscriptionState:
        """How far ``channel`` has come."""
        if channel == DIAGNOSTICS:
            return SubscriptionState.CONFIRMED
        shard = self._carrier(channel)
        return shard.ledger.state(channel) if shard is not None else SubscriptionState.ENDED

    # -- asking ----------------------------------------------------------------------------------------------------

    def submit(self, request: Request) -> None:
        """Send a request on the first connection.

        Raises:
            NotConnected: It is not live.
        """
        shard = self._shards.get(self._first)
        if shard is None:
            raise NotConnected("not connected", venue=self._runtime.spec.name)
        shard.submit(request)

    # -- silence ---------------------------------------------------------------------------------------------------

    def _expect_data(self, channel: Channel) -> None:
        seconds = self._runtime.spec.cadence(channel)
        if seconds is not None:
            self._cadence.expect(channel, seconds, self._runtime.clock.now())
            self._watch_silence()

    def _watch_silence(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        moment = self._cadence.next_check()
        if moment is not None and not self._closing:
            delay = max(0, moment - self._runtime.clock.now()) / SECOND
            self._watch = asyncio.get_running_loop().call_later(delay, self._find_silent)

    def _find_silent(self) -> None:
        for channel, seconds in self._cadence.overdue(self._runtime.clock.now()):
            shard = self._carrier(channel)
            if shard is not None and shard.state is LinkState.LIVE:
                self._reporter.silent(channel, seconds)
        self._watch_silence()

    # -- looking ---------------------------------------------------------------------------------------------------

    @property
    def state(self) -> LinkState:
        """The worst state of the connections."""
        return max((shard.state for shard in self._shards.values()), key=_ORDER.index, default=LinkState.IDLE)

    def open_connections(self) -> int:
        """Sockets open now."""
        return sum(1 for shard in self._shards.values() if shard.link is not None and shard.link.is_open)

    def uncounted(self) -> tuple[int, int]:
        """Messages and bytes that links have not yet added to the shared counters."""
        pairs = [shard.link.uncounted for shard in self._shards.values() if shard.link is not None]
        return sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)

    def retap(self) -> None:
        """Raw observers came or went."""
        for shard in self._shards.values():
            if shard.link is not None:
                shard.link.tapped(on=bool(self._runtime.taps))


def _nothing(channel: Channel, error: TradewireError) -> None:
    pass
