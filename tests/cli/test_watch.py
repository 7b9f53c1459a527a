"""Rows of the live table, and the gist of every event."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import cast

import pytest
from drawing import drawn

from tradewire.cli.watch import Row, depths, facts, table
from tradewire.engine.gateway import Gateway
from tradewire.engine.statistics import Counters, Latency, Reconnect, Statistics
from tradewire.model.book import BookStatus, OrderBook
from tradewire.model.channels import Book, Quotes, Trades
from tradewire.model.events import (
    SELL,
    AveragePrice,
    Balance,
    BalanceUpdate,
    BookSnapshot,
    BookUpdate,
    Candle,
    Event,
    Gap,
    LinkState,
    MiniTicker,
    Quote,
    Stale,
    SwapStatus,
    SwapUpdate,
    Ticker,
    Trade,
)

TRADES = Trades("BTC/USDT")
TRADE = Trade("BTC/USDT", Decimal("64123.4500"), Decimal("0.10"), SELL, 5, "binance", 1, 2, TRADES)
ONE = Decimal("1.50")


def book(status: BookStatus = BookStatus.LIVE) -> OrderBook:
    book = OrderBook("binance", "BTC/USDT")
    book.load([("99.00", "3")], [("101.50", "1")], 7)
    book.mark(status, "" if status is BookStatus.LIVE else "updates are missing")
    return book


def update(status: BookStatus = BookStatus.LIVE) -> BookUpdate:
    return BookUpdate("BTC/USDT", book(status), 5, 7, "binance", None, 2, Book("BTC/USDT"))


def made(kind: type[Event], **fields: object) -> Event:
    """An event of which only these fields matter."""
    return kind(**(dict.fromkeys(kind.__struct_fields__, ONE) | fields))


QUOTE = made(Quote, bid=Decimal("99.00"), bid_quantity=Decimal("3.0"), ask=Decimal("101.50"), ask_quantity=Decimal(1))
GISTS: list[tuple[Event, str]] = [
    (TRADE, "sell 0.1 @ 64123.45"),
    (QUOTE, "99.0 | 101.5  spread 2.5  3 x 1"),
    (update(), "99.0 | 101.5  spread 2.5  imbalance +0.50"),
    (update(BookStatus.RESYNCING), "the book of BTC/USDT is resyncing: updates are missing"),
    (made(BookSnapshot, bids=((ONE, ONE),), asks=((Decimal(2), ONE), (Decimal(3), ONE))), "1.5 | 2.0  spread 0.5  1+2 levels"),
    (made(Candle, closed=True), "o 1.5 h 1.5 l 1.5 c 1.5 (closed)"),
    (made(Candle, closed=False), "o 1.5 h 1.5 l 1.5 c 1.5 (open)"),
    (made(Ticker), "1.5  +1.50 %  volume 1.5"),
    (made(MiniTicker, symbol="BTC/USDT"), "BTC/USDT 1.5  volume 1.5"),
    (made(AveragePrice, window="5m"), "1.5 over 5m"),
    (made(BalanceUpdate, balances=(Balance("ETH", ONE, ONE), Balance("BTC", ONE, ONE))), "1.5 ETH, 1.5 BTC"),
    (made(SwapUpdate, status=SwapStatus.FILLED), "FILLED 1.5"),
]


@pytest.mark.parametrize(("event", "gist"), GISTS, ids=lambda value: type(value).__name__)
def test_the_gist_of_an_event(event: Event, gist: str) -> None:
    assert facts(event) == gist


def test_a_row_counts_what_it_takes() -> None:
    row = Row(TRADES)
    assert (row.state, row.gist) == ("waiting", "-")
    row.take(TRADE)
    row.take(Gap("BTC/USDT", "cut", 3, None, False, "binance", 2, TRADES))
    assert (row.state, row.events, row.gaps, row.gist) == ("live", 1, 1, facts(TRADE))
    row.take(Stale("BTC/USDT", "connection lost", 0.0, "binance", 2, TRADES))
    assert (row.state, row.events, row.gist) == ("connection lost", 1, facts(TRADE))
    row.take(TRADE)
    assert row.state == "live"


def test_a_book_that_closes_leaves_its_row_as_it_was() -> None:
    row, last = Row(Book("BTC/USDT")), update()
    row.take(last)
    last.book.mark(BookStatus.STALE, "closed")
    assert row.gist == "99.0 | 101.5  spread 2.5  imbalance +0.50"


class Fake:
    """A gateway that only has figures."""

    venue = "binance"

    def __init__(self, state: LinkState = LinkState.LIVE) -> None:
        self._state = state

    def statistics(self) -> Statistics:
        empty = Counters().picture(
            venue="binance", state=self._state, now=0, connections=1, messages=1234, bytes_in=0, clock_offset=0.0
        )
        return dataclasses.replace(empty, lag=Latency(10, 1500.0, 9000.0, 9000.0), reconnects=(Reconnect("ws", "cut", 1),))


@pytest.mark.parametrize("columns", [80, 200])
def test_the_table_fits_and_a_row_that_is_not_live_stands_out(columns: int) -> None:
    rows = [Row(TRADES), Row(Book("BTC/USDT", depth=5)), Row(Quotes("ETH/USDT"))]
    rows[0].take(TRADE)
    rows[1].take(update())
    rows[1].take(Stale("BTC/USDT", "update ids 2967 to 3004 are missing, and more", 0.0, "binance", 2, Book("BTC/USDT")))
    picture = table(cast("Gateway", Fake()), rows)
    styled = drawn(picture, columns, styled=True)
    head, names, trades, stale, waiting = drawn(picture, columns)
    assert max(map(len, (head, names, trades, stale, waiting))) <= columns
    assert head == "binance: live, 1,234 messages, lag 1.5 ms, 1 reconnect"
    assert trades.split()[:2] == ["trades:BTC/USDT", "sell"]
    assert trades.endswith("live")
    assert "update ids 2967 to 30" in stale
    assert waiting.split() == ["quotes:ETH/USDT", "-", "0.0", "0", "waiting"]
    yellow = "\x1b[33m"
    assert [yellow in line for line in styled[2:]] == [False, True, True]


@pytest.mark.parametrize("state", [state for state in LinkState if state is not LinkState.LIVE])
def test_no_row_is_live_unless_the_gateway_is(state: LinkState) -> None:
    row = Row(TRADES)
    row.take(TRADE)
    head, _, trades = drawn(table(cast("Gateway", Fake(state)), [row]), 120)
    assert head.startswith(f"binance: {state.value}, ")
    assert trades.endswith(state.value)


def test_a_replay_has_no_lag() -> None:
    head, *_ = drawn(table(cast("Gateway", Fake()), [Row(TRADES)], replayed=True), 120)
    assert head == "binance: live, 1,234 messages, 1 reconnect"


def test_depths_are_of_those_that_ask_for_one() -> None:
    deep, whole = Book("BTC/USDT", depth=5), Book("ETH/USDT")
    assert depths({Book("BTC/USDT"): deep, Book("ETH/USDT"): whole, TRADES: TRADES}) == {Book("BTC/USDT"): 5}
