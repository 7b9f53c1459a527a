"""The grammar of stream names (web-socket-streams.md)."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from tradewire.model.rollup import INTERVALS, offset_of
from tradewire.model.time import Nanos


class Kind(StrEnum):
    """What a stream carries, in the venue's words."""

    TRADE = "trade"
    AGGREGATE = "aggTrade"
    BLOCK_TRADE = "blockTrade"
    QUOTE = "bookTicker"
    DEPTH = "depth"
    CANDLE = "kline"
    MINI_TICKER = "miniTicker"
    TICKER = "ticker"
    AVERAGE_PRICE = "avgPrice"
    REFERENCE_PRICE = "referencePrice"


class StreamName(msgspec.Struct, frozen=True):
    """A stream name, taken apart.

    Attributes:
        text: As the client wrote it; events carry it back.
        symbol: Lower case, or ``""`` for the streams of all markets.
        interval: Of candles.
        offset: Of candles: 8 hours with ``@+08:00``, else 0.
        window: Of tickers: ``1h``, ``4h``, ``1d``, or ``""`` for the rolling 24 hours.
        levels: Of partial depth: 5, 10 or 20; 0 for the diff stream.
        period_ms: Of depth: 100 or 1000.
    """

    text: str
    kind: Kind
    symbol: str
    interval: str = ""
    offset: Nanos = 0
    window: str = ""
    levels: int = 0
    period_ms: int = 1000


_PLAIN = "|".join(kind for kind in Kind if kind not in {Kind.DEPTH, Kind.CANDLE})
_NAME = re.compile(
    rf"""
    (?P<symbol>[^@!/\s]+)@
    (?: (?P<plain>{_PLAIN})
      | kline_(?P<interval>{"|".join(INTERVALS)})(?:@(?P<offset>\+08:00))?
      | ticker_(?P<window>1h|4h|1d)
      | depth(?P<levels>5|10|20)?(?:@(?P<period>100|1000)ms)?
    )
    | !(?: (?P<all>miniTicker) | ticker_(?P<all_window>1h|4h|1d) )@arr
    """,
    re.VERBOSE,
)


def parse_name(text: str) -> StreamName | None:
    """Take ``btcusdt@depth5@100ms`` apart; ``None`` for what is no stream name.

    Whether the symbol exists is not looked at: the venue acknowledges a well-formed name of an unknown symbol and stays silent.
    """
    match = _NAME.fullmatch(text)
    if match is None:
        return None
    found = match.groupdict()
    symbol = found["symbol"] or ""
    if kind := found["plain"] or found["all"]:
        return StreamName(text, Kind(kind), symbol)
    if interval := found["interval"]:
        return StreamName(text, Kind.CANDLE, symbol, interval=interval, offset=offset_of(found["offset"] or ""))
    if window := found["window"] or found["all_window"]:
        return StreamName(text, Kind.TICKER, symbol, window=window)
    return StreamName(text, Kind.DEPTH, symbol, levels=int(found["levels"] or 0), period_ms=int(found["period"] or 1000))
