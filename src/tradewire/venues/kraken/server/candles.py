"""Candles as the venue cuts them: multiples of the interval since the epoch, weeks and fortnights included (OHLC)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from tradewire.model.rollup import MINUTE, Bar
from tradewire.model.time import Nanos
from tradewire.venues.backend import TradeTick

#: Minutes.
INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
#: Candles that are remembered, the running one included.
REMEMBERED = 720


class Candles:
    """The latest candles of one interval, oldest first. A span without trades has none.

    Args:
        interval: Minutes.
        past: Trades that happened before.
    """

    def __init__(self, interval: int, past: Iterable[TradeTick]) -> None:
        self.bars: deque[Bar] = deque(maxlen=REMEMBERED)
        self._length: Nanos = interval * MINUTE
        for tick in past:
            self.add(tick)

    def add(self, tick: TradeTick) -> None:
        """Fold a trade in."""
        start = tick.time // self._length * self._length
        if not self.bars or start > self.bars[-1].start:
            self.bars.append(Bar.flat((start, start + self._length), tick.price))
        self.bars[-1].add(tick)
