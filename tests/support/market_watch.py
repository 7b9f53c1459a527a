"""What a client of the simulated market sees, the faults that may happen to it, and the check that both sides agree."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from tradewire import (
    Backoff,
    Book,
    BookStatus,
    BookUpdate,
    Event,
    Gap,
    Gateway,
    Heartbeat,
    OrderBook,
    Quote,
    Quotes,
    SubscriptionState,
    Trade,
    Trades,
)
from tradewire.engine.subscription import Subscription
from tradewire.model.events import Side
from tradewire.sim.simulator import Simulator

SYMBOL = "BTC/USDT"
#: A connection that says nothing is given up quickly, so that the tests are.
QUICK = Heartbeat(ping_every=0.5, pong_within=0.2, any_frame=True)
POLICY = Backoff(initial=0.01, cap=0.05)


class Watch:
    """What a client has seen of one market."""

    def __init__(self, symbol: str = SYMBOL) -> None:
        self.symbol = symbol
        self.trades: list[int] = []
        self.quotes: list[Quote] = []
        self.updates = 0
        self.gaps: list[Gap] = []
        self.uncounted: set[int] = set()
        self.book: OrderBook | None = None
        self.subscriptions: list[Subscription] = []
        self.changed = asyncio.Event()

    async def subscribe(self, gateway: Gateway, *, quotes: bool = False) -> None:
        """Ask for trades and book, and for quotes if they are wanted."""
        channels = (Trades(self.symbol), Book(self.symbol), *((Quotes(self.symbol),) if quotes else ()))
        for channel in channels:
            self.subscriptions.append(await gateway.on(channel, self.data, on_status=self.status))

    def data(self, event: Event) -> None:
        if isinstance(event, Trade):
            self.trades.append(event.trade_id)
        elif isinstance(event, Quote):
            self.quotes.append(event)
        elif isinstance(event, BookUpdate):
            self.book = event.book
            self.updates += 1
        self.changed.set()

    def status(self, status: object) -> None:
        if isinstance(status, Gap):
            self.gaps.append(status)
            if isinstance(status.channel, Trades) and status.missed is None:
                self.uncounted.add(len(self.trades))
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
        return self.book is not None and self.book.status is BookStatus.LIVE

    def confirmed(self) -> bool:
        return all(subscription.state is SubscriptionState.CONFIRMED for subscription in self.subscriptions)

    def in_order(self) -> bool:
        """No trade came twice or out of order."""
        return sorted(set(self.trades)) == self.trades

    def missing(self) -> int:
        """Trades that did not come, apart from holes of which a gap said that their size is not known."""
        pairs = enumerate(zip(self.trades, self.trades[1:], strict=False), 1)
        return sum(after - before - 1 for index, (before, after) in pairs if index not in self.uncounted)

    def announced(self) -> int:
        """Trades that gaps say are missing."""
        return sum(gap.missed or 0 for gap in self.gaps if isinstance(gap.channel, Trades))


async def settled(sim: Simulator, watch: Watch) -> None:
    """Stop the market and check that the replica has every level of the venue's book."""
    sim.market(watch.symbol).pause()
    exchange = sim.exchange()
    await watch.until(
        lambda: watch.live() and watch.book is not None and watch.book.update_id == exchange.book(watch.symbol, 1).update_id
    )
    assert watch.book is not None
    truth = exchange.book(watch.symbol, 10_000)
    for side, mine, venues in (("bids", watch.book.bids(), truth.bids), ("asks", watch.book.asks(), truth.asks)):
        odd = set(map(tuple, mine)) ^ set(venues)
        assert not odd, f"{watch.symbol}: of {len(venues)} {side} these differ: {sorted(odd)[:5]}"
        assert tuple(map(tuple, mine)) == venues, f"{watch.symbol}: {side} are out of order"
    assert watch.book.levels(Side.BUY) == len(truth.bids)


Fault = Callable[[Simulator], object]

CUTS: Mapping[str, Fault] = {
    "drop": lambda sim: sim.faults.drop_connection(),
    "reset": lambda sim: sim.faults.reset_connection(),
    "close 1001": lambda sim: sim.faults.close_connection(code=1001),
    "close 1000": lambda sim: sim.faults.close_connection(code=1000),
    "half open": lambda sim: sim.faults.half_open(),
    "restart": lambda sim: sim.faults.restart(down_for=0.1),
    "oversized frame": lambda sim: sim.faults.read('{"fault": "broken_frame", "kind": "oversized"}'),
    "truncated frame": lambda sim: sim.faults.read('{"fault": "broken_frame", "kind": "truncated"}'),
}
HARMLESS: Mapping[str, Fault] = {
    "malformed": lambda sim: sim.faults.malformed(),
    "reserved bits": lambda sim: sim.faults.read('{"fault": "broken_frame", "kind": "reserved"}'),
    "bad utf-8": lambda sim: sim.faults.read('{"fault": "broken_frame", "kind": "bad_utf8"}'),
    "lost book update": lambda sim: sim.faults.gap("depth"),
    "repeated book update": lambda sim: sim.faults.duplicate("depth"),
    "reordered book updates": lambda sim: sim.faults.reorder("depth"),
    "delay": lambda sim: sim.faults.delay(0.05),
    "shutdown notice": lambda sim: sim.faults.shutdown_notice(after=0.5),
}
