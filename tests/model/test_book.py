"""What can be read from a book, and when."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.errors import BookNotLive
from tradewire.model.book import BookReader, BookStatus, BookView, Level, OrderBook
from tradewire.model.events import BUY, SELL

BIDS = [["99.50", "1.0"], ["99.00", "2.0"], ["98.00", "4.0"]]
ASKS = [["100.50", "0.5"], ["101.00", "1.5"], ["103.00", "3.0"]]


def live(bids: list[list[str]] = BIDS, asks: list[list[str]] = ASKS, max_levels: int | None = None) -> OrderBook:
    book = OrderBook("binance", "BTC/USDT", max_levels=max_levels)
    book.load(bids, asks, 1)
    book.mark(BookStatus.LIVE)
    return book


def frozen(bids: list[list[str]] = BIDS, asks: list[list[str]] = ASKS) -> BookView:
    return live(bids, asks).snapshot()


both = pytest.mark.parametrize("make", [live, frozen], ids=["live", "frozen"])
Make = Callable[..., BookReader]


@both
def test_best_levels(make: Make) -> None:
    book = make()
    assert book.best_bid == Level(Decimal("99.50"), Decimal("1.0"))
    assert book.best_ask == Level(Decimal("100.50"), Decimal("0.5"))
    assert [str(level.price) for level in book.bids(2)] == ["99.50", "99.00"]
    assert [str(level.price) for level in book.asks()] == ["100.50", "101.00", "103.00"]
    assert book.bids(0) == ()
    assert (book.spread, book.mid, book.crossed) == (Decimal("1.00"), Decimal(100), False)
    assert (book.levels(BUY), book.levels(SELL), book.levels("sell")) == (3, 3, 3)


@both
def test_imbalance(make: Make) -> None:
    book = make()
    assert book.imbalance(1) == (Decimal("1.0") - Decimal("0.5")) / Decimal("1.5")
    assert book.imbalance() == Decimal(2) / Decimal(12)
    assert make(asks=[]).imbalance() == 1
    assert make(bids=[]).imbalance() == -1


@both
def test_vwap_takes_the_opposite_side(make: Make) -> None:
    book = make()
    assert book.vwap("buy", "0.5") == Decimal("100.50")
    assert book.vwap(BUY, 2) == (Decimal("100.50") * Decimal("0.5") + 101 * Decimal("1.5")) / 2
    assert book.vwap("sell", Decimal("7.0")) == (Decimal("99.50") + 2 * 99 + 4 * 98) / 7


@both
def test_vwap_of_a_thin_book_names_what_is_there(make: Make) -> None:
    with pytest.raises(ValueError, match=r"too thin to buy 6: 5\.0 is available"):
        make().vwap("buy", 6)
    with pytest.raises(ValueError, match="too thin"):
        make(bids=[]).vwap("sell", 1)


@both
def test_questions_that_make_no_sense(make: Make) -> None:
    book = make()
    not_exact: Any = 0.5
    with pytest.raises(TypeError, match="float"):
        book.vwap("buy", not_exact)
    with pytest.raises(TypeError, match="float"):
        book.quantity_at("buy", not_exact)
    for quantity in ("0", -1):
        with pytest.raises(ValueError, match="positive"):
            book.vwap("buy", quantity)
    with pytest.raises(ValueError, match="hold"):
        book.vwap("hold", 1)


@both
def test_quantities_by_price(make: Make) -> None:
    book = make()
    assert book.quantity_at("buy", "99") == Decimal("2.0")
    assert book.quantity_at(SELL, Decimal("103.000")) == Decimal("3.0")
    assert book.quantity_at("sell", "99.00") == 0
    assert book.quantity_to("buy", 101) == Decimal("2.0")
    assert book.quantity_to("buy", 100) == 0
    assert book.quantity_to(SELL, "98.50") == Decimal("3.0")
    assert book.quantity_to("sell", "1") == Decimal("7.0")


@both
def test_an_empty_side_has_no_best(make: Make) -> None:
    with pytest.raises(BookNotLive, match="BTC/USDT has no bids"):
        _ = make(bids=[]).best_bid
    with pytest.raises(BookNotLive, match="has no asks"):
        _ = make(asks=[]).spread
    with pytest.raises(BookNotLive, match="has no levels"):
        make(bids=[], asks=[]).imbalance()
    assert not make(bids=[]).crossed
    assert "no bid, ask 100.50 x 0.5" in repr(make(bids=[]))


@given(st.lists(st.integers(1, 10**10), min_size=1, max_size=200), st.data())
def test_vwap_is_exact_however_deep_it_goes(sizes: list[int], data: st.DataObject) -> None:
    asks = [[f"{1000 + index}.07", f"{Decimal(size).scaleb(-8):f}"] for index, size in enumerate(sizes)]
    wanted = data.draw(st.integers(1, sum(sizes)))
    paid, missing = Decimal(0), wanted
    for index, size in enumerate(sizes):
        paid += Decimal(f"{1000 + index}.07") * min(size, missing)
        missing -= min(size, missing)
    assert live(asks=asks).vwap("buy", Decimal(wanted).scaleb(-8)) == paid / wanted


def test_reading_a_book_that_is_not_live_raises_with_the_reason() -> None:
    book = live()
    reads: list[Callable[[], object]] = [
        book.bids,
        book.asks,
        book.imbalance,
        book.snapshot,
        lambda: book.best_bid,
        lambda: book.spread,
        lambda: book.vwap("buy", 1),
        lambda: book.quantity_at("buy", 1),
        lambda: book.quantity_to("buy", 1),
    ]
    book.mark(BookStatus.RESYNCING, "an update is missing")
    for read in reads:
        with pytest.raises(BookNotLive, match="BTC/USDT is resyncing: an update is missing"):
            read()
    assert not book.crossed
    assert book.levels(BUY) == 3
    book.mark(BookStatus.LIVE)
    for read in reads:
        read()


def test_a_new_book_waits_for_its_snapshot() -> None:
    with pytest.raises(BookNotLive, match="building: waiting for the first snapshot"):
        OrderBook("binance", "BTC/USDT").bids()


def test_a_crossed_book_is_seen_by_its_writer() -> None:
    book = live()
    book.mark(BookStatus.BUILDING)
    book.apply([["100.50", "1"]], [], 2)
    assert book.crossed


def test_a_view_stays_when_the_book_moves_on() -> None:
    book = live()
    view = book.snapshot(2)
    book.apply([["99.50", "0"]], [["100.00", "7"]], 2)
    assert (view.update_id, book.update_id) == (1, 2)
    assert view.best_bid.price == Decimal("99.50")
    assert view.levels(SELL) == 2
    assert (book.best_bid.price, book.best_ask.price) == (Decimal(99), Decimal(100))
    with pytest.raises(AttributeError):
        view.update_id = 9  # type: ignore[misc]


def test_load_forgets_everything() -> None:
    book = live()
    book.load([["1", "1"]], [["2.5", "1"]], 7)
    assert book.bids() == (Level(Decimal(1), Decimal(1)),)
    assert book.asks() == (Level(Decimal("2.5"), Decimal(1)),)
    assert book.update_id == 7


def test_a_window_forgets_the_worst() -> None:
    book = live(max_levels=2)
    assert (book.levels(BUY), book.levels(SELL)) == (2, 2)
    book.apply([["99.75", "1"]], [["100.50", "0"]], 2)
    assert [str(level.price) for level in book.bids()] == ["99.75", "99.50"]
    assert [str(level.price) for level in book.asks()] == ["101.00"]


def test_the_wires_own_digits_can_be_had_live_or_not() -> None:
    book = OrderBook("venue", "BTC/USD", max_levels=2)
    book.load([["1.0", "0.00000010"], ["0.9", "3.00"], ["0.8", "1"]], [["1.1", "5.500"]], 1)
    texts = [("1.0", "0.00000010"), ("0.9", "3.00")]
    assert book.texts(BUY, 10) == texts
    book.mark(BookStatus.LIVE)
    book.snapshot()
    assert book.texts(BUY, 10) == texts
    assert book.texts(BUY, 1) == texts[:1]
    assert book.texts(SELL, 10) == [("1.1", "5.500")]


def test_a_quantity_that_cannot_be_read_makes_the_book_stale() -> None:
    book = live(bids=[["99.50", "NaN"]])
    with pytest.raises(ValueError, match="NaN"):
        _ = book.crossed
    with pytest.raises(BookNotLive, match=r"99\.50 has the quantity 'NaN'"):
        book.bids(1)
    assert book.status is BookStatus.STALE
    with pytest.raises(BookNotLive, match="stale"):
        book.asks(1)
    assert repr(book).startswith("OrderBook(BTC/USDT, stale: ")


def test_reprs_are_one_tidy_line() -> None:
    book = live()
    assert repr(book) == "OrderBook(BTC/USDT, live, bid 99.50 x 1.0, ask 100.50 x 0.5, 3+3 levels)"
    assert repr(book.snapshot(1)) == "BookView(BTC/USDT, bid 99.50 x 1.0, ask 100.50 x 0.5, 1+1 levels)"
    book.mark(BookStatus.STALE, "silent for 5 s")
    assert repr(book) == "OrderBook(BTC/USDT, stale: silent for 5 s, 3+3 levels)"
