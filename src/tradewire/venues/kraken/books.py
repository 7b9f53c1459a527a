"""The feed of a book: a local replica, checked after every message, that heals itself.

Every message carries a checksum of the best ten levels a side, and that is all there is to notice a loss by: updates have no
numbers. The venue keeps a window of as many levels as were subscribed; what falls out of it is never removed by a message, so
the replica is cut to the window after each. Source: the pages Book, and guides, "Spot WebSockets (v2) book checksum".
"""

from __future__ import annotations

from tradewire.model.book import BookStatus, OrderBook
from tradewire.model.events import BUY, SELL, BookUpdate, Side
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.kraken.checksum import CHECKED, Tokens, checksum
from tradewire.venues.kraken.feeds import Feed, Reading
from tradewire.venues.kraken.messages import BookItem, BookLevel
from tradewire.venues.kraken.streams import VENUE, Stream
from tradewire.venues.kraken.values import text_of
from tradewire.wire.control import BookState
from tradewire.wire.protocol import Emit

#: Shortest and longest time between two subscriptions of a book that does not become right; it doubles in between.
FIRST_PAUSE: Nanos = 1 * SECOND
LONGEST_PAUSE: Nanos = 30 * SECOND
#: A book that was right for so long starts over with the shortest pause.
STABLE_AFTER: Nanos = 60 * SECOND
#: A snapshot that has not come by then is asked for again.
SNAPSHOT_WITHIN: Nanos = 10 * SECOND


class BookFeed(Feed):
    """Channel ``book``: emits ``BookUpdate`` while the book is live, and ``BookState`` when that changes.

    Attributes:
        book: ``LIVE`` exactly while the last checksum matched.
        renew_at: When the stream should be subscribed anew for a snapshot, or ``None``; whoever does so calls ``renewed``.
    """

    __slots__ = ("_announced", "_asked_at", "_asks", "_bids", "_live", "_pause", "_tokens", "book", "renew_at")

    def __init__(self, stream: Stream, reading: Reading) -> None:
        super().__init__(stream, reading)
        self.book = OrderBook(VENUE, stream.symbol, max_levels=stream.number)
        self.renew_at: Nanos | None = None
        self._live = False
        #: That it is not live has been told.
        self._announced = False
        self._asked_at: Nanos = 0
        self._pause = FIRST_PAUSE
        self._tokens = Tokens()
        #: Each side's part of the checked string.
        self._bids = self._asks = b""

    def accepted(self, depth: int, now: Nanos) -> None:
        """The venue acknowledged the stream, with a window of ``depth`` levels a side: the snapshot follows."""
        if self.position is None and depth > 0:
            self.book = OrderBook(VENUE, self.symbol, max_levels=depth)
        if not self._live:
            self._asked_at = now
            self.renew_at = now + SNAPSHOT_WITHIN

    def renewed(self, now: Nanos) -> None:
        """The stream has been subscribed anew: until the snapshot comes, nothing counts."""
        self._asked_at = now
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self.renew_at = now + max(SNAPSHOT_WITHIN, self._pause)

    def take(self, item: BookItem, now: Nanos, emit: Emit, *, snapshot: bool) -> None:
        """Apply one message and check it.

        Raises:
            ValueError: A price or the time cannot be read; the book has been given up then.
        """
        book = self.book
        if not snapshot and not self._live:
            return
        try:
            bids, asks = _pairs(item.bids), _pairs(item.asks)
            time = self.moments.maybe(item.timestamp)
            change = book.load if snapshot else book.apply
            change(bids, asks, (self.position or 0) + 1)
        except ValueError as error:
            self.give_up(f"a message is unreadable: {error}", now, emit)
            raise
        if snapshot or asks:
            self._asks = self._side(SELL)
        if snapshot or bids:
            self._bids = self._side(BUY)
        found = checksum(self._asks, self._bids)
        if found != item.checksum:
            self.give_up(f"the book's checksum is {found}, the venue's {item.checksum}", now, emit)
        elif self._live and book.status is not BookStatus.LIVE:
            # Quantities are read lazily: somebody looked deep into the book and met one that is no number.
            self.give_up(book.reason, now, emit)
        else:
            self._emit_update(len(bids) + len(asks), time, now, emit)

    def give_up(self, reason: str, now: Nanos, emit: Emit) -> None:
        """Throw the book away and want a new snapshot, at once unless the last one is just as new."""
        was_live, self._live = self._live, False
        self.book.mark(BookStatus.RESYNCING, reason)
        if was_live and now - self._asked_at >= STABLE_AFTER:
            self._pause = FIRST_PAUSE
        self.renew_at = max(now, self._asked_at + self._pause)
        if not self._announced:
            self._announced = True
            emit(BookState(source=self.channels[0], live=False, reason=reason, lost=was_live))

    def lost(self, reason: str) -> None:
        """The subscription is gone: nothing here can become live again."""
        self._live = False
        self.renew_at = None
        self.book.mark(BookStatus.STALE, reason)

    def _side(self, side: Side) -> bytes:
        return self._tokens.of(self.book.texts(side, CHECKED))

    def _emit_update(self, changes: int, time: Nanos | None, now: Nanos, emit: Emit) -> None:
        book, channel = self.book, self.channels[0]
        self.position = number = book.update_id
        book.venue_time = time
        if not self._live:
            self._live = True
            self._announced = False
            self.renew_at = None
            book.mark(BookStatus.LIVE)
            emit(BookState(source=channel, live=True, reason=f"the snapshot's checksum matches (update {number})"))
        emit(BookUpdate(self.symbol, book, changes, number, VENUE, time, now, channel))


def _pairs(levels: list[BookLevel]) -> list[tuple[str, str]]:
    return [(text_of(level.price), text_of(level.qty)) for level in levels]
