"""What happens at one instant is told at once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tradewire.model.events import Side
from tradewire.model.time import Nanos
from tradewire.venues.backend import LevelChange, TradeTick
from tradewire.venues.kraken.server.market import Market

if TYPE_CHECKING:
    from tests.venues.kraken.server.conftest import Rig


class Listener:
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[Nanos, list[int]]] = []

    def on_instant(self, trades: Sequence[TradeTick], now: Nanos) -> None:
        self.heard.append((now, [tick.trade_id for tick in trades]))


@pytest.fixture
def market(rig: Rig) -> Market:
    return Market(rig.exchange.instruments["BTC/USD"], rig.exchange)


def tick(number: int, time: Nanos) -> TradeTick:
    return TradeTick("BTC/USD", number, Decimal(1), Decimal(1), Side.BUY, time)


def change(number: int, time: Nanos) -> LevelChange:
    return LevelChange("BTC/USD", number, Side.BUY, Decimal(number), Decimal(1), time)


def test_an_instant_ends_when_something_later_happens(market: Market) -> None:
    listener = Listener()
    market.listeners.append(listener)
    assert market.depth.top()[0][0] == 0
    for number, time in ((1, 10), (2, 10), (3, 11)):
        market.on_trade(tick(number, time))
        market.on_level(change(number, time))
    assert (listener.heard, market.pending) == ([(10, [1, 2])], 11)
    market.finish()
    market.finish()
    assert (listener.heard, market.pending) == ([(10, [1, 2]), (11, [3])], None)


def test_a_book_that_nobody_looked_at_is_not_followed(market: Market) -> None:
    market.on_level(change(1, 10))
    assert market.pending is None


def test_the_precision_is_that_of_the_instrument(market: Market) -> None:
    assert (market.price_decimals, market.quantity_decimals) == (1, 8)


def test_statistics_begin_with_the_past_and_go_on(rig: Rig, market: Market) -> None:
    rig.exchange.trade("5", "2")
    assert market.day.read(rig.now).count == 1
    assert [bar.count for bar in market.candles(5).bars] == [1]
    market.on_trade(tick(2, rig.now))
    assert market.day.read(rig.now).count == 2
    assert [bar.count for bar in market.candles(5).bars] == [2]
    assert market.candles(5) is market.candles(5)


def test_a_listener_may_leave_while_it_hears(market: Market) -> None:
    class Leaver(Listener):
        def on_instant(self, trades: Sequence[TradeTick], now: Nanos) -> None:
            super().on_instant(trades, now)
            market.listeners.remove(self)

    leaver, other = Leaver(), Listener()
    market.listeners += [leaver, other]
    market.on_trade(tick(1, 1))
    market.finish()
    assert leaver.heard == other.heard == [(1, [1])]
