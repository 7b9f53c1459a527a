"""Faults in random order, one before the last is over: afterwards both sides agree, and every loss was told."""

from __future__ import annotations

import asyncio
import random

import pytest
from market_watch import CUTS, HARMLESS, POLICY, QUICK, Fault, Watch, settled

import tradewire
from tradewire.sim.simulator import Simulator
from tradewire.testing.hygiene import run_tidy
from tradewire.venues.binance.spec import BinanceSpec

SYMBOLS = ("BTC/USDT", "ETH/USDT")
#: Seconds after which a schedule that has not come to rest is given up; a healthy one takes a few.
PATIENCE = 45.0
#: REST weight a minute: a schedule asks for more snapshots than the venue grants, and is not about waiting for them.
PLENTY = 1_000_000


class Unhurried(BinanceSpec):
    weight_limit = None


FAULTS: dict[str, Fault] = {
    **CUTS,
    **HARMLESS,
    "lost trades": lambda sim: sim.faults.gap("@trade", count=2),
    "repeated trades": lambda sim: sim.faults.duplicate("@trade", count=2),
    "reordered trades": lambda sim: sim.faults.reorder("@trade"),
    "lost quotes": lambda sim: sim.faults.gap("bookTicker", count=2),
    "refused connections": lambda sim: sim.faults.refuse_connections(2),
    "refused snapshots": lambda sim: sim.faults.http_status(503, count=2),
    "stall": lambda sim: sim.faults.stall(0.2),
    "silence": lambda sim: sim.faults.mute(0.2, what="data"),
}


async def schedule(seed: int, faults: int) -> None:
    """Let ``faults`` faults happen, then heal the venue and compare the two sides."""
    draw = random.Random(seed)
    async with (
        Simulator("binance", rate=5.0, seed=seed, options={"binance": {"weight_limit": PLENTY}}) as sim,
        tradewire.connect(Unhurried(), endpoints=sim.endpoints(), heartbeat=QUICK, reconnect=POLICY) as gateway,
    ):
        watches = [Watch(symbol) for symbol in SYMBOLS]
        happened: list[str] = []
        try:
            async with asyncio.timeout(PATIENCE):
                for watch in watches:
                    await watch.subscribe(gateway, quotes=True)
                    await watch.more()
                for _ in range(faults):
                    happened.append(draw.choice(sorted(FAULTS)))
                    FAULTS[happened[-1]](sim)
                    watch, events = draw.choice(watches), draw.choice((0, 0, 1, 3, 10))
                    seen = len(watch.trades) + events
                    await watch.until(lambda watch=watch, seen=seen: len(watch.trades) >= seen)  # type: ignore[misc]
                sim.faults.heal()
                # An acknowledgement that was lost with other data is waited for in vain, and asked for again.
                for watch in watches:
                    await watch.until(watch.confirmed)
                    await watch.more()
                for watch in watches:
                    await agreed(sim, watch)
        except (AssertionError, TimeoutError) as error:
            seen_now = [(len(watch.trades), watch.updates, watch.live()) for watch in watches]
            raise AssertionError(f"seed {seed}, {gateway.state}, {seen_now}, after {', '.join(happened)}: {error!r}") from error


async def agreed(sim: Simulator, watch: Watch) -> None:
    await settled(sim, watch)
    assert watch.in_order(), f"{watch.symbol}: a trade came twice or out of order"
    assert watch.missing() == watch.announced(), f"{watch.symbol}: {watch.missing()} missing, {watch.announced()} announced"
    assert watch.confirmed(), f"{watch.symbol}: {[subscription.state for subscription in watch.subscriptions]}"
    best = sim.exchange().book(watch.symbol, 1)
    await watch.until(lambda: (watch.quotes[-1].bid, watch.quotes[-1].ask) == (best.bids[0][0], best.asks[0][0]))


@pytest.mark.parametrize("seed", range(2))
def test_a_few_faults_in_random_order_leave_both_sides_agreed(seed: int) -> None:
    run_tidy(schedule(seed, faults=5))


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_faults_in_random_order_leave_both_sides_agreed(seed: int) -> None:
    run_tidy(schedule(seed, faults=15))
