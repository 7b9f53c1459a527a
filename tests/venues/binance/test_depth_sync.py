"""The local-book procedure, step by step."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tradewire.errors import BookNotLive, CommandError, RateLimited
from tradewire.model.book import BookStatus, Level, OrderBook
from tradewire.model.time import SECOND
from tradewire.venues.binance.depth_sync import BUFFER_LIMIT, HEAD_START, DepthSync, Outcome
from tradewire.venues.binance.messages import Depth, DepthMessage

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "binance-vectors.json").read_text())["order_book"]


def sync() -> DepthSync:
    return DepthSync(OrderBook("binance", "BNB/BTC"))


def change(first: int, last: int, bids: Any = (), asks: Any = ()) -> DepthMessage:
    return DepthMessage(time=first, first=first, last=last, bids=list(bids), asks=list(asks))


def snapshot(last: int, bids: Any = (("1", "1"),), asks: Any = (("2", "1"),)) -> Depth:
    return Depth(last_update_id=last, bids=list(bids), asks=list(asks))


def live(last: int = 10) -> DepthSync:
    book = sync()
    book.change(change(last, last), 0)
    book.asked(0)
    assert book.snapshot(snapshot(last), 0) is Outcome.LIVE
    return book


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_published_cases(vector: dict[str, Any]) -> None:
    book = sync()
    for step in vector["steps"]:
        if step["step"] == "event":
            outcome = book.change(msgspec.convert(step["data"], DepthMessage), 0)
        else:
            outcome = book.snapshot(msgspec.convert(step["data"], Depth), 0)
        assert outcome == step["outcome"], step
    assert ("LIVE" if book.live else "BUFFERING") == vector["state"]
    if expected := vector.get("book"):
        assert [[f"{level.price:.2f}", f"{level.quantity:.2f}"] for level in book.book.bids()] == expected["bids"]
        assert [[f"{level.price:.2f}", f"{level.quantity:.2f}"] for level in book.book.asks()] == expected["asks"]
        assert book.book.update_id == expected["updateId"]


def test_no_snapshot_is_wanted_before_the_first_change() -> None:
    book = sync()
    assert book.fetch_at is None
    book.change(change(5, 6), 100)
    assert book.fetch_at == 100


def test_one_snapshot_is_asked_for_at_a_time() -> None:
    book = sync()
    book.change(change(5, 6), 100)
    book.asked(100)
    book.change(change(7, 8), 200)
    assert book.fetch_at is None


def test_an_old_snapshot_is_asked_for_again_after_a_pause_that_grows() -> None:
    book = sync()
    book.change(change(50, 60), 0)
    pauses, now = [], 0
    for _ in range(7):
        book.asked(now)
        assert book.snapshot(snapshot(40), now) is Outcome.REFETCH
        assert book.fetch_at is not None
        pauses.append((book.fetch_at - now) // SECOND)
        now = book.fetch_at
    assert pauses == [2, 4, 8, 16, 30, 30, 30]
    assert not book.live
    assert "older" in book.reason


def test_a_snapshot_that_ends_just_before_the_first_change_is_bridged() -> None:
    book = sync()
    book.change(change(11, 12, [("1.5", "3")]), 0)
    assert book.snapshot(snapshot(10), 0) is Outcome.LIVE
    assert book.book.update_id == 12
    assert book.book.best_bid == Level(Decimal("1.5"), Decimal(3))


def test_a_gap_names_what_is_missing_and_the_change_that_showed_it_comes_first() -> None:
    book = live(10)
    assert book.change(change(14, 15), 7) is Outcome.GAP
    assert (book.missed, book.reason) == (3, "update ids 11 to 13 are missing")
    assert book.book.status is BookStatus.RESYNCING
    assert book.fetch_at == 1 * SECOND
    book.asked(1 * SECOND)
    assert book.snapshot(snapshot(13), 1 * SECOND) is Outcome.LIVE
    assert book.book.update_id == 15


def test_a_gap_inside_the_buffer_keeps_what_follows_it() -> None:
    book = sync()
    for first in (1, 2, 5, 6):
        book.change(change(first, first), 0)
    book.asked(0)
    assert book.snapshot(snapshot(1), 0) is Outcome.GAP
    assert book.fetch_at is not None
    book.asked(book.fetch_at)
    assert book.snapshot(snapshot(4), 9) is Outcome.LIVE
    assert book.book.update_id == 6


def test_a_crossed_book_is_thrown_away() -> None:
    book = live(10)
    assert book.change(change(11, 11, [("2", "1")]), 0) is Outcome.CORRUPT
    assert not book.live
    assert book.book.status is BookStatus.RESYNCING


def test_a_crossed_snapshot_is_not_taken() -> None:
    book = sync()
    book.change(change(1, 1), 0)
    assert book.snapshot(snapshot(1, [("3", "1")]), 0) is Outcome.REFETCH
    assert not book.live


@pytest.mark.parametrize("bad", ["", "x", "1.0.0", "1,5"])
def test_an_unreadable_price_is_thrown_away(bad: str) -> None:
    book = live(10)
    assert book.change(change(11, 11, [(bad, "1")]), 0) is Outcome.UNREADABLE
    assert not book.live
    assert book.fetch_at is None
    book.change(change(12, 12), 1)
    assert book.fetch_at is not None


def test_a_quantity_that_only_a_reader_finds_unreadable_heals_at_the_next_change() -> None:
    book = live(10)
    assert book.change(change(11, 11, [("0.5", "NaN")]), 0) is Outcome.APPLIED
    with pytest.raises(BookNotLive):
        book.book.bids()
    assert book.change(change(12, 12), 0) is Outcome.CORRUPT
    book.asked(0)
    assert book.snapshot(snapshot(12), 0) is Outcome.LIVE
    assert book.book.best_bid.price == 1


def test_an_unreadable_quantity_that_comes_to_the_top_throws_the_book_away() -> None:
    book = live(10)
    assert book.change(change(11, 11, [("0.5", "NaN")]), 0) is Outcome.APPLIED
    assert book.change(change(12, 12, [("1", "0")]), 0) is Outcome.UNREADABLE
    assert "NaN" in book.reason
    assert book.book.status is BookStatus.RESYNCING
    book.change(change(13, 13), 0)
    book.asked(0)
    assert book.snapshot(snapshot(13), 0) is Outcome.LIVE


def test_an_unreadable_quantity_in_the_buffer_asks_for_another_snapshot() -> None:
    book = sync()
    book.change(change(10, 10), 0)
    book.asked(0)
    book.change(change(11, 11, [("1.5", "-1")]), 0)
    book.change(change(12, 12), 0)
    assert book.snapshot(snapshot(10), 0) is Outcome.UNREADABLE
    assert not book.live
    assert book.fetch_at is not None
    book.asked(book.fetch_at)
    assert book.snapshot(snapshot(12), 0) is Outcome.LIVE


@pytest.mark.parametrize("level", [("x", "1"), ("1", "x"), ("1", "NaN"), ("1", "-1"), ("1", "1e400")])
def test_an_unreadable_snapshot_is_asked_for_again(level: tuple[str, str]) -> None:
    book = sync()
    book.change(change(1, 1), 0)
    assert book.snapshot(snapshot(1, [level]), 0) is Outcome.REFETCH
    assert not book.live


def test_a_snapshot_far_ahead_that_is_never_reached_does_not_freeze_the_book() -> None:
    book = live(1000)
    outcomes = {book.change(change(n, n), n) for n in range(1, HEAD_START + 1)}
    assert outcomes == {Outcome.IGNORED}
    assert book.change(change(200, 200), 0) is Outcome.GAP
    assert "went back" in book.reason


def test_one_wild_id_does_not_freeze_the_book() -> None:
    book = live(105)
    assert book.change(change(106, 10**9), 0) is Outcome.APPLIED
    assert book.change(change(107, 107), 0) is Outcome.GAP
    assert book.book.status is BookStatus.RESYNCING
    assert book.reason == "update ids went back from 1000000000 to 107"
    book.asked(0)
    assert book.snapshot(snapshot(106), 0) is Outcome.LIVE
    assert book.book.update_id == 107
    assert book.change(change(108, 108), 0) is Outcome.APPLIED


def test_after_the_first_change_only_a_single_repeated_one_is_passed_over() -> None:
    book = live(10)
    for n in (11, 12, 13):
        assert book.change(change(n, n), 0) is Outcome.APPLIED
    assert book.change(change(11, 11), 0) is Outcome.IGNORED
    assert book.change(change(14, 14), 0) is Outcome.APPLIED
    assert book.change(change(11, 11), 0) is Outcome.IGNORED
    assert book.change(change(12, 12), 0) is Outcome.GAP


def test_many_old_changes_in_the_buffer_are_normal() -> None:
    book = sync()
    for n in range(1, 500):
        book.change(change(n, n), 0)
    assert book.snapshot(snapshot(1000), 0) is Outcome.LIVE
    assert book.book.update_id == 1000


def test_the_buffer_is_bounded_and_forgets_the_oldest() -> None:
    book = sync()
    for n in range(1, BUFFER_LIMIT + 11):
        book.change(change(n, n), 0)
    assert book.snapshot(snapshot(5), 0) is Outcome.REFETCH
    assert book.snapshot(snapshot(10), 0) is Outcome.LIVE
    assert book.book.update_id == BUFFER_LIMIT + 10


def test_a_failed_snapshot_waits_as_long_as_the_venue_asks() -> None:
    book = sync()
    book.change(change(1, 1), 0)
    book.asked(0)
    book.failed(RateLimited("banned", retry_after=120), 0)
    assert book.fetch_at == 120 * SECOND
    book.asked(120 * SECOND)
    book.failed(CommandError("HTTP 503"), 121 * SECOND)
    assert book.fetch_at == 125 * SECOND
    assert "503" in book.reason
    assert "503" in book.book.reason


def test_after_the_connection_the_book_is_stale() -> None:
    book = live()
    book.lost("the connection was reset")
    assert book.book.status is BookStatus.STALE
    assert book.fetch_at is None
