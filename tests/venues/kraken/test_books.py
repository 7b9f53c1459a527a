"""Books that check themselves: against recordings, a model, and every kind of loss."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kraken_desk import ASKS, BIDS, START, Desk, book_item, book_snapshot, book_update, crc, message

from tradewire.errors import BookNotLive
from tradewire.model.book import BookStatus
from tradewire.model.channels import Book
from tradewire.model.events import BookUpdate, Unrecognised
from tradewire.model.time import SECOND
from tradewire.venues.kraken.books import FIRST_PAUSE, LONGEST_PAUSE, SNAPSHOT_WITHIN, STABLE_AFTER, BookFeed
from tradewire.venues.kraken.feeds import Reading
from tradewire.venues.kraken.messages import BookItem
from tradewire.venues.kraken.streams import Stream
from tradewire.venues.kraken.values import Moments, Numbers
from tradewire.wire.control import BookState

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "kraken-vectors.json").read_text())
CAPTURES = Path(__file__).parents[4] / "shared" / "captures"
BOOK = Book("BTC/USD", 10)
FEWER = (("100.0", "0.00000000"),)


def live_desk() -> Desk:
    desk = Desk()
    desk.subscribe(BOOK)
    desk.receive(book_snapshot())
    state, update = desk.take_all()
    assert isinstance(state, BookState)
    assert state.live
    assert isinstance(update, BookUpdate)
    return desk


def book_of(desk: Desk) -> Any:
    feed = desk.client._feeds.of(BOOK)
    assert isinstance(feed, BookFeed)
    return feed.book


def test_a_snapshot_makes_the_book_live() -> None:
    desk = Desk()
    desk.subscribe(BOOK)
    with pytest.raises(BookNotLive):
        _ = book_of(desk).best_bid
    desk.receive(book_snapshot())
    state, update = desk.take_all()
    assert state == BookState(source=BOOK, live=True, reason="the snapshot's checksum matches (update 1)")
    assert isinstance(update, BookUpdate)
    assert update.book.asks() == tuple((Decimal(price), Decimal(quantity)) for price, quantity in ASKS)
    assert update.book.bids() == tuple((Decimal(price), Decimal(quantity)) for price, quantity in BIDS)
    assert (update.changes, update.update_id, update.venue_time, update.channel) == (4, 1, None, BOOK)
    assert desk.client.position(BOOK) == 1


def test_updates_are_applied_in_any_order_and_counted() -> None:
    desk = live_desk()
    bids = (("100.0", "0.00000000"), ("99.8", "1.00000000"))
    desk.receive(book_update((), bids, crc(ASKS, (BIDS[1], bids[1]))))
    update = desk.take(BookUpdate)
    assert [str(level.price) for level in update.book.bids()] == ["99.9", "99.8"]
    assert (update.changes, update.update_id) == (2, 2)


def test_the_same_price_twice_means_what_was_said_last() -> None:
    desk = live_desk()
    twice = (("100.1", "0.00000000"), ("100.1", "7.00000000"))
    desk.receive(book_update(twice, (), crc((twice[1], ASKS[1]), BIDS)))
    assert desk.take(BookUpdate).book.best_ask.quantity == 7


def test_what_a_reader_has_seen_keeps_its_digits() -> None:
    desk = live_desk()
    book_of(desk).snapshot()
    desk.receive(book_update((("100.3", "0.00000010"),), (), crc((*ASKS, ("100.3", "0.00000010")), BIDS)))
    desk.take(BookUpdate).book.snapshot()
    desk.receive(
        book_update((("100.4", "1.00000000"),), (), crc((*ASKS, ("100.3", "0.00000010"), ("100.4", "1.00000000")), BIDS))
    )
    desk.take(BookUpdate)


def test_updates_before_the_snapshot_are_not_news() -> None:
    desk = Desk()
    desk.subscribe(BOOK)
    desk.receive(book_update((), FEWER, 5))
    assert not desk.emitted


def test_a_mismatch_names_both_checksums_and_asks_for_a_snapshot_on_the_same_connection() -> None:
    desk = live_desk()
    book = book_of(desk)
    desk.wait(2)
    desk.receive(book_update((), FEWER, 4711))
    right = crc(ASKS, BIDS[1:])
    reason = f"the book's checksum is {right}, the venue's 4711"
    assert desk.take(BookState) == BookState(source=BOOK, live=False, reason=reason, lost=True)
    assert book.status is BookStatus.RESYNCING
    desk.wait(0)
    unsubscribe, subscribe = desk.requests()
    assert (unsubscribe["method"], unsubscribe["params"]) == (
        "unsubscribe",
        {"channel": "book", "symbol": ["BTC/USD"], "depth": 10},
    )
    assert (subscribe["method"], subscribe["params"]) == (
        "subscribe",
        {"channel": "book", "symbol": ["BTC/USD"], "depth": 10, "snapshot": True},
    )
    desk.receive(book_update((), FEWER, right))
    assert not desk.emitted
    desk.receive(book_snapshot())
    state, update = desk.take_all()
    assert isinstance(state, BookState)
    assert state.live
    assert isinstance(update, BookUpdate)
    assert update.book is book
    assert update.update_id == 2


def test_a_second_snapshot_in_mid_stream_is_taken_as_it_is() -> None:
    desk = live_desk()
    desk.receive(book_snapshot(asks=ASKS[:1]))
    assert desk.take(BookUpdate).book.levels("sell") == 1


@pytest.mark.parametrize("bad", ["-1.0", "0.0", '"1.0"', "1e3", "null"])
def test_an_unreadable_price_costs_the_book_and_nothing_else(bad: str) -> None:
    desk = live_desk()
    desk.wait(2)
    frame = book_update((), ((bad, "1.00000000"),), 1)
    desk.receive(frame)
    state, unread = desk.take_all()
    assert isinstance(state, BookState)
    assert state.lost
    assert "unreadable" in state.reason
    assert isinstance(unread, Unrecognised)
    assert unread.raw == frame


@pytest.mark.parametrize(
    "frame",
    [
        message("book", '{"symbol":"BTC/USD","bids":[{"price":1.0}],"asks":[],"checksum":1}'),
        b'{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"pri',
        b'{"channel":"book","type":"update","da',
        message("book", '{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":1,"timestamp":"yesterday"}'),
    ],
)
def test_a_lost_message_is_noticed_though_no_checksum_tells(frame: bytes) -> None:
    desk = live_desk()
    desk.receive(frame)
    state, unread = desk.take_all()
    assert isinstance(state, BookState)
    assert state.lost
    assert isinstance(unread, Unrecognised)


def test_a_broken_message_of_another_symbol_does_not_matter() -> None:
    desk = live_desk()
    desk.receive(message("book", '{"symbol":"ETH/USD","bids":[],"asks":[],"checksum":null}'))
    desk.take(Unrecognised)
    desk.receive(book_update((), FEWER, crc(ASKS, BIDS[1:])))
    desk.take(BookUpdate)


def test_a_quantity_found_unreadable_late_heals_like_any_other() -> None:
    asks = tuple((f"{100 + n}.1", "1.00000000") for n in range(11))
    desk = Desk()
    desk.subscribe(Book("BTC/USD", 25))
    desk.receive(book_snapshot((*asks, ("200.0", "true")), BIDS, crc(asks, BIDS)))
    update = desk.take_all()[-1]
    assert isinstance(update, BookUpdate)
    with pytest.raises(BookNotLive, match="cannot be read"):
        update.book.asks()
    desk.receive(book_update((), FEWER, crc(asks, BIDS[1:])))
    assert desk.take(BookState).lost


def feed(depth: int = 10) -> BookFeed:
    made = BookFeed(Stream("book", "BTC/USD", depth), Reading(Numbers(), Moments()))
    made.add(Book("BTC/USD", depth))
    return made


def item(asks: Any, bids: Any, check: int) -> BookItem:
    return msgspec.json.decode(book_item(asks, bids, check), type=BookItem)


def give(feed: BookFeed, now: int, *, right: bool, snapshot: bool = True) -> list[Any]:
    events: list[Any] = []
    feed.take(item(ASKS, BIDS, crc(ASKS, BIDS) + (not right)), now, events.append, snapshot=snapshot)
    return events


def due(book: BookFeed) -> int | None:
    return book.renew_at


def test_snapshots_that_do_not_come_are_asked_for_ever_more_seldom() -> None:
    book, now = feed(), START
    assert due(book) is None
    book.accepted(10, now)
    waits = []
    for _ in range(8):
        assert book.renew_at is not None
        waits.append(book.renew_at - now)
        now = book.renew_at
        book.renewed(now)
    assert waits == [SNAPSHOT_WITHIN] * 4 + [16 * SECOND] + [LONGEST_PAUSE] * 3


def test_a_book_that_never_becomes_right_is_told_once_and_asked_for_ever_more_seldom() -> None:
    book, now, told, waits = feed(), START, [], []
    book.accepted(10, now)
    for _ in range(7):
        told += give(book, now, right=False)
        assert book.renew_at is not None
        waits.append((book.renew_at - now) // SECOND)
        now = book.renew_at
        book.renewed(now)
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert [(state.live, state.lost) for state in told] == [(False, False)]


def test_a_book_that_was_right_for_long_is_asked_for_at_once() -> None:
    book, now = feed(), START
    book.accepted(10, now)
    for _ in range(3):
        now += FIRST_PAUSE
        give(book, now, right=False)
        book.renewed(now)
    assert len(give(book, now, right=True)) == 2
    assert due(book) is None
    later = now + STABLE_AFTER
    (state,) = give(book, later, right=False, snapshot=False)
    assert state.lost
    assert due(book) == later
    book.renewed(later)
    give(book, later, right=True)
    give(book, later, right=False, snapshot=False)
    assert due(book) == later + 2 * FIRST_PAUSE


def test_the_window_is_the_one_that_the_venue_acknowledges() -> None:
    book = feed(1000)
    book.accepted(10, START)
    asks = tuple((f"{100 + n}.0", "1.00000000") for n in range(11))
    give_levels(book, asks[1:], snapshot=True)
    give_levels(book, asks[:1], check=crc(asks[:10], ()))
    assert [str(level.price) for level in book.book.asks()] == [price for price, _ in asks[:10]]
    held = book.book
    book.accepted(25, START)
    assert book.book is held


def give_levels(book: BookFeed, asks: Any, *, check: int | None = None, snapshot: bool = False) -> None:
    events: list[Any] = []
    book.take(item(asks, (), crc(asks, ()) if check is None else check), START, events.append, snapshot=snapshot)
    assert isinstance(events[-1], BookUpdate)


def test_after_the_connection_the_book_is_stale() -> None:
    book = feed()
    book.accepted(10, START)
    give(book, START, right=True)
    book.lost("reset by peer")
    assert (book.book.status, book.book.reason, book.renew_at) == (BookStatus.STALE, "reset by peer", None)
    assert give(book, START, right=True, snapshot=False) == []


@pytest.mark.parametrize("name", ["book_sequence_MINAGBP_depth25", "book_sequence_BTCUSD_depth10"])
def test_published_sequences(name: str) -> None:
    sequence = VECTORS[name]
    book = feed(sequence["depth"])
    events: list[Any] = []
    for each in sequence["messages"]:
        book.take(item(each["asks"], each["bids"], each["checksum"]), START, events.append, snapshot=each["type"] == "snapshot")
    assert [type(event) for event in events] == [BookState] + [BookUpdate] * len(sequence["messages"])
    levels = [(Decimal(price), Decimal(quantity)) for price, quantity in sequence["final_bids"]]
    assert list(book.book.bids()) == levels


def test_published_frames() -> None:
    desk = Desk()
    desk.subscribe(Book("MINA/GBP", 25))
    for frame in VECTORS["raw_frames"]["frames"]:
        desk.receive(frame.encode())
    assert [type(event) for event in desk.take_all()] == [BookState, BookUpdate, BookUpdate]


@pytest.mark.captures
@pytest.mark.parametrize(
    ("name", "channel", "messages"),
    [
        ("kraken_v2_btcusd_book10_20260719b", Book("BTC/USD", 10), 1254),
        ("kraken_v2_btcusd_book10_20230730_rerendered", Book("BTC/USD", 10), 510),
        ("kraken_v2_minagbp_book25_resubscribe_20260818", Book("MINA/GBP", 25), 19),
    ],
)
def test_every_recorded_checksum_matches(name: str, channel: Book, messages: int) -> None:
    file = CAPTURES / f"{name}.jsonl.gz"
    if not file.exists():
        pytest.skip(f"{file} is absent")
    desk = Desk()
    desk.subscribe(channel)
    for line in map(json.loads, gzip.decompress(file.read_bytes()).splitlines()):
        if line["dir"] == "in":
            desk.receive(line["raw"].encode())
    updates = [event for event in desk.emitted if isinstance(event, BookUpdate)]
    states = [event for event in desk.emitted if isinstance(event, BookState)]
    assert len(updates) == messages == updates[-1].update_id
    assert [state.live for state in states] == [True]


class Venue:
    """The venue's side of a window, the obvious way: numbers in a dict, and the difference of what was and what is seen."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[int, int]] = {"asks": {}, "bids": {}}
        self.seen: dict[str, list[tuple[int, int]]] = {"asks": [], "bids": []}

    def window(self, side: str) -> list[tuple[int, int]]:
        return sorted(self.sides[side].items(), reverse=side == "bids")[:10]

    def set(self, side: str, price: int, quantity: int) -> None:
        self.sides[side][price] = quantity
        if not quantity:
            del self.sides[side][price]

    def difference(self, side: str) -> list[tuple[int, int]]:
        """What changed in the window; what was pushed out of it is not mentioned."""
        before, after = dict(self.seen[side]), self.window(side)
        self.seen[side] = after
        changed = [level for level in after if before.get(level[0]) != level[1]]
        gone = [(price, 0) for price in before if price not in self.sides[side]]
        return [*gone, *changed]


def texts(levels: list[tuple[int, int]]) -> list[tuple[str, str]]:
    return [(f"{price / 10:.1f}", f"{Decimal(quantity).scaleb(-8):.8f}") for price, quantity in levels]


@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.sampled_from(["asks", "bids"]), st.integers(1, 40), st.integers(0, 3)), max_size=6),
            st.randoms(use_true_random=False),
            st.booleans(),
        ),
        max_size=25,
    )
)
def test_a_window_is_followed_level_by_level(steps: list[tuple[list[tuple[str, int, int]], Any, bool]]) -> None:
    venue, book = Venue(), feed()
    events: list[Any] = []
    book.take(item((), (), 0), START, events.append, snapshot=True)
    for orders, random, look in steps:
        for side, price, quantity in orders:
            venue.set(side, price + (40 if side == "asks" else 0), quantity)
        changes = [venue.difference(side) for side in ("asks", "bids")]
        for change in changes:
            random.shuffle(change)
        asks, bids = (texts(change) for change in changes)
        check = crc(texts(venue.window("asks")), texts(venue.window("bids")))
        book.take(item(asks, bids, check), START, events.append, snapshot=False)
        assert isinstance(events[-1], BookUpdate)
        if look:
            for side in ("asks", "bids"):
                numbers = [(Decimal(price), Decimal(quantity)) for price, quantity in texts(venue.window(side))]
                assert list(getattr(book.book, side)()) == numbers
