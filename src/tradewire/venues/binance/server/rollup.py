"""Candles and rolling statistics over one market's trades."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import msgspec

from tradewire.model.events import Side
from tradewire.model.time import SECOND, Nanos, utc
from tradewire.venues.backend import TradeTick

MINUTE: Nanos = 60 * SECOND
HOUR: Nanos = 60 * MINUTE
DAY: Nanos = 24 * HOUR
WEEK: Nanos = 7 * DAY
#: The first Monday after the epoch.
_MONDAY: Nanos = 4 * DAY
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
#: Finished bars that are remembered, per interval: as many as one REST call may return.
REMEMBERED = 1000

_ZERO = Decimal(0)


def bar_bounds(interval: str, moment: Nanos, offset: Nanos = 0) -> tuple[Nanos, Nanos]:
    """Return the first nanosecond of the bar around ``moment``, and of the next bar.

    Args:
        interval: ``1s`` … ``1M``; weeks begin on Monday.
        moment: Any time within the bar.
        offset: The bars are those of clocks that far ahead of UTC.
    """
    local = moment + offset
    if interval == "1M":
        start, end = _month_bounds(local)
    elif interval == "1w":
        start = _MONDAY + (local - _MONDAY) // WEEK * WEEK
        end = start + WEEK
    else:
        length = int(interval[:-1]) * _UNITS[interval[-1]]
        start = local // length * length
        end = start + length
    return start - offset, end - offset


def _month_bounds(local: Nanos) -> tuple[Nanos, Nanos]:
    first = utc(local).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=31)).replace(day=1)
    return round(first.timestamp()) * SECOND, round(following.timestamp()) * SECOND


class Bar(msgspec.Struct):
    """Trades of one span of time, folded.

    Attributes:
        end: First nanosecond after it.
        first: Id of the first trade, -1 where there is none (likewise ``last``).
        taker_volume: Bought by takers, base currency.
    """

    start: Nanos
    end: Nanos
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = _ZERO
    quote_volume: Decimal = _ZERO
    taker_volume: Decimal = _ZERO
    taker_quote_volume: Decimal = _ZERO
    count: int = 0
    first: int = -1
    last: int = -1

    @classmethod
    def flat(cls, bounds: tuple[Nanos, Nanos], price: Decimal) -> Bar:
        """Return a bar without trades at ``price``."""
        return cls(*bounds, price, price, price, price)

    def add(self, tick: TradeTick) -> None:
        """Fold a trade in."""
        value = tick.price * tick.quantity
        if not self.count:
            self.open = self.high = self.low = tick.price
            self.first = tick.trade_id
        self.high = max(self.high, tick.price)
        self.low = min(self.low, tick.price)
        self.close = tick.price
        self.volume += tick.quantity
        self.quote_volume += value
        if tick.taker is Side.BUY:
            self.taker_volume += tick.quantity
            self.taker_quote_volume += value
        self.count += 1
        self.last = tick.trade_id


class CandleBuilder:
    """Candles of one interval. Spans without trades are flat bars at the last price; before the first trade there is none.

    Args:
        past: Trades that happened before.

    Attributes:
        finished: The latest finished bars, oldest first.
        current: The running bar.
    """

    def __init__(self, interval: str, offset: Nanos = 0, past: Iterable[TradeTick] = ()) -> None:
        self.finished: deque[Bar] = deque(maxlen=REMEMBERED)
        self.current: Bar | None = None
        self._interval = interval
        self._offset = offset
        for tick in past:
            self.add(tick)

    def add(self, tick: TradeTick) -> None:
        """Fold a trade in."""
        self.roll(tick.time)
        if self.current is None:
            self.current = Bar.flat(bar_bounds(self._interval, tick.time, self._offset), tick.price)
        self.current.add(tick)

    def roll(self, now: Nanos) -> None:
        """Finish the bars that have ended by ``now``."""
        while self.current and self.current.end <= now:
            self.finished.append(self.current)
            self.current = Bar.flat(bar_bounds(self._interval, self.current.end, self._offset), self.current.close)


class Summary(msgspec.Struct, frozen=True):
    """What traded in a window; without trades all prices are the last one known (zero if none ever was).

    Attributes:
        previous_close: Last price before the window.
        last_time: When the last trade happened; 0 if none ever did.
    """

    open: Decimal
    high: Decimal
    low: Decimal
    last: Decimal
    last_quantity: Decimal
    previous_close: Decimal
    last_time: Nanos
    volume: Decimal
    quote_volume: Decimal
    count: int
    first: int
    last_id: int

    @property
    def change(self) -> Decimal:
        """Last price less first."""
        return self.last - self.open

    @property
    def change_percent(self) -> Decimal:
        """The same in percent of the first."""
        return self.change / self.open * 100 if self.open else _ZERO

    @property
    def average(self) -> Decimal:
        """Weighted by quantity."""
        return self.quote_volume / self.volume if self.volume else self.last


class RollingStats:
    """What traded in the last ``window``, bucketed by minute: up to a minute more than the window is counted."""

    def __init__(self, window: Nanos, past: Iterable[TradeTick] = ()) -> None:
        self._window = window
        self._minutes: deque[Bar] = deque()
        self._last_quantity = _ZERO
        self._last_time: Nanos = 0
        self._previous_close: Decimal | None = None
        for tick in past:
            self.add(tick)

    def add(self, tick: TradeTick) -> None:
        """Fold a trade in."""
        if not self._minutes or tick.time >= self._minutes[-1].end:
            start = tick.time // MINUTE * MINUTE
            self._minutes.append(Bar.flat((start, start + MINUTE), tick.price))
        self._minutes[-1].add(tick)
        self._last_quantity = tick.quantity
        self._last_time = tick.time

    def start(self, now: Nanos) -> Nanos:
        """Return when the counted window begins: a full minute."""
        return (now - self._window) // MINUTE * MINUTE

    def read(self, now: Nanos) -> Summary:
        """Return what traded since ``start(now)``."""
        minutes = self._minutes
        while minutes and minutes[0].start < self.start(now):
            self._previous_close = minutes.popleft().close
        before = self._previous_close
        known = minutes or [Bar.flat((0, 0), before or _ZERO)]
        return Summary(
            open=known[0].open,
            high=max(minute.high for minute in known),
            low=min(minute.low for minute in known),
            last=known[-1].close,
            last_quantity=self._last_quantity,
            previous_close=known[0].open if before is None else before,
            last_time=self._last_time,
            volume=sum((minute.volume for minute in known), _ZERO),
            quote_volume=sum((minute.quote_volume for minute in known), _ZERO),
            count=sum(minute.count for minute in known),
            first=known[0].first,
            last_id=known[-1].last,
        )
