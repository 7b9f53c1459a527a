"""The route of a diff stream: a local book that heals itself, and what it tells about itself."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tradewire.errors import TradewireError
from tradewire.model.book import OrderBook
from tradewire.model.channels import Book
from tradewire.model.events import BUY, SELL, BookUpdate
from tradewire.model.time import Nanos
from tradewire.venues.binance.depth_sync import BROKEN, DepthSync, Outcome
from tradewire.venues.binance.messages import Depth, DepthMessage, LooseDepthMessage, Wrapped
from tradewire.venues.binance.routes import VENUE, Conversion, Route
from tradewire.wire.control import BookState
from tradewire.wire.protocol import Emit

_strict = msgspec.json.Decoder(Wrapped[DepthMessage]).decode
_loose = msgspec.json.Decoder(Wrapped[LooseDepthMessage]).decode


def read_change(payload: bytes) -> DepthMessage:
    """Decode a wrapped diff; whatever follows price and quantity in a level is dropped.

    Raises:
        ValueError: It is no diff, or one that ends before it begins.
    """
    try:
        change = _strict(payload).data
    except msgspec.ValidationError:
        change = _loose(payload).data.strict()
    if change.first > change.last:
        raise ValueError(f"the update ids {change.first} to {change.last} are in the wrong order")
    return change


class BookRoute(Route):
    """``<symbol>@depth``: emits ``BookUpdate`` while the book is live, and ``BookState`` when that changes.

    Args:
        snapshot_wanted: Called when ``sync.fetch_at`` has been set.
    """

    __slots__ = ("_announced", "_snapshot_wanted", "sync")

    def __init__(self, channel: Book, conversion: Conversion, snapshot_wanted: Callable[[BookRoute, Nanos], None]) -> None:
        super().__init__(channel, conversion)
        self.sync = DepthSync(OrderBook(VENUE, channel.symbol))
        self._snapshot_wanted = snapshot_wanted
        #: A loss has been announced and is not healed yet.
        self._announced = False

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Apply one change, or keep it for later."""
        change = read_change(payload)
        outcome = self.sync.change(change, now)
        if outcome is Outcome.APPLIED:
            self._emit_update(len(change.bids) + len(change.asks), now, emit)
        elif outcome is not Outcome.IGNORED:
            self._settle(outcome, now, emit)
            if outcome is Outcome.UNREADABLE:
                raise ValueError(self.sync.reason)

    def snapshot(self, result: Depth, now: Nanos, emit: Emit) -> None:
        """Take the answer to a snapshot request."""
        self._settle(self.sync.snapshot(result, now), now, emit)

    def failed(self, error: TradewireError, now: Nanos, emit: Emit) -> None:
        """Take the error that a snapshot request ended in."""
        self.sync.failed(error, now)
        self._snapshot_wanted(self, now)
        if not self._announced:
            emit(BookState(source=self.channel, live=False, reason=self.sync.reason))

    def _settle(self, outcome: Outcome, now: Nanos, emit: Emit) -> None:
        sync, was_live = self.sync, self.position is not None
        if outcome is Outcome.LIVE:
            self._announced = False
            emit(BookState(source=self.channel, live=True, reason=f"in step from update {sync.book.update_id}"))
            self._emit_update(sync.book.levels(BUY) + sync.book.levels(SELL), now, emit)
            return
        if sync.fetch_at is not None:
            self._snapshot_wanted(self, now)
        if outcome in BROKEN and was_live and not self._announced:
            self._announced = True
            emit(BookState(source=self.channel, live=False, reason=sync.reason, lost=True, missed=sync.missed))

    def _emit_update(self, changes: int, now: Nanos, emit: Emit) -> None:
        book = self.sync.book
        time = self.sync.time
        self.position = update_id = book.update_id
        book.venue_time = time = None if time is None else time * self.unit
        emit(BookUpdate(self.symbol, book, changes, update_id, VENUE, time, now, self.channel))
