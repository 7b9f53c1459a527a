"""REST parameters, and the words for wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tradewire.venues.kraken.server.calls import ApiError, Call
from tradewire.venues.kraken.server.market import Market

if TYPE_CHECKING:
    from tests.venues.kraken.server.conftest import Rig


def call(rig: Rig, **params: str) -> Call:
    markets = {symbol: Market(instrument, rig.exchange) for symbol, instrument in rig.exchange.instruments.items()}
    return Call(params, markets, "online", rig.now)


@pytest.mark.parametrize("name", ["XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD", "BTCUSD"])
def test_a_pair_has_many_names(rig: Rig, name: str) -> None:
    assert call(rig, pair=name).market().symbol == "BTC/USD"
    assert [market.symbol for market in call(rig, pair=f"ETHXBT,{name}").chosen()] == ["ETH/BTC", "BTC/USD"]


def test_all_markets_without_a_pair(rig: Rig) -> None:
    assert len(call(rig).chosen()) == 3


def test_wrong_pairs(rig: Rig) -> None:
    with pytest.raises(ApiError, match=r"^EGeneral:Invalid arguments$"):
        call(rig).market()
    with pytest.raises(ApiError, match=r"^EQuery:Unknown asset pair$"):
        call(rig, pair="btcusd").market()
    with pytest.raises(ApiError, match=r"^EQuery:Unknown asset pair$"):
        call(rig, pair="XBTUSD,NOPE").chosen()


def test_numbers(rig: Rig) -> None:
    assert (call(rig, count="7").number("count", 3), call(rig).number("count", 3)) == (7, 3)
    for text in ("-1", "1.5", "x", "", "²"):
        with pytest.raises(ApiError, match=r"^EGeneral:Invalid arguments:count$"):
            call(rig, count=text).number("count", 3)
