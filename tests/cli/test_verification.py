"""Verifying recordings: sessions, and a gateway that delivers otherwise than the files hold it."""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings import change, quote, snapshot, trade, whole, write

from tradewire.cli.verification import Delivered, differences, problems_of, read_directly, verify_files
from tradewire.errors import Unsupported
from tradewire.model.book import OrderBook
from tradewire.model.channels import Book, Channel, MiniTickers, Quotes, Trades
from tradewire.model.events import BookUpdate, Gap, Trade
from tradewire.wire.capture import CaptureLine

BOOK, QUOTES, TRADES = Book("BNB/BTC", 0, 100), Quotes("BNB/BTC"), Trades("BNB/BTC")
NAMES: dict[Channel, str] = {BOOK: "bnbbtc@depth@100ms", QUOTES: "bnbbtc@bookTicker", TRADES: "bnbbtc@trade"}


def a_trade(number: int) -> Trade:
    return Trade("BNB/BTC", None, None, None, number, "binance", None, 1, TRADES)  # type: ignore[arg-type] # only ids matter


def an_update(update_id: int) -> BookUpdate:
    return BookUpdate("BNB/BTC", OrderBook("binance", "BNB/BTC"), 1, update_id, "binance", None, 1, BOOK)


def test_both_readings_of_a_whole_recording_agree(tmp_path: Path) -> None:
    (session,) = verify_files([write(tmp_path / "whole.jsonl.gz", whole())], None)
    (direct,) = session.direct.books
    through = session.delivered.books["BNB/BTC"]
    assert session.problems == ()
    assert (direct.compared, through.compared, through.mismatches) == (2, 2, [])
    assert session.direct.events == {"bnbbtc@trade": 3, "bnbbtc@depth@100ms": 3, "bnbbtc@bookTicker": 3}
    assert session.delivered.events["bnbbtc@trade"] == 3
    assert session.delivered.stands_at("BNB/BTC") == 4


def test_files_are_one_session_where_ids_connect(tmp_path: Path) -> None:
    first = write(tmp_path / "1.jsonl", [change(1, 2), snapshot(2), change(3, 3)])
    other = write(tmp_path / "2.jsonl", [trade(70), trade(71)])
    second = write(tmp_path / "3.jsonl", [change(4, 4), quote(4, "1.0")])
    again = write(tmp_path / "4.jsonl", [change(1, 2), snapshot(2), change(3, 3)])
    sessions = verify_files([first, other, second, again], None)
    assert [session.files for session in sessions] == [(first, second), (other,), (again,)]
    assert [session.problems for session in sessions] == [(), (), ()]
    (book,) = sessions[0].direct.books
    assert (book.updates, book.compared) == (3, 1)


def test_what_the_gateway_did_not_deliver_is_named(tmp_path: Path) -> None:
    direct = read_directly([write(tmp_path / "whole.jsonl", whole())], "binance")
    delivered = Delivered(NAMES)
    for number in (7, 8):
        delivered.take(a_trade(number))
    delivered.take(an_update(3))
    delivered.take(Gap("BNB/BTC", "cut", 1, None, True, "binance", 1, BOOK))
    assert list(differences(direct, delivered)) == [
        "gateway: BNB/BTC: the book stands at update 3, not at 4",
        "gateway: BNB/BTC: 1 gap",
        "gateway: bnbbtc@bookTicker: 0 of 3 recorded events were delivered",
        "gateway: bnbbtc@trade: 2 of 3 recorded events were delivered",
        "gateway: bnbbtc@trade: delivered 7 to 8, recorded 7 to 9",
    ]


def test_a_book_that_never_came_is_named_unless_it_could_not(tmp_path: Path) -> None:
    names: dict[Channel, str] = {BOOK: NAMES[BOOK]}
    anchored = read_directly([write(tmp_path / "1.jsonl", [change(1, 2), snapshot(2)])], "binance")
    assert list(differences(anchored, Delivered(names))) == ["gateway: BNB/BTC: the book stands at update None, not at 2"]
    unanchored = read_directly([write(tmp_path / "2.jsonl", [change(1, 2)])], "binance")
    assert list(differences(unanchored, Delivered(names))) == []


def test_messages_about_all_symbols_hold_several_events(tmp_path: Path) -> None:
    direct = read_directly([write(tmp_path / "1.jsonl", [trade(1)])], "binance")
    assert list(differences(direct, Delivered({MiniTickers(): "!miniTicker@arr"}))) == []


def test_a_book_that_breaks_without_a_hole_is_a_problem(tmp_path: Path) -> None:
    crossed = [change(1, 2), snapshot(2), change(3, 3, ("2.5", "1")), snapshot(3), change(4, 4)]
    direct = read_directly([write(tmp_path / "crossed.jsonl", crossed)], "binance")
    assert "BNB/BTC: the book broke and had to be rebuilt (1 time)" in problems_of(direct)


def test_only_what_has_a_verifier_can_be_verified(tmp_path: Path) -> None:
    futures = CaptureLine(1.0, "in", "wss://fstream.binance.com/stream", trade(1).raw)
    file = write(tmp_path / "futures.jsonl", [trade(1), futures])
    with pytest.raises(Unsupported, match=r"futures\.jsonl, line 2: recorded at fstream\.binance\.com"):
        read_directly([file], "binance")
    with pytest.raises(Unsupported, match="recordings of theone have no numbers to check; those of binance, kraken can"):
        read_directly([file], "theone")
