"""Synthetic order flow: a seeded crowd that keeps one book alive."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import islice, takewhile
from operator import ge, le
from random import Random
from typing import NamedTuple, TypeAlias

from tradewire.model.events import BUY, SELL, Side
from tradewire.model.time import SECOND, Nanos
from tradewire.sim.markets import Market
from tradewire.sim.matching import MatchingEngine

#: Share of arrivals that earlier arrivals provoke (the branching ratio of the self-exciting process), and how fast the
#: excitement dies down, per second at rate factor 1.
CLUSTERING = 0.6
CLUSTER_DECAY = 4.0

TAKER_SHARE = 0.10  # of routine actions, the others add and withdraw
SIDE_PERSISTENCE = 0.7  # chance that a taker trades on the side of the one before
SWEEP_SHARE = 0.6  # of quotes that the fair price has run over: traded away, the others are withdrawn
ORDERS_PER_LEVEL = 3

_DAY_SECONDS = 86_400.0


class Add(NamedTuple):
    """Rest a limit order; price in ticks, quantity in steps."""

    side: Side
    price: int
    quantity: int


class Withdraw(NamedTuple):
    """Cancel a resting order of the flow."""

    order_id: int


class Take(NamedTuple):
    """Trade at once up to ``limit`` (ticks; ``None`` is any price); the remainder expires."""

    side: Side
    quantity: int
    limit: int | None


Action: TypeAlias = Add | Withdraw | Take


class Flow:
    """Timed actions of the crowd in one market.

    The ranges, all from ``Market``:

    * arrivals: a Hawkes process with mean ``actions_per_second`` times ``rate``; 60 % of arrivals are provoked by earlier
      ones, in bursts of about half a second;
    * fair price: geometric Brownian motion with ``daily_volatility``, in real time whatever the rate;
    * spread: drawn uniformly from ``spread`` (ticks) at each arrival, when quotes follow the fair price; in between takers
      widen it by the levels they eat, so it is within the range at least two thirds of the time;
    * depth: each order log-uniform in ``depth``, at most three of the crowd's orders per level;
    * levels: ``levels`` a side, density falling with the square root of the distance from the touch, as far as ``reach``;
      the number stays within a quarter of that, mostly 5 % below it, and heals after a sweep.

    The same seed, the same start and the same foreign orders at the same times give the same actions: the flow looks at the
    book, so somebody else's orders change what it does next, but nothing else does.
    """

    def __init__(self, market: Market, seed: int) -> None:
        tick, step = market.instrument.tick, market.instrument.step
        self._random = Random(f"{seed}:{market.symbol}")  # noqa: S311 - repeatable noise, not a secret
        self._volatility = market.daily_volatility / math.sqrt(_DAY_SECONDS)
        self._spread = market.spread
        self._sizes = tuple(math.log(max(1, int(bound / step))) for bound in market.depth)
        self._levels = market.levels
        #: What the crowd thinks the thing is worth, in ticks.
        self.fair = float(market.start_price / tick)
        #: How far from there its orders spread, in ticks.
        self.reach = max(self.fair * market.reach, 1.3 * market.levels)
        self._base_rate = market.actions_per_second * (1 - CLUSTERING)
        self._excitement = 0.0
        self._taker_side = BUY
        #: Speeds arrivals up or slows them down; not the fair price.
        self.rate = 1.0
        self._last: Nanos = 0
        #: When the next action is due.
        self.due: Nanos = 0

    def start(self, now: Nanos) -> None:
        """Begin, or begin again after a pause: time until ``now`` counts for nothing."""
        self._last = now
        self.due = now + self._wait()

    def prune(self, book: MatchingEngine) -> Iterator[Withdraw]:
        """Yield the withdrawal of every order of the crowd that is far from the fair price."""
        for side in (BUY, SELL):
            for price in list(book.prices(side)):
                if abs(price - self.fair) > 1.1 * self.reach:
                    yield from _withdrawals(book, side, price)

    def ladder(self, book: MatchingEngine) -> Iterator[Add]:
        """Yield the orders that fill the book around the fair price, leaving levels that are there as they are."""
        low, high = self._quotes()
        for side, touch, away in ((BUY, low, -1), (SELL, high, 1)):
            taken = deque(away * (price - touch) for price in book.prices(side))
            distance = -1
            for rank in range(self._levels):
                quantile = (rank + self._random.random()) / self._levels
                distance = max(distance + 1, int(self.reach * quantile * quantile))
                present = bool(taken) and taken[0] <= distance
                while taken and taken[0] <= distance:
                    taken.popleft()
                price = touch + away * distance
                if price > 0 and not present:
                    yield Add(side, price, self._size())

    def step(self, book: MatchingEngine) -> Iterator[Action]:
        """Yield the actions that are due now, to be done one by one as they come, and schedule the next ones."""
        elapsed = (self.due - self._last) / SECOND
        self.fair *= math.exp(self._volatility * math.sqrt(elapsed) * self._random.gauss(0.0, 1.0))
        self._last = self.due
        self.due += self._wait()
        low, high = self._quotes()
        yield from self._follow(book, low, high)
        yield from self._routine(book, low, high)

    def _wait(self) -> Nanos:
        """Time to the next arrival, by thinning (Ogata 1981)."""
        waited = 0.0
        while True:
            ceiling = self._base_rate + self._excitement
            pause = self._random.expovariate(ceiling)
            waited += pause
            self._excitement *= math.exp(-CLUSTER_DECAY * pause)
            if self._random.random() * ceiling <= self._base_rate + self._excitement:
                self._excitement += CLUSTERING * CLUSTER_DECAY
                return max(1, int(waited * SECOND / self.rate))

    def _quotes(self) -> tuple[int, int]:
        """Best bid and ask that the crowd wants now."""
        spread = self._random.randint(*self._spread)
        low = max(1, math.floor(self.fair - spread / 2 + 0.5))
        return low, low + spread

    def _follow(self, book: MatchingEngine, low: int, high: int) -> Iterator[Action]:
        """Quotes that the fair price has run over go; quotes that it has left behind get nearer ones in front."""
        for side, limit in ((SELL, low), (BUY, high)):
            if _reached(book, side, limit) and self._random.random() < SWEEP_SHARE:
                yield Take(SELL if side is BUY else BUY, 10 * self._size(), limit)
            for price in _reached(book, side, limit):
                yield from _withdrawals(book, side, price)
        slack = self._spread[1] - self._spread[0]
        for side, quote, away in ((BUY, low, -1), (SELL, high, 1)):
            best = book.best(side)
            if best is None or away * (best - quote) > slack:
                yield from self._add(book, side, quote)

    def _routine(self, book: MatchingEngine, low: int, high: int) -> Iterator[Action]:
        chance = self._random.random
        if chance() < TAKER_SHARE:
            if chance() > SIDE_PERSISTENCE:
                self._taker_side = SELL if self._taker_side is BUY else BUY
            yield Take(self._taker_side, self._size(), None)
            return
        side = BUY if chance() < 0.5 else SELL
        count = book.level_count(side)
        quantile = chance() ** 2
        lack = (self._levels - count) / self._levels
        if count and chance() > min(0.95, max(0.1, 0.5 + 5 * lack)):
            yield from islice(_withdrawals(book, side, book.price_at(side, int(quantile * count))), 1)
            return
        distance = int(self.reach * quantile * quantile)
        yield from self._add(book, side, low - distance if side is BUY else high + distance)

    def _add(self, book: MatchingEngine, side: Side, price: int) -> Iterator[Action]:
        """Join the queue at ``price``, unless that would trade; where the queue is full, its first order leaves instead."""
        opposite = book.best(SELL if side is BUY else BUY)
        if price < 1 or (opposite is not None and (price >= opposite if side is BUY else price <= opposite)):
            return
        if len(book.orders_at(side, price)) < ORDERS_PER_LEVEL:
            yield Add(side, price, self._size())
        else:
            yield from islice(_withdrawals(book, side, price), 1)

    def _size(self) -> int:
        return int(math.exp(self._random.uniform(*self._sizes)) + 0.5)


def _reached(book: MatchingEngine, side: Side, limit: int) -> list[int]:
    """Prices of ``side`` that a taker's ``limit`` reaches, best first."""
    return list(takewhile(partial(ge if side is SELL else le, limit), book.prices(side)))


def _withdrawals(book: MatchingEngine, side: Side, price: int) -> Iterator[Withdraw]:
    """Withdraw the crowd's orders at ``price``, oldest first."""
    for order in book.orders_at(side, price):
        if not order.owner:
            yield Withdraw(order.order_id)
