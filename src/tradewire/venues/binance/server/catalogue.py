"""Which class serves which kind of stream."""

from __future__ import annotations

from collections.abc import Mapping

from tradewire.venues.binance.server.candles import CandleStream
from tradewire.venues.binance.server.faults import ServerFaults
from tradewire.venues.binance.server.market import Market
from tradewire.venues.binance.server.names import Kind, StreamName
from tradewire.venues.binance.server.streams import (
    AggregateStream,
    DiffDepthStream,
    MarketStream,
    PartialDepthStream,
    QuoteStream,
    Stream,
    TradeStream,
)
from tradewire.venues.binance.server.tickers import AveragePriceStream, TickerStream

_KINDS: Mapping[Kind, type[MarketStream]] = {
    Kind.TRADE: TradeStream,
    Kind.AGGREGATE: AggregateStream,
    Kind.QUOTE: QuoteStream,
    Kind.DEPTH: DiffDepthStream,
    Kind.CANDLE: CandleStream,
    Kind.AVERAGE_PRICE: AveragePriceStream,
}


def make_stream(name: StreamName, faults: ServerFaults, markets: Mapping[str, Market]) -> Stream | None:
    """Make the stream ``name``; ``None`` for markets that are not listed and for kinds that have no data here.

    Args:
        name: What is wanted.
        faults: What may go wrong on the way out.
        markets: By the symbol as stream names have it.
    """
    if not name.symbol:
        return TickerStream(name, faults, markets.values())
    market = markets.get(name.symbol)
    if market is None:
        return None
    if name.kind in {Kind.MINI_TICKER, Kind.TICKER}:
        return TickerStream(name, faults, [market])
    kind = PartialDepthStream if name.levels else _KINDS.get(name.kind)
    return kind(name, faults, market) if kind else None
