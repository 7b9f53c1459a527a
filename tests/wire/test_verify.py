"""The pure checks behind a verification."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradewire.model.book import OrderBook
from tradewire.model.channels import Book
from tradewire.model.events import BookUpdate
from tradewire.wire.verify import _KEPT, BookCheck, Fault, Report, Sequence, Top


def top(bid: str) -> Top:
    return Top(Decimal(bid), Decimal(1), Decimal(100), Decimal(1))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=30), st.sets(st.integers(1, 29), max_size=5))
def test_exactly_the_messages_left_out_are_missing(sizes: list[int], dropped: set[int]) -> None:
    sequence, at, kept_last, expected = Sequence("s"), 1, 0, 0
    for index, size in enumerate(sizes):
        first, last = at, at + size - 1
        at = last + 1
        if index in dropped:
            continue
        expected += first - kept_last - 1
        kept_last = last
        sequence.take(first, last, str(index))
    assert sum(hole.missed for hole in sequence.breaks) == expected
    assert sequence.last == kept_last


def test_repeats_and_overlaps_are_no_holes() -> None:
    sequence = Sequence("s")
    for first, last in ((1, 3), (2, 3), (3, 5), (1, 1)):
        sequence.take(first, last, "")
    assert (sequence.breaks, sequence.repeated, sequence.last) == ([], 2, 5)


def test_a_boundary_before_anything_means_nothing() -> None:
    sequence = Sequence("s")
    sequence.boundary()
    sequence.take(5, 6, "")
    sequence.take(9, 9, "x")
    assert (sequence.joined, sequence.restarts, [hole.where for hole in sequence.breaks]) == (0, 0, ["x"])


def test_numbers_may_go_back_at_a_boundary() -> None:
    sequence = Sequence("s")
    sequence.take(100, 100, "")
    sequence.boundary()
    sequence.take(5, 5, "")
    sequence.take(6, 6, "")
    assert (sequence.restarts, sequence.repeated, sequence.last, sequence.breaks) == (1, 0, 6, [])


def test_after_a_cut_numbers_may_begin_anew_but_not_be_missing() -> None:
    sequence = Sequence("s")
    sequence.boundary(cut=True)
    for first in (100, 101):
        sequence.take(first, first, "")
    sequence.boundary(cut=True)
    sequence.take(5, 5, "")
    sequence.boundary(cut=True)
    sequence.take(6, 6, "")
    sequence.boundary(cut=True)
    sequence.take(9, 9, "x")
    holes = [(hole.where, hole.missed) for hole in sequence.breaks]
    assert (sequence.restarts, sequence.repeated, sequence.joined, holes) == (1, 0, 0, [("x", 2)])


def test_quote_and_book_meet_in_either_order_once() -> None:
    check = BookCheck("BTC/USDT")
    check.quote(1, top("1"), "")
    check.book(1, top("1.0"), "")
    check.book(1, top("1.0"), "")
    check.book(2, top("2"), "")
    check.quote(2, top("3"), "here")
    check.quote(7, top("7"), "")
    assert check.compared == 2
    assert [(each.where, each.update_id) for each in check.mismatches] == [("here", 2)]


def test_what_waits_for_its_counterpart_is_bounded() -> None:
    check = BookCheck("BTC/USDT")
    for number in range(_KEPT + 10):
        check.quote(number, top("1"), "")
    check.book(3, top("1"), "")
    check.book(_KEPT, top("1"), "")
    assert check.compared == 1


def test_checksums_and_quotes_are_counted_together() -> None:
    check = BookCheck("BTC/USD")
    check.update(BookUpdate("BTC/USD", OrderBook("x", "BTC/USD"), 1, 7, "x", None, 1, Book("BTC/USD")))
    check.checksum("1")
    check.checksum("2", fault="3 and not 4")
    check.quote(1, top("1"), "")
    check.book(1, top("1"), "")
    assert (check.anchored, check.updates, check.stands_at) == (True, 1, 7)
    assert (check.checked, check.agreed, check.faults) == (3, 2, [Fault("2", "3 and not 4")])
    assert not Report(1, (), (check,), ()).ok


def test_instances_do_not_share_their_lists() -> None:
    first, second = Sequence("a"), Sequence("b")
    first.take(1, 1, "")
    first.take(5, 5, "")
    assert second.breaks == []
    assert not Report(1, (first, second), (), ()).ok
    assert Report(1, (second,), (BookCheck("X/Y"),), ()).unanchored == ("X/Y",)
    assert not Report(1, (), (), ("1: bad",)).ok
