"""Trades folded into candles, rolling statistics and short averages. Pure: time is passed in.

Memory is bounded: a candle builder remembers ``REMEMBERED`` finished bars, and rolling windows are kept by the minute, so
they are exact in what they count but begin on a full minute (see ``RollingStats.start``).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from datetime import timedelta
from decimal import Context, Decimal
from typing import Protocol

import msgspec

from tradewire.model.events import Side
from tradewire.model.time import SECOND, Nanos, utc

MINUTE: Nanos = 60 * SECOND
HOUR: Nanos = 60 * MINUTE
DAY: Nanos = 24 * HOUR
WEEK: Nanos = 7 * DAY

#: Lengths of bars; case matters.
INTERVALS = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M")
#: Finished bars that a builder remembers.
REMEMBERED = 1000

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
#: Counting in weeks starts on the first Monday after the epoch, a Thursday.
_MONDAY: Nanos = 4 * DAY
_ZERO = Decimal(0)
#: Sums of products keep every digit.
_wide = Context(prec=80)


class Tick(Protocol):
    """A trade, as far as folding it needs to know. ``taker`` is the aggressor's side."""

    @property
    def trade_id(self) -> int:
        """The venue's id."""
        ...

    @property
    def price(self) -> Decimal:
        """Quote currency."""
        ...

    @property
    def quantity(self) -> Decimal:
        """Base currency."""
        ...

    @property
    def taker(self) -> Side:
        """Side of the aggressor."""
        ...

    @property
    def time(self) -> Nanos:
        """When it happened."""
        ...


def bar_bounds(interval: str, moment: Nanos, offset: Nanos = 0) -> tuple[Nanos, Nanos]:
    """Return the first nanosecond of the bar around ``moment``, and of the next bar.

    Args:
        interval: One of ``INTERVALS``; weeks begin on Monday, months on the first.
        moment: Any time within the bar.
        offset: The bars are those of clocks that far ahead of UTC (see ``offset_of``).

    Raises:
        ValueError: There is no such interval.
    """
    if interval not in INTERVALS:
        raise ValueError(f"there are no bars of {interval!r}; there are: {', '.join(INTERVALS)}")
    local = moment + offset
    if interval == "1M":
        start, end = _month_bounds(local)
    else:
        length = int(interval[:-1]) * _UNITS[interval[-1]]
        origin = _MONDAY if interval == "1w" else 0
        start = origin + (local - origin) // length * length
        end = start + length
    return start - offset, end - offset


def _month_bounds(local: Nanos) -> tuple[Nanos, Nanos]:
    first = utc(local).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=31)).replace(day=1)
    return round(first.timestamp()) * SECOND, round(following.timestamp()) * SECOND


def offset_of(text: str) -> Nanos:
    """Read a clock's distance from UTC: ``""`` is none, ``"+08:00"`` eight hours ahead.

    Raises:
        ValueError: ``text`` is neither.
    """
    if not text:
        return 0
    found = re.fullmatch(r"([+-])(0\d|1[0-4]):([0-5]\d)", text, re.ASCII)
    if found is None:
        raise ValueError(f"{text!r} is no UTC offset; write it like '+08:00'")
    sign = -1 if found[1] == "-" else 1
    return sign * (int(found[2]) * HOUR + int(found[3]) * MINUTE)


class Bar(msgspec.Struct):
    """Trades of one span of time, folded.

    Attributes:
        end: First nanosecond after it.
        volume: Base currency; ``quote_volume`` in quote currency.
        taker_volume: Of it, bought by takers; ``taker_quote_volume`` likewise.
        first: Id of the first trade, -1 where there is none (likewise ``last``).
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

    def add(self, tick: Tick) -> None:
        """Fold a trade in."""
        price = tick.price
        value = _wide.multiply(price, tick.quantity)
        if not self.count:
            self.open = self.high = self.low = price
            self.first = tick.trade_id
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        self.volume = _wide.add(self.volume, tick.quantity)
        self.quote_volume = _wide.add(self.quote_volume, value)
        if tick.taker is Side.BUY:
            self.taker_volume = _wide.add(self.taker_volume, tick.quantity)
            self.taker_quote_volume = _wide.add(self.taker_quote_volume, value)
        self.count += 1
        self.last = tick.trade_id


class CandleBuilder:
    """Candles of one interval. Spans without trades are flat bars at the last price; before the first trade there is none.

    Args:
        interval: One of ``INTERVALS``.
        offset: How far the clock that aligns the bars is ahead of UTC.
        past: Trades that happened before.

    Attributes:
        finished: The latest ``REMEMBERED`` finished bars, oldest first.
        current: The running bar.
    """

    def __init__(self, interval: str, offset: Nanos = 0, past: Iterable[Tick] = ()) -> None:
        bar_bounds(interval, 0)  # refuses an unknown interval now
        self.finished: deque[Bar] = deque(maxlen=REMEMBERED)
        self.current: Bar | None = None
        self._interval = interval
        self._offset = offset
        for tick in past:
            self.add(tick)

    def add(self, tick: Tick) -> None:
        """Fold a trade in. One that comes late counts in the running bar."""
        self.roll(tick.time)
        if self.current is None:
            self.current = self._flat(tick.time, tick.price)
        self.current.add(tick)

    def roll(self, now: Nanos) -> None:
        """Finish the bars that have ended by ``now``."""
        while self.current is not None and self.current.end <= now:
            bar = self.current
            self.finished.append(bar)
            # After a long silence only as many flat bars are made as are remembered.
            horizon = now - (REMEMBERED + 1) * (bar.end - bar.start)
            self.current = self._flat(max(bar.end, horizon), bar.close)

    def _flat(self, moment: Nanos, price: Decimal) -> Bar:
        return Bar.flat(bar_bounds(self._interval, moment, self._offset), price)


class Summary(msgspec.Struct, frozen=True):
    """What traded in a window; without trades all prices are the last one known (zero if none ever was).

    Attributes:
        last_quantity: Of the last trade.
        previous_close: Last price before the window.
        last_time: When the last trade happened; 0 if none ever did.
        volume: Base currency; ``quote_volume`` in quote currency.
        first: Id of the first trade, -1 where there is none (likewise ``last_id``).
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
        """Weighted by quantity; the last price known where nothing traded."""
        return self.quote_volume / self.volume if self.volume else self.last


class RollingStats:
    """What traded in the last ``window``, kept by the minute: up to a minute more than the window is counted.

    Args:
        window: Nanoseconds; 24 hours, 4 hours and 1 hour are customary.
        past: Trades that happened before.
    """

    def __init__(self, window: Nanos, past: Iterable[Tick] = ()) -> None:
        self._window = window
        self._minutes: deque[Bar] = deque()
        self._last_quantity = _ZERO
        self._last_time: Nanos = 0
        self._previous_close: Decimal | None = None
        for tick in past:
            self.add(tick)

    def add(self, tick: Tick) -> None:
        """Fold a trade in. One that comes late counts in the latest minute."""
        if not self._minutes or tick.time >= self._minutes[-1].end:
            self._forget(tick.time)
            self._minutes.append(Bar.flat(bar_bounds("1m", tick.time), tick.price))
        self._minutes[-1].add(tick)
        self._last_quantity = tick.quantity
        self._last_time = tick.time

    def start(self, now: Nanos) -> Nanos:
        """Return when the counted window begins: a full minute."""
        return (now - self._window) // MINUTE * MINUTE

    def read(self, now: Nanos) -> Summary:
        """Return what traded since ``start(now)``."""
        self._forget(now)
        before = self._previous_close
        known = self._minutes or [Bar.flat((0, 0), before or _ZERO)]
        volume = quote_volume = _ZERO
        for minute in known:
            volume = _wide.add(volume, minute.volume)
            quote_volume = _wide.add(quote_volume, minute.quote_volume)
        return Summary(
            open=known[0].open,
            high=max(minute.high for minute in known),
            low=min(minute.low for minute in known),
            last=known[-1].close,
            last_quantity=self._last_quantity,
            previous_close=known[0].open if before is None else before,
            last_time=self._last_time,
            volume=volume,
            quote_volume=quote_volume,
            count=sum(minute.count for minute in known),
            first=known[0].first,
            last_id=known[-1].last,
        )

    def _forget(self, now: Nanos) -> None:
        start = self.start(now)
        while self._minutes and self._minutes[0].start < start:
            self._previous_close = self._minutes.popleft().close


class AveragePrice:
    """The average price of the last few minutes, weighted by quantity.

    Args:
        minutes: Length of the window.
    """

    def __init__(self, minutes: int = 5) -> None:
        self._window = RollingStats(minutes * MINUTE)

    def add(self, tick: Tick) -> None:
        """Fold a trade in."""
        self._window.add(tick)

    def read(self, now: Nanos) -> Decimal | None:
        """Return the average, the last price if nothing traded for longer than the window, or ``None`` before any trade."""
        summary = self._window.read(now)
        return summary.average if summary.last_time else None
