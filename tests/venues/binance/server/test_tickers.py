"""Ticker and average price streams, and their REST twins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig


@pytest.fixture
def traded(rig: Rig) -> Rig:
    rig.exchange.level("buy", "99.00", "1")
    rig.exchange.level("sell", "121.00", "2")
    rig.exchange.trade("100.00", "3")
    rig.exchange.trade("120.00", "1")
    return rig


def test_the_day_is_written_as_documented(traded: Rig) -> None:
    wire = traded.connect("/ws/btcusdt@ticker")
    traded.advance(1)
    assert wire.take_raw() == [
        (
            b'{"e":"24hrTicker","E":1700000001000,"s":"BTCUSDT","p":"20.00000000","P":"20.000","w":"105.00000000",'
            b'"x":"100.00000000","c":"120.00000000","Q":"1.00000000","b":"99.00000000","B":"1.00000000","a":"121.00000000",'
            b'"A":"2.00000000","o":"100.00000000","h":"120.00000000","l":"100.00000000","v":"4.00000000","q":"420.00000000",'
            b'"O":1699913601000,"C":1700000001000,"F":1,"L":2,"n":2}'
        )
    ]


def test_a_window_lacks_the_quotes_and_begins_at_a_minute(traded: Rig) -> None:
    wire = traded.connect("/ws/btcusdt@ticker_4h")
    traded.advance(1)
    assert wire.take_raw() == [
        (
            b'{"e":"4hTicker","E":1700000001000,"s":"BTCUSDT","p":"20.00000000","P":"20.000","o":"100.00000000",'
            b'"h":"120.00000000","l":"100.00000000","c":"120.00000000","w":"105.00000000","v":"4.00000000","q":"420.00000000",'
            b'"O":1699985580000,"C":1700000001000,"F":1,"L":2,"n":2}'
        )
    ]


def test_the_short_form(traded: Rig) -> None:
    wire = traded.connect("/ws/btcusdt@miniTicker")
    traded.advance(1)
    assert wire.take_raw() == [
        (
            b'{"e":"24hrMiniTicker","E":1700000001000,"s":"BTCUSDT","c":"120.00000000","o":"100.00000000","h":"120.00000000",'
            b'"l":"100.00000000","v":"4.00000000","q":"420.00000000"}'
        )
    ]


@pytest.mark.parametrize(("stream", "event"), [("!miniTicker@arr", "24hrMiniTicker"), ("!ticker_1h@arr", "1hTicker")])
def test_arrays_hold_those_that_changed(traded: Rig, stream: str, event: str) -> None:
    wire = traded.connect(f"/stream?streams={stream}")
    traded.advance(1)
    [frame] = wire.take()
    assert frame["stream"] == stream
    assert [(entry["e"], entry["s"]) for entry in frame["data"]] == [(event, "BTCUSDT")]
    traded.exchange.trade("2000", "1", symbol="ETH/USDT")
    traded.advance(1)
    assert [entry["s"] for entry in wire.take()[0]["data"]] == ["ETHUSDT"]
    traded.advance(5)
    assert wire.take() == []


def test_a_ticker_comes_once_a_second_when_it_changed(traded: Rig) -> None:
    wire = traded.connect("/ws/btcusdt@ticker")
    for _ in range(20):
        traded.exchange.trade("110.00", "1")
        traded.advance(0.1)
    assert [event["n"] for event in wire.take()] == [12, 22]
    traded.advance(3)
    assert wire.take() == []
    traded.exchange.level("buy", "99.50", "1")
    traded.advance(1)
    assert wire.take()[0]["b"] == "99.50000000"


def test_a_market_that_never_traded_has_no_ticker(rig: Rig) -> None:
    wire = rig.connect("/ws/ethusdt@ticker/ethusdt@avgPrice")
    rig.advance(5)
    assert wire.take() == []


def test_the_average_is_weighted(traded: Rig) -> None:
    wire = traded.connect("/ws/btcusdt@avgPrice")
    traded.advance(2)
    assert wire.take_raw() == [b'{"e":"avgPrice","E":1700000001000,"s":"BTCUSDT","i":"5m","w":"105.00000000","T":1700000000000}']
    assert traded.json("/api/v3/avgPrice?symbol=BTCUSDT") == {
        "mins": 5,
        "price": "105.00000000",
        "closeTime": 1700000000000,
    }


def test_rest_tells_the_day(traded: Rig) -> None:
    assert traded.json("/api/v3/ticker/24hr?symbol=BTCUSDT") == {
        "symbol": "BTCUSDT",
        "priceChange": "20.00000000",
        "priceChangePercent": "20.000",
        "weightedAvgPrice": "105.00000000",
        "prevClosePrice": "100.00000000",
        "lastPrice": "120.00000000",
        "lastQty": "1.00000000",
        "bidPrice": "99.00000000",
        "bidQty": "1.00000000",
        "askPrice": "121.00000000",
        "askQty": "2.00000000",
        "openPrice": "100.00000000",
        "highPrice": "120.00000000",
        "lowPrice": "100.00000000",
        "volume": "4.00000000",
        "quoteVolume": "420.00000000",
        "openTime": 1699913600000,
        "closeTime": 1700000000000,
        "firstId": 1,
        "lastId": 2,
        "count": 2,
    }
    [mini] = traded.json('/api/v3/ticker/24hr?symbols=["BTCUSDT"]&type=MINI')
    assert len(mini) == 12
    assert "weightedAvgPrice" not in mini


@pytest.mark.parametrize(
    ("query", "weight"),
    [("?symbol=BTCUSDT", "2"), ("", "80"), ('?symbols=["BTCUSDT","ETHUSDT"]', "2")],
)
def test_the_day_weighs_by_symbols(rig: Rig, query: str, weight: str) -> None:
    assert rig.get(f"/api/v3/ticker/24hr{query}").headers["X-MBX-USED-WEIGHT-1M"] == weight
