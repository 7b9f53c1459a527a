"""Bare payloads, as on ``/ws``."""

from __future__ import annotations

from typing import Any

import pytest
from binance_desk import Desk
from binance_payloads import BOOK_TICKER, KLINE, PARTIAL_DEPTH, STREAMS, TRADE

from tradewire.model.channels import Book, Candles, Channel, PartialBook, Quotes, Trades
from tradewire.model.events import Candle, Quote, Trade, Unrecognised
from tradewire.venues.binance.messages import Head
from tradewire.venues.binance.streams import Symbols
from tradewire.venues.binance.unwrapped import mark_of_array, mark_of_channel, mark_of_payload


@pytest.mark.parametrize("stream", [stream for stream in STREAMS if "depth@" not in stream])
def test_a_bare_payload_finds_its_channel(stream: str) -> None:
    channel, payload = STREAMS[stream]
    desk = Desk()
    desk.subscribe(channel)
    desk.receive(payload)
    (event,) = desk.take_all()
    assert not isinstance(event, Unrecognised)
    assert event.channel == channel


def test_a_book_can_be_kept_from_bare_payloads() -> None:
    desk = Desk()
    desk.subscribe(Book("BNB/BTC"))
    desk.receive(STREAMS["bnbbtc@depth@100ms"][1])
    assert len(desk.calls()) == 1


def test_symbols_and_intervals_are_told_apart() -> None:
    desk = Desk()
    desk.subscribe(Trades("BNB/BTC"), Trades("ETH/BTC"), Quotes("BNB/BTC"), Candles("BNB/BTC", "1m"), Candles("BNB/BTC", "1M"))
    desk.receive({**TRADE, "s": "ETHBTC"})
    assert desk.take(Trade).symbol == "ETH/BTC"
    desk.receive(BOOK_TICKER)
    desk.take(Quote)
    desk.receive({**KLINE, "k": {**KLINE["k"], "i": "1M"}})
    assert desk.take(Candle).interval == "1M"


@pytest.mark.parametrize(
    ("channels", "payload"),
    [
        ((PartialBook("BNB/BTC"), PartialBook("ETH/BTC")), PARTIAL_DEPTH),
        ((Book("BNB/BTC", interval_ms=100), Book("BNB/BTC", interval_ms=1000)), STREAMS["bnbbtc@depth@100ms"][1]),
        ((Candles("BNB/BTC"), Candles("BNB/BTC", utc_offset="+08:00")), KLINE),
    ],
)
def test_what_could_belong_to_several_belongs_to_none(channels: tuple[Channel, ...], payload: dict[str, Any]) -> None:
    desk = Desk()
    desk.subscribe(*channels)
    desk.receive(payload)
    assert "/stream" in desk.take(Unrecognised).reason
    desk.unsubscribe(channels[1])
    desk.receive(payload)
    assert not any(isinstance(event, Unrecognised) for event in desk.take_all())


def test_what_nobody_subscribed_is_shown_and_what_was_given_up_is_dropped() -> None:
    desk = Desk()
    desk.subscribe(Trades("BNB/BTC"))
    desk.receive({**TRADE, "s": "ETHBTC"})
    assert "ETHBTC" in desk.take(Unrecognised).reason
    desk.unsubscribe(Trades("BNB/BTC"))
    desk.receive(TRADE)
    assert not desk.emitted


def test_marks_agree() -> None:
    symbols = Symbols({})
    assert mark_of_channel(Quotes("BNB/BTC"), symbols) == mark_of_payload(Head(u=5, s="BNBBTC")) == "bookTicker BNBBTC"
    assert mark_of_payload(Head(id=5)) is None
    assert mark_of_array([]) is None
