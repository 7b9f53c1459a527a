"""One symbol of the venue: its book, its trades, and what is known about its trading."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from tradewire.model.instrument import Instrument
from tradewire.model.rollup import DAY, RollingStats
from tradewire.model.time import Nanos
from tradewire.venues.backend import Backend, LevelChange, TradeTick
from tradewire.venues.kraken.server.candles import Candles
from tradewire.venues.kraken.server.depth import Depth
from tradewire.venues.kraken.server.messages import decimals_of

#: More levels, and more trades, than any exchange keeps.
EVERYTHING = 1_000_000


class Listener(Protocol):
    """Something that wants to hear of a market."""

    def on_instant(self, trades: Sequence[TradeTick], now: Nanos) -> None:
        """Something happened: these trades, and whatever the book shows."""


class Market:
    """One symbol and what listens to it.

    What happens at one instant is told at once, when something later happens or ``finish`` is called: an order that sweeps
    several levels is one update of the book and one message of trades, as at the venue.

    Attributes:
        symbol: On the wire; it is the unified one.
        listeners: In the order in which they hear.
        pending: The instant that is not finished, or ``None``.
    """

    def __init__(self, instrument: Instrument, backend: Backend) -> None:
        self.instrument = instrument
        self.symbol = instrument.symbol
        self.price_decimals = decimals_of(instrument.tick)
        self.quantity_decimals = decimals_of(instrument.step)
        self.listeners: list[Listener] = []
        self.pending: Nanos | None = None
        self._backend = backend
        self._trades: list[TradeTick] = []
        self._candles: dict[int, Candles] = {}

    @cached_property
    def depth(self) -> Depth:
        """The whole book, followed from the first look on; many exchanges begin to trade a market only then."""
        return Depth(self._backend.book(self.symbol, EVERYTHING))

    @cached_property
    def day(self) -> RollingStats:
        """Statistics of the last 24 hours, begun with the first look."""
        return RollingStats(DAY, self.trades(EVERYTHING))

    def candles(self, interval: int) -> Candles:
        """Return the candles of ``interval`` minutes, begun with the first look."""
        if interval not in self._candles:
            self._candles[interval] = Candles(interval, self.trades(EVERYTHING))
        return self._candles[interval]

    def trades(self, limit: int) -> Sequence[TradeTick]:
        """Return the latest trades, oldest first."""
        return self._backend.recent_trades(self.symbol, limit)

    def on_trade(self, tick: TradeTick) -> None:
        """Count it."""
        self._enter(tick.time)
        self._trades.append(tick)
        if "day" in self.__dict__:
            self.day.add(tick)
        for candles in self._candles.values():
            candles.add(tick)

    def on_level(self, change: LevelChange) -> None:
        """Apply it to the book."""
        if "depth" in self.__dict__:
            self._enter(change.time)
            self.depth.apply(change)

    def finish(self) -> None:
        """Tell what the instant brought."""
        if self.pending is None:
            return
        now, self.pending = self.pending, None
        trades, self._trades = self._trades, []
        for listener in tuple(self.listeners):
            listener.on_instant(trades, now)
        if "depth" in self.__dict__:
            self.depth.settle()

    def _enter(self, now: Nanos) -> None:
        if self.pending not in {None, now}:
            self.finish()
        self.pending = now
