"""The channels' messages, byte by byte, and when they are sent."""

from __future__ import annotations

import json
from binascii import crc32
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.venues.kraken.server.conftest import Rig, Wire

AT = b'"timestamp":"2023-10-04T16:26:01.806315Z"'


def open_stream(rig: Rig, channel: str, **params: Any) -> Wire:
    """Subscribe to BTC/USD, and let the acknowledgement and the snapshot pass."""
    wire = rig.connect()
    wire.subscribe(channel, "BTC/USD", **params)
    return wire


def snapshot_of(rig: Rig, channel: str, **params: Any) -> bytes:
    wire = rig.connect()
    wire.send({"method": "subscribe", "params": {"channel": channel, "symbol": ["BTC/USD"], "snapshot": True, **params}})
    _, snapshot = wire.take_raw()
    return snapshot


def entries(frame: dict[str, Any], side: str) -> dict[float, float]:
    return {level["price"]: level["qty"] for level in frame["data"][0][side]}


def test_a_book_snapshot_prints_every_decimal(rig: Rig) -> None:
    rig.exchange.level("buy", "45283.5", "0.1")
    rig.exchange.level("buy", "45283.4", "1.54582015")
    rig.exchange.level("sell", "45285.2", "0.001")
    checksum = b"%d" % crc32(b"45285210000045283510000000452834154582015")
    assert snapshot_of(rig, "book") == (
        b'{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",'
        b'"bids":[{"price":45283.5,"qty":0.10000000},{"price":45283.4,"qty":1.54582015}],'
        b'"asks":[{"price":45285.2,"qty":0.00100000}],"checksum":' + checksum + b"," + AT + b"}]}"
    )


def test_a_book_update_prints_every_decimal(rig: Rig) -> None:
    rig.exchange.level("buy", "45283.5", "0.1")
    wire = open_stream(rig, "book")
    rig.exchange.level("buy", "45283.5", "0")
    assert wire.take_raw() == [
        b'{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":45283.5,"qty":0.00000000}],'
        b'"asks":[],"checksum":0,' + AT + b"}]}"
    ]


def test_an_empty_book_is_an_empty_snapshot(rig: Rig) -> None:
    assert json.loads(snapshot_of(rig, "book"))["data"][0] | {"timestamp": ""} == {
        "symbol": "BTC/USD",
        "bids": [],
        "asks": [],
        "checksum": 0,
        "timestamp": "",
    }


def test_what_happens_at_one_instant_is_one_update(rig: Rig) -> None:
    wire = open_stream(rig, "book")
    rig.exchange.level("buy", "1", "1")
    rig.exchange.level("sell", "2", "1")
    rig.exchange.now += 1
    rig.exchange.level("buy", "1", "2")
    first, second = wire.take()
    assert (entries(first, "bids"), entries(first, "asks")) == ({1.0: 1.0}, {2.0: 1.0})
    assert (entries(second, "bids"), entries(second, "asks")) == ({1.0: 2.0}, {})


def test_each_depth_has_a_window_of_its_own(rig: Rig) -> None:
    for price in range(30, 0, -1):
        rig.exchange.level("buy", str(price), "1")
    shallow, deep = open_stream(rig, "book"), open_stream(rig, "book", depth=25)
    rig.exchange.level("buy", "30", "0")
    [ten], [twenty_five] = shallow.take(), deep.take()
    assert entries(ten, "bids") == {30.0: 0.0, 20.0: 1.0}
    assert entries(twenty_five, "bids") == {30.0: 0.0, 5.0: 1.0}
    rig.exchange.level("buy", "6", "9")
    assert (shallow.take(), len(deep.take())) == ([], 1)


def test_a_late_subscriber_shares_the_stream(rig: Rig) -> None:
    early = open_stream(rig, "book")
    rig.exchange.level("buy", "1", "1")
    late = open_stream(rig, "book")
    assert len(early.take()) == 1
    rig.exchange.level("buy", "1", "2")
    assert early.take() == late.take()


def test_trades_of_one_instant_are_one_message(rig: Rig) -> None:
    wire = open_stream(rig, "trade")
    rig.exchange.trade("83744.3", "0.0004478")
    rig.exchange.trade("83744.4", "1", "buy")
    assert wire.take_raw() == [
        b'{"channel":"trade","type":"update","data":['
        b'{"symbol":"BTC/USD","side":"buy","price":83744.3,"qty":0.00044780,"ord_type":"market","trade_id":1,' + AT + b"},"
        b'{"symbol":"BTC/USD","side":"buy","price":83744.4,"qty":1.00000000,"ord_type":"market","trade_id":2,' + AT + b"}]}"
    ]


def test_the_trade_snapshot_is_the_last_fifty_oldest_first(rig: Rig) -> None:
    for _ in range(60):
        rig.exchange.trade("1", "1", "sell")
    snapshot = json.loads(snapshot_of(rig, "trade"))
    assert [trade["trade_id"] for trade in snapshot["data"]] == list(range(11, 61))
    assert {trade["side"] for trade in snapshot["data"]} == {"sell"}


def test_a_pending_trade_is_in_the_snapshot_and_not_told_again(rig: Rig) -> None:
    early = open_stream(rig, "trade")
    rig.exchange.trade("1", "1")
    late = rig.connect()
    assert [trade["trade_id"] for trade in late.subscribe("trade", "BTC/USD", snapshot=True)[1]["data"]] == [1]
    assert len(early.take()) == 1
    assert late.take() == []


def test_a_ticker_carries_the_figures_of_the_day(rig: Rig) -> None:
    rig.exchange.level("buy", "99.9", "2")
    rig.exchange.level("sell", "110.1", "0.5")
    rig.exchange.trade("100", "1")
    rig.exchange.trade("110", "3")
    assert snapshot_of(rig, "ticker") == (
        b'{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD","bid":99.9,"bid_qty":2.00000000,"ask":110.1,'
        b'"ask_qty":0.50000000,"last":110.0,"volume":4.00000000,"vwap":107.5,"low":100.0,"high":110.0,"change":10.0,'
        b'"change_pct":10.00,"trades":2,' + AT + b"}]}"
    )


def test_a_ticker_follows_trades_unless_told_to_follow_the_best_offers(rig: Rig) -> None:
    rig.exchange.level("buy", "1", "1")
    rig.exchange.trade("1", "1")
    trades, offers = open_stream(rig, "ticker"), open_stream(rig, "ticker", event_trigger="bbo")
    rig.exchange.level("buy", "0.9", "1")
    assert (trades.take(), offers.take()) == ([], [])
    rig.exchange.level("buy", "1", "2")
    [update] = offers.take()
    assert (update["type"], update["data"][0]["bid_qty"], trades.take()) == ("update", 2.0, [])
    rig.exchange.trade("2", "1")
    [update] = trades.take()
    assert (update["data"][0]["last"], offers.take()) == (2.0, [])


def test_a_ticker_has_nothing_to_say_before_the_first_trade(rig: Rig) -> None:
    wire = rig.connect()
    [_acknowledgement] = wire.subscribe("ticker", "BTC/USD", event_trigger="bbo")
    rig.exchange.level("buy", "1", "1")
    assert wire.take() == []
    rig.exchange.trade("1", "1")
    rig.exchange.level("buy", "1", "2")
    assert len(wire.take()) == 1


def test_candles_are_sent_with_every_trade(rig: Rig) -> None:
    wire = open_stream(rig, "ohlc", interval=5)
    rig.exchange.trade("100", "1")
    rig.exchange.trade("90", "3", "sell")
    [frame] = wire.take_raw()
    assert frame == (
        b'{"channel":"ohlc","type":"update","timestamp":"2023-10-04T16:26:01.806315597Z","data":[{"symbol":"BTC/USD",'
        b'"open":100.0,"high":100.0,"low":90.0,"close":90.0,"trades":2,"volume":4.00000000,"vwap":92.5,'
        b'"interval_begin":"2023-10-04T16:25:00.000000000Z","interval":5,"timestamp":"2023-10-04T16:30:00.000000Z"}]}'
    )


def test_the_candle_snapshot_is_oldest_first_without_empty_spans(rig: Rig) -> None:
    for minutes in (0, 1, 5):
        rig.exchange.trade("1", "1")
        rig.advance(60 * minutes)
    rig.exchange.trade("2", "1")
    snapshot = json.loads(snapshot_of(rig, "ohlc", interval=1))
    assert snapshot["type"] == "snapshot"
    begins = [(candle["interval_begin"][11:16], candle["trades"]) for candle in snapshot["data"]]
    assert begins == [("16:26", 2), ("16:27", 1), ("16:32", 1)]
    assert snapshot["data"][-1]["open"] == 2.0


def test_a_levels_change_moves_no_candle(rig: Rig) -> None:
    wire = open_stream(rig, "ohlc")
    rig.exchange.level("buy", "1", "1")
    assert wire.take() == []


def test_markets_do_not_mix(rig: Rig) -> None:
    wire = open_stream(rig, "trade")
    rig.exchange.trade("0.05", "1", symbol="ETH/BTC")
    assert wire.take() == []


@pytest.mark.parametrize("channel", ["book", "ticker", "trade", "ohlc"])
def test_a_market_that_begins_with_the_first_look_begins(rig: Rig, channel: str) -> None:
    open_stream(rig, channel, snapshot=False)
    assert rig.exchange.looked_at == {"BTC/USD"}
