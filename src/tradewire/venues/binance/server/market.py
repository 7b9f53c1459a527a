"""One symbol of the venue, and what is known about its trading."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from tradewire.model.instrument import Instrument
from tradewire.model.rollup import CandleBuilder, RollingStats
from tradewire.model.time import Nanos
from tradewire.venues.backend import Backend, BookState, Level, LevelChange, TradeTick
from tradewire.venues.binance.server.folding import Aggregate, AggregateFolder

#: Trades asked of the exchange when a statistic begins, so that it starts with a past.
PAST_TRADES = 100_000

#: An empty side of a book.
NOTHING: Level = (Decimal(0), Decimal(0))


def best_of(book: BookState) -> tuple[Level, Level]:
    """Return best bid and ask; zeros for an empty side, as the venue writes it."""
    return (book.bids[0] if book.bids else NOTHING, book.asks[0] if book.asks else NOTHING)


class Listener(Protocol):
    """Something that wants to hear of a market's events."""

    def on_trade(self, tick: TradeTick) -> None:
        """A trade happened."""

    def on_aggregate(self, aggregate: Aggregate) -> None:
        """An aggregate trade is finished (heard only once aggregates were asked for)."""

    def on_level(self, change: LevelChange) -> None:
        """The book changed."""


class Market:
    """One symbol: its instrument and what listens to it.

    Aggregates begin when first asked for, with the trades that the exchange remembers, and go on from then.
    """

    def __init__(self, instrument: Instrument, backend: Backend) -> None:
        self.instrument = instrument
        self.symbol = instrument.venue_symbol
        self.listeners: list[Listener] = []
        self._backend = backend
        self._folder: AggregateFolder | None = None
        self._candles: dict[tuple[str, Nanos], CandleBuilder] = {}
        self._rolling: dict[Nanos, RollingStats] = {}

    def aggregates(self) -> AggregateFolder:
        """Return the aggregate trades, begun now if need be."""
        if self._folder is None:
            self._folder = AggregateFolder(self.past())
        return self._folder

    def candles(self, interval: str, offset: Nanos = 0) -> CandleBuilder:
        """Return the candles of one interval, begun now if need be."""
        key = interval, offset
        if key not in self._candles:
            self._candles[key] = CandleBuilder(*key, past=self.past())
        return self._candles[key]

    def rolling(self, window: Nanos) -> RollingStats:
        """Return the statistics of the last ``window``, begun now if need be."""
        if window not in self._rolling:
            self._rolling[window] = RollingStats(window, past=self.past())
        return self._rolling[window]

    def past(self) -> tuple[TradeTick, ...]:
        """Return the trades that the exchange remembers, oldest first."""
        return self.trades(PAST_TRADES)

    def trades(self, limit: int) -> tuple[TradeTick, ...]:
        """Return the latest trades, oldest first."""
        return tuple(self._backend.recent_trades(self.instrument.symbol, limit))

    def book(self, depth: int) -> BookState:
        """Return the book now."""
        return self._backend.book(self.instrument.symbol, depth)

    def top(self) -> tuple[Level, Level]:
        """Return best bid and ask now."""
        return best_of(self.book(1))

    def on_trade(self, tick: TradeTick) -> None:
        """Count it, and tell the listeners."""
        for candles in self._candles.values():
            candles.add(tick)
        for rolling in self._rolling.values():
            rolling.add(tick)
        for listener in self.listeners:
            listener.on_trade(tick)
        if self._folder:
            self._aggregated(self._folder.add(tick))

    def on_level(self, change: LevelChange) -> None:
        """Tell the listeners."""
        for listener in self.listeners:
            listener.on_level(change)

    def finish_aggregate(self) -> None:
        """The taker order behind the open aggregate is done."""
        if self._folder:
            self._aggregated(self._folder.finish())

    def open_aggregate(self) -> Aggregate | None:
        """Return the aggregate that waits for ``finish_aggregate``."""
        return self._folder.open if self._folder else None

    def _aggregated(self, aggregate: Aggregate | None) -> None:
        if aggregate:
            for listener in self.listeners:
                listener.on_aggregate(aggregate)
