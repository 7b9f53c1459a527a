"""What can go wrong where books have checksums and no numbers, over a real socket: every loss is told, and the book heals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from market_watch import CUTS, POLICY, Fault, Watch

import tradewire
from tradewire import Book, Heartbeat, Trades
from tradewire.sim.simulator import Simulator
from tradewire.testing.hygiene import run_tidy

SYMBOL = "BTC/USD"
DEPTH = 10
#: Silence alone must do: this venue is asked by its own pings.
QUICK = Heartbeat(ping_every=None, silence=4.0)

LOSSES: dict[str, Fault] = {
    "lost book update": lambda sim: sim.faults.gap("book"),
    "reordered book updates": lambda sim: sim.faults.reorder("book"),
    "malformed": lambda sim: sim.faults.malformed('{"channel":"book","type":"update","data":[{'),
    "bad checksum": lambda sim: sim.faults.read('{"fault": "bad_checksum"}'),
}


class TopWatch(Watch):
    """Watches a book no deeper than its checksum: what is lost below shows only when it comes up."""

    async def subscribe(self, gateway: tradewire.Gateway, *, quotes: bool = False) -> None:
        for channel in (Trades(self.symbol), Book(self.symbol, DEPTH)):
            self.subscriptions.append(await gateway.on(channel, self.data, on_status=self.status))


def run(scenario: Callable[[Simulator, tradewire.Gateway, Watch], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with (
            Simulator("kraken", rate=5.0) as sim,
            tradewire.connect("kraken", endpoints=sim.endpoints(), heartbeat=QUICK, reconnect=POLICY) as gateway,
        ):
            watch = TopWatch(SYMBOL)
            await watch.subscribe(gateway)
            await watch.more()
            await scenario(sim, gateway, watch)
            await watch.more()
            await agree(sim, watch)

    run_tidy(whole())


async def agree(sim: Simulator, watch: Watch) -> None:
    """Stop the market and wait until the replica has every level of the venue's book."""
    sim.market(SYMBOL).pause()
    truth = sim.exchange().book(SYMBOL, DEPTH)

    def same() -> bool:
        book = watch.book
        if book is None or not watch.live():
            return False
        return (tuple(map(tuple, book.bids())), tuple(map(tuple, book.asks()))) == (truth.bids, truth.asks)

    await watch.until(same)


@pytest.mark.parametrize("name", sorted(CUTS.keys() - {"half open"}))
def test_a_cut_heals_and_every_trade_missed_is_counted(name: str) -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        CUTS[name](sim)
        await watch.until(lambda: bool(gateway.statistics().reconnects))
        await watch.more()
        assert watch.in_order()
        assert watch.missing() == watch.announced()
        assert any(isinstance(gap.channel, Book) and gap.healed for gap in watch.gaps)

    run(scenario)


@pytest.mark.parametrize("name", LOSSES)
def test_a_book_heals_on_its_connection(name: str) -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        while not watch.gaps:  # what the very next update says again is no loss
            LOSSES[name](sim)
            await watch.more()
        assert all(gap.healed for gap in watch.gaps)
        assert gateway.statistics().reconnects == ()
        assert gateway.statistics().resyncs >= 1

    run(scenario)


@pytest.mark.parametrize("fault", ["duplicate", "gap"])
def test_trades_that_come_twice_or_never_are_noticed(fault: str) -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        getattr(sim.faults, fault)("trade")
        await watch.more(20)
        assert watch.in_order()
        assert watch.missing() == watch.announced()
        assert bool(watch.missing()) is (fault == "gap")
        assert gateway.statistics().reconnects == ()

    run(scenario)


def test_a_venue_that_falls_silent_is_given_up() -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        sim.faults.half_open()
        await watch.until(lambda: bool(gateway.statistics().reconnects))
        (cut,) = gateway.statistics().reconnects
        assert "not a single frame" in cut.reason

    run(scenario)
