"""What can go wrong with a market connection, over a real socket: afterwards both sides agree, and every loss was told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import tradewire
from tradewire import Book, BookNotLive, BookUpdate, Event, Gap, Heartbeat, OrderBook, Trade, Trades
from tradewire.model.events import Side
from tradewire.sim.simulator import Simulator
from tradewire.testing.hygiene import run_tidy

SYMBOL = "BTC/USDT"
#: A connection that says nothing is given up quickly, so that the tests are.
QUICK = Heartbeat(ping_every=0.5, pong_within=0.2, any_frame=True)
POLICY = tradewire.Backoff(initial=0.01, cap=0.05)


class Watch:
    """What a client has seen of one market."""

    def __init__(self) -> None:
        self.trades: list[int] = []
        self.updates = 0
        self.gaps: list[Gap] = []
        self.book: OrderBook | None = None
        self.changed = asyncio.Event()

    def data(self, event: Event) -> None:
        if isinstance(event, Trade):
            self.trades.append(event.trade_id)
        elif isinstance(event, BookUpdate):
            self.book = event.book
            self.updates += 1
        self.changed.set()

    def status(self, status: object) -> None:
        if isinstance(status, Gap):
            self.gaps.append(status)
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.changed.clear()
            await self.changed.wait()

    async def more(self, count: int = 5) -> None:
        """Wait for ``count`` more trades, a few book updates (so that no fault sits in the very last one), and a live book."""
        trades, updates = len(self.trades) + count, self.updates + 4
        await self.until(lambda: len(self.trades) >= trades and self.updates >= updates and self.live())

    def live(self) -> bool:
        return self.book is not None and self.book.status is tradewire.BookStatus.LIVE

    def missing(self) -> int:
        return sum(after - before - 1 for before, after in zip(self.trades, self.trades[1:], strict=False))


async def settled(sim: Simulator, watch: Watch) -> None:
    """Stop the market and check that the replica has every level of the venue's book."""
    sim.market(SYMBOL).pause()
    exchange = sim.exchange()
    await watch.until(
        lambda: watch.live() and watch.book is not None and watch.book.update_id == exchange.book(SYMBOL, 1).update_id
    )
    assert watch.book is not None
    truth = exchange.book(SYMBOL, 10_000)
    assert tuple(tuple(level) for level in watch.book.bids()) == truth.bids
    assert tuple(tuple(level) for level in watch.book.asks()) == truth.asks
    assert watch.book.levels(Side.BUY) == len(truth.bids)


Fault = Callable[[Simulator], object]

CUTS: dict[str, Fault] = {
    "drop": lambda sim: sim.faults.drop_connection(),
    "reset": lambda sim: sim.faults.reset_connection(),
    "close 1001": lambda sim: sim.faults.close_connection(code=1001),
    "close 1000": lambda sim: sim.faults.close_connection(code=1000),
    "half open": lambda sim: sim.faults.half_open(),
    "restart": lambda sim: sim.faults.restart(down_for=0.1),
    "oversized frame": lambda sim: sim.faults.read('{"fault": "broken_frame", "kind": "oversized"}'),
    "truncated frame": lambda sim: sim.faults.read('{"fault": "broken_frame", "kind": "truncated"}'),
}
HARMLESS: dict[str, Fault] = {
    "malformed": lambda sim: sim.faults.malformed(),
    "reserved bits": lambda sim: sim.faults.read('{"fault": "broken_frame", "kind": "reserved"}'),
    "bad utf-8": lambda sim: sim.faults.read('{"fault": "broken_frame", "kind": "bad_utf8"}'),
    "lost book update": lambda sim: sim.faults.gap("depth"),
    "repeated book update": lambda sim: sim.faults.duplicate("depth"),
    "reordered book updates": lambda sim: sim.faults.reorder("depth"),
    "delay": lambda sim: sim.faults.delay(0.05),
    "shutdown notice": lambda sim: sim.faults.shutdown_notice(after=0.5),
}


def run(scenario: Callable[[Simulator, tradewire.Gateway, Watch], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with (
            Simulator("binance", rate=5.0) as sim,
            tradewire.connect("binance", endpoints=sim.endpoints(), heartbeat=QUICK, reconnect=POLICY) as gateway,
        ):
            watch = Watch()
            await gateway.on(Trades(SYMBOL), watch.data, on_status=watch.status)
            await gateway.on(Book(SYMBOL), watch.data, on_status=watch.status)
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
        assert sorted(set(watch.trades)) == watch.trades, "no trade comes twice or out of order"
        announced = sum(gap.missed or 0 for gap in watch.gaps if isinstance(gap.channel, Trades))
        assert watch.missing() == announced
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
        assert sorted(set(watch.trades)) == watch.trades
        assert gateway.statistics().reconnects == ()

    run(scenario)


@pytest.mark.parametrize("fault", ["duplicate", "gap"])
def test_trades_that_come_twice_or_never_are_noticed(fault: str) -> None:
    async def scenario(sim: Simulator, gateway: tradewire.Gateway, watch: Watch) -> None:
        getattr(sim.faults, fault)("@trade", count=3)
        await watch.more(20)
        assert sorted(set(watch.trades)) == watch.trades
        announced = sum(gap.missed or 0 for gap in watch.gaps if isinstance(gap.channel, Trades))
        assert watch.missing() == announced == (3 if fault == "gap" else 0)
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
