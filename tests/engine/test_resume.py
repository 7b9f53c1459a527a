"""After a cut: what is missing is reported once per channel, before what follows."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from tradewire import BUY, Book, BookUpdate, MiniTicker, MiniTickers, OrderBook, Quote, Quotes, Trade, Trades
from tradewire.engine.resume import Loss, Resume, latest_books, missed_between, seen_before, sequence_of
from tradewire.model.channels import Channel
from tradewire.wire.control import Missed, Ready

BTC, ETH = Trades("BTC/USDT"), Trades("ETH/USDT")
ONE = Decimal(1)


def trade(number: int, channel: Trades = BTC) -> Trade:
    return Trade(channel.symbol, ONE, ONE, BUY, number, venue="toy", venue_time=None, received=0, channel=channel)


QUOTE = Quote("BTC/USDT", ONE, ONE, ONE, ONE, 7, venue="toy", venue_time=None, received=0, channel=Quotes("BTC/USDT"))
MINI = MiniTicker("BTC/USDT", ONE, ONE, ONE, ONE, ONE, ONE, venue="toy", venue_time=None, received=0, channel=MiniTickers())


def test_sequences() -> None:
    assert sequence_of(trade(3)) == 3
    assert sequence_of(QUOTE) == 7
    assert sequence_of(MINI) is None


def test_only_contiguous_ids_tell_how_many_are_missing() -> None:
    assert missed_between(trade(5), 2) == 2
    assert missed_between(trade(3), 2) == 0
    assert missed_between(trade(1), 2) is None, "the venue started to count afresh"
    assert missed_between(trade(5), None) is None
    assert missed_between(QUOTE, 2) is None


def loss(position: int | None, *, venue_time: int | None = None, cut: bool = True) -> Loss:
    return Loss(position, venue_time, 0, "cut", cut)


def gate(losses: dict[Channel, Loss]) -> tuple[Resume, list[object]]:
    log: list[object] = []
    made = Resume(losses, lambda channel, _, missed: log.append((channel, missed)), log.append)
    made.done = lambda: log.append("done")
    return made, log


def test_each_channel_is_reported_once_and_the_gate_opens_when_all_have_spoken() -> None:
    resume, log = gate({BTC: loss(2), ETH: loss(4)})
    for event in (Ready(), trade(5), trade(6), trade(5, ETH)):
        resume.emit(event)
    assert log == [Ready(), (BTC, 2), trade(5), trade(6), (ETH, 0), "done", trade(5, ETH)]


def test_what_the_venue_sends_again_is_dropped() -> None:
    resume, log = gate({BTC: loss(5)})
    for number in (4, 5, 6):
        resume.emit(trade(number))
    assert log == [(BTC, 0), "done", trade(6)], "a cut is told, and that nothing is missing"


def test_a_venue_that_counts_afresh_is_believed() -> None:
    resume, log = gate({BTC: loss(500_000)})
    resume.emit(trade(1))
    assert log == [(BTC, None), "done", trade(1)]


def test_a_handover_reports_holes_but_not_the_unknown() -> None:
    quotes = Quotes("BTC/USDT")
    resume, log = gate({BTC: loss(5, cut=False), quotes: loss(3, cut=False)})
    resume.emit(trade(9))
    resume.emit(QUOTE)
    assert log == [(BTC, 3), trade(9), "done", QUOTE]


def test_events_without_numbers_are_told_apart_by_their_time() -> None:
    resume, log = gate({MiniTickers(): loss(None, venue_time=7, cut=False)})
    old, new = (msgspec.structs.replace(MINI, venue_time=moment) for moment in (7, 8))
    resume.emit(old)
    resume.emit(new)
    assert log == ["done", new]


def test_of_a_book_only_the_last_update_is_kept() -> None:
    book = OrderBook("toy", "BTC/USDT")
    channel = Book("BTC/USDT")
    one, two = (
        BookUpdate("BTC/USDT", book, 1, number, venue="toy", venue_time=None, received=0, channel=channel) for number in (1, 2)
    )
    assert latest_books([one, trade(1), two, trade(2)]) == [trade(1), two, trade(2)]
    assert not seen_before(one, loss(9)), "a picture that is complete is always news"


def test_a_hole_is_told_once_when_the_venue_tells_of_it_too() -> None:
    resume, log = gate({BTC: loss(5)})
    resume.emit(Missed(BTC, 2))
    resume.emit(trade(8))
    resume.emit(Missed(BTC, 1))
    assert log == [(BTC, 2), "done", trade(8), Missed(BTC, 1)]


def test_quotes_of_a_venue_that_numbers_nothing_come_through() -> None:
    quotes = Quotes("BTC/USDT")
    unnumbered = msgspec.structs.replace(QUOTE, update_id=0, venue_time=9)
    assert sequence_of(unnumbered) is None
    resume, log = gate({quotes: loss(sequence_of(unnumbered), venue_time=8)})
    resume.emit(unnumbered)
    assert log == [(quotes, None), "done", unnumbered]
