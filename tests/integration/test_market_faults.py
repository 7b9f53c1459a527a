"""What can go wrong with a market connection, over a real socket: afterwards both sides agree, and every loss was told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from market_watch import CUTS, HARMLESS, POLICY, QUICK, Watch, settled

import tradewire
from tradewire import Book, BookNotLive
from tradewire.sim.simulator import Simulator
from tradewire.testing.hygiene import run_tidy


def run(scenario: Callable[[Simulator, tradewire.Gateway, Watch], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with (
            Simulator("binance", rate=5.0) as sim,
            tradewire.connect("binance", endpoints=sim.endpoints(), heartbeat=QUICK, reconnect=POLICY) as gateway,
        ):
            watch = Watch()
            await watch.subscribe(gateway)
            await watch.more()
            await scenario(sim, gateway, watch)

    run_tidy(whole())


@pytest.mark.parametrize("name", CUTS)
def test_a_cut_heals_and_every_trade_missed_is_counted(name: str) -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        before = watch.book
        CUTS[name](sim)
        await watch.until(lambda: bool(gateway.statistics().reconnects))
        await watch.more()
        await settled(sim, watch)
        assert watch.in_order()
        assert watch.missing() == watch.announced()
        assert any(isinstance(gap.channel, Book) and gap.healed for gap in watch.gaps)
        assert before is not None
        with pytest.raises(BookNotLive):
            before.best_bid  # noqa: B018 - the look is the test

    run(scenario)


@pytest.mark.parametrize("name", HARMLESS)
def test_what_breaks_no_connection_loses_no_trade(name: str) -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        HARMLESS[name](sim)
        await watch.more(20)
        await settled(sim, watch)
        assert watch.missing() == 0
        assert watch.in_order()
        assert gateway.statistics().reconnects == ()

    run(scenario)


@pytest.mark.parametrize("fault", ["duplicate", "gap"])
def test_trades_that_come_twice_or_never_are_noticed(fault: str) -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        getattr(sim.faults, fault)("@trade", count=3)
        await watch.more(20)
        assert watch.in_order()
        assert watch.missing() == watch.announced() == (3 if fault == "gap" else 0)
        assert gateway.statistics().reconnects == ()

    run(scenario)


def test_a_lost_book_update_is_found_told_and_healed() -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        sim.faults.gap("depth")
        await watch.until(lambda: bool(watch.gaps))
        (gap,) = watch.gaps
        assert gap.healed
        assert gap.missed
        assert gateway.statistics().resyncs == 1

    run(scenario)


def test_a_refused_snapshot_is_asked_for_again() -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        sim.faults.http_status(503, count=2)
        sim.faults.drop_connection()
        await watch.until(lambda: bool(gateway.statistics().reconnects))
        await watch.more()
        await settled(sim, watch)

    run(scenario)


def test_refused_connections_are_tried_again() -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        sim.faults.refuse_connections(3)
        sim.faults.drop_connection()
        await watch.until(lambda: len(gateway.statistics().reconnects) >= 1)
        await watch.more()
        await settled(sim, watch)

    run(scenario)
