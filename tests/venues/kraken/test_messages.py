"""The payloads that Kraken's pages show decode into the declared structs."""

from __future__ import annotations

import msgspec
import pytest

from tradewire.venues.kraken.messages import (
    Acknowledgement,
    BookItem,
    CandleMessage,
    Head,
    Message,
    StatusItem,
    TickerItem,
    TradeItem,
)
from tradewire.venues.kraken.values import text_of


def test_book_numbers_keep_their_zeros() -> None:
    frame = (
        b'{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":45285.0,"qty":0.00100000}],"asks":[],'
        b'"checksum":2114181697,"timestamp":"2023-10-06T17:35:55.440295Z"}]}'
    )
    (item,) = msgspec.json.decode(frame, type=Message[BookItem]).data
    assert [(text_of(level.price), text_of(level.qty)) for level in item.bids] == [("45285.0", "0.00100000")]
    assert (item.asks, item.checksum, item.timestamp) == ([], 2114181697, "2023-10-06T17:35:55.440295Z")


def test_trade() -> None:
    frame = (
        b'{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":83744.3,"qty":0.00044780,'
        b'"ord_type":"limit","trade_id":109116693,"timestamp":"2026-09-25T17:48:26.844359Z"}]}'
    )
    (item,) = msgspec.json.decode(frame, type=Message[TradeItem]).data
    assert (item.side, item.trade_id, text_of(item.qty)) == ("buy", 109116693, "0.00044780")


def test_ticker_with_and_without_what_is_new() -> None:
    old = (
        b'{"symbol":"ALGO/USD","bid":0.10025,"bid_qty":740.0,"ask":0.10036,"ask_qty":1361.44813783,"last":0.10035,'
        b'"volume":997038.98383185,"vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17'
    )
    before = msgspec.json.decode(old + b"}", type=TickerItem)
    after = msgspec.json.decode(old + b',"timestamp":"2026-09-25T17:48:26.844359Z","trades":135262}', type=TickerItem)
    assert (before.timestamp, before.trades) == ("", None)
    assert (after.timestamp, after.trades) == ("2026-09-25T17:48:26.844359Z", 135262)


def test_candles_say_when_they_were_sent_beside_the_data() -> None:
    frame = (
        b'{"channel":"ohlc","type":"snapshot","timestamp":"2023-10-04T16:26:01.806315597Z","data":[{"symbol":"ALGO/USD",'
        b'"open":0.09875,"high":0.0988,"low":0.09875,"close":0.09875,"trades":13,"volume":16255.46368,"vwap":0.09879,'
        b'"interval_begin":"2023-10-04T15:30:00.000000000Z","interval":5,"timestamp":"2023-10-04T15:35:00.000000Z"}]}'
    )
    message = msgspec.json.decode(frame, type=CandleMessage)
    assert message.timestamp == "2023-10-04T16:26:01.806315597Z"
    assert (message.data[0].interval, message.data[0].trades) == (5, 13)


def test_a_connection_id_beyond_63_bits_does_not_matter() -> None:
    frame = (
        b'{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2",'
        b'"connection_id":18125794168470749634,"upcoming_maintenance":[],"emergency":[]}]}'
    )
    assert msgspec.json.decode(frame, type=Message[StatusItem]).data[0].system == "online"


@pytest.mark.parametrize(
    ("frame", "method", "success", "symbol", "error"),
    [
        (
            b'{"method":"subscribe","req_id":8,"result":{"channel":"book","symbol":"BTC/USD"},"success":true,"time_in":"a"}',
            "subscribe",
            True,
            "",
            None,
        ),
        (
            b'{"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,"symbol":"XBT/USD"}',
            "subscribe",
            False,
            "XBT/USD",
            "Currency pair not supported XBT/USD",
        ),
        (b'{"method":"pong","req_id":101,"time_in":"a","time_out":"b"}', "pong", None, "", None),
    ],
)
def test_heads_of_replies(frame: bytes, method: str, success: bool | None, symbol: str, error: str | None) -> None:
    head = msgspec.json.decode(frame, type=Head)
    assert (head.method, head.success, head.symbol, head.error) == (method, success, symbol, error)


def test_the_error_without_a_method_is_spelled_large() -> None:
    head = msgspec.json.decode(b'{"Error":"Exceeded msg rate"}', type=Head)
    assert (head.method, head.error, head.session_error) == ("", None, "Exceeded msg rate")


def test_acknowledgements_name_the_depth_of_books_only() -> None:
    book = msgspec.json.decode(b'{"channel":"book","depth":25,"symbol":"A/B"}', type=Acknowledgement)
    trade = msgspec.json.decode(b'{"channel":"trade","symbol":"A/B","warnings":["x"]}', type=Acknowledgement)
    assert (book.depth, trade.depth) == (25, 0)
