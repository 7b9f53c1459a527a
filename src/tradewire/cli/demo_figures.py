"""What the demo measures, and what it claims from that. Pure: nothing here connects, waits or draws."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from tradewire.engine.statistics import Histogram
from tradewire.model.book import BookReader
from tradewire.model.events import Balance, SwapStatus
from tradewire.venues.backend import BookState

#: Levels a side that are compared.
COMPARED = 20
#: Books of the venue that are remembered: far more than change between two updates.
_REMEMBERED = 512
_LIFE_OF_A_SWAP = (SwapStatus.PENDING, SwapStatus.PROCESSING, SwapStatus.FILLED)


class Claim(NamedTuple):
    """Something the demo says of itself, and whether it was so.

    Attributes:
        text: A sentence.
        holds: Whether it is true.
        shown: The figures behind it.
    """

    text: str
    holds: bool
    shown: str


class Tape:
    """Counts trades by their ids, which the venue gives without holes.

    Attributes:
        arrived: Trades delivered.
        lost: Ids that were skipped.
        announced: Trades that gap events said were lost.
        repeated: Trades delivered twice or out of order.
    """

    def __init__(self) -> None:
        self.arrived = 0
        self.lost = 0
        self.announced = 0
        self.repeated = 0
        self._last: int | None = None

    def trade(self, trade_id: int) -> None:
        """Take one trade."""
        self.arrived += 1
        if self._last is not None:
            if trade_id <= self._last:
                self.repeated += 1
                return
            self.lost += trade_id - self._last - 1
        self._last = trade_id

    def gap(self, missed: int | None) -> None:
        """Take what a gap event announces."""
        self.announced += missed or 0

    @property
    def complete(self) -> bool:
        """Whether nothing came twice, and all that did not come was announced."""
        return self.repeated == 0 and self.lost == self.announced


class BookAudit:
    """Compares the client's book with the venue's at the same update id.

    Attributes:
        equal: Comparisons in which all compared levels were the same.
        different: Those in which they were not.
        unmatched: Updates whose id the venue's book never had.
    """

    def __init__(self) -> None:
        self.equal = 0
        self.different = 0
        self.unmatched = 0
        self._venue: dict[int, BookState] = {}
        self._order: deque[int] = deque()

    @property
    def compared(self) -> int:
        """Comparisons made."""
        return self.equal + self.different

    def venue(self, state: BookState) -> None:
        """Remember the venue's book."""
        if state.update_id in self._venue:
            return
        self._venue[state.update_id] = state
        self._order.append(state.update_id)
        if len(self._order) > _REMEMBERED:
            del self._venue[self._order.popleft()]

    def client(self, book: BookReader) -> None:
        """Compare the client's book, now."""
        state = self._venue.get(book.update_id)
        if state is None:
            self.unmatched += 1
        elif book.bids(COMPARED) == state.bids[:COMPARED] and book.asks(COMPARED) == state.asks[:COMPARED]:
            self.equal += 1
        else:
            self.different += 1


@dataclass(slots=True)
class Swap:
    """One swap as the client saw it.

    Attributes:
        amount_in: Given, in ``asset_in``.
        filled_out: Received, in ``asset_out``, once it is.
        statuses: As they came.
        before: Balances before it, by asset.
        pushed: Balances as last pushed after it was placed.
        pushes: How many pushes came since.
        booked: Balances that the venue's ledger has at the end.
    """

    asset_in: str
    asset_out: str
    amount_in: Decimal
    order_id: str = ""
    expected_out: Decimal | None = None
    filled_out: Decimal | None = None
    statuses: list[SwapStatus] = field(default_factory=list)
    before: dict[str, Balance] = field(default_factory=dict)
    pushed: dict[str, Balance] = field(default_factory=dict)
    pushes: int = 0
    booked: dict[str, Balance] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether the order is final and the balances that follow from it have arrived."""
        return bool(self.statuses and self.statuses[-1].final and self.pushed) and (
            self.statuses[-1] is not SwapStatus.FILLED or self.paid
        )

    @property
    def paid(self) -> bool:
        """Whether the balances pushed differ from those before by exactly what was swapped."""
        if self.filled_out is None or not self.before or not self.pushed:
            return False
        changes = {self.asset_in: -self.amount_in, self.asset_out: self.filled_out}
        return all(self.pushed[asset].total - self.before[asset].total == change for asset, change in changes.items())

    @property
    def course(self) -> str:
        """The statuses in a row."""
        return " -> ".join(self.statuses) or "never placed"


@dataclass(slots=True)
class Figures:
    """Everything that was measured."""

    swap: Swap
    tape: Tape = field(default_factory=Tape)
    audit: BookAudit = field(default_factory=BookAudit)
    #: From the venue's clock to the handler.
    latency: Histogram = field(default_factory=Histogram)
    book_updates: int = 0
    book_gaps: int = 0
    book_gaps_healed: int = 0
    resyncs: int = 0
    cuts: int = 0
    restored: int = 0
    #: Seconds without connection.
    outage: float = 0.0
    dropped: int = 0
    unrecognised: int = 0
    logged_in: bool = False
    #: Of the client's book and the venue's, all levels, once the market stood still; ``None`` if it never came to that.
    final_books_equal: bool | None = None
    final_levels: int = 0
    #: What went wrong on the way.
    troubles: list[str] = field(default_factory=list)

    @property
    def events(self) -> int:
        """Events that reached the handlers of market data."""
        return self.tape.arrived + self.book_updates

    def claims(self) -> tuple[Claim, ...]:
        """What the demo says of itself."""
        return (*self._market_claims(), *self._healing_claims(), *self._broker_claims())

    def _market_claims(self) -> tuple[Claim, ...]:
        audit, tape = self.audit, self.tape
        books = f"{audit.equal} of {audit.compared} equal"
        if audit.unmatched:
            books += f", {audit.unmatched} at ids that the venue never had"
        final = "never reached" if self.final_books_equal is None else f"{self.final_levels:,} levels"
        return (
            Claim("Trades arrive live", tape.arrived > 0, f"{tape.arrived} trades"),
            Claim(
                "The book equals the venue's at the same update id", _all(audit.equal, audit.compared + audit.unmatched), books
            ),
            Claim("At the end the whole book equals the venue's", self.final_books_equal is True, final),
            Claim(
                "Nothing was dropped or not understood",
                not (self.dropped or self.unrecognised),
                f"{self.dropped} dropped, {self.unrecognised} not understood",
            ),
        )

    def _healing_claims(self) -> tuple[Claim, ...]:
        tape = self.tape
        lost = f"{tape.announced} of {tape.lost}" + (f", {tape.repeated} twice" if tape.repeated else "")
        gaps = f"{self.book_gaps_healed} of {self.book_gaps} healed"
        return (
            Claim("The connection was cut, and came back", _all(self.restored, self.cuts), f"{self.outage:.2f} s without it"),
            Claim("Every trade missed meanwhile was announced", tape.complete and tape.lost > 0, lost),
            Claim("A lost book update was noticed", self.resyncs > 0, f"{self.resyncs} noticed"),
            # One for the cut, one for the lost update.
            Claim("Every gap in the book healed", self.book_gaps > 1 and _all(self.book_gaps_healed, self.book_gaps), gaps),
        )

    def _broker_claims(self) -> tuple[Claim, ...]:
        swap = self.swap
        out = "nothing" if swap.filled_out is None else f"{swap.filled_out} {swap.asset_out}"
        return (
            Claim("The broker took the login", self.logged_in, "signed" if self.logged_in else "no"),
            Claim("The swap ran its course", tuple(swap.statuses) == _LIFE_OF_A_SWAP, swap.course),
            Claim("It yielded what the estimate said", swap.filled_out is not None and swap.filled_out == swap.expected_out, out),
            Claim("Pushed balances add up to it", swap.paid, f"{swap.pushes} pushes"),
            Claim(
                "They equal the broker's ledger", bool(swap.booked) and swap.pushed == swap.booked, f"{len(swap.booked)} assets"
            ),
        )


def _all(good: int, total: int) -> bool:
    return 0 < total == good
