"""The default markets are what the users' programs name, and consistent in themselves."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradewire.sim.markets import DEFAULT_MARKETS, Market

BY_SYMBOL = {market.symbol: market for market in DEFAULT_MARKETS}


@pytest.mark.parametrize(
    "symbol", ["ETH/USDT", "BTC/USDT", "BNB/USDT", "USDT/USD", "EUR/USD", "BTC/USD", "ETH/BTC", "SOL/USDT", "XRP/USDT"]
)
def test_it_is_listed(symbol: str) -> None:
    assert BY_SYMBOL[symbol].instrument.symbol == symbol


def test_well_known_prices() -> None:
    """A documented buy at 80,000 must be able to rest below the market, and a documented swap to have its price."""
    assert BY_SYMBOL["BTC/USD"].start_price > 80_000
    assert BY_SYMBOL["ETH/USDT"].start_price == Decimal("2163.78")


@pytest.mark.parametrize("market", DEFAULT_MARKETS, ids=lambda market: market.symbol)
def test_it_is_consistent(market: Market) -> None:
    rules = market.instrument
    assert rules.venue_symbol == rules.base + rules.quote
    assert market.start_price % rules.tick == 0
    assert all(bound % rules.step == 0 for bound in (*market.depth, rules.minimum_quantity))
    assert market.depth[0] < market.depth[1]
    assert 1 <= market.spread[0] <= market.spread[1]
    assert market.levels * 2 * rules.tick < market.start_price, "there is room for the levels below the price"


def test_no_market_is_listed_twice() -> None:
    assert len(BY_SYMBOL) == len(DEFAULT_MARKETS)
