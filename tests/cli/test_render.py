"""Events as lines of JSON, and figures as text."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.cli.render import aligned, as_json, counted, number, rate
from tradewire.model import events
from tradewire.model.book import BookStatus, OrderBook
from tradewire.model.channels import DIAGNOSTICS, Balances, Book, Quotes, SwapOrders, Trades
from tradewire.model.events import (
    BUY,
    Balance,
    BalanceUpdate,
    BookUpdate,
    ConnectionState,
    Event,
    Gap,
    LinkState,
    Quote,
    SwapStatus,
    SwapUpdate,
    Trade,
    Unrecognised,
)

amounts = st.decimals(min_value=0, max_value=10**9, allow_nan=False, allow_infinity=False, places=8)


def book() -> OrderBook:
    book = OrderBook("binance", "BTC/USDT")
    book.load([("99.0", "1"), ("98.0", "2"), ("97.0", "3")], [("101", "4"), ("102", "5")], 7)
    book.mark(BookStatus.LIVE)
    return book


def test_a_trade_line_has_its_type_its_channel_and_the_wire_s_digits() -> None:
    trade = Trade("BTC/USDT", Decimal("64123.4500"), Decimal("0.10"), BUY, 5, "binance", 1, 2, Trades("BTC/USDT"))
    assert as_json(trade) == (
        b'{"type":"Trade","symbol":"BTC/USDT","price":"64123.4500","quantity":"0.10","side":"buy","trade_id":5,'
        b'"venue":"binance","venue_time":1,"received":2,"channel":"trades:BTC/USDT"}'
    )


@given(price=amounts, quantity=amounts)
def test_no_digit_is_lost_or_added(price: Decimal, quantity: Decimal) -> None:
    quote = Quote("BTC/USDT", price, quantity, price, quantity, 1, "binance", None, 2, Quotes("BTC/USDT"))
    line = json.loads(as_json(quote))
    assert (line["bid"], line["ask_quantity"]) == (str(price), str(quantity))
    assert line["venue_time"] is None


def test_a_book_shows_its_best_levels_as_deep_as_asked() -> None:
    event = BookUpdate("BTC/USDT", book(), 5, 7, "binance", None, 2, Book("BTC/USDT"))
    line = json.loads(as_json(event, 2, channel=Book("BTC/USDT", depth=2)))
    assert line["bids"] == [["99.0", "1"], ["98.0", "2"]]
    assert line["asks"] == [["101", "4"], ["102", "5"]]
    assert (line["type"], line["channel"], line["update_id"]) == ("BookUpdate", "book.2:BTC/USDT", 7)
    assert "book" not in line


def test_a_book_that_is_not_live_says_so_instead_of_levels() -> None:
    stale = book()
    stale.mark(BookStatus.STALE, "connection lost")
    line = json.loads(as_json(BookUpdate("BTC/USDT", stale, 5, 7, "binance", None, 2, Book("BTC/USDT"))))
    assert line["not_live"] == "the book of BTC/USDT is stale: connection lost"
    assert "bids" not in line


def test_gaps_diagnostics_and_unreadable_frames_are_lines_too() -> None:
    gap = json.loads(as_json(Gap("BTC/USDT", "cut", 3, None, False, "binance", 2, Trades("BTC/USDT"))))
    assert (gap["type"], gap["missed"], gap["healed"]) == ("Gap", 3, False)
    state = json.loads(as_json(ConnectionState(LinkState.LIVE, "ws#1", "", "binance", 2)))
    assert (state["state"], state["channel"]) == ("live", "diagnostics")
    frame = json.loads(as_json(Unrecognised(b'{"a":\xff', "not JSON", "binance", 2, DIAGNOSTICS)))
    assert frame["raw"] == '{"a":\\xff'


def test_account_events_are_lines_too() -> None:
    held = BalanceUpdate((Balance("ETH", Decimal("2.5"), Decimal("0.5")),), "theone", None, 2, Balances())
    assert json.loads(as_json(held))["balances"] == [{"asset": "ETH", "total": "2.5", "locked": "0.5"}]
    swap = SwapUpdate("ord_1", SwapStatus.FILLED, Decimal("3245.67"), "0xab", "theone", None, 2, SwapOrders("ord_1"))
    line = json.loads(as_json(swap))
    assert (line["status"], line["filled_out"], line["channel"]) == ("FILLED", "3245.67", "swap:ord_1")


KINDS = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_there_is_can_be_a_line(kind: type[Event]) -> None:
    names = kind.__struct_fields__
    line = json.loads(as_json(kind(**{name: field_value(name) for name in names})))
    assert line["type"] == kind.__name__
    assert set(names) - {"book"} <= set(line)


def field_value(name: str) -> object:
    """Something to put into the field of that name; structs do not check."""
    match name:
        case "channel":
            return Trades("BTC/USDT")
        case "book":
            return book()
        case "raw":
            return b"{}"
        case _:
            return Decimal("1.50")


@pytest.mark.parametrize(
    ("value", "text"), [("1.500", "1.5"), ("100", "100"), ("0.00", "0"), ("1E+3", "1000"), ("1E-7", "0.0000001")]
)
def test_figures_for_people_have_no_trailing_zeros(value: str, text: str) -> None:
    assert number(Decimal(value)) == text


def test_a_figure_that_is_not_known_is_a_dash() -> None:
    assert number(None) == "-"


@given(st.lists(amounts))
def test_a_column_has_its_points_below_each_other_and_loses_nothing(values: list[Decimal]) -> None:
    column = aligned(values)
    assert [Decimal(text) for text in column] == values
    assert len({len(text.partition(".")[2]) for text in column}) <= 1


def test_a_column_is_no_wider_than_it_must_be() -> None:
    assert aligned([Decimal("1.500"), Decimal("2.25"), Decimal(3)]) == ["1.50", "2.25", "3.00"]
    assert aligned([Decimal("1.00"), Decimal("2.0")]) == ["1", "2"]


def test_counts_and_rates() -> None:
    assert [counted(count, "gap") for count in (0, 1, 2, 1234)] == ["0 gaps", "1 gap", "2 gaps", "1,234 gaps"]
    assert [rate(count) for count in (0.04, 12.34, 99.9, 1234.5)] == ["0.0", "12.3", "99.9", "1,234"]
