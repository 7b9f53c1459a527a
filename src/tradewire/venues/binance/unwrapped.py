"""Telling what a bare payload belongs to, on a connection that does not wrap (``/ws``, or the property ``combined`` off).

Most payloads carry event name and symbol. The best bid and ask has no event name, a partial book neither: those are known by
their shape, and a partial book only while a single one is subscribed. Source: web-socket-streams.md.
"""

from __future__ import annotations

from msgspec import UNSET

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
from tradewire.venues.binance.messages import Head
from tradewire.venues.binance.streams import Symbols

_EVENTS: dict[type[Channel], str] = {
    Trades: "trade",
    AggregateTrades: "aggTrade",
    Quotes: "bookTicker",
    Book: "depthUpdate",
    MiniTickers: "24hrMiniTicker",
    AveragePrices: "avgPrice",
}
_PARTIAL_BOOK = "partial book"


def mark_of_channel(channel: Channel, symbols: Symbols) -> str:
    """Return what the bare payloads of a resolved ``channel`` are known by."""
    match channel:
        case PartialBook():
            return _PARTIAL_BOOK
        case Candles(interval=interval):
            event = f"kline {interval}"
        case Tickers(window=window):
            event = "24hrTicker" if window == "24h" else f"{window}Ticker"
        case _:
            event = _EVENTS[type(channel)]
    return f"{event} {symbols.venue(getattr(channel, 'symbol', ''))}"


def mark_of_payload(head: Head) -> str | None:
    """Return what a bare payload is known by, or ``None`` if it is no event."""
    if head.e == "kline" and head.k is not UNSET:
        return f"kline {head.k.i} {head.s}"
    if head.e:
        return f"{head.e} {head.s}"
    if head.last_update_id is not UNSET:
        return _PARTIAL_BOOK
    if head.u is not UNSET and head.s:
        return f"bookTicker {head.s}"
    return None


def mark_of_array(heads: list[Head]) -> str | None:
    """Return what a bare array of tickers is known by, or ``None`` for an empty one."""
    return f"{heads[0].e} " if heads else None
