"""The ladder of ``tradewire book``."""

from __future__ import annotations

from decimal import Decimal

import pytest
from drawing import drawn

from tradewire.cli.ladder import Ladder, draw_levels
from tradewire.errors import BookNotLive
from tradewire.model.book import BookStatus, OrderBook
from tradewire.model.channels import Book
from tradewire.model.events import BookUpdate, Gap, Stale

CHANNEL = Book("BTC/USDT")


def book(levels: int = 3) -> OrderBook:
    book = OrderBook("binance", "BTC/USDT")
    bids = [(f"{100 - step}.00", f"{step}.50") for step in range(1, levels + 1)]
    asks = [(f"{100 + step}.25", f"{step}.00") for step in range(1, levels + 1)]
    book.load(bids, asks, 7)
    book.mark(BookStatus.LIVE)
    return book


def update(book: OrderBook) -> BookUpdate:
    return BookUpdate("BTC/USDT", book, 5, book.update_id, "binance", None, 2, CHANNEL)


def test_levels_have_their_points_below_each_other_and_bars_as_long_as_they_are_deep() -> None:
    assert [line.rstrip(" █▏▎▍▌▋▊▉") for line in drawn(draw_levels(book(), 3))] == [
        " price  quantity  total",
        "103.25       3.0    6.0",
        "102.25       2.0    3.0",
        "101.25       1.0    1.0",
        " 99.00       1.5    1.5",
        " 98.00       2.5    4.0",
        " 97.00       3.5    7.5",
    ]
    bars = [line.count("█") for line in drawn(draw_levels(book(), 3))[1:]]
    assert bars[0] > bars[1] > bars[2]
    assert bars[3] < bars[4] < bars[5] == max(bars)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_it_fits_and_does_not_sprawl(width: int) -> None:
    lines = drawn(draw_levels(book(), 3), width)
    assert max(map(len, lines)) <= min(width, 100)
    assert "103.25       3.0    6.0" in lines[1]


def test_one_empty_side_is_no_trouble() -> None:
    half = OrderBook("binance", "BTC/USDT")
    half.load([("99", "1")], [], 7)
    half.mark(BookStatus.LIVE)
    assert len(drawn(draw_levels(half, 3))) == 2


def test_a_book_that_is_not_live_is_not_drawn() -> None:
    stale = book()
    stale.mark(BookStatus.STALE, "cut")
    with pytest.raises(BookNotLive):
        draw_levels(stale, 3)


def test_the_headline_says_what_state_the_book_is_in() -> None:
    ladder = Ladder("binance", "BTC/USDT", 2)
    assert drawn(ladder.draw()) == ["binance BTC/USDT  building  0 gaps", "waiting for the first snapshot"]
    replica = book()
    ladder.take(update(replica))
    head, market, *rest = drawn(ladder.draw())
    assert (head, market) == ("binance BTC/USDT  live  0 gaps", "spread 2.25  imbalance +0.14")
    assert len(rest) == 1 + 2 * 2
    replica.mark(BookStatus.RESYNCING, "update ids 8 to 9 are missing")
    assert drawn(ladder.draw()) == ["binance BTC/USDT  resyncing  0 gaps", "update ids 8 to 9 are missing"]
    replica.mark(BookStatus.LIVE)
    ladder.take(Gap("BTC/USDT", "missing", 2, None, True, "binance", 2, CHANNEL))
    assert drawn(ladder.draw())[0] == "binance BTC/USDT  live  1 gap"


def test_before_the_first_book_the_reason_for_waiting_is_shown() -> None:
    ladder = Ladder("binance", "BTC/USDT", 2)
    ladder.take(Stale("BTC/USDT", "no snapshot: 429", 0.0, "binance", 2, CHANNEL))
    assert drawn(ladder.draw())[1] == "no snapshot: 429"


def test_updates_per_second_follow_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 10.0
    monkeypatch.setattr("tradewire.cli.ladder.time.monotonic", lambda: now)
    ladder = Ladder("binance", "BTC/USDT", 2)
    for _ in range(200):
        now += 0.2
        ladder.take(update(book()))
        ladder.measure()
    assert ladder.rate == pytest.approx(5.0, rel=0.01)
    assert "5.0 updates/s" in drawn(ladder.draw())[0]


@pytest.mark.parametrize(("height", "levels"), [(24, 10), (11, 3), (6, 1), (3, 1), (None, 30)])
def test_the_picture_is_no_higher_than_the_terminal(height: int | None, levels: int) -> None:
    ladder = Ladder("binance", "BTC/USDT", 30)
    ladder.take(update(book(40)))
    lines = drawn(ladder.draw(height))
    assert len(lines) == 3 + 2 * levels
    assert Decimal(lines[2 + levels].split()[0]) == Decimal("101.25")
