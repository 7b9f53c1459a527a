"""Keeping a local book in step with the venue's, as web-socket-streams.md describes it (text of 2025-11-12).

Changes are buffered until a REST snapshot arrives that reaches into them; from then on every change must follow on the one
before. Whatever breaks that (a gap, a crossed book, an unreadable level) throws the book away and starts over on the same
connection, the change that showed it being the first one buffered.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum

from tradewire.errors import RateLimited, TradewireError
from tradewire.model.book import BookStatus, OrderBook
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.binance.messages import Depth, DepthMessage

#: Shortest and longest time between two snapshot requests of one symbol; it doubles until the book is live.
FIRST_PAUSE: Nanos = 1 * SECOND
LONGEST_PAUSE: Nanos = 30 * SECOND
#: Changes kept while waiting; the oldest go first (five minutes at the fastest cadence).
BUFFER_LIMIT = 3000
#: Old changes in a row that are normal before the first one is applied: the snapshot's head start.
HEAD_START = 100


class Outcome(StrEnum):
    """What became of a change or a snapshot."""

    BUFFERED = "buffered"
    APPLIED = "applied"
    IGNORED = "ignored"
    LIVE = "live"
    REFETCH = "refetch"
    WAITING = "wait-for-first-event"
    GAP = "gap"
    CORRUPT = "corrupt"
    UNREADABLE = "unreadable"


#: Outcomes that mean the book had to be thrown away.
BROKEN = frozenset({Outcome.GAP, Outcome.CORRUPT, Outcome.UNREADABLE})


class DepthSync:
    """The procedure for one symbol.

    Args:
        book: Filled and marked here; it is ``LIVE`` exactly while ``live`` is true.

    Attributes:
        live: Whether ``book`` is in step.
        fetch_at: When a snapshot should be asked for, or ``None``; whoever asks calls ``asked``.
        reason: One line about the last thing that went wrong.
        missed: How many update ids the last gap skipped, or ``None`` if it was no gap.
        time: Event time of the last change applied since the snapshot, in the venue's unit, or ``None``.
    """

    __slots__ = ("_asked_at", "_buffer", "_old", "_pause", "_waiting", "book", "fetch_at", "live", "missed", "reason", "time")

    def __init__(self, book: OrderBook) -> None:
        self.book = book
        self.live = False
        self.fetch_at: Nanos | None = None
        self.reason = ""
        self.missed: int | None = None
        self.time: int | None = None
        self._buffer: deque[DepthMessage] = deque(maxlen=BUFFER_LIMIT)
        self._asked_at: Nanos | None = None
        self._pause = FIRST_PAUSE
        self._waiting = False
        self._old = 0

    def change(self, change: DepthMessage, now: Nanos) -> Outcome:
        """Take one message of the diff stream."""
        if not self.live:
            self._buffer.append(change)
            self._want_snapshot(now)
            return Outcome.BUFFERED
        outcome = self._step(change) if self.book.status is BookStatus.LIVE else self._gave_way()
        if outcome in BROKEN:
            self._start_over(now, () if outcome is Outcome.UNREADABLE else (change,))
        return outcome

    def asked(self, now: Nanos) -> None:
        """Note that a snapshot has been asked for."""
        self._waiting = True
        self.fetch_at = None
        self._asked_at = now
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def snapshot(self, snapshot: Depth, now: Nanos) -> Outcome:
        """Take the answer to a snapshot request."""
        self._waiting = False
        self.time = None
        if not self._buffer:
            return Outcome.WAITING
        if snapshot.last_update_id + 1 < self._buffer[0].first:
            return self._refetch(f"the snapshot ({snapshot.last_update_id}) is older than the first change", now)
        try:
            self.book.load(snapshot.bids, snapshot.asks, snapshot.last_update_id)
            crossed = self.book.crossed
        except ValueError as error:
            return self._refetch(f"the snapshot is unreadable: {error}", now)
        if crossed:
            return self._refetch("the snapshot is crossed", now)
        return self._catch_up(now)

    def failed(self, error: TradewireError, now: Nanos) -> None:
        """Note that the snapshot request failed; the next one waits at least as long as the venue asks."""
        self._waiting = False
        wait = int(error.retry_after * SECOND) if isinstance(error, RateLimited) and error.retry_after else 0
        self._refetch(f"no snapshot: {error}", now)
        self.fetch_at = now + max(wait, self._pause)

    def lost(self, reason: str) -> None:
        """The connection is gone: nothing here can become live again."""
        self.live = False
        self.fetch_at = None
        self._buffer.clear()
        self.book.mark(BookStatus.STALE, reason)

    def _catch_up(self, now: Nanos) -> Outcome:
        buffer = self._buffer
        while buffer and buffer[0].last <= self.book.update_id:
            buffer.popleft()
        while buffer:
            outcome = self._step(buffer[0])
            if outcome in BROKEN:
                if outcome is Outcome.UNREADABLE:
                    buffer.popleft()
                self._want_snapshot(now)
                return outcome
            buffer.popleft()
        self.live = True
        self._old = 0
        self._pause = FIRST_PAUSE
        self.book.mark(BookStatus.LIVE)
        return Outcome.LIVE

    def _step(self, change: DepthMessage) -> Outcome:
        book = self.book
        at = book.update_id
        if change.last < at:
            return self._ignore(change)
        if change.first > at + 1:
            self.missed = change.first - at - 1
            self.reason = f"update ids {at + 1} to {change.first - 1} are missing"
            return Outcome.GAP
        try:
            book.apply(change.bids, change.asks, change.last)
            crossed = book.crossed
        except ValueError as error:
            self.missed = None
            self.reason = f"a level is unreadable: {error}"
            return Outcome.UNREADABLE
        if crossed:
            self.missed = None
            self.reason = f"bids reach the asks after update {change.last}"
            return Outcome.CORRUPT
        self._old = 0
        self.time = change.time
        return Outcome.APPLIED

    def _gave_way(self) -> Outcome:
        """Levels are read lazily: somebody looked deep into the book and met a quantity that is no number."""
        self.missed = None
        self.reason = self.book.reason
        return Outcome.CORRUPT

    def _ignore(self, change: DepthMessage) -> Outcome:
        """Pass over a change that the snapshot contains, or one that is told again; any other shows that an id was wrong."""
        tolerated = HEAD_START if self.time is None else int(change.time < self.time)
        self._old += 1
        if self._old <= tolerated:
            return Outcome.IGNORED
        self._old = 0
        self.missed = None
        self.reason = f"update ids went back from {self.book.update_id} to {change.last}"
        return Outcome.GAP

    def _start_over(self, now: Nanos, first: tuple[DepthMessage, ...]) -> None:
        self.live = False
        self.book.mark(BookStatus.RESYNCING, self.reason)
        self._buffer.clear()
        self._buffer.extend(first)
        self._want_snapshot(now)

    def _refetch(self, reason: str, now: Nanos) -> Outcome:
        self.reason = reason
        self.book.mark(self.book.status, reason)
        self._want_snapshot(now)
        return Outcome.REFETCH

    def _want_snapshot(self, now: Nanos) -> None:
        if self._waiting or self.fetch_at is not None or not self._buffer:
            return
        self.fetch_at = now if self._asked_at is None else max(now, self._asked_at + self._pause)
