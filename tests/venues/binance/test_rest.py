"""REST: requests built, answers read, refusals typed."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tradewire.errors import CommandError, RateLimited, Rejected, RemoteProtocolError, TradewireError
from tradewire.model.instrument import Instrument
from tradewire.venues.binance.messages import Depth
from tradewire.venues.binance.rest import REST
from tradewire.venues.binance.spec import SPEC
from tradewire.venues.spec import RestContext
from tradewire.wire.protocol import HttpResponse

CONTEXT = RestContext(now=0, credentials=None, nonce=str, options={})


def read(name: str, body: Any) -> Any:
    return REST[name].parse(HttpResponse(200, json.dumps(body).encode()))


def refusal(status: int, body: bytes, **headers: str) -> TradewireError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SPEC.error_of(HttpResponse(status, body, named))


def test_parameters_become_the_query() -> None:
    request = REST["depth"].build({"symbol": "BTCUSDT", "limit": 5000, "other": None}, CONTEXT)
    assert (request.method, request.target) == ("GET", "/api/v3/depth?symbol=BTCUSDT&limit=5000")
    assert REST["time"].build({}, CONTEXT).target == "/api/v3/time"
    assert REST["depth"].build({"symbol": "币"}, CONTEXT).target == "/api/v3/depth?symbol=%E5%B8%81"


def test_time_is_in_nanoseconds() -> None:
    assert read("time", {"serverTime": 1656400526260}) == 1_656_400_526_260_000_000


def test_instruments_carry_their_steps() -> None:
    info = {
        "timezone": "UTC",
        "symbols": [
            {
                "symbol": "BNBBTC",
                "status": "TRADING",
                "baseAsset": "BNB",
                "quoteAsset": "BTC",
                "filters": [
                    {"filterType": "PRICE_FILTER", "minPrice": "0.00000100", "maxPrice": "100000.0", "tickSize": "0.00000100"},
                    {"filterType": "LOT_SIZE", "minQty": "0.00200000", "maxQty": "100000.0", "stepSize": "0.00100000"},
                    {"filterType": "NOTIONAL", "minNotional": "0.00010000", "applyMinToMarket": True, "avgPriceMins": 5},
                    {"filterType": "A_NEW_ONE", "limit": 5},
                ],
            },
            {"symbol": "OLDBTC", "status": "BREAK", "baseAsset": "OLD", "quoteAsset": "BTC", "filters": []},
        ],
    }
    first, second = read("instruments", info)
    assert first == Instrument(
        symbol="BNB/BTC",
        base="BNB",
        quote="BTC",
        venue_symbol="BNBBTC",
        tick=Decimal("0.00000100"),
        step=Decimal("0.00100000"),
        minimum_quantity=Decimal("0.00200000"),
        minimum_notional=Decimal("0.00010000"),
        active=True,
    )
    assert (second.symbol, second.active, second.tick) == ("OLD/BTC", False, 0)


def test_an_older_minimum_is_read_too() -> None:
    filters = [{"filterType": "MIN_NOTIONAL", "minNotional": "5.0"}]
    symbol = {"symbol": "AB", "status": "TRADING", "baseAsset": "A", "quoteAsset": "B", "filters": filters}
    assert read("instruments", {"symbols": [symbol]})[0].minimum_notional == Decimal("5.0")


def test_a_book_keeps_its_text() -> None:
    body = {"lastUpdateId": 27, "bids": [["0.01379900", "3.43200000"]], "asks": [["0.01380000", "5.91700000"]]}
    assert read("depth", body) == Depth(27, [("0.01379900", "3.43200000")], [("0.01380000", "5.91700000")])


def test_history() -> None:
    row = [1499040000000, "0.01", "0.80", "0.01", "0.02", "148976.1", 1499644799999, "2434.1", 308, "1756.8", "28.4", "0"]
    (bar,) = read("klines", [row])
    assert (bar.open_time, bar.high, bar.trade_count) == (1499040000000, Decimal("0.80"), 308)
    trade = {
        "id": 28457,
        "price": "4.00000100",
        "qty": "12.0",
        "quoteQty": "48.0",
        "time": 1,
        "isBuyerMaker": True,
        "isBestMatch": True,
    }
    (only,) = read("trades", [trade])
    assert (only.id, only.price, only.is_buyer_maker) == (28457, Decimal("4.00000100"), True)


def test_the_day_in_figures() -> None:
    texts = ("lastPrice", "openPrice", "highPrice", "lowPrice", "priceChange", "priceChangePercent", "weightedAvgPrice", "volume")
    body = {**dict.fromkeys((*texts, "quoteVolume"), "1.50"), "symbol": "BNBBTC", "openTime": 1, "closeTime": 2, "count": 3}
    assert read("ticker", body).weighted_avg_price == Decimal("1.50")


@pytest.mark.parametrize(
    ("name", "params", "weight"),
    [
        ("time", {}, 1),
        ("instruments", {}, 20),
        ("depth", {}, 5),
        ("depth", {"limit": 100}, 5),
        ("depth", {"limit": 101}, 25),
        ("depth", {"limit": 1000}, 50),
        ("depth", {"limit": 5000}, 250),
        ("depth", {"limit": 9999}, 250),
        ("klines", {}, 2),
        ("trades", {}, 25),
        ("ticker", {"symbol": "BTCUSDT"}, 2),
        ("ticker", {}, 80),
    ],
)
def test_weights(name: str, params: dict[str, Any], weight: int) -> None:
    assert REST[name].weight(params) == weight


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"serverTime":"x"}', b"[" * 100_000, b"\xff"])
def test_an_unreadable_answer_is_kept(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        REST["time"].parse(HttpResponse(200, body))
    assert caught.value.raw == body


def test_a_limit_says_how_long_to_wait() -> None:
    body = b'{"code":-1003,"msg":"Too much request weight used"}'
    for status, headers, wait in ((429, {"Retry_After": "7"}, 7.0), (418, {"retry_after": "120"}, 120.0), (429, {}, None)):
        error = refusal(status, body, **headers)
        assert isinstance(error, RateLimited)
        assert (error.retry_after, error.retryable, error.code) == (wait, True, "-1003")
        assert "Too much request weight" in str(error)


@pytest.mark.parametrize(
    ("status", "body", "kind", "retryable", "code"),
    [
        (400, b'{"code":-1121,"msg":"Invalid symbol."}', Rejected, False, "-1121"),
        (403, b"<html>Forbidden</html>", Rejected, False, "403"),
        (410, b"<html>Gone</html>", Rejected, False, "410"),
        (500, b"", CommandError, True, "500"),
        (503, b'{"code":-1008,"msg":"Server is currently overloaded"}', CommandError, True, "-1008"),
        (400, b'{"code":-1001,"msg":"Internal error"}', CommandError, True, "-1001"),
    ],
)
def test_refusals(status: int, body: bytes, kind: type[CommandError], retryable: bool, code: str) -> None:
    error = refusal(status, body)
    assert type(error) is kind
    assert (error.retryable, error.code, error.venue) == (retryable, code, "binance")
