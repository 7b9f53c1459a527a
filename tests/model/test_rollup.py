"""Where bars begin and end, and what rolling figures count."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.model.events import Side
from tradewire.model.rollup import (
    DAY,
    HOUR,
    INTERVALS,
    MINUTE,
    REMEMBERED,
    AveragePrice,
    Bar,
    CandleBuilder,
    RollingStats,
    bar_bounds,
    offset_of,
)
from tradewire.model.time import SECOND, Nanos, iso


class TradeTick(msgspec.Struct, frozen=True):
    trade_id: int
    price: Decimal
    quantity: Decimal
    taker: Side
    time: Nanos


def at(text: str) -> Nanos:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def tick(trade_id: int, time: Nanos, price: int = 10, quantity: int = 1, taker: Side = Side.BUY) -> TradeTick:
    return TradeTick(trade_id, Decimal(price), Decimal(quantity), taker, time)


@pytest.mark.parametrize(
    ("interval", "offset_hours", "start", "end"),
    [
        ("1s", 0, "2026-07-22T13:47:59", "2026-07-22T13:48:00"),
        ("15m", 0, "2026-07-22T13:45:00", "2026-07-22T14:00:00"),
        ("8h", 0, "2026-07-22T08:00:00", "2026-07-22T16:00:00"),
        ("1d", 0, "2026-07-22T00:00:00", "2026-07-23T00:00:00"),
        ("1d", 8, "2026-07-21T16:00:00", "2026-07-22T16:00:00"),
        ("1w", 0, "2026-07-20T00:00:00", "2026-07-27T00:00:00"),
        ("1w", 8, "2026-07-19T16:00:00", "2026-07-26T16:00:00"),
        ("1M", 0, "2026-07-01T00:00:00", "2026-08-01T00:00:00"),
        ("1M", 8, "2026-06-30T16:00:00", "2026-07-31T16:00:00"),
    ],
)
def test_bars_are_aligned(interval: str, offset_hours: int, start: str, end: str) -> None:
    bounds = bar_bounds(interval, at("2026-07-22T13:47:59"), offset_hours * HOUR)
    assert [iso(bound) for bound in bounds] == [iso(at(start)), iso(at(end))]


@given(st.sampled_from(INTERVALS), st.integers(0, 4 * 10**18), st.integers(-12, 14))
def test_bars_cover_time_without_holes(interval: str, moment: Nanos, hours: int) -> None:
    start, end = bar_bounds(interval, moment, hours * HOUR)
    assert start <= moment < end
    assert bar_bounds(interval, end, hours * HOUR)[0] == end
    assert bar_bounds(interval, end - 1, hours * HOUR) == (start, end)


def test_a_bar_folds_its_trades() -> None:
    candles = CandleBuilder("1m")
    for trade in (tick(7, 0, 10, 1), tick(8, 1, 14, 2, Side.SELL), tick(9, 2, 8, 3)):
        candles.add(trade)
    assert candles.current == Bar(
        start=0,
        end=MINUTE,
        open=Decimal(10),
        high=Decimal(14),
        low=Decimal(8),
        close=Decimal(8),
        volume=Decimal(6),
        quote_volume=Decimal(10 + 28 + 24),
        taker_volume=Decimal(4),
        taker_quote_volume=Decimal(34),
        count=3,
        first=7,
        last=9,
    )


def test_spans_without_trades_are_flat_bars() -> None:
    candles = CandleBuilder("1m")
    candles.roll(5 * MINUTE)
    assert candles.current is None
    candles.add(tick(1, 5 * MINUTE, 10))
    candles.roll(8 * MINUTE)
    assert [(bar.start // MINUTE, int(bar.close), bar.count) for bar in candles.finished] == [(5, 10, 1), (6, 10, 0), (7, 10, 0)]
    assert candles.finished[1].first == candles.finished[1].last == -1
    assert candles.current == Bar.flat((8 * MINUTE, 9 * MINUTE), Decimal(10))


ticks = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20), st.integers(1, 5)), min_size=1, max_size=40)


@given(ticks, st.integers(1, 10), st.integers(0, 30))
def test_rolling_figures_are_those_of_the_trades_since_the_start(
    steps: list[tuple[int, int, int]], minutes: int, later: int
) -> None:
    rolling = RollingStats(minutes * MINUTE)
    trades: list[TradeTick] = []
    now = 0
    for trade_id, (pause, price, quantity) in enumerate(steps, 1):
        now += pause * 10 * SECOND
        trades.append(tick(trade_id, now, price, quantity))
        rolling.add(trades[-1])
    now += later * 10 * SECOND
    start = rolling.start(now)
    assert start % MINUTE == 0
    assert minutes * MINUTE <= now - start < (minutes + 1) * MINUTE
    counted: Any = [trade for trade in trades if trade.time >= start]
    summary = rolling.read(now)
    assert (summary.last, summary.last_time) == (trades[-1].price, trades[-1].time)
    assert summary.count == len(counted)
    assert summary.volume == sum(trade.quantity for trade in counted)
    if counted:
        assert (summary.first, summary.last_id) == (counted[0].trade_id, counted[-1].trade_id)
        assert summary.open == counted[0].price
        assert summary.high == max(trade.price for trade in counted)
        assert summary.low == min(trade.price for trade in counted)
        assert summary.average * summary.volume == pytest.approx(summary.quote_volume)
        before = [trade.price for trade in trades if trade.time < start]
        assert summary.previous_close == (before[-1] if before else counted[0].price)
    else:
        assert {summary.open, summary.high, summary.low, summary.previous_close} == {trades[-1].price}


def test_nothing_is_known_before_the_first_trade() -> None:
    summary = RollingStats(HOUR).read(5 * HOUR)
    assert (summary.last, summary.last_time, summary.count, summary.change_percent) == (Decimal(0), 0, 0, Decimal(0))
    assert AveragePrice().read(5 * HOUR) is None


def test_change_is_from_the_first_price() -> None:
    rolling = RollingStats(DAY, past=[tick(1, MINUTE, 10), tick(2, HOUR, 15)])
    summary = rolling.read(2 * HOUR)
    assert (summary.change, summary.change_percent) == (Decimal(5), Decimal(50))


def test_a_long_silence_makes_no_more_bars_than_are_remembered() -> None:
    candles = CandleBuilder("1s", past=[tick(1, 0, 10)])
    candles.roll(365 * DAY)
    assert len(candles.finished) == REMEMBERED
    assert {bar.close for bar in candles.finished} == {Decimal(10)}
    assert candles.finished[-1].end == 365 * DAY
    bars = [*candles.finished, candles.current]
    assert all(bar is not None and after is not None and bar.end == after.start for bar, after in pairwise(bars))


def test_memory_is_bounded_without_reading() -> None:
    rolling = RollingStats(HOUR)
    for minute in range(500):
        rolling.add(tick(minute, minute * MINUTE))
    assert len(rolling._minutes) <= 62
    assert rolling.read(499 * MINUTE).count == 61


def test_sums_keep_every_digit() -> None:
    price, quantity = Decimal("123456789012.12345678"), Decimal("98765432109.87654321")
    candles = CandleBuilder("1h")
    for trade_id in range(3):
        candles.add(TradeTick(trade_id, price, quantity, Side.SELL, 0))
    with localcontext(prec=100):
        assert candles.current is not None
        assert candles.current.quote_volume == price * quantity * 3
        assert candles.current.taker_quote_volume == 0


def test_the_average_of_a_few_minutes_falls_back_to_the_last_price() -> None:
    average = AveragePrice(minutes=5)
    average.add(tick(1, 0, 10, 1))
    average.add(tick(2, MINUTE, 20, 3))
    assert average.read(2 * MINUTE) == Decimal("17.5")
    assert average.read(6 * MINUTE) == Decimal(20)
    assert average.read(DAY) == Decimal(20)


def test_a_late_trade_counts_in_the_running_bar() -> None:
    candles = CandleBuilder("1m", past=[tick(1, 5 * MINUTE, 10), tick(2, 4 * MINUTE, 12)])
    assert candles.current is not None
    assert (candles.current.start, candles.current.count, candles.current.high) == (5 * MINUTE, 2, Decimal(12))


@pytest.mark.parametrize(("text", "minutes"), [("", 0), ("+08:00", 480), ("-03:30", -210), ("+14:00", 840), ("+00:00", 0)])
def test_offsets_are_read(text: str, minutes: int) -> None:
    assert offset_of(text) == minutes * MINUTE


@pytest.mark.parametrize("text", ["8", "+8:00", "08:00", "+15:00", "+08:60", "+08:00 "])
def test_other_offsets_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="UTC offset"):
        offset_of(text)


@pytest.mark.parametrize("interval", ["", "2m", "1", "m", "1y", "0m", "1Min"])
def test_unknown_intervals_are_refused(interval: str) -> None:
    with pytest.raises(ValueError, match="there are: 1s, 1m"):
        CandleBuilder(interval)
