"""The markets and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig


def test_exchange_info_states_the_steps(rig: Rig) -> None:
    info = rig.json("/api/v3/exchangeInfo?symbol=BTCUSDT")
    assert list(info) == ["timezone", "serverTime", "rateLimits", "exchangeFilters", "symbols"]
    assert info["rateLimits"][0] == {
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": 6000,
    }
    [symbol] = info["symbols"]
    assert (symbol["symbol"], symbol["status"]) == ("BTCUSDT", "TRADING")
    assert (symbol["baseAsset"], symbol["quoteAsset"]) == ("BTC", "USDT")
    filters = {entry["filterType"]: entry for entry in symbol["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert (filters["LOT_SIZE"]["stepSize"], filters["LOT_SIZE"]["minQty"]) == ("0.00001000", "0.00010000")
    assert filters["NOTIONAL"]["minNotional"] == "5.00000000"


def test_exchange_info_lists_all_or_those_named(rig: Rig) -> None:
    assert [symbol["symbol"] for symbol in rig.json("/api/v3/exchangeInfo")["symbols"]] == ["BTCUSDT", "ETHUSDT"]
    some = rig.json('/api/v3/exchangeInfo?symbols=["ETHUSDT"]')
    assert [symbol["symbol"] for symbol in some["symbols"]] == ["ETHUSDT"]
