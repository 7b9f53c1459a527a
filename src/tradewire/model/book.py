"""A local order book, kept in step with the venue's."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tradewire.errors import BookNotLive
from tradewire.model.events import Side
from tradewire.model.time import Nanos


class BookStatus(StrEnum):
    """Whether a book can be trusted."""

    BUILDING = "building"
    LIVE = "live"
    RESYNCING = "resyncing"
    STALE = "stale"


class Level(NamedTuple):
    """One price level; ``quantity`` in base currency."""

    price: Decimal
    quantity: Decimal


class OrderBook:
    """Replica of one venue's book."""

    def __init__(self, venue: str, symbol: str) -> None:
        self.venue = venue
        self.symbol = symbol
        self.status = BookStatus.BUILDING
        self.reason = "waiting for the first snapshot"
        self.update_id = 0
        self.venue_time: Nanos | None = None
        self._bids: dict[Decimal, Decimal] = {}
        self._asks: dict[Decimal, Decimal] = {}

    def load(self, bids: Iterable[tuple[str, str]], asks: Iterable[tuple[str, str]], update_id: int) -> None:
        """Replace everything by a snapshot (price and quantity as the wire's text)."""
        self._bids.clear()
        self._asks.clear()
        self.apply(bids, asks, update_id)

    def apply(self, bids: Iterable[tuple[str, str]], asks: Iterable[tuple[str, str]], update_id: int) -> None:
        """Set absolute quantities; zero removes. The caller has checked continuity."""
        for side, changes in ((self._bids, bids), (self._asks, asks)):
            for price, quantity in changes:
                amount = Decimal(quantity)
                if amount:
                    side[Decimal(price)] = amount
                else:
                    side.pop(Decimal(price), None)
        self.update_id = update_id

    def mark(self, status: BookStatus, reason: str = "") -> None:
        """Change the state; only a LIVE book can be read."""
        self.status = status
        self.reason = reason

    def _live(self) -> None:
        if self.status is not BookStatus.LIVE:
            raise BookNotLive(f"the book of {self.symbol} is {self.status.value}: {self.reason}", venue=self.venue)

    def bids(self, levels: int | None = None) -> tuple[Level, ...]:
        """Best first."""
        self._live()
        return tuple(Level(p, self._bids[p]) for p in sorted(self._bids, reverse=True)[:levels])

    def asks(self, levels: int | None = None) -> tuple[Level, ...]:
        """Best first."""
        self._live()
        return tuple(Level(p, self._asks[p]) for p in sorted(self._asks)[:levels])

    @property
    def best_bid(self) -> Level:
        """Highest bid."""
        return self.bids(1)[0]

    @property
    def best_ask(self) -> Level:
        """Lowest ask."""
        return self.asks(1)[0]

    def levels(self, side: Side) -> int:
        """How many levels the replica holds on ``side``."""
        return len(self._bids if side is Side.BUY else self._asks)
