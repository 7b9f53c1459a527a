"""Does a recording add up?

Numbered streams must have no holes, and a rebuilt book must have the top that was quoted, or the checksum that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

import msgspec

from tradewire.errors import BookNotLive
from tradewire.model.events import BookUpdate, Quote
from tradewire.wire.capture import CaptureLine

#: Quotes and tops kept while their counterpart may still come.
_KEPT = 4096


class Break(msgspec.Struct, frozen=True):
    """A hole in a numbered stream.

    Attributes:
        where: File and line of the first message after it.
        after: Last number before it.
        missed: How many numbers are missing.
    """

    where: str
    after: int
    missed: int


class Sequence(msgspec.Struct):
    """Follows the numbers of one stream.

    Attributes:
        stream: As the venue names it.
        messages: How many have been taken.
        first: Number that the first one began with, or ``None`` before it.
        last: Number that the latest one ended with.
        repeated: Messages that brought nothing new.
        joined: How many times a file went on exactly where the one before had ended.
        restarts: How many times one did not, or the venue began to count anew after a cut.
        breaks: Holes inside a file.
    """

    stream: str
    messages: int = 0
    first: int | None = None
    last: int = 0
    repeated: int = 0
    joined: int = 0
    restarts: int = 0
    breaks: list[Break] = []
    _at_boundary: bool = False
    _after_cut: bool = False

    def boundary(self, *, cut: bool = False) -> None:
        """A new file begins, so that a hole here is no fault of the recording; or a new connection after a ``cut``.

        What a cut lost is missing from the recording all the same, but numbers may begin anew.
        """
        if cut:
            self._after_cut = self.first is not None
        else:
            self._at_boundary = self.first is not None

    def take(self, first: int, last: int, where: str) -> None:
        """Take a message that covers the numbers from ``first`` to ``last``."""
        self.messages += 1
        at_boundary, self._at_boundary = self._at_boundary, False
        after_cut, self._after_cut = self._after_cut, False
        missed = first - self.last - 1
        if self.first is None:
            self.first = first
        elif last <= self.last and not (at_boundary or after_cut):
            self.repeated += 1
            return
        elif missed <= 0 <= last - self.last:
            self.joined += at_boundary
        elif at_boundary or missed <= 0:
            self.restarts += 1
        else:
            self.breaks.append(Break(where=where, after=self.last, missed=missed))
        self.last = last


class Top(msgspec.Struct, frozen=True):
    """Best bid and ask with their quantities."""

    bid: Decimal
    bid_quantity: Decimal
    ask: Decimal
    ask_quantity: Decimal


def top_of_quote(quote: Quote) -> Top:
    """The quote, as the top of a book."""
    return Top(quote.bid, quote.bid_quantity, quote.ask, quote.ask_quantity)


def top_of_book(update: BookUpdate) -> Top | None:
    """The top of the book as it is now, or ``None`` if it is not live or has an empty side."""
    try:
        bid, ask = update.book.best_bid, update.book.best_ask
    except BookNotLive:
        return None
    return Top(bid.price, bid.quantity, ask.price, ask.quantity)


class Mismatch(msgspec.Struct, frozen=True):
    """A rebuilt book whose top is not the one quoted for the same update."""

    where: str
    update_id: int
    rebuilt: Top
    quoted: Top


class Fault(msgspec.Struct, frozen=True):
    """A rebuilt book that is not the venue's."""

    where: str
    reason: str


class BookCheck(msgspec.Struct):
    """Compares a rebuilt book with the quotes that the venue numbered alike, or with the checksums that it sent.

    Attributes:
        symbol: ``BASE/QUOTE``.
        anchored: Whether a snapshot could be brought together with the changes, so that there was a book at all.
        updates: Changes applied.
        stands_at: Update id of the last one, or ``None`` before it.
        rebuilds: How many times the book had to be thrown away.
        quotes: Quotes taken.
        compared: Updates for which there was a quote.
        checksums: Checksums compared, faults included.
    """

    symbol: str
    anchored: bool = False
    updates: int = 0
    stands_at: int | None = None
    rebuilds: int = 0
    quotes: int = 0
    compared: int = 0
    checksums: int = 0
    mismatches: list[Mismatch] = []
    faults: list[Fault] = []
    _quotes: dict[int, Top] = {}
    _tops: dict[int, Top] = {}

    @property
    def checked(self) -> int:
        """How many times the book was held against something."""
        return self.compared + self.checksums

    @property
    def agreed(self) -> int:
        """How many times that was the same."""
        return self.checked - len(self.mismatches) - len(self.faults)

    def update(self, update: BookUpdate) -> None:
        """Note that a change has been applied."""
        self.anchored = True
        self.updates += 1
        self.stands_at = update.update_id

    def checksum(self, where: str, *, fault: str = "") -> None:
        """Note that the venue's checksum was compared, with what is wrong if it was another."""
        self.checksums += 1
        if fault:
            self.faults.append(Fault(where=where, reason=fault))

    def quote(self, update_id: int, top: Top, where: str) -> None:
        """Take what the venue quoted after ``update_id``."""
        self.quotes += 1
        rebuilt = self._tops.get(update_id)
        if rebuilt is not None:
            self._compare(update_id, rebuilt, top, where)
        _keep(self._quotes, update_id, top)

    def book(self, update_id: int, top: Top, where: str) -> None:
        """Take the top of the rebuilt book after ``update_id``."""
        quoted = self._quotes.get(update_id)
        if quoted is not None and update_id not in self._tops:
            self._compare(update_id, top, quoted, where)
        _keep(self._tops, update_id, top)

    def _compare(self, update_id: int, rebuilt: Top, quoted: Top, where: str) -> None:
        self.compared += 1
        if rebuilt != quoted:
            self.mismatches.append(Mismatch(where=where, update_id=update_id, rebuilt=rebuilt, quoted=quoted))


def _keep(kept: dict[int, Top], update_id: int, top: Top) -> None:
    kept[update_id] = top
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]


class Report(msgspec.Struct, frozen=True):
    """What a verification found.

    Attributes:
        lines: Lines read.
        unread: Lines that could not be understood, as ``where: why``.
        events: How many events were read, by the venue's name of the channel.
    """

    lines: int
    sequences: tuple[Sequence, ...]
    books: tuple[BookCheck, ...]
    unread: tuple[str, ...]
    events: Mapping[str, int] = {}

    @property
    def ok(self) -> bool:
        """Whether nothing is missing and nothing disagrees. A book without a snapshot is no fault: see ``unanchored``."""
        whole = not any(sequence.breaks for sequence in self.sequences)
        return whole and not self.unread and not any(book.mismatches or book.faults for book in self.books)

    @property
    def unanchored(self) -> tuple[str, ...]:
        """Symbols whose changes never met a snapshot, so that their books could not be checked."""
        return tuple(book.symbol for book in self.books if not book.anchored)


class Verifier(Protocol):
    """Reads recordings of one venue line by line."""

    def begin_file(self) -> None:
        """A new file follows: it may go on where the one before ended, or start anew."""

    def take(self, line: CaptureLine, where: str) -> None:
        """Take one line; ``where`` names file and line in the report.

        Raises:
            Unsupported: It was recorded at a place that looks like the venue's and speaks otherwise.
        """

    def report(self) -> Report:
        """Return what has been found so far."""
        ...
