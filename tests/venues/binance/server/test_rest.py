"""REST: bodies, headers, weights, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tradewire.model.time import MILLISECOND

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig

MS = 1_700_000_000_000
OVER = (
    "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. "
    "Please use WebSocket Streams for live updates to avoid polling the API."
)


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


def test_times_can_be_microseconds(rig: Rig) -> None:
    response = rig.get("/api/v3/time", headers={"x-mbx-time-unit": "MICROSECOND"})
    assert json.loads(response.body) == {"serverTime": MS * 1000}
    response = rig.get("/api/v3/time", headers={"X-MBX-TIME-UNIT": "FORTNIGHT"})
    assert (response.status, json.loads(response.body)["code"]) == (400, -1194)


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


@pytest.mark.parametrize(
    ("target", "code", "text"),
    [
        ("depth?symbol=NOPE", -1121, "Invalid symbol."),
        ("exchangeInfo?symbol=NOPE", -1121, "Invalid symbol."),
        ('exchangeInfo?symbols=["BTCUSDT","NOPE"]', -1121, "Invalid symbol."),
        ("depth", -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        ("depth?symbol=", -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        (
            "depth?symbol=btcusdt",
            -1100,
            "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
        ),
        (
            "depth?symbol=BTCUSDT&limit=x",
            -1100,
            "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.",
        ),
        ("depth?symbol=BTCUSDT&limit=0", -1130, "Data sent for parameter 'limit' is not valid."),
        ("ticker/price?symbol=BTCUSDT&symbols=[]", -1128, "Combination of optional parameters invalid."),
        (
            "ticker/price?symbols=BTCUSDT",
            -1100,
            (
                "Illegal characters found in parameter 'symbols'; "
                'legal range is \'^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\\]$\'.'
            ),
        ),
    ],
)
def test_errors_are_in_the_venues_words(rig: Rig, target: str, code: int, text: str) -> None:
    response = rig.get(f"/api/v3/{target}")
    assert (response.status, json.loads(response.body)) == (400, {"code": code, "msg": text})


def test_the_listen_key_is_gone(rig: Rig) -> None:
    for method in ("POST", "PUT", "DELETE"):
        response = rig.get("/api/v3/userDataStream", method=method)
        assert (response.status, response.headers["Content-Type"]) == (410, "text/html")
        assert response.body.startswith(b"<html>")


@pytest.mark.parametrize(("method", "target"), [("GET", "/api/v1/depth"), ("POST", "/api/v3/depth"), ("GET", "/")])
def test_other_paths_are_not_found(rig: Rig, method: str, target: str) -> None:
    assert rig.get(target, method=method).status == 404


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


def exhaust(rig: Rig) -> None:
    for _ in range(24):
        assert rig.get("/api/v3/depth?symbol=BTCUSDT&limit=5000").status == 200


def test_too_much_weight_is_refused_until_the_minute_ends(rig: Rig) -> None:
    exhaust(rig)
    response = rig.get("/api/v3/ping")
    assert (response.status, json.loads(response.body)) == (429, {"code": -1003, "msg": OVER})
    assert response.headers["Retry-After"] == "40"
    rig.advance(40)
    assert rig.get("/api/v3/ping").status == 200


def test_who_does_not_stop_is_banned_longer_each_time(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(weight_limit=1, ban_after=2)
    for ban in (120, 240):
        statuses = [rig.get("/api/v3/ping").status for _ in range(4)]
        assert statuses == [200, 429, 429, 418]
        response = rig.get("/api/v3/ping")
        until = rig.now // MILLISECOND + ban * 1000
        assert (response.status, response.headers["Retry-After"]) == (418, str(ban))
        assert json.loads(response.body)["msg"] == (
            f"Way too much request weight used; IP banned until {until}. "
            "Please use WebSocket Streams for live updates to avoid bans."
        )
        rig.advance(ban)


def test_every_price_has_eight_decimals(traded: Rig) -> None:
    def texts(value: Any) -> list[str]:
        if isinstance(value, dict | list):
            return [text for item in (value.values() if isinstance(value, dict) else value) for text in texts(item)]
        return [value] if isinstance(value, str) and value[0].isdigit() else []

    for target in ("depth", "trades", "aggTrades", "ticker/price", "ticker/bookTicker"):
        found = texts(traded.json(f"/api/v3/{target}?symbol=BTCUSDT"))
        assert found
        assert all(Decimal(text).as_tuple().exponent == -8 for text in found)
