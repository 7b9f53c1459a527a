"""What is known of one symbol: it begins with the past, and goes on."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tradewire.model.rollup import DAY
from tradewire.venues.binance.server.market import NOTHING

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig

    from tradewire.venues.binance.server.market import Market


@pytest.fixture
def market(rig: Rig) -> Market:
    return rig.server._feed.markets["BTCUSDT"]


def test_statistics_include_what_the_exchange_remembers(rig: Rig, market: Market) -> None:
    rig.exchange.trade("10", "1")
    rolling, candles, aggregates = market.rolling(DAY), market.candles("1m"), market.aggregates()
    rig.exchange.trade("20", "2")
    market.finish_aggregate()
    assert rolling.read(rig.now).count == 2
    assert candles.current is not None
    assert candles.current.volume == Decimal(3)
    assert [aggregate.last for aggregate in aggregates.finished] == [1, 2]


def test_each_statistic_is_kept_once(market: Market) -> None:
    assert market.rolling(DAY) is market.rolling(DAY)
    assert market.candles("1m") is market.candles("1m")
    assert market.candles("1m") is not market.candles("1m", 1)
    assert market.aggregates() is market.aggregates()


def test_the_top_of_an_empty_side_is_nothing(rig: Rig, market: Market) -> None:
    rig.exchange.level("sell", "101", "2")
    assert market.top() == (NOTHING, (Decimal(101), Decimal(2)))
