"""After a cut: what is missing is reported once per channel, before what follows."""

from __future__ import annotations

from decimal import Decimal

from tradewire import BUY, MiniTicker, MiniTickers, Quote, Quotes, Trade, Trades
from tradewire.engine.resume import Loss, Resume, missed_between, sequence_of
from tradewire.model.channels import Channel
from tradewire.wire.control import Ready

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


def test_each_channel_is_reported_once_and_the_gate_opens_when_all_have_spoken() -> None:
    log: list[object] = []
    losses: dict[Channel, Loss] = {BTC: Loss(2, 0, "cut"), ETH: Loss(4, 0, "cut")}
    gate = Resume(losses, lambda channel, loss, missed: log.append((channel, missed)), log.append)
    gate.done = lambda: log.append("done")
    for event in (Ready(), trade(5), trade(6), trade(5, ETH)):
        gate.emit(event)
    assert log == [Ready(), (BTC, 2), trade(5), trade(6), "done", trade(5, ETH)]
