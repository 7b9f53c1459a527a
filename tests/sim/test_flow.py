"""The synthetic crowd keeps its promises; everything here is seeded, so nothing here is chance."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from statistics import fmean, median, pvariance

import pytest

from tradewire.model.events import BUY, SELL
from tradewire.model.time import SECOND, Nanos
from tradewire.sim.flow import ORDERS_PER_LEVEL, Action, Add, Flow, Take, Withdraw
from tradewire.sim.markets import DEFAULT_MARKETS, Market
from tradewire.sim.matching import Intent, MatchingEngine, TimeInForce

START = 1_700_000_000 * SECOND
MARKETS = {market.symbol: market for market in DEFAULT_MARKETS}


class Pit:
    """A flow and a book, and nobody else."""

    def __init__(self, market: Market, seed: int = 7) -> None:
        self.book = MatchingEngine()
        self.flow = Flow(market, seed)
        self.arrivals: list[Nanos] = []
        for order in self.flow.ladder(self.book):
            self.book.submit(Intent(order.side, order.quantity, price=order.price))
        self.flow.start(START)

    def run(self, seconds: int) -> list[tuple[Nanos, Action]]:
        done: list[tuple[Nanos, Action]] = []
        end = START + seconds * SECOND
        while self.flow.due <= end:
            now = self.flow.due
            self.arrivals.append(now)
            for action in self.flow.step(self.book):
                done.append((now, action))
                match action:
                    case Add(side, price, quantity):
                        added = self.book.submit(Intent(side, quantity, price=price, time_in_force=TimeInForce.POST_ONLY))
                        assert added.resting == quantity, "what the crowd adds never trades"
                    case Withdraw(order_id):
                        self.book.cancel(order_id)
                    case Take(side, quantity, limit):
                        self.book.submit(Intent(side, quantity, price=limit, time_in_force=TimeInForce.IOC))
        return done


@pytest.mark.parametrize("symbol", ["BTC/USDT", "USDT/USD"])
def test_the_same_seed_does_the_same_at_the_same_times(symbol: str) -> None:
    assert Pit(MARKETS[symbol]).run(20) == Pit(MARKETS[symbol]).run(20)


def test_another_seed_or_symbol_does_something_else() -> None:
    reference = Pit(MARKETS["ETH/USDT"]).run(2)
    assert Pit(MARKETS["ETH/USDT"], seed=8).run(2) != reference
    assert Pit(MARKETS["ETH/USD"]).run(2) != reference


def test_the_book_starts_full() -> None:
    pit = Pit(MARKETS["ETH/USDT"])
    assert pit.book.level_count(BUY) == pit.book.level_count(SELL) == 1000
    bid, ask = pit.book.best(BUY), pit.book.best(SELL)
    assert bid is not None
    assert ask is not None
    assert bid <= 216_378 <= ask
    furthest = max(abs(price - 216_378) for side in (BUY, SELL) for price, _ in pit.book.levels(side))
    assert furthest <= 1.01 * 216_378 * 0.01


@pytest.mark.parametrize("symbol", ["BTC/USDT", "ETH/USDT", "USDT/USD"])
def test_book_and_spread_stay_in_their_ranges(symbol: str) -> None:
    market = MARKETS[symbol]
    pit = Pit(market)
    spreads: list[int] = []
    for second in range(1, 241):
        pit.run(second)
        bid, ask = pit.book.best(BUY), pit.book.best(SELL)
        assert bid is not None
        assert ask is not None
        assert bid < ask
        spreads.append(ask - bid)
        for side in (BUY, SELL):
            assert 750 <= pit.book.level_count(side) <= 1250
    assert median(spreads) <= 2 * market.spread[1]
    assert all(
        len(pit.book.orders_at(side, price)) <= ORDERS_PER_LEVEL for side in (BUY, SELL) for price, _ in pit.book.levels(side)
    )


def test_orders_are_of_the_declared_sizes() -> None:
    market = MARKETS["BNB/USDT"]
    least, most = (int(bound / market.instrument.step) for bound in market.depth)
    sizes = [action.quantity for _, action in Pit(market).run(60) if isinstance(action, Add)]
    assert min(sizes) >= least
    assert max(sizes) <= most
    assert max(sizes) > 20 * min(sizes)


def arrivals(rate: float, seconds: int) -> list[Nanos]:
    pit = Pit(MARKETS["USDT/USD"])
    pit.flow.rate = rate
    pit.flow.start(START)
    pit.run(seconds)
    return pit.arrivals


@pytest.mark.parametrize("rate", [0.5, 1.0, 10.0])
def test_arrivals_come_at_the_declared_rate(rate: float) -> None:
    seconds = int(600 / rate)
    assert len(arrivals(rate, seconds)) == pytest.approx(20 * 600, rel=0.1)


def test_arrivals_cluster() -> None:
    """Counts per second vary far more than those of independent arrivals, whose variance equals their mean."""
    counts = Counter((time - START) // SECOND for time in arrivals(1.0, 600))
    per_second = [counts[second] for second in range(600)]
    assert pvariance(per_second) > 2 * fmean(per_second)


def test_the_price_is_as_volatile_as_declared() -> None:
    market = MARKETS["LTC/USDT"]
    pit = Pit(market)
    fair = [pit.flow.fair]
    for second in range(1, 601):
        pit.run(second)
        fair.append(pit.flow.fair)
    moves = [after / before - 1 for before, after in pairwise(fair)]
    per_day = pvariance(moves) ** 0.5 * 86_400**0.5
    assert per_day == pytest.approx(market.daily_volatility, rel=0.15)


def test_far_orders_are_pruned_and_gaps_filled() -> None:
    pit = Pit(MARKETS["ETH/USDT"])
    pit.flow.fair *= 1.005
    for order in [order for order in pit.book.levels(SELL) if order[0] <= pit.flow.fair + 4]:
        pit.book.submit(Intent(BUY, order[1], price=order[0]))
    for withdrawal in pit.flow.prune(pit.book):
        pit.book.cancel(withdrawal.order_id)
    for added in pit.flow.ladder(pit.book):
        pit.book.submit(Intent(added.side, added.quantity, price=added.price))
    best = pit.book.best(BUY)
    assert best is not None
    assert abs(best - pit.flow.fair) <= 5
    for side in (BUY, SELL):
        prices = [price for price, _ in pit.book.levels(side)]
        assert max(abs(price - pit.flow.fair) for price in prices) <= 1.1 * pit.flow.reach
        assert 900 <= len(prices) <= 1700


def test_foreign_orders_are_never_withdrawn() -> None:
    pit = Pit(MARKETS["ETH/USDT"])
    bid = pit.book.best(BUY)
    assert bid is not None
    mine = [pit.book.submit(Intent(BUY, 10**9, price=bid - n, owner="me")).order_id for n in range(20)]
    pit.flow.fair *= 0.99  # the crowd wants to get past them
    pit.run(30)
    left = [pit.book.order(order_id).remaining for order_id in mine]
    assert all(left)
    assert sum(left) < 20 * 10**9
