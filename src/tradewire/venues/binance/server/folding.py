"""Folding the fills of one taker order at one price into aggregate trades."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from tradewire.model.events import Side
from tradewire.model.time import Nanos
from tradewire.venues.backend import TradeTick

#: Finished aggregates remembered for ``GET /api/v3/aggTrades``, per symbol.
REMEMBERED = 1000


class Aggregate(msgspec.Struct):
    """Fills of one taker order at one price; ``first`` and ``last`` are trade ids."""

    aggregate_id: int
    price: Decimal
    quantity: Decimal
    first: int
    last: int
    taker: Side
    time: Nanos


class AggregateFolder:
    """Aggregates of one symbol.

    The exchange does not say which trades came from one order: consecutive ones of equal time, side and price are taken to.
    The last one is open until something else follows or ``finish`` is called.

    Args:
        past: Trades that happened before; they give the ids a start.
    """

    def __init__(self, past: Iterable[TradeTick] = ()) -> None:
        self.finished: deque[Aggregate] = deque(maxlen=REMEMBERED)
        self.open: Aggregate | None = None
        self._next_id = 1
        for tick in past:
            self.add(tick)
        self.finish()

    def add(self, tick: TradeTick) -> Aggregate | None:
        """Take a trade; return the aggregate that it ended, if any."""
        current = self.open
        if current and (current.time, current.taker, current.price) == (tick.time, tick.taker, tick.price):
            current.quantity += tick.quantity
            current.last = tick.trade_id
            return None
        ended = self.finish()
        self.open = Aggregate(self._next_id, tick.price, tick.quantity, tick.trade_id, tick.trade_id, tick.taker, tick.time)
        self._next_id += 1
        return ended

    def finish(self) -> Aggregate | None:
        """End the open aggregate, if there is one, and return it."""
        ended, self.open = self.open, None
        if ended:
            self.finished.append(ended)
        return ended
