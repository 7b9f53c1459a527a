"""What the demo claims: each claim must fail when what it says did not happen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.cli.demo_figures import COMPARED, BookAudit, Figures, Swap, Tape
from tradewire.model.book import BookStatus, OrderBook
from tradewire.model.events import Balance, SwapStatus
from tradewire.venues.backend import BookState


def held(**totals: str) -> dict[str, Balance]:
    return {asset: Balance(asset, Decimal(total), Decimal(0)) for asset, total in totals.items()}


def done_swap() -> Swap:
    return Swap(
        "ETH",
        "USDT",
        Decimal("0.5"),
        order_id="ord_1",
        expected_out=Decimal("1081.89"),
        filled_out=Decimal("1081.89"),
        statuses=[SwapStatus.PENDING, SwapStatus.PROCESSING, SwapStatus.FILLED],
        before=held(ETH="2.5", USDT="100", BTC="0.1"),
        pushed=held(ETH="2.0", USDT="1181.89", BTC="0.1"),
        pushes=2,
        booked=held(ETH="2.0", USDT="1181.89", BTC="0.1"),
    )


def good() -> Figures:
    """Figures of a demo in which all went well."""
    figures = Figures(done_swap())
    for trade_id in (1, 2, 5):
        figures.tape.trade(trade_id)
    figures.tape.gap(2)
    figures.audit.equal = 10
    figures.book_updates, figures.book_gaps, figures.book_gaps_healed, figures.resyncs = 10, 2, 2, 1
    figures.cuts = figures.restored = 1
    figures.logged_in = figures.final_books_equal = True
    return figures


def failed(figures: Figures) -> list[str]:
    return [claim.text for claim in figures.claims() if not claim.holds]


def test_when_all_went_well_every_claim_holds() -> None:
    assert failed(good()) == []


def test_when_nothing_happened_hardly_any_claim_holds() -> None:
    figures = Figures(Swap("ETH", "USDT", Decimal("0.5")))
    holding = [claim.text for claim in figures.claims() if claim.holds]
    assert holding == ["Nothing was dropped or not understood"]
    assert figures.events == 0


def spoil(name: str, value: object) -> Callable[[Figures], None]:
    def spoiled(figures: Figures) -> None:
        *path, last = name.split(".")
        place: object = figures
        for step in path:
            place = getattr(place, step)
        setattr(place, last, value)

    return spoiled


@pytest.mark.parametrize(
    ("spoiled", "claim"),
    [
        (spoil("tape.arrived", 0), "Trades arrive live"),
        (spoil("audit.different", 1), "The book equals the venue's at the same update id"),
        (spoil("audit.unmatched", 1), "The book equals the venue's at the same update id"),
        (spoil("audit.equal", 0), "The book equals the venue's at the same update id"),
        (spoil("final_books_equal", False), "At the end the whole book equals the venue's"),
        (spoil("final_books_equal", None), "At the end the whole book equals the venue's"),
        (spoil("dropped", 1), "Nothing was dropped or not understood"),
        (spoil("unrecognised", 1), "Nothing was dropped or not understood"),
        (spoil("cuts", 0), "The connection was cut, and came back"),
        (spoil("restored", 0), "The connection was cut, and came back"),
        (spoil("tape.announced", 1), "Every trade missed meanwhile was announced"),
        (spoil("tape.repeated", 1), "Every trade missed meanwhile was announced"),
        (spoil("resyncs", 0), "A lost book update was noticed"),
        (spoil("book_gaps_healed", 1), "Every gap in the book healed"),
        (spoil("logged_in", False), "The broker took the login"),
        (spoil("swap.statuses", [SwapStatus.PENDING, SwapStatus.FILLED]), "The swap ran its course"),
        (spoil("swap.expected_out", Decimal(1)), "It yielded what the estimate said"),
        (spoil("swap.before", held(ETH="2.5", USDT="99", BTC="0.1")), "Pushed balances add up to it"),
        (spoil("swap.booked", held(ETH="2.0", USDT="1181.88", BTC="0.1")), "They equal the broker's ledger"),
        (spoil("swap.booked", {}), "They equal the broker's ledger"),
    ],
)
def test_each_claim_fails_alone_when_it_is_not_so(spoiled: Callable[[Figures], None], claim: str) -> None:
    figures = good()
    spoiled(figures)
    assert failed(figures) == [claim]


def test_without_any_loss_nothing_was_shown_to_be_announced() -> None:
    figures = good()
    figures.tape = Tape()
    figures.tape.trade(1)
    assert failed(figures) == ["Every trade missed meanwhile was announced"]


@given(st.lists(st.integers(0, 5), max_size=30))
def test_a_tape_knows_what_was_lost(skips: list[int]) -> None:
    tape, trade_id = Tape(), 100
    tape.trade(trade_id)
    for skip in skips:
        trade_id += 1 + skip
        tape.trade(trade_id)
    assert (tape.arrived, tape.lost, tape.repeated) == (1 + len(skips), sum(skips), 0)
    assert tape.complete is (sum(skips) == 0)
    tape.gap(sum(skips))
    assert tape.complete
    tape.trade(trade_id)
    assert (tape.repeated, tape.complete) == (1, False)


def test_a_gap_of_unknown_size_announces_nothing() -> None:
    tape = Tape()
    tape.trade(1)
    tape.trade(3)
    tape.gap(None)
    assert not tape.complete


def client_book(quantity: str = "1.0", update_id: int = 7) -> OrderBook:
    book = OrderBook("binance", "BTC/USDT")
    book.load([("99.00", quantity)], [("101.00", "2")], update_id)
    book.mark(BookStatus.LIVE)
    return book


def venue_book(update_id: int = 7) -> BookState:
    return BookState(update_id, ((Decimal(99), Decimal(1)),), ((Decimal(101), Decimal(2)),))


def test_books_are_compared_at_the_same_update_id_only() -> None:
    audit = BookAudit()
    audit.venue(venue_book())
    audit.client(client_book())
    assert (audit.equal, audit.different, audit.unmatched, audit.compared) == (1, 0, 0, 1)
    audit.client(client_book(quantity="1.1"))
    assert (audit.equal, audit.different, audit.unmatched, audit.compared) == (1, 1, 0, 2)
    audit.client(client_book(update_id=8))
    assert (audit.equal, audit.different, audit.unmatched, audit.compared) == (1, 1, 1, 2)


def test_the_first_book_of_an_id_counts_and_old_ones_are_forgotten() -> None:
    audit = BookAudit()
    audit.venue(venue_book())
    audit.venue(BookState(7, (), ()))
    audit.client(client_book())
    assert audit.equal == 1
    for update_id in range(8, 1000):
        audit.venue(venue_book(update_id))
    audit.client(client_book())
    audit.client(client_book(update_id=999))
    assert (audit.equal, audit.unmatched) == (2, 1)


def test_only_the_best_levels_are_compared() -> None:
    bids = tuple((Decimal(1000 - step), Decimal(1)) for step in range(COMPARED))
    asks = tuple((Decimal(2000 + step), Decimal(1)) for step in range(COMPARED))
    book = OrderBook("binance", "BTC/USDT")
    book.load([(str(price), "1") for price, _ in bids] + [("5", "1")], [(str(price), "1") for price, _ in asks], 7)
    book.mark(BookStatus.LIVE)
    audit = BookAudit()
    audit.venue(BookState(7, bids, asks))
    audit.client(book)
    assert audit.equal == 1


def test_a_swap_is_done_when_its_balances_have_come_too() -> None:
    def swap(**changes: Any) -> Swap:
        return dataclasses.replace(done_swap(), **changes)

    assert swap().done
    assert not swap(pushed=swap().before).done
    assert not swap(pushed={}).done
    assert not swap(statuses=[]).done
    assert swap(statuses=[]).course == "never placed"


def test_a_swap_that_fails_is_done_without_being_paid() -> None:
    swap = done_swap()
    swap.statuses, swap.filled_out, swap.pushed = [SwapStatus.PENDING, SwapStatus.FAILED], None, swap.before
    assert swap.done
    assert not swap.paid
    assert swap.course == "PENDING -> FAILED"
