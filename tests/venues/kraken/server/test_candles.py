"""Candles begin at multiples of their length since the epoch."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradewire.model.events import Side
from tradewire.model.rollup import DAY, MINUTE
from tradewire.model.time import SECOND, Nanos, utc
from tradewire.venues.backend import TradeTick
from tradewire.venues.kraken.server.candles import INTERVALS, REMEMBERED, Candles


def tick(time: Nanos, price: int = 1, number: int = 1) -> TradeTick:
    return TradeTick("BTC/USD", number, Decimal(price), Decimal(2), Side.BUY, time)


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_candle_begins_at_a_multiple_of_its_length(interval: int) -> None:
    time = 1_696_436_761_806_315_597
    [bar] = Candles(interval, [tick(time)]).bars
    assert bar.start <= time < bar.end == bar.start + interval * MINUTE
    assert bar.start % (interval * MINUTE) == 0


def test_weeks_begin_on_a_thursday() -> None:
    [bar] = Candles(10080, [tick(20_000 * DAY)]).bars
    assert utc(bar.start).strftime("%A") == "Thursday"


def test_trades_are_folded_and_empty_spans_left_out() -> None:
    candles = Candles(1, [tick(0, 5), tick(59 * SECOND, 3)])
    candles.add(tick(10 * MINUTE, 7))
    first, second = candles.bars
    assert [first.open, first.high, first.low, first.close, first.volume] == [Decimal(price) for price in (5, 5, 3, 3, 4)]
    assert (first.count, second.start) == (2, 10 * MINUTE)
    assert second.open == second.close == Decimal(7)


def test_a_trade_that_comes_late_counts_in_the_running_candle() -> None:
    candles = Candles(1, [tick(MINUTE), tick(0)])
    assert [bar.count for bar in candles.bars] == [2]


def test_only_the_latest_are_remembered() -> None:
    candles = Candles(1, (tick(minute * MINUTE) for minute in range(REMEMBERED + 5)))
    assert (len(candles.bars), candles.bars[0].start) == (REMEMBERED, 5 * MINUTE)
