"""The public REST calls, in the shapes that the venue publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.venues.kraken.server.conftest import Rig

DAY = 86_400
SECOND = 1_696_436_761


def test_the_time(rig: Rig) -> None:
    assert rig.result("/0/public/Time") == {"unixtime": SECOND, "rfc1123": "Wed, 04 Oct 23 16:26:01 +0000"}


def test_assets_are_listed_under_their_ids(rig: Rig) -> None:
    assets = rig.result("/0/public/Assets")
    assert set(assets) == {"XXBT", "XXDG", "XETH", "ZUSD", "USDT"}
    assert assets["XXBT"] == {
        "aclass": "currency",
        "altname": "XBT",
        "decimals": 10,
        "display_decimals": 5,
        "status": "enabled",
    }
    assert set(rig.result("/0/public/Assets?asset=XBT,ZUSD")) == {"XXBT", "ZUSD"}
    assert rig.body("/0/public/Assets?asset=XBT,NOPE") == {"error": ["EQuery:Unknown asset"]}


def test_pairs_carry_the_precision_of_the_checksum(rig: Rig) -> None:
    assert rig.result("/0/public/AssetPairs?pair=XBTUSD") == {
        "XXBTZUSD": {
            "altname": "XBTUSD",
            "wsname": "XBT/USD",
            "aclass_base": "currency",
            "base": "XXBT",
            "aclass_quote": "currency",
            "quote": "ZUSD",
            "lot": "unit",
            "cost_decimals": 9,
            "pair_decimals": 1,
            "lot_decimals": 8,
            "lot_multiplier": 1,
            "leverage_buy": [],
            "leverage_sell": [],
            "fees": [[0, 0.4]],
            "fees_maker": [[0, 0.25]],
            "fee_volume_currency": "ZUSD",
            "margin_call": 80,
            "margin_stop": 40,
            "ordermin": "0.0001",
            "costmin": "0.5",
            "tick_size": "0.1",
            "status": "online",
        }
    }
    assert set(rig.result("/0/public/AssetPairs")) == {"XXBTZUSD", "XETHXXBT", "XDGUSDT"}


def test_a_tick_smaller_than_a_ten_thousandth_has_no_exponent(rig: Rig) -> None:
    assert rig.result("/0/public/AssetPairs?pair=ETHXBT")["XETHXXBT"]["tick_size"] == "0.00001"


def test_depth_is_best_first_and_cut(rig: Rig) -> None:
    for price in ("83744.3", "83744.2", "83744.1"):
        rig.exchange.level("buy", price, "0.12")
    rig.exchange.level("sell", "83744.4", "1")
    assert rig.result("/0/public/Depth?pair=XBTUSD&count=2") == {
        "XXBTZUSD": {
            "asks": [["83744.4", "1.00000000", SECOND]],
            "bids": [["83744.3", "0.12000000", SECOND], ["83744.2", "0.12000000", SECOND]],
        }
    }


@pytest.mark.parametrize("count", ["0", "501", "x"])
def test_depth_has_bounds(rig: Rig, count: str) -> None:
    assert rig.body(f"/0/public/Depth?pair=XBTUSD&count={count}") == {"error": ["EGeneral:Invalid arguments:count"]}


def test_depth_follows_the_book(rig: Rig) -> None:
    assert rig.result("/0/public/Depth?pair=XBTUSD")["XXBTZUSD"] == {"asks": [], "bids": []}
    rig.exchange.level("buy", "1", "1")
    assert rig.result("/0/public/Depth?pair=XBTUSD")["XXBTZUSD"]["bids"] == [["1.0", "1.00000000", SECOND]]


def test_ticker_tells_today_from_the_last_day(rig: Rig) -> None:
    rig.exchange.trade("100", "1")
    rig.advance(DAY / 2)
    rig.exchange.trade("110", "2")
    rig.exchange.trade("120", "2")
    rig.exchange.level("sell", "121", "2.5")
    assert rig.result("/0/public/Ticker?pair=XBTUSD") == {
        "XXBTZUSD": {
            "a": ["121.0", "2", "2.50000000"],
            "b": ["0.0", "0", "0.00000000"],
            "c": ["120.0", "2.00000000"],
            "v": ["4.00000000", "5.00000000"],
            "p": ["115.0", "112.0"],
            "t": [2, 3],
            "l": ["110.0", "100.0"],
            "h": ["120.0", "120.0"],
            "o": "110.0",
        }
    }


def test_a_day_without_trades_is_flat(rig: Rig) -> None:
    rig.exchange.trade("100", "1")
    rig.advance(DAY / 2)
    figures = rig.result("/0/public/Ticker?pair=XBTUSD")["XXBTZUSD"]
    assert (figures["t"], figures["o"], figures["h"], figures["v"]) == (
        [0, 1],
        "100.0",
        ["100.0", "100.0"],
        ["0.00000000", "1.00000000"],
    )


def test_candles_and_where_to_go_on(rig: Rig) -> None:
    for price in ("100", "90", "95"):
        rig.exchange.trade(price, "1")
        rig.exchange.trade("91", "3")
        rig.advance(60)
    rig.exchange.trade("80", "1")
    start = SECOND // 60 * 60
    everything = rig.result("/0/public/OHLC?pair=XBTUSD")
    assert everything["last"] == start + 120
    assert everything["XXBTZUSD"][0] == [start, "100.0", "100.0", "91.0", "91.0", "93.2", "4.00000000", 2]
    assert [candle[0] for candle in everything["XXBTZUSD"]] == [start, start + 60, start + 120, start + 180]
    later = rig.result(f"/0/public/OHLC?pair=XBTUSD&since={everything['last']}")
    assert [candle[0] for candle in later["XXBTZUSD"]] == [start + 180]
    hourly = rig.result("/0/public/OHLC?pair=XBTUSD&interval=60")
    assert ([candle[7] for candle in hourly["XXBTZUSD"]], hourly["last"]) == ([7], 0)
    assert rig.body("/0/public/OHLC?pair=XBTUSD&interval=2") == {"error": ["EGeneral:Invalid arguments"]}


def test_trades_and_where_to_go_on(rig: Rig) -> None:
    for taker in ("buy", "sell", "buy"):
        rig.exchange.trade("30243.4", "0.34507674", taker)
        rig.exchange.now += 1_000_000_000
    response = rig.get("/0/public/Trades?pair=XBTUSD")
    assert b'["30243.4","0.34507674",1696436762.806315597,"s","m","",2]' in response.body
    everything = rig.result("/0/public/Trades?pair=XBTUSD")
    assert everything["last"] == "1696436763806315597"
    assert [(trade[3], trade[6]) for trade in everything["XXBTZUSD"]] == [("b", 1), ("s", 2), ("b", 3)]
    page = rig.result("/0/public/Trades?pair=XBTUSD&since=1696436761806315597&count=1")
    assert ([trade[6] for trade in page["XXBTZUSD"]], page["last"]) == ([2], "1696436762806315597")
    latest = rig.result("/0/public/Trades?pair=XBTUSD&count=2")
    assert [trade[6] for trade in latest["XXBTZUSD"]] == [2, 3]
    assert rig.result(f"/0/public/Trades?pair=XBTUSD&since={everything['last']}") == {"XXBTZUSD": [], "last": everything["last"]}
