"""The market payloads as Binance writes them, for encoding (web-socket-streams.md).

Field names are spelt out here and abbreviated on the wire; keys are written in the venue's order. Prices and quantities are
texts of eight decimals, times are in the unit of the connection.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

Pair = tuple[str, str]

_EVENT = {"event": "e", "event_time": "E", "symbol": "s"}


def text(number: Decimal) -> str:
    """Write a price or quantity with eight decimals: ``64123.45000000``."""
    return f"{number:.8f}"


def pairs(levels: tuple[tuple[Decimal, Decimal], ...]) -> tuple[Pair, ...]:
    """Write book levels."""
    return tuple((f"{price:.8f}", f"{quantity:.8f}") for price, quantity in levels)


class TradePayload(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    rename={
        **_EVENT,
        "trade_id": "t",
        "price": "p",
        "quantity": "q",
        "time": "T",
        "buyer_is_maker": "m",
        "ignored": "M",
    },
):
    """``<symbol>@trade``.

    ``{"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100","T":1672515782136,"m":true,"M":true}``
    """

    event: Literal["trade"] = "trade"
    event_time: int
    symbol: str
    trade_id: int
    price: str
    quantity: str
    time: int
    buyer_is_maker: bool
    ignored: bool = True


class AggregatePayload(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    rename={
        **_EVENT,
        "aggregate_id": "a",
        "price": "p",
        "quantity": "q",
        "first": "f",
        "last": "l",
        "time": "T",
        "buyer_is_maker": "m",
        "ignored": "M",
    },
):
    """``<symbol>@aggTrade``.

    ``{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true,"M":true}``
    """

    event: Literal["aggTrade"] = "aggTrade"
    event_time: int
    symbol: str
    aggregate_id: int
    price: str
    quantity: str
    first: int
    last: int
    time: int
    buyer_is_maker: bool
    ignored: bool = True


class QuotePayload(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={"update_id": "u", "symbol": "s", "bid": "b", "bid_quantity": "B", "ask": "a", "ask_quantity": "A"},
):
    """``<symbol>@bookTicker``; no event name and no time.

    ``{"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66000000"}``
    """

    update_id: int
    symbol: str
    bid: str
    bid_quantity: str
    ask: str
    ask_quantity: str


class DiffPayload(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    rename={**_EVENT, "first": "U", "last": "u", "bids": "b", "asks": "a"},
):
    """``<symbol>@depth``: absolute quantities of the levels that changed, zero for gone.

    ``{"e":"depthUpdate","E":1672515782136,"s":"BNBBTC","U":157,"u":160,"b":[["0.0024","10"]],"a":[["0.0026","100"]]}``
    """

    event: Literal["depthUpdate"] = "depthUpdate"
    event_time: int
    symbol: str
    first: int
    last: int
    bids: tuple[Pair, ...]
    asks: tuple[Pair, ...]


class DepthPayload(msgspec.Struct, frozen=True, gc=False, rename={"last_update_id": "lastUpdateId"}):
    """``<symbol>@depth<levels>`` and the answer of ``GET /api/v3/depth``; complete each time.

    ``{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}``
    """

    last_update_id: int
    bids: tuple[Pair, ...]
    asks: tuple[Pair, ...]


class BarPayload(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    rename={
        "open_time": "t",
        "close_time": "T",
        "symbol": "s",
        "interval": "i",
        "first": "f",
        "last": "L",
        "open": "o",
        "close": "c",
        "high": "h",
        "low": "l",
        "volume": "v",
        "count": "n",
        "closed": "x",
        "quote_volume": "q",
        "taker_volume": "V",
        "taker_quote_volume": "Q",
        "ignored": "B",
    },
):
    """The inner object of a candle: see ``CandlePayload``."""

    open_time: int
    close_time: int
    symbol: str
    interval: str
    first: int
    last: int
    open: str
    close: str
    high: str
    low: str
    volume: str
    count: int
    closed: bool
    quote_volume: str
    taker_volume: str
    taker_quote_volume: str
    ignored: str = "0"


class CandlePayload(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename={**_EVENT, "bar": "k"}):
    """``<symbol>@kline_<interval>``.

    ``{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{"t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,
    "o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}}``
    """

    event: Literal["kline"] = "kline"
    event_time: int
    symbol: str
    bar: BarPayload


class MiniTickerPayload(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    rename={**_EVENT, "close": "c", "open": "o", "high": "h", "low": "l", "volume": "v", "quote_volume": "q"},
):
    """``<symbol>@miniTicker`` and, in arrays, ``!miniTicker@arr``.

    ``{"e":"24hrMiniTicker","E":1672515782136,"s":"BNBBTC","c":"0.0025","o":"0.0010","h":"0.0025","l":"0.0010","v":"10000","q":"18"}``
    """

    event: Literal["24hrMiniTicker"] = "24hrMiniTicker"
    event_time: int
    symbol: str
    close: str
    open: str
    high: str
    low: str
    volume: str
    quote_volume: str


_STATISTICS = {
    **_EVENT,
    "change": "p",
    "change_percent": "P",
    "average": "w",
    "open": "o",
    "high": "h",
    "low": "l",
    "volume": "v",
    "quote_volume": "q",
    "open_time": "O",
    "close_time": "C",
    "first": "F",
    "last_id": "L",
    "count": "n",
}


class TickerPayload(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    rename={
        **_STATISTICS,
        "previous_close": "x",
        "last": "c",
        "last_quantity": "Q",
        "bid": "b",
        "bid_quantity": "B",
        "ask": "a",
        "ask_quantity": "A",
    },
):
    """``<symbol>@ticker``: the rolling day.

    ``{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","p":"0.0015","P":"250.00","w":"0.0018","x":"0.0009","c":"0.0025","Q":"10",
    "b":"0.0024","B":"10","a":"0.0026","A":"100","o":"0.0010","h":"0.0025","l":"0.0010","v":"10000","q":"18","O":0,"C":86400000,
    "F":0,"L":18150,"n":18151}``
    """

    event: Literal["24hrTicker"] = "24hrTicker"
    event_time: int
    symbol: str
    change: str
    change_percent: str
    average: str
    previous_close: str
    last: str
    last_quantity: str
    bid: str
    bid_quantity: str
    ask: str
    ask_quantity: str
    open: str
    high: str
    low: str
    volume: str
    quote_volume: str
    open_time: int
    close_time: int
    first: int
    last_id: int
    count: int


class WindowTickerPayload(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename={**_STATISTICS, "last": "c"}):
    """``<symbol>@ticker_<window>``: as ``TickerPayload`` without ``x Q b B a A``.

    ``{"e":"1hTicker","E":1672515782136,"s":"BNBBTC","p":"0.0015","P":"250.00","o":"0.0010","h":"0.0025","l":"0.0010","c":"0.0025",
    "w":"0.0018","v":"10000","q":"18","O":0,"C":1675216573749,"F":0,"L":18150,"n":18151}``
    """

    event: str
    event_time: int
    symbol: str
    change: str
    change_percent: str
    open: str
    high: str
    low: str
    last: str
    average: str
    volume: str
    quote_volume: str
    open_time: int
    close_time: int
    first: int
    last_id: int
    count: int


class AveragePricePayload(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, rename={**_EVENT, "window": "i", "average": "w", "time": "T"}
):
    """``<symbol>@avgPrice``.

    ``{"e":"avgPrice","E":1693907033000,"s":"BTCUSDT","i":"5m","w":"25776.86000000","T":1693907032213}``
    """

    event: Literal["avgPrice"] = "avgPrice"
    event_time: int
    symbol: str
    window: str = "5m"
    average: str
    time: int


class ShutdownPayload(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename={"event": "e", "event_time": "E"}):
    """``!serverShutdown``, sent to everybody and never subscribed to.

    ``{"e":"serverShutdown","E":1770123456789}``
    """

    event: Literal["serverShutdown"] = "serverShutdown"
    event_time: int
