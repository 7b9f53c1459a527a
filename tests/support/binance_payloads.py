"""The venue's documented payloads, one a stream (web-socket-streams.md)."""

from __future__ import annotations

import json
from typing import Any

from tradewire.model.channels import (
    AggregateTrades,
    AveragePrices,
    Book,
    Candles,
    Channel,
    MiniTickers,
    PartialBook,
    Quotes,
    Tickers,
    Trades,
)

TRADE = json.loads(
    '{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":1672515782135,"m":true,"M":true}'
)
AGGREGATE = json.loads(
    '{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,"p":"0.001","q":"100","f":100,"l":105,'
    '"T":1672515782135,"m":false,"M":true}'
)
BOOK_TICKER = json.loads('{"u":400900217,"s":"BNBBTC","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}')
KLINE = json.loads(
    '{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m",'
    '"f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":false,"q":"1.0000",'
    '"V":"500","Q":"0.500","B":"123456"}}'
)
MINI_TICKER = json.loads(
    '{"e":"24hrMiniTicker","E":1672515782136,"s":"BNBBTC","c":"0.0025","o":"0.0010","h":"0.0026","l":"0.0009",'
    '"v":"10000","q":"18"}'
)
WINDOW_TICKER = json.loads(
    '{"e":"1hTicker","E":1672515782136,"s":"BNBBTC","p":"0.0015","P":"250.00","w":"0.0018","c":"0.0025",'
    '"o":"0.0010","h":"0.0026","l":"0.0009","v":"10000","q":"18","O":0,"C":86400000,"F":0,"L":18150,"n":18151}'
)
TICKER = json.loads(
    '{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","p":"0.0015","P":"250.00","w":"0.0018","c":"0.0025",'
    '"o":"0.0010","h":"0.0026","l":"0.0009","v":"10000","q":"18","O":0,"C":86400000,"F":0,"L":18150,"n":18151,'
    '"x":"0.0009","Q":"10","b":"0.0024","B":"11","a":"0.0026","A":"100"}'
)
AVERAGE_PRICE = json.loads('{"e":"avgPrice","E":1693907033000,"s":"BNBBTC","i":"5m","w":"25776.86000000","T":1693907032213}')
PARTIAL_DEPTH = json.loads('{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}')
DEPTH = json.loads(
    '{"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,"u":160,"b":[["0.0024","10"]],"a":[["0.0026","100"]]}'
)

STREAMS: dict[str, tuple[Channel, Any]] = {
    "bnbbtc@trade": (Trades("BNB/BTC"), TRADE),
    "bnbbtc@aggTrade": (AggregateTrades("BNB/BTC"), AGGREGATE),
    "bnbbtc@bookTicker": (Quotes("BNB/BTC"), BOOK_TICKER),
    "bnbbtc@kline_1m": (Candles("BNB/BTC", "1m"), KLINE),
    "bnbbtc@miniTicker": (MiniTickers("BNB/BTC"), MINI_TICKER),
    "!miniTicker@arr": (MiniTickers(), [MINI_TICKER]),
    "bnbbtc@ticker": (Tickers("BNB/BTC"), TICKER),
    "bnbbtc@ticker_1h": (Tickers("BNB/BTC", "1h"), WINDOW_TICKER),
    "!ticker_1h@arr": (Tickers("", "1h"), [WINDOW_TICKER]),
    "bnbbtc@avgPrice": (AveragePrices("BNB/BTC"), AVERAGE_PRICE),
    "bnbbtc@depth5": (PartialBook("BNB/BTC", 5, 1000), PARTIAL_DEPTH),
    "bnbbtc@depth@100ms": (Book("BNB/BTC", 0, 100), DEPTH),
}


def later(stream: str, position: int | None) -> Any:
    """The payload of ``stream`` that comes after ``position``: ids of trades are contiguous, the others' do not matter."""
    _, data = STREAMS[stream]
    number = {"trade": "t", "aggTrade": "a"}.get(stream.partition("@")[2])
    return {**data, number: position + 1} if number and position is not None else data
