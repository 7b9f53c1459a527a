"""A local order book, kept in step with the venue's, and frozen views of it."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from tradewire.errors import BookNotLive
from tradewire.model.events import Side
from tradewire.model.ladder import Change, Ladder, Level
from tradewire.model.number import exact, plain
from tradewire.model.time import Nanos

__all__ = ["BookReader", "BookStatus", "BookView", "Level", "OrderBook"]

#: Digits of intermediate results: products of two wire numbers summed over a whole book stay exact.
_DIGITS = 80


class BookStatus(StrEnum):
    """Whether a book can be trusted."""

    BUILDING = "building"
    LIVE = "live"
    RESYNCING = "resyncing"
    STALE = "stale"


class BookReader(ABC):
    """What can be read from a book. ``OrderBook`` and ``BookView`` share it.

    Every method raises ``BookNotLive`` where the book is not live, or where a level it needs does not exist.
    """

    __slots__ = ()

    venue: str
    symbol: str
    update_id: int
    venue_time: Nanos | None

    @abstractmethod
    def bids(self, levels: int | None = None) -> tuple[Level, ...]:
        """Return the best ``levels`` bids (all, by default), highest price first."""

    @abstractmethod
    def asks(self, levels: int | None = None) -> tuple[Level, ...]:
        """Return the best ``levels`` asks (all, by default), lowest price first."""

    @abstractmethod
    def levels(self, side: Side | str) -> int:
        """How many levels there are on ``side``; ``"buy"`` means bids."""

    @abstractmethod
    def quantity_at(self, side: Side | str, price: str | int | Decimal) -> Decimal:
        """Quantity resting at exactly ``price`` on ``side`` (``"buy"`` means bids); zero if there is no such level."""

    @property
    def best_bid(self) -> Level:
        """Highest bid."""
        for level in self.bids(1):
            return level
        raise self._lacks("bids")

    @property
    def best_ask(self) -> Level:
        """Lowest ask."""
        for level in self.asks(1):
            return level
        raise self._lacks("asks")

    @property
    def spread(self) -> Decimal:
        """Best ask less best bid, quote currency."""
        return self.best_ask.price - self.best_bid.price

    @property
    def mid(self) -> Decimal:
        """Half-way between best bid and best ask."""
        return (self.best_ask.price + self.best_bid.price) / 2

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask, which no venue's book ever is. False if a side is empty."""
        return _cross(self.bids(1), self.asks(1))

    def imbalance(self, levels: int = 5) -> Decimal:
        """Bid quantity less ask quantity over their sum, best ``levels`` a side: -1 (only asks) to 1 (only bids)."""
        bid = sum((level.quantity for level in self.bids(levels)), Decimal(0))
        ask = sum((level.quantity for level in self.asks(levels)), Decimal(0))
        if not bid + ask:
            raise self._lacks("levels")
        return (bid - ask) / (bid + ask)

    def vwap(self, side: Side | str, quantity: str | int | Decimal) -> Decimal:
        """Average price of taking ``quantity`` of base currency now: a ``"buy"`` takes asks, a ``"sell"`` takes bids.

        Raises:
            ValueError: The book holds less (the text says how much), or ``quantity`` is not positive.
        """
        wanted = exact(quantity)
        if wanted <= 0:
            raise ValueError(f"a quantity must be positive, not {wanted}")
        with localcontext(prec=_DIGITS):
            missing, paid = wanted, Decimal(0)
            for price, available in self._taken_by(Side(side)):
                taken = min(missing, available)
                paid += price * taken
                missing -= taken
                if not missing:
                    break
            else:
                raise ValueError(f"the book of {self.symbol} is too thin to {side} {wanted}: {wanted - missing} is available")
            average = paid / wanted
        return +average

    def quantity_to(self, side: Side | str, price: str | int | Decimal) -> Decimal:
        """Quantity within a limit ``price``: what a ``"buy"`` finds of asks up to it, or a ``"sell"`` of bids down to it."""
        side, limit, total = Side(side), exact(price), Decimal(0)
        for level in self._taken_by(side):
            if level.price > limit if side is Side.BUY else level.price < limit:
                break
            total += level.quantity
        return total

    def _taken_by(self, side: Side) -> Iterator[Level]:
        """Levels that a taker on ``side`` meets, best first; read in growing portions, since few takers go deep."""
        read = self.asks if side is Side.BUY else self.bids
        portion, seen = 16, 0
        while len(levels := read(portion)) > seen:
            yield from levels[seen:]
            seen, portion = len(levels), portion * 4

    def _lacks(self, what: str) -> BookNotLive:
        return BookNotLive(f"the book of {self.symbol} has no {what}", venue=self.venue)


@dataclass(frozen=True, slots=True, repr=False)
class BookView(BookReader):
    """A book, or the best levels of one, as it was at one instant.

    Attributes:
        update_id: The venue's id of the last change in it.
        venue_time: When that happened by the venue's clock, nanoseconds since the epoch, or ``None``.
    """

    venue: str
    symbol: str
    update_id: int
    venue_time: Nanos | None
    _bids: tuple[Level, ...]
    _asks: tuple[Level, ...]

    def bids(self, levels: int | None = None) -> tuple[Level, ...]:
        """Return the best ``levels`` bids (all, by default), highest price first."""
        return self._bids[:levels]

    def asks(self, levels: int | None = None) -> tuple[Level, ...]:
        """Return the best ``levels`` asks (all, by default), lowest price first."""
        return self._asks[:levels]

    def levels(self, side: Side | str) -> int:
        """How many levels there are on ``side``; ``"buy"`` means bids."""
        return len(self._bids if Side(side) is Side.BUY else self._asks)

    def quantity_at(self, side: Side | str, price: str | int | Decimal) -> Decimal:
        """Quantity resting at exactly ``price`` on ``side`` (``"buy"`` means bids); zero if there is no such level."""
        wanted = exact(price)
        levels = self._bids if Side(side) is Side.BUY else self._asks
        return next((level.quantity for level in levels if level.price == wanted), Decimal(0))

    def __repr__(self) -> str:
        counts = f"{len(self._bids)}+{len(self._asks)} levels"
        return f"BookView({self.symbol}, {_top(self._bids, self._asks)}, {counts})"


class OrderBook(BookReader):
    """Replica of one venue's book.

    Whoever writes it calls ``load``, ``apply`` and ``mark``; everybody else reads, which works while it is ``LIVE``.
    Numbers are converted when they are read: an update nobody looks at costs next to nothing.

    Args:
        max_levels: Levels a side that the venue maintains, where its book is a window: after each update worse ones are
            forgotten. ``None`` keeps all.

    Attributes:
        status: Whether it can be trusted.
        reason: Why not, in one line; ``""`` when it can.
        update_id: The venue's id of the last change folded in.
        venue_time: When that happened by the venue's clock, nanoseconds since the epoch, or ``None``.
    """

    def __init__(self, venue: str, symbol: str, *, max_levels: int | None = None) -> None:
        self.venue = venue
        self.symbol = symbol
        self.status = BookStatus.BUILDING
        self.reason = "waiting for the first snapshot"
        self.update_id = 0
        self.venue_time = None
        self._bids = Ladder(descending=True, max_levels=max_levels)
        self._asks = Ladder(descending=False, max_levels=max_levels)

    def load(self, bids: Iterable[Change], asks: Iterable[Change], update_id: int) -> None:
        """Replace everything by a snapshot: price and quantity as the wire's text, anything past them is ignored.

        Raises:
            ValueError: A price is not a plain positive decimal. Load another snapshot.
        """
        self._bids.clear()
        self._asks.clear()
        self.apply(bids, asks, update_id)

    def apply(self, bids: Iterable[Change], asks: Iterable[Change], update_id: int) -> None:
        """Set absolute quantities, in order; zero removes. The caller has checked continuity.

        Raises:
            ValueError: A price is not a plain positive decimal. Load another snapshot.
        """
        self._bids.apply(bids)
        self._asks.apply(asks)
        self.update_id = update_id

    def mark(self, status: BookStatus, reason: str = "") -> None:
        """Change the state; only a ``LIVE`` book can be read."""
        self.status = status
        self.reason = reason

    def bids(self, levels: int | None = None) -> tuple[Level, ...]:
        """Return the best ``levels`` bids (all, by default), highest price first."""
        return self._read(self._bids, levels)

    def asks(self, levels: int | None = None) -> tuple[Level, ...]:
        """Return the best ``levels`` asks (all, by default), lowest price first."""
        return self._read(self._asks, levels)

    def levels(self, side: Side | str) -> int:
        """How many levels the replica holds on ``side``, live or not; ``"buy"`` means bids."""
        return len(self._side(side))

    def quantity_at(self, side: Side | str, price: str | int | Decimal) -> Decimal:
        """Quantity resting at exactly ``price`` on ``side`` (``"buy"`` means bids); zero if there is no such level."""
        self._require_live()
        return self._side(side).quantity_at(exact(price))

    def texts(self, side: Side, levels: int) -> list[tuple[str, str]]:
        """Return price and quantity of the best levels in the wire's own digits, live or not: what checksums are made of."""
        return (self._bids if side is Side.BUY else self._asks).texts(levels)

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask; the writer may ask this of a book that is not live.

        Raises:
            ValueError: The quantity of a best level cannot be read.
        """
        return _cross(self._bids.read(1), self._asks.read(1))

    def snapshot(self, levels: int | None = None) -> BookView:
        """Freeze the best ``levels`` a side (all, by default)."""
        return BookView(self.venue, self.symbol, self.update_id, self.venue_time, self.bids(levels), self.asks(levels))

    def __repr__(self) -> str:
        counts = f"{len(self._bids)}+{len(self._asks)} levels"
        if self.status is BookStatus.LIVE:
            return f"OrderBook({self.symbol}, live, {_top(self._bids.read(1), self._asks.read(1))}, {counts})"
        return f"OrderBook({self.symbol}, {self.status}: {self.reason}, {counts})"

    def _side(self, side: Side | str) -> Ladder:
        return self._bids if Side(side) is Side.BUY else self._asks

    def _read(self, ladder: Ladder, levels: int | None) -> tuple[Level, ...]:
        if self.status is not BookStatus.LIVE:
            self._require_live()
        try:
            return ladder.read(sys.maxsize if levels is None else levels)
        except ValueError as error:
            self.mark(BookStatus.STALE, str(error))
            raise BookNotLive(f"the book of {self.symbol} cannot be read: {error}", venue=self.venue) from error

    def _require_live(self) -> None:
        if self.status is not BookStatus.LIVE:
            raise BookNotLive(f"the book of {self.symbol} is {self.status}: {self.reason}", venue=self.venue)


def _cross(bids: tuple[Level, ...], asks: tuple[Level, ...]) -> bool:
    return bool(bids and asks) and bids[0].price >= asks[0].price


def _top(bids: tuple[Level, ...], asks: tuple[Level, ...]) -> str:
    """Write the best levels in one line: ``bid 64123.45 x 0.5, ask 64123.46 x 1.2``."""
    best = (("bid", bids), ("ask", asks))
    return ", ".join(
        f"{name} {plain(side[0].price)} x {plain(side[0].quantity)}" if side else f"no {name}" for name, side in best
    )
