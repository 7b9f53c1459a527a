"""Recordings that add up, and recordings that do not."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

import pytest
from kraken_desk import ASKS, BIDS, CANDLE, TICKER, TRADE, book_snapshot, book_update, crc, message

from tradewire.errors import Unsupported
from tradewire.venues.kraken.verify import CaptureVerifier
from tradewire.wire.capture import CaptureLine, decode_line
from tradewire.wire.verify import Report

CAPTURES = Path(__file__).parents[4] / "shared" / "captures"
SOCKET = "wss://ws.kraken.com/v2"
CHANGE = (("99.9", "0.00000000"),)
UPDATE = book_update((), CHANGE, crc(ASKS, BIDS[:1]))


def line(frame: bytes | str, conn: str = SOCKET) -> CaptureLine:
    return CaptureLine(ts=1.0, dir="in", conn=conn, raw=frame if isinstance(frame, str) else frame.decode())


def trade(number: int) -> CaptureLine:
    return line(message("trade", TRADE % number))


def verified(*files: Iterable[CaptureLine]) -> Report:
    verifier = CaptureVerifier()
    for number, lines in enumerate(files, 1):
        verifier.begin_file()
        for at, each in enumerate(lines, 1):
            verifier.take(each, f"{number}:{at}")
    return verifier.report()


def test_a_whole_recording() -> None:
    report = verified(
        [
            line('{"channel":"heartbeat"}'),
            *map(line, (book_snapshot(), UPDATE, message("ticker", TICKER), message("ohlc", CANDLE % 30))),
            *(trade(7), trade(8)),
            CaptureLine(1.0, "out", SOCKET, '{"method":"ping"}'),
            line(b"{}", "https://api.kraken.com/0/public/AssetPairs"),
        ]
    )
    (book,) = report.books
    (sequence,) = report.sequences
    assert report.ok
    assert report.lines == 9
    assert (book.symbol, book.anchored, book.updates, book.stands_at) == ("BTC/USD", True, 2, 2)
    assert (book.checksums, book.agreed, book.faults) == (2, 2, [])
    assert (sequence.stream, sequence.first, sequence.last) == ("trade BTC/USD", 7, 8)
    assert report.events["trade BTC/USD"] == 2
    assert report.events["ticker BTC/USD"] == 2  # a quote and a ticker
    assert report.events["ohlc-5 BTC/USD"] == 1


def test_a_lost_update_is_found_by_the_checksum_of_the_next() -> None:
    next_one = book_update((("100.1", "0.00000000"),), (), crc(ASKS[1:], BIDS[:1]))
    report = verified([line(book_snapshot()), line(next_one), line(next_one)])
    (book,) = report.books
    assert not report.ok
    assert [fault.where for fault in book.faults] == ["1:2"]
    assert str(crc(ASKS[1:], BIDS[:1])) in book.faults[0].reason
    assert (book.updates, book.checksums, book.agreed) == (1, 2, 1)


def test_a_snapshot_that_does_not_fit_its_checksum() -> None:
    report = verified([line(book_snapshot(check=1))])
    (book,) = report.books
    assert [fault.where for fault in book.faults] == ["1:1"]
    assert (book.anchored, book.agreed) == (False, 0)


def test_a_book_that_was_subscribed_anew_goes_on() -> None:
    report = verified([line(book_snapshot()), line(UPDATE), line(book_snapshot()), line(UPDATE)])
    (book,) = report.books
    assert report.ok
    assert (book.updates, book.checksums, book.rebuilds) == (4, 4, 0)


def test_changes_without_a_snapshot_cannot_be_checked() -> None:
    report = verified([line(UPDATE)])
    assert report.ok
    assert report.unanchored == ("BTC/USD",)


def test_holes_in_trade_ids_are_named() -> None:
    report = verified([trade(7), trade(10)])
    (hole,) = report.sequences[0].breaks
    assert (hole.where, hole.after, hole.missed) == ("1:2", 7, 2)


def test_a_file_may_go_on_where_the_one_before_ended() -> None:
    report = verified([trade(7)], [trade(8)])
    assert report.ok
    assert report.sequences[0].joined == 1


def test_what_a_cut_lost_is_missing_all_the_same() -> None:
    lost = CaptureLine(1.0, "event", SOCKET, "lost: reset by peer")
    report = verified([trade(7), lost, trade(10)])
    assert [hole.missed for hole in report.sequences[0].breaks] == [2]


@pytest.mark.parametrize("raw", ["CloudFlare WebSocket proxy restarting", '{"channel":"book","type":"update","data":[{}]}'])
def test_lines_that_cannot_be_read_are_named(raw: str) -> None:
    report = verified([line(book_snapshot()), line(raw)])
    assert not report.ok
    assert report.unread[0].startswith("1:2: ")


def test_numbers_that_cannot_be_read_are_named() -> None:
    report = verified([line(message("trade", (TRADE % 7).replace("83744.3", "true")))])
    assert report.unread[0].startswith("1:1: ")


def test_other_channels_are_not_looked_at() -> None:
    report = verified([line('{"channel":"level3","type":"update","data":[{"symbol":"A/B"}]}')])
    assert report.ok
    assert report.events == {}


def test_websocket_v1_is_another_language() -> None:
    with pytest.raises(Unsupported, match=r"1:1: recorded at wss://ws\.kraken\.com, where WebSocket v1 is spoken"):
        verified([line("[]", "wss://ws.kraken.com")])


RECORDINGS = [
    ("kraken_v2_btcusd_book10_20260719b", 1254),
    ("kraken_v2_btcusd_book10_20230730_rerendered", 510),
    ("kraken_v2_minagbp_book25_resubscribe_20260818", 19),
]


def recorded(name: str) -> list[CaptureLine]:
    file = CAPTURES / f"{name}.jsonl.gz"
    if not file.exists():
        pytest.skip(f"{file} is absent")
    return [
        decode_line(each, source=name, number=number)
        for number, each in enumerate(gzip.decompress(file.read_bytes()).splitlines(), 1)
    ]


@pytest.mark.captures
@pytest.mark.parametrize(("name", "checksums"), RECORDINGS)
def test_recordings_of_the_venue_add_up(name: str, checksums: int) -> None:
    report = verified(recorded(name))
    (book,) = report.books
    assert report.ok
    assert (book.checksums, book.agreed, book.updates, book.stands_at) == (checksums,) * 4


@pytest.mark.captures
@pytest.mark.parametrize(("name", "at"), [(RECORDINGS[0][0], 700), (RECORDINGS[1][0], 300), (RECORDINGS[2][0], 40)])
def test_one_update_less_is_noticed_at_the_next(name: str, at: int) -> None:
    lines = recorded(name)
    at = next(n for n, each in enumerate(lines) if n >= at and '"book","type":"update"' in each.raw)
    del lines[at]
    (book,) = verified(lines).books
    following = next(n for n, each in enumerate(lines, 1) if n > at and '"book","type":"update"' in each.raw)
    assert [fault.where for fault in book.faults] == [f"1:{following}"]
