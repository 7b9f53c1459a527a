"""What Kraken writes on its public connection. Sources: the pages Book, Trade, Ticker, OHLC, Status and Heartbeat of the v2 API.

Only the members that tradewire uses are declared; the decoder skips the rest. Numbers stay raw, see ``values``.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Raw, field

Item = TypeVar("Item")


class Message(msgspec.Struct, Generic[Item], gc=False):
    """What every channel sends: ``{"channel":"trade","type":"update","data":[…]}``; the channel has been read by then."""

    type: Literal["snapshot", "update"]
    data: list[Item]


class BookLevel(msgspec.Struct, gc=False):
    """``{"price":45285.2,"qty":0.00100000}``, in the pair's fixed decimals; a quantity of zero removes the level."""

    price: Raw
    qty: Raw


class BookItem(msgspec.Struct, gc=False):
    """A snapshot, or the levels that changed in any order; the checksum is of the book after it.

    ``{"symbol":"MATIC/USD","bids":[{"price":0.5657,"qty":1098.39475580}],"asks":[],"checksum":2114181697,``
    ``"timestamp":"2023-10-06T17:35:55.440295Z"}``; older snapshots have no ``timestamp``.
    """

    symbol: str
    bids: list[BookLevel]
    asks: list[BookLevel]
    checksum: int
    timestamp: str = ""


class TradeItem(msgspec.Struct, gc=False):
    """One trade; ``side`` is the taker's.

    ``{"symbol":"BTC/USD","side":"buy","price":83744.3,"qty":0.00044780,"ord_type":"limit","trade_id":109116693,``
    ``"timestamp":"2026-09-25T17:48:26.844359Z"}``
    """

    symbol: str
    side: Literal["buy", "sell"]
    price: Raw
    qty: Raw
    trade_id: int
    timestamp: str


class TickerItem(msgspec.Struct, gc=False):
    """Best bid and ask, and the last 24 hours; ``timestamp`` and ``trades`` are newer than the rest.

    ``{"symbol":"ALGO/USD","bid":0.10025,"bid_qty":740.0,"ask":0.10036,"ask_qty":1361.44813783,"last":0.10035,``
    ``"volume":997038.98383185,"vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17}``
    """

    symbol: str
    bid: Raw
    bid_qty: Raw
    ask: Raw
    ask_qty: Raw
    last: Raw
    volume: Raw
    vwap: Raw
    low: Raw
    high: Raw
    change: Raw
    change_pct: Raw
    timestamp: str = ""
    trades: int | None = None


class CandleItem(msgspec.Struct, gc=False):
    """The running candle; nothing says that one is final but a later one.

    ``{"symbol":"ALGO/USD","open":0.09875,"high":0.0988,"low":0.09875,"close":0.09875,"trades":13,"volume":16255.46368,``
    ``"vwap":0.09879,"interval_begin":"2023-10-04T15:30:00.000000000Z","interval":5,"timestamp":"2023-10-04T15:35:00.000000Z"}``
    """

    symbol: str
    open: Raw
    high: Raw
    low: Raw
    close: Raw
    volume: Raw
    trades: int
    interval_begin: str
    interval: int


class CandleMessage(Message[CandleItem], gc=False):
    """Candles; the moment of sending stands beside the data."""

    timestamp: str = ""


class StatusItem(msgspec.Struct, gc=False):
    """``{"version":"2.0.10","system":"online","api_version":"v2","connection_id":18125794168470749634}``."""

    system: str


class Head(msgspec.Struct):
    """Whatever tells the kind of a frame: a channel's message, or the reply to a request.

    ``{"method":"subscribe","req_id":7,"result":{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC/USD"},"success":true,…}``
    ``{"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,"symbol":"XBT/USD",…}``
    ``{"Error":"Exceeded msg rate"}``
    """

    channel: str = ""
    method: str = ""
    req_id: int | None = None
    success: Any = None
    error: Any = None
    symbol: str = ""
    result: Raw = Raw(b"null")
    session_error: Any = field(default=None, name="Error")


class Acknowledgement(msgspec.Struct):
    """The ``result`` of a subscription: what has been subscribed."""

    channel: str = ""
    symbol: str = ""
    depth: int = 0
