"""Where bars begin and end, and what rolling figures count."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.model.events import Side
from tradewire.model.time import SECOND, Nanos, iso
from tradewire.venues.backend import TradeTick
from tradewire.venues.binance.server.names import INTERVALS
from tradewire.venues.binance.server.rollup import HOUR, MINUTE, Bar, CandleBuilder, RollingStats, bar_bounds


def at(text: str) -> Nanos:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def tick(trade_id: int, time: Nanos, price: int = 10, quantity: int = 1, taker: Side = Side.BUY) -> TradeTick:
    return TradeTick("BTC/USDT", trade_id, Decimal(price), Decimal(quantity), taker, time)


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
    assert summary.last == summary.change_percent == Decimal(0)
    assert summary.last_time == summary.count == 0
