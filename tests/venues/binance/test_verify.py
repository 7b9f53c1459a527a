"""Recordings that add up, and recordings that do not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tradewire.venues.binance.verify import CaptureVerifier
from tradewire.wire.capture import CaptureLine, decode_line
from tradewire.wire.verify import Report

CAPTURES = Path(__file__).parents[4] / "shared" / "captures"
SOCKET = "wss://stream.binance.com:9443/stream"
SNAPSHOT_URL = "https://api.binance.com/api/v3/depth?symbol=BNBBTC&limit=1000"


def line(stream: str, data: dict[str, Any], conn: str = SOCKET) -> CaptureLine:
    return CaptureLine(ts=1.0, dir="in", conn=conn, raw=json.dumps({"stream": stream, "data": data}))


def change(first: int, last: int, bids: Any = ()) -> CaptureLine:
    return line("bnbbtc@depth@100ms", {"E": 1, "U": first, "u": last, "b": bids, "a": []})


def trade(number: int) -> CaptureLine:
    return line("bnbbtc@trade", {"t": number, "p": "1", "q": "1", "T": 1, "m": False})


def quote(update_id: int, bid: str) -> CaptureLine:
    return line("bnbbtc@bookTicker", {"u": update_id, "b": bid, "B": "5", "a": "2", "A": "1"})


def snapshot(last: int) -> CaptureLine:
    raw = json.dumps({"lastUpdateId": last, "bids": [["1.0", "5"]], "asks": [["2", "1"]]})
    return CaptureLine(ts=1.0, dir="in", conn=SNAPSHOT_URL, raw=raw)


def verified(*files: list[CaptureLine]) -> Report:
    verifier = CaptureVerifier()
    for number, lines in enumerate(files, 1):
        verifier.begin_file()
        for at, each in enumerate(lines, 1):
            verifier.take(each, f"{number}:{at}")
    return verifier.report()


def test_a_whole_recording() -> None:
    report = verified([change(1, 2), snapshot(2), quote(3, "1.00"), change(3, 3), trade(7), trade(8), quote(9, "3")])
    (book,) = report.books
    assert report.ok
    assert report.unanchored == ()
    assert (book.compared, book.updates, book.rebuilds, report.lines) == (1, 2, 0, 7)
    assert [(each.stream, each.messages, each.first, each.last) for each in report.sequences] == [
        ("bnbbtc@depth@100ms", 2, 1, 3),
        ("bnbbtc@trade", 2, 7, 8),
    ]


def test_a_hole_is_named_with_its_place() -> None:
    report = verified([change(1, 2), snapshot(2), change(5, 6), trade(7), trade(10)])
    assert not report.ok
    assert [(each.where, each.after, each.missed) for sequence in report.sequences for each in sequence.breaks] == [
        ("1:3", 2, 2),
        ("1:5", 7, 2),
    ]
    assert report.books[0].rebuilds == 1


def test_a_book_that_is_not_what_was_quoted() -> None:
    report = verified([change(1, 2), snapshot(2), change(3, 3), quote(3, "1.5")])
    (wrong,) = report.books[0].mismatches
    assert not report.ok
    assert (wrong.where, wrong.update_id, str(wrong.rebuilt.bid), str(wrong.quoted.bid)) == ("1:4", 3, "1.0", "1.5")


def test_a_snapshot_that_came_before_its_changes_is_kept_for_them() -> None:
    assert verified([snapshot(2), change(3, 4)]).unanchored == ()


def test_changes_without_a_snapshot_are_unanchored_but_whole() -> None:
    report = verified([change(1, 2), change(3, 4)])
    assert report.ok
    assert report.unanchored == ("BNB/BTC",)


def test_files_that_go_on_are_joined_and_others_start_anew() -> None:
    first, second, other = [trade(1), trade(2)], [trade(3)], [trade(9)]
    (joined,) = verified(first, second).sequences
    (apart,) = verified(first, other).sequences
    assert (joined.joined, joined.restarts, joined.breaks) == (1, 0, [])
    assert (apart.joined, apart.restarts, apart.breaks) == (0, 1, [])


def test_what_a_cut_lost_is_missing_from_the_recording() -> None:
    lost = CaptureLine(ts=1.0, dir="event", conn=SOCKET, raw="lost: reset")
    again = CaptureLine(ts=1.0, dir="event", conn=SOCKET, raw="live")
    assert verified([trade(1), lost, again, trade(2)]).ok
    (sequence,) = verified([trade(1), lost, again, trade(9)]).sequences
    assert [(hole.where, hole.missed) for hole in sequence.breaks] == [("1:4", 7)]


@pytest.mark.parametrize(
    "bad",
    [
        CaptureLine(1.0, "in", SOCKET, "nonsense"),
        CaptureLine(1.0, "in", SOCKET, '{"stream":"bnbbtc@trade","data":{}}'),
        CaptureLine(1.0, "in", SOCKET, '{"stream":"bnbbtc@depth","data":{}}'),
        CaptureLine(1.0, "in", SNAPSHOT_URL, "{}"),
    ],
)
def test_what_cannot_be_read_is_named(bad: CaptureLine) -> None:
    report = verified([trade(1), bad])
    assert not report.ok
    assert report.unread[0].startswith("1:2: ")


def test_what_is_no_market_data_is_passed_over() -> None:
    others = [
        CaptureLine(None, "out", SOCKET, '{"method":"SUBSCRIBE"}'),
        CaptureLine(None, "in", SOCKET, '{"result":null,"id":1}'),
        CaptureLine(None, "in", SOCKET, '{"stream":"bnbbtc@referencePrice","data":{"r":null}}'),
        CaptureLine(None, "in", "https://api.binance.com/api/v3/exchangeInfo", "{}"),
    ]
    report = verified(others)
    assert report.ok
    assert report.lines == 4


def recorded(name: str) -> Iterator[tuple[CaptureLine, str]]:
    with gzip.open(CAPTURES / f"{name}.jsonl.gz") as lines:
        for number, text in enumerate(lines, 1):
            yield decode_line(text, source=name, number=number), f"{name}:{number}"


def replayed(*names: str) -> Report:
    verifier = CaptureVerifier()
    for name in names:
        verifier.begin_file()
        for each, where in recorded(name):
            verifier.take(each, where)
    return verifier.report()


@pytest.mark.captures
@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the recordings are not here")
@pytest.mark.parametrize(
    ("names", "lines", "symbols", "updates", "compared"),
    [
        (("binance_spot_10sym_20210405",), 11_367, 10, 4_661, 1_155),
        (("binance_spot_10sym_20210417",), 1_238, 10, 607, 201),
        (("binance_spot_4sym_20211012",), 269, 4, 177, 26),
        (("binance_spot_btcusdt_20240808",), 41_249, 1, 3_449, 564),
        (("binance_spot_ethusdt_20240808",), 33_618, 1, 3_433, 577),
        (("binance_spot_btcusdt_20240808", "binance_spot_btcusdt_20240809"), 99_574, 1, 6_493, 1_072),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else None,
)
def test_real_recordings_add_up(names: tuple[str, ...], lines: int, symbols: int, updates: int, compared: int) -> None:
    report = replayed(*names)
    assert report.unread == ()
    assert report.ok
    assert report.unanchored == ()
    assert (report.lines, len(report.books)) == (lines, symbols)
    assert sum(book.rebuilds for book in report.books) == 0
    assert (sum(book.updates for book in report.books), sum(book.compared for book in report.books)) == (updates, compared)
    joined = {sequence.joined for sequence in report.sequences}
    assert joined == {len(names) - 1}


@pytest.mark.captures
@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the recordings are not here")
def test_a_continuation_alone_is_whole_but_unanchored() -> None:
    report = replayed("binance_spot_btcusdt_20240809")
    assert report.ok
    assert report.unanchored == ("BTC/USDT",)
