"""The real-time streams and the depth streams: from the exchange's events to payloads."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from tradewire.model.events import Side
from tradewire.model.time import MILLISECOND, Nanos
from tradewire.venues.backend import BookState, LevelChange, TradeTick
from tradewire.venues.binance.server.faults import ServerFaults
from tradewire.venues.binance.server.folding import Aggregate
from tradewire.venues.binance.server.market import Market, best_of
from tradewire.venues.binance.server.messages import Build, Form, Message
from tradewire.venues.binance.server.names import StreamName
from tradewire.venues.binance.server.payloads import (
    AggregatePayload,
    DepthPayload,
    DiffPayload,
    Pair,
    QuotePayload,
    TradePayload,
    pairs,
    text,
)
from tradewire.wire.protocol import Frame


class Subscriber(Protocol):
    """A connection, as a stream sees it."""

    @property
    def form(self) -> Form:
        """How it wants its events."""
        ...

    def deliver(self, frame: Frame) -> None:
        """Queue ``frame``."""

    def shut_down(self, now: Nanos, close_at: Nanos) -> None:
        """Announce the end of the server, and end at ``close_at``."""


class Stream:
    """One stream name and the connections that listen to it.

    Subclasses override what they care about; a stream with a ``period`` is flushed at its multiples.
    """

    period: Nanos = 0

    def __init__(self, name: str, faults: ServerFaults) -> None:
        self.name = name
        self.subscribers: dict[Subscriber, None] = {}
        self._faults = faults

    def publish(self, build: Build) -> None:
        """Send what ``build`` makes to all subscribers."""
        for message in self._faults.pass_on(Message(self.name, build)):
            for subscriber in self.subscribers:
                subscriber.deliver(message.frame(subscriber.form))

    def joined(self, now: Nanos) -> None:
        """React to a new subscriber."""

    def on_trade(self, tick: TradeTick) -> None:
        """React to a trade of the symbol."""

    def on_aggregate(self, aggregate: Aggregate) -> None:
        """React to a finished aggregate of the symbol."""

    def on_level(self, change: LevelChange) -> None:
        """React to a book change of the symbol."""

    def flush(self, now: Nanos) -> None:
        """Send what has gathered since the last multiple of ``period``."""


class MarketStream(Stream):
    """A stream about one market."""

    def __init__(self, name: StreamName, faults: ServerFaults, market: Market) -> None:
        super().__init__(name.text, faults)
        self._market = market
        self._symbol = market.symbol
        market.book(1)  # an exchange may begin to trade a market only when somebody looks at it


class TradeStream(MarketStream):
    """``<symbol>@trade``."""

    def on_trade(self, tick: TradeTick) -> None:
        """Send it."""
        self.publish(
            lambda unit: TradePayload(
                event_time=tick.time // unit,
                symbol=self._symbol,
                trade_id=tick.trade_id,
                price=text(tick.price),
                quantity=text(tick.quantity),
                time=tick.time // unit,
                buyer_is_maker=tick.taker is Side.SELL,
            )
        )


class AggregateStream(MarketStream):
    """``<symbol>@aggTrade``."""

    def __init__(self, name: StreamName, faults: ServerFaults, market: Market) -> None:
        super().__init__(name, faults, market)
        market.aggregates()

    def on_aggregate(self, aggregate: Aggregate) -> None:
        """Send it."""
        self.publish(
            lambda unit: AggregatePayload(
                event_time=aggregate.time // unit,
                symbol=self._symbol,
                aggregate_id=aggregate.aggregate_id,
                price=text(aggregate.price),
                quantity=text(aggregate.quantity),
                first=aggregate.first,
                last=aggregate.last,
                time=aggregate.time // unit,
                buyer_is_maker=aggregate.taker is Side.SELL,
            )
        )


class QuoteStream(MarketStream):
    """``<symbol>@bookTicker``: sent when price or quantity of the best bid or ask changes."""

    def __init__(self, name: StreamName, faults: ServerFaults, market: Market) -> None:
        super().__init__(name, faults, market)
        self._top = market.book(1)

    def on_level(self, change: LevelChange) -> None:
        """Send the new top of the book, if it is new."""
        if not self._touches_top(change):
            return
        before, top = self._top, self._market.book(1)
        if (before.bids, before.asks) == (top.bids, top.asks):
            return
        self._top = top
        bid, ask = best_of(top)
        self.publish(lambda _unit: QuotePayload(top.update_id, self._symbol, *map(text, bid), *map(text, ask)))

    def _touches_top(self, change: LevelChange) -> bool:
        """Asking the exchange for its book costs more than this, and most changes happen deeper."""
        if change.side is Side.BUY:
            return not self._top.bids or change.price >= self._top.bids[0][0]
        return not self._top.asks or change.price <= self._top.asks[0][0]


class PartialDepthStream(MarketStream):
    """``<symbol>@depth<levels>``: the top of the book, complete, when the book has changed or somebody new listens."""

    def __init__(self, name: StreamName, faults: ServerFaults, market: Market) -> None:
        super().__init__(name, faults, market)
        self.period = name.period_ms * MILLISECOND
        self._levels = name.levels
        self._sent: int | None = None

    def joined(self, now: Nanos) -> None:
        """A newcomer has no picture yet."""
        self._sent = None

    def flush(self, now: Nanos) -> None:
        """Send the picture."""
        book = self._market.book(self._levels)
        if book.update_id != self._sent:
            self._sent = book.update_id
            self.publish(lambda _unit: depth_payload(book))


class DiffDepthStream(MarketStream):
    """``<symbol>@depth``: the levels that changed since the last event; ids follow on without a hole."""

    def __init__(self, name: StreamName, faults: ServerFaults, market: Market) -> None:
        super().__init__(name, faults, market)
        self.period = name.period_ms * MILLISECOND
        self._first = self._last = 0
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}

    def on_level(self, change: LevelChange) -> None:
        """Fold it in."""
        if not self._first:
            self._first = change.update_id
        self._last = change.update_id
        (self._bids if change.side is Side.BUY else self._asks)[change.price] = change.quantity

    def flush(self, now: Nanos) -> None:
        """Send what was folded in, if anything."""
        if not self._first:
            return
        first, last = self._first, self._last
        bids = _sorted_pairs(self._bids, descending=True)
        asks = _sorted_pairs(self._asks, descending=False)
        self._first = 0
        self._bids.clear()
        self._asks.clear()
        self.publish(
            lambda unit: DiffPayload(event_time=now // unit, symbol=self._symbol, first=first, last=last, bids=bids, asks=asks)
        )


def depth_payload(book: BookState) -> DepthPayload:
    """Write a whole book."""
    return DepthPayload(book.update_id, pairs(book.bids), pairs(book.asks))


def _sorted_pairs(levels: dict[Decimal, Decimal], *, descending: bool) -> tuple[Pair, ...]:
    return pairs(tuple(sorted(levels.items(), reverse=descending)))
