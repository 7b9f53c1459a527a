"""What the server writes: replies and channel messages, with numbers whose digits are exact.

A number stands in the JSON as the text it was formatted to, since the checksum of a book is made of that text.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from tradewire.model.time import Nanos, iso
from tradewire.wire.protocol import Frame

encode = msgspec.json.Encoder().encode


def number(value: Decimal, decimals: int) -> msgspec.Raw:
    """Write a number with that many decimals: ``0.00100000``."""
    return msgspec.Raw(f"{value:.{decimals}f}".encode())


def shortest(value: Decimal) -> msgspec.Raw:
    """Write a number as the venue writes steps and minimums: ``0.1``, ``4.0``, and ``1e-08`` below a ten-thousandth."""
    value = value.normalize()
    if not value or value.adjusted() >= -4:
        return msgspec.Raw(f"{value:.{max(1, decimals_of(value))}f}".encode())
    mantissa, _, exponent = f"{value:e}".partition("e-")
    return msgspec.Raw(f"{mantissa}e-{exponent:>02}".encode())


def decimals_of(step: Decimal) -> int:
    """Return how many decimals a multiple of ``step`` needs: two for ``0.01``, none for ``1``."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def iso_nanos(moment: Nanos) -> str:
    """Return ``moment`` as ``2023-10-04T15:25:00.000000000Z``."""
    return f"{iso(moment)[:-1]}{moment % 1000:03d}Z"


class Result(msgspec.Struct, kw_only=True):
    """What a reply says about a subscription; an ``unsubscribe`` leaves out ``snapshot`` and ``warnings``.

    ``{"channel":"book","depth":10,"snapshot":true,"symbol":"BTC/USD"}``
    """

    channel: str
    depth: int | UnsetType = UNSET
    event_trigger: str | UnsetType = UNSET
    interval: int | UnsetType = UNSET
    snapshot: bool | UnsetType = UNSET
    symbol: str | UnsetType = UNSET
    warnings: tuple[str, ...] | UnsetType = UNSET


class Reply(msgspec.Struct, kw_only=True):
    """The answer to a request, keys in the venue's alphabetical order.

    ``{"method":"subscribe","req_id":7,"result":{"channel":"ticker","snapshot":true,"symbol":"ALGO/USD"},"success":true,
    "time_in":"2023-09-25T09:04:31.742599Z","time_out":"2023-09-25T09:04:31.742648Z"}``
    """

    error: str | UnsetType = UNSET
    method: str | UnsetType = UNSET
    req_id: int | UnsetType = UNSET
    result: Result | UnsetType = UNSET
    success: bool | UnsetType = UNSET
    symbol: str | UnsetType = UNSET
    time_in: str
    time_out: str


class LevelItem(msgspec.Struct, gc=False):
    """``{"price":45285.2,"qty":0.00100000}``."""

    price: msgspec.Raw
    qty: msgspec.Raw


class BookItem(msgspec.Struct):
    """``{"symbol":"MATIC/USD","bids":[],"asks":[],"checksum":2114181697,"timestamp":"2023-10-06T17:35:55.440295Z"}``."""

    symbol: str
    bids: list[LevelItem]
    asks: list[LevelItem]
    checksum: int
    timestamp: str


class TickerItem(msgspec.Struct):
    """Figures of the last 24 hours: ``volume`` in base, ``change`` in quote currency, ``change_pct`` in percent.

    ``{"symbol":"ALGO/USD","bid":0.10025,"bid_qty":740.0,"ask":0.10036,"ask_qty":1361.44813783,"last":0.10035,
    "volume":997038.98383185,"vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17}``
    """

    symbol: str
    bid: msgspec.Raw
    bid_qty: msgspec.Raw
    ask: msgspec.Raw
    ask_qty: msgspec.Raw
    last: msgspec.Raw
    volume: msgspec.Raw
    vwap: msgspec.Raw
    low: msgspec.Raw
    high: msgspec.Raw
    change: msgspec.Raw
    change_pct: msgspec.Raw
    trades: int
    timestamp: str


class TradeItem(msgspec.Struct):
    """``side`` is the taker's.

    ``{"symbol":"BTC/USD","side":"buy","price":83744.3,"qty":0.00044780,"ord_type":"limit","trade_id":109116693,
    "timestamp":"2026-09-25T17:48:26.844359Z"}``
    """

    symbol: str
    side: str
    price: msgspec.Raw
    qty: msgspec.Raw
    ord_type: str
    trade_id: int
    timestamp: str


class CandleItem(msgspec.Struct):
    """``interval`` is in minutes; ``timestamp`` is the candle's end.

    ``{"symbol":"ALGO/USD","open":0.09875,"high":0.09875,"low":0.09875,"close":0.09875,"trades":1,"volume":201.86015,
    "vwap":0.09875,"interval_begin":"2023-10-04T15:25:00.000000000Z","interval":5,"timestamp":"2023-10-04T15:30:00.000000Z"}``
    """

    symbol: str
    open: msgspec.Raw
    high: msgspec.Raw
    low: msgspec.Raw
    close: msgspec.Raw
    trades: int
    volume: msgspec.Raw
    vwap: msgspec.Raw
    interval_begin: str
    interval: int
    timestamp: str


class ChannelMessage(msgspec.Struct):
    """``{"channel":"trade","type":"update","data":[…]}``; ``timestamp`` (of candles) stands before the data."""

    channel: str
    type: Literal["snapshot", "update"]
    data: Any


class CandleMessage(msgspec.Struct):
    """``{"channel":"ohlc","type":"update","timestamp":"2023-10-04T16:26:01.806315597Z","data":[…]}``."""

    channel: Literal["ohlc"]
    type: Literal["snapshot", "update"]
    timestamp: str
    data: list[CandleItem]


HEARTBEAT = Frame(b'{"channel":"heartbeat"}')
#: The one answer without a method, and with a capital.
TOO_FAST = Frame(b'{"Error":"Exceeded msg rate"}')


def status_frame(system: str, connection_id: int) -> Frame:
    """Write what is sent first on every connection, and whenever the trading engine changes state."""
    data = {
        "version": "2.0.10",
        "system": system,
        "api_version": "v2",
        "connection_id": connection_id,
        "upcoming_maintenance": [],
        "emergency": [],
    }
    return Frame(encode(ChannelMessage("status", "update", [data])))


class Message:
    """An update of ``stream`` on its way to all its subscribers."""

    __slots__ = ("frame", "stream")

    def __init__(self, stream: str, payload: bytes) -> None:
        self.stream = stream
        self.frame = Frame(payload)

    def malformed(self) -> Message:
        """Return the same update cut in half."""
        payload = self.frame.payload
        assert isinstance(payload, bytes)  # noqa: S101 - made so above
        return Message(self.stream, payload[: len(payload) // 2])
