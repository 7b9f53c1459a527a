"""A local book on one connection: it heals itself, and says what happened."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from binance_desk import START, Desk

from tradewire.errors import BookNotLive, CommandError, RateLimited
from tradewire.model.book import BookStatus
from tradewire.model.channels import Book, Trades
from tradewire.model.events import BookUpdate, Trade, Unrecognised
from tradewire.venues.binance.books import read_change
from tradewire.venues.binance.messages import DepthMessage
from tradewire.wire.control import BookState
from tradewire.wire.protocol import HttpCall, HttpReply

CHANNEL = Book("BNB/BTC", 0, 100)
STREAM = "bnbbtc@depth@100ms"
SNAPSHOT: dict[str, Any] = {"lastUpdateId": 10, "bids": [["1.00", "5"], ["0.90", "7"]], "asks": [["1.10", "6"]]}


def change(first: int, last: int, bids: Any = (), asks: Any = ()) -> dict[str, Any]:
    return {"e": "depthUpdate", "E": 1_700_000_000_000 + last, "s": "BNBBTC", "U": first, "u": last, "b": bids, "a": asks}


def live() -> Desk:
    desk = Desk()
    desk.subscribe(CHANNEL)
    desk.event(STREAM, change(9, 10))
    (call,) = desk.calls()
    desk.answer(call, SNAPSHOT)
    desk.emitted.clear()
    return desk


def test_the_snapshot_is_asked_for_with_the_first_change() -> None:
    desk = Desk(snapshot_limit=1000)
    desk.subscribe(CHANNEL)
    assert desk.calls() == []
    desk.event(STREAM, change(9, 10))
    desk.event(STREAM, change(11, 11))
    assert desk.calls() == [HttpCall(1, "depth", {"symbol": "BNBBTC", "limit": 1000})]
    assert not desk.emitted


def test_going_live_is_told_and_shown_at_once() -> None:
    desk = Desk()
    desk.subscribe(CHANNEL)
    desk.event(STREAM, change(9, 10))
    desk.event(STREAM, change(11, 12, [["1.01", "2"]]))
    (call,) = desk.calls()
    desk.answer(call, SNAPSHOT)
    state, update = desk.take_all()
    assert isinstance(state, BookState)
    assert (state.source, state.live, state.lost) == (CHANNEL, True, False)
    assert isinstance(update, BookUpdate)
    assert (update.update_id, update.changes, update.channel) == (12, 4, CHANNEL)
    assert update.venue_time == update.book.venue_time == START + 12_000_000
    assert str(update.book.best_bid.price) == "1.01"
    assert desk.client.position(CHANNEL) == 12


def test_each_change_is_one_update_with_the_same_book() -> None:
    desk = live()
    desk.event(STREAM, change(11, 13, [["1.00", "4"], ["0.90", "0"]], [["1.05", "1"]]))
    first = desk.take(BookUpdate)
    desk.event(STREAM, change(14, 14))
    second = desk.take(BookUpdate)
    assert (first.changes, second.changes) == (3, 0)
    assert first.book is second.book
    assert [(str(level.price), str(level.quantity)) for level in second.book.bids()] == [("1.00", "4")]


def test_an_old_change_is_no_event() -> None:
    desk = live()
    desk.event(STREAM, change(3, 4, [["9", "9"]]))
    assert not desk.emitted


def test_a_gap_is_told_once_and_healed_on_the_same_connection() -> None:
    desk = live()
    desk.event(STREAM, change(11, 11))
    book = desk.take(BookUpdate).book
    desk.event(STREAM, change(15, 16))
    assert desk.take(BookState) == BookState(
        source=CHANNEL, live=False, reason="update ids 12 to 14 are missing", lost=True, missed=3
    )
    with pytest.raises(BookNotLive, match="12 to 14"):
        _ = book.best_bid
    desk.event(STREAM, change(17, 17))
    assert not desk.emitted
    assert desk.calls() == []
    assert desk.client.next_tick() == desk.now + 1_000_000_000
    desk.wait(1)
    (call,) = desk.calls()
    desk.answer(call, {**SNAPSHOT, "lastUpdateId": 16})
    state, update = desk.take_all()
    assert isinstance(state, BookState)
    assert state.live
    assert isinstance(update, BookUpdate)
    assert (update.update_id, update.book is book) == (17, True)


def test_a_crossed_book_heals_too() -> None:
    desk = live()
    desk.event(STREAM, change(11, 11, [["1.10", "1"]]))
    state = desk.take(BookState)
    assert (state.live, state.lost, state.missed) == (False, True, None)


def test_an_unreadable_level_is_shown_and_heals() -> None:
    desk = live()
    desk.event(STREAM, change(11, 11, [["x", "1"]]))
    state, frame = desk.take_all()
    assert isinstance(state, BookState)
    assert not state.live
    assert isinstance(frame, Unrecognised)
    desk.event(STREAM, change(12, 12))
    desk.wait(1)
    (call,) = desk.calls()
    desk.answer(call, {**SNAPSHOT, "lastUpdateId": 12})
    assert isinstance(desk.take_all()[-1], BookUpdate)


def test_an_unreadable_quantity_found_later_heals_on_the_same_connection() -> None:
    desk = live()
    desk.event(STREAM, change(11, 11, [["0.5", "NaN"]]))
    assert isinstance(desk.take(BookUpdate), BookUpdate)
    desk.event(STREAM, change(12, 12, [[price, "0"] for price, _ in SNAPSHOT["bids"]]))
    state, frame = desk.take_all()
    assert isinstance(state, BookState)
    assert state.lost
    assert isinstance(frame, Unrecognised)
    desk.event(STREAM, change(13, 13))
    desk.wait(1)
    (call,) = desk.calls()
    desk.answer(call, {**SNAPSHOT, "lastUpdateId": 13})
    assert isinstance(desk.take_all()[-1], BookUpdate)


def test_a_snapshot_that_is_too_old_is_asked_for_again() -> None:
    desk = Desk()
    desk.subscribe(CHANNEL)
    desk.event(STREAM, change(50, 51))
    (call,) = desk.calls()
    desk.answer(call, SNAPSHOT)
    assert not desk.emitted
    assert desk.calls() == []
    desk.wait(2)
    (second,) = desk.calls()
    assert second.call_id != call.call_id
    desk.answer(second, {**SNAPSHOT, "lastUpdateId": 51})
    assert isinstance(desk.take_all()[-1], BookUpdate)


def test_a_refused_snapshot_is_told_and_asked_for_again_when_the_venue_allows() -> None:
    desk = Desk()
    desk.subscribe(CHANNEL)
    desk.event(STREAM, change(9, 10))
    (call,) = desk.calls()
    error = RateLimited("HTTP 429: slow down", retry_after=30)
    desk.client.http_reply(HttpReply(call.call_id, error=error), desk.now, desk.emitted.append)
    state = desk.take(BookState)
    assert (state.live, state.lost) == (False, False)
    assert "slow down" in state.reason
    desk.wait(29)
    assert desk.calls() == []
    desk.wait(1)
    assert len(desk.calls()) == 1


def test_a_refusal_does_not_hide_the_loss_before_it() -> None:
    desk = live()
    desk.event(STREAM, change(15, 16))
    desk.take(BookState)
    desk.wait(1)
    (call,) = desk.calls()
    desk.client.http_reply(HttpReply(call.call_id, error=CommandError("HTTP 503")), desk.now, desk.emitted.append)
    assert not desk.emitted


def test_an_answer_without_a_book_counts_as_refused() -> None:
    desk = Desk()
    desk.subscribe(CHANNEL)
    desk.event(STREAM, change(9, 10))
    (call,) = desk.calls()
    desk.client.http_reply(HttpReply(call.call_id, result=None), desk.now, desk.emitted.append)
    assert not desk.take(BookState).live


def test_leaving_ends_the_book_and_a_late_snapshot_is_dropped() -> None:
    desk = Desk()
    desk.subscribe(CHANNEL)
    desk.event(STREAM, change(9, 10))
    (call,) = desk.calls()
    desk.unsubscribe(CHANNEL)
    desk.answer(call, SNAPSHOT)
    desk.event(STREAM, change(11, 11))
    assert not desk.emitted
    assert desk.client.position(CHANNEL) is None


def test_taking_it_up_again_starts_a_new_book() -> None:
    desk = live()
    desk.event(STREAM, change(11, 11))
    old = desk.take(BookUpdate).book
    desk.unsubscribe(CHANNEL)
    assert old.status is BookStatus.STALE
    desk.subscribe(CHANNEL)
    desk.event(STREAM, change(30, 30))
    (call,) = desk.calls()
    desk.answer(call, {**SNAPSHOT, "lastUpdateId": 30})
    assert isinstance(update := desk.take_all()[-1], BookUpdate)
    assert update.book is not old


def test_a_bad_change_of_one_book_leaves_other_streams_alone() -> None:
    desk = live()
    desk.subscribe(Trades("BNB/BTC"))
    desk.receive(b'{"stream":"bnbbtc@depth@100ms","data":{"E":1,"U":11,"u":')
    desk.take(Unrecognised)
    desk.event("bnbbtc@trade", {"t": 1, "p": "1", "q": "1", "T": 1, "m": True})
    desk.take(Trade)
    desk.event(STREAM, change(12, 12))
    assert desk.take(BookState).missed == 1


@pytest.mark.parametrize("extra", [[], "0", [None]])
def test_what_follows_price_and_quantity_is_dropped(extra: Any) -> None:
    payload = msgspec.json.encode({"data": change(1, 2, [["1", "2", extra]], [["3", "4", extra, extra]])})
    expected = DepthMessage(time=1_700_000_000_002, first=1, last=2, bids=[("1", "2")], asks=[("3", "4")])
    assert read_change(payload) == expected


@pytest.mark.parametrize("level", [["1"], [], [1, 2], ["1", []], [[], "1"], None, "12"])
def test_a_level_is_a_pair_of_texts(level: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_change(msgspec.json.encode({"data": change(1, 2, [level])}))


def test_ids_in_the_wrong_order_are_shown_and_heal() -> None:
    desk = live()
    desk.event(STREAM, change(11, 10, [["1.05", "1"]]))
    frame = desk.take(Unrecognised)
    assert "wrong order" in frame.reason
    desk.event(STREAM, change(12, 12))
    assert desk.take(BookState).missed == 1


@pytest.mark.parametrize(("first", "last"), [(-1, 11), (11, 2**63), (11, 10**30)])
def test_ids_beyond_64_bits_are_shown_and_heal(first: int, last: int) -> None:
    desk = live()
    desk.event(STREAM, change(first, last) | {"E": 1})
    desk.take(Unrecognised)
    desk.event(STREAM, change(12, 12))
    assert desk.take(BookState).missed == 1


@pytest.mark.parametrize("quantity", ["1e5", "1_0", " 7 ", "\uff11\uff12", "+3", "9" * 41, "-1"])
def test_a_quantity_at_the_top_that_is_no_plain_number_is_shown_and_heals(quantity: str) -> None:
    desk = live()
    desk.event(STREAM, change(11, 11, [["1.05", quantity]]))
    state, frame = desk.take_all()
    assert isinstance(state, BookState)
    assert not state.live
    assert isinstance(frame, Unrecognised)
    desk.event(STREAM, change(12, 12))
    desk.wait(1)
    (call,) = desk.calls()
    desk.answer(call, {**SNAPSHOT, "lastUpdateId": 12})
    assert isinstance(desk.take_all()[-1], BookUpdate)
