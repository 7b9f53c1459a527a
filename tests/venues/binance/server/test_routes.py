"""Bodies and weights of the public calls."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tradewire.model.time import MILLISECOND

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig


MS = 1_700_000_000_000


@pytest.fixture
def traded(rig: Rig) -> Rig:
    rig.exchange.level("buy", "100.00", "1")
    rig.exchange.level("buy", "99.00", "2")
    rig.exchange.level("sell", "101.00", "3")
    rig.exchange.trade("101.00", "0.5")
    rig.exchange.trade("101.00", "0.25")
    rig.advance(1)
    rig.exchange.trade("100.00", "2", taker="sell")
    return rig


def test_ping_and_time(rig: Rig) -> None:
    assert rig.get("/api/v3/ping").body == b"{}"
    assert rig.json("/api/v3/time") == {"serverTime": MS}


def test_depth_is_the_book(traded: Rig) -> None:
    assert traded.get("/api/v3/depth?symbol=BTCUSDT&limit=1").body == (
        b'{"lastUpdateId":3,"bids":[["100.00000000","1.00000000"]],"asks":[["101.00000000","3.00000000"]]}'
    )
    assert len(traded.json("/api/v3/depth?symbol=BTCUSDT")["bids"]) == 2


def test_depth_is_100_levels_by_default_and_5000_at_most(rig: Rig) -> None:
    for price in range(1, 5002):
        rig.exchange.level("buy", str(price), "1")
    assert len(rig.json("/api/v3/depth?symbol=BTCUSDT")["bids"]) == 100
    assert len(rig.json("/api/v3/depth?symbol=BTCUSDT&limit=9999")["bids"]) == 5000


def test_trades_are_listed_oldest_first(traded: Rig) -> None:
    first, *_, last = traded.json("/api/v3/trades?symbol=BTCUSDT&limit=2")
    assert first == {
        "id": 2,
        "price": "101.00000000",
        "qty": "0.25000000",
        "quoteQty": "25.25000000",
        "time": MS,
        "isBuyerMaker": False,
        "isBestMatch": True,
    }
    assert (last["id"], last["isBuyerMaker"]) == (3, True)


def test_aggregates_are_folded(traded: Rig) -> None:
    assert traded.json("/api/v3/aggTrades?symbol=BTCUSDT")[0] == {
        "a": 1,
        "p": "101.00000000",
        "q": "0.75000000",
        "f": 1,
        "l": 2,
        "T": MS,
        "m": False,
        "M": True,
    }


def test_price_and_quote_of_one_some_or_all(traded: Rig) -> None:
    assert traded.json("/api/v3/ticker/price?symbol=BTCUSDT") == {"symbol": "BTCUSDT", "price": "100.00000000"}
    assert [entry["symbol"] for entry in traded.json("/api/v3/ticker/price")] == ["BTCUSDT", "ETHUSDT"]
    assert traded.json("/api/v3/ticker/bookTicker?symbols=%5B%22BTCUSDT%22%5D") == [
        {
            "symbol": "BTCUSDT",
            "bidPrice": "100.00000000",
            "bidQty": "1.00000000",
            "askPrice": "101.00000000",
            "askQty": "3.00000000",
        }
    ]


@pytest.mark.parametrize(
    ("target", "weight"),
    [
        ("ping", 1),
        ("exchangeInfo", 20),
        ("depth?symbol=BTCUSDT", 5),
        ("depth?symbol=BTCUSDT&limit=101", 25),
        ("depth?symbol=BTCUSDT&limit=1000", 50),
        ("depth?symbol=BTCUSDT&limit=5000", 250),
        ("depth?symbol=NOPE&limit=5000", 250),
        ("trades?symbol=BTCUSDT", 25),
        ("aggTrades?symbol=BTCUSDT", 4),
        ("ticker/price?symbol=BTCUSDT", 2),
        ("ticker/bookTicker", 4),
    ],
)
def test_weights_add_up_within_the_aligned_minute(rig: Rig, target: str, weight: int) -> None:
    rig.get("/api/v3/ping")
    assert rig.get(f"/api/v3/{target}").headers["X-MBX-USED-WEIGHT-1M"] == str(1 + weight)
    rig.advance(60 - (rig.now // MILLISECOND % 60_000) / 1000)
    assert rig.get("/api/v3/ping").headers["X-MBX-USED-WEIGHT-1M"] == "1"


def test_every_price_has_eight_decimals(traded: Rig) -> None:
    def texts(value: Any) -> list[str]:
        if isinstance(value, dict | list):
            return [text for item in (value.values() if isinstance(value, dict) else value) for text in texts(item)]
        return [value] if isinstance(value, str) and value[0].isdigit() else []

    for target in ("depth", "trades", "aggTrades", "ticker/price", "ticker/bookTicker"):
        found = texts(traded.json(f"/api/v3/{target}?symbol=BTCUSDT"))
        assert found
        assert all(Decimal(text).as_tuple().exponent == -8 for text in found)
