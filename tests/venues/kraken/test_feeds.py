"""From items to events."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from kraken_desk import CANDLE, START, TICKER, TRADE, Desk, message

from tradewire.model.channels import Candles, Channel, Quotes, Tickers, Trades
from tradewire.model.events import BUY, SELL, Candle, Quote, Ticker, Trade, Unrecognised
from tradewire.model.time import SECOND
from tradewire.venues.kraken.feeds import Feed, Reading
from tradewire.venues.kraken.streams import Stream
from tradewire.venues.kraken.values import Moments, Numbers
from tradewire.wire.control import Missed


def desk_with(*channels: Channel) -> Desk:
    desk = Desk()
    desk.subscribe(*channels)
    return desk


def test_a_trade() -> None:
    desk = desk_with(Trades("BTC/USD"))
    desk.receive(message("trade", TRADE % 109116693))
    trade = desk.take(Trade)
    assert trade == Trade(
        "BTC/USD",
        Decimal("83744.3"),
        Decimal("0.00044780"),
        BUY,
        109116693,
        "kraken",
        1_790_358_506_844_359_000,
        START,
        Trades("BTC/USD"),
    )
    assert str(trade.quantity) == "0.00044780"
    desk.receive(message("trade", (TRADE % 109116694).replace('"buy"', '"sell"')))
    assert desk.take(Trade).side is SELL


def test_one_message_may_hold_several_trades_and_symbols() -> None:
    desk = desk_with(Trades("BTC/USD"), Trades("ETH/USD"))
    desk.receive(message("trade", TRADE % 1, TRADE % 2, (TRADE % 9).replace("BTC", "ETH")))
    assert [(event.symbol, event.trade_id) for event in desk.take_all() if isinstance(event, Trade)] == [
        ("BTC/USD", 1),
        ("BTC/USD", 2),
        ("ETH/USD", 9),
    ]
    assert desk.client.position(Trades("BTC/USD")) == 2


def test_trades_seen_are_dropped_and_trades_missing_are_told() -> None:
    desk = desk_with(Trades("BTC/USD"))
    desk.receive(message("trade", TRADE % 7, TRADE % 7, TRADE % 6))
    desk.take(Trade)
    desk.receive(message("trade", TRADE % 11))
    missed, trade = desk.take_all()
    assert missed == Missed(Trades("BTC/USD"), 3)
    assert isinstance(trade, Trade)


@pytest.mark.parametrize(
    ("old", "new"),
    [('"buy"', '"hold"'), ("83744.3", '"83744.3"'), ("0.00044780", "null"), ("2026-09-25T17", "2026-09-25T25"), ("%d", '"1"')],
)
def test_a_trade_that_cannot_be_read_is_shown_whole(old: str, new: str) -> None:
    desk = desk_with(Trades("BTC/USD"))
    text = TRADE.replace(old, new)
    frame = message("trade", text % 5 if "%d" in text else text)
    desk.receive(frame)
    assert desk.take(Unrecognised).raw == frame
    desk.receive(message("trade", TRADE % 6))
    desk.take(Trade)


def test_a_ticker_serves_quotes_and_tickers() -> None:
    desk = desk_with(Quotes("BTC/USD"), Tickers("BTC/USD"))
    desk.receive(message("ticker", TICKER, kind="snapshot"))
    quote, ticker = desk.take_all()
    assert quote == Quote(
        "BTC/USD",
        Decimal("0.10025"),
        Decimal("740.0"),
        Decimal("0.10036"),
        Decimal("1361.44813783"),
        0,
        "kraken",
        None,
        START,
        Quotes("BTC/USD"),
    )
    assert isinstance(ticker, Ticker)
    assert (ticker.last, ticker.open, ticker.change) == (Decimal("0.10035"), Decimal("0.10052"), Decimal("-0.00017"))
    assert (ticker.change_percent, ticker.average) == (Decimal("-0.17"), Decimal("0.10148"))
    assert (ticker.high, ticker.low, ticker.volume) == (Decimal("0.10285"), Decimal("0.09979"), Decimal("997038.98383185"))
    assert (ticker.quote_volume, ticker.trade_count, ticker.open_time, ticker.close_time) == (None,) * 4
    assert (ticker.bid, ticker.ask_quantity, ticker.window) == (Decimal("0.10025"), Decimal("1361.44813783"), "24h")
    assert ticker.channel == Tickers("BTC/USD")


def test_what_newer_tickers_say_is_taken_along() -> None:
    desk = desk_with(Tickers("BTC/USD"))
    desk.receive(message("ticker", TICKER[:-1] + ',"timestamp":"1970-01-01T00:00:02Z","trades":135262}'))
    ticker = desk.take(Ticker)
    assert (ticker.venue_time, ticker.trade_count) == (2 * SECOND, 135262)


def test_statistics_of_cheap_assets_have_exponents() -> None:
    desk = desk_with(Tickers("BTC/USD"))
    desk.receive(message("ticker", TICKER.replace("-0.00017", "-1e-08")))
    assert desk.take(Ticker).change == Decimal("-0.00000001")


def test_nothing_is_emitted_of_a_ticker_half_of_which_cannot_be_read() -> None:
    desk = desk_with(Quotes("BTC/USD"), Tickers("BTC/USD"))
    desk.receive(message("ticker", TICKER.replace("0.10148", "null")))
    desk.take(Unrecognised)


def candles(*items: str) -> bytes:
    return message("ohlc", *items)[:-1] + b',"timestamp":"1970-01-01T00:00:09Z"}'


def test_a_candle_runs_until_the_next_one_begins() -> None:
    channel = Candles("BTC/USD", "5m")
    desk = desk_with(channel)
    desk.receive(candles(CANDLE % 30))
    running = desk.take(Candle)
    assert (running.interval, running.closed, running.close_time - running.open_time) == ("5m", False, 300 * SECOND)
    assert running.open_time == 1_696_433_400 * SECOND
    assert (running.open, running.high, running.volume, running.trade_count) == (
        Decimal("0.09875"),
        Decimal("0.0988"),
        Decimal("16255.46368"),
        13,
    )
    assert (running.quote_volume, running.taker_buy_volume) == (None, None)
    assert (running.venue_time, running.received, running.channel) == (9 * SECOND, START, channel)
    desk.wait(1)
    desk.receive(candles(CANDLE % 35))
    final, begun = desk.take_all()
    assert isinstance(final, Candle)
    assert isinstance(begun, Candle)
    assert (final.closed, final.open_time, final.volume, final.received) == (True, running.open_time, running.volume, desk.now)
    assert (begun.closed, begun.open_time) == (False, running.close_time)


def test_a_candle_of_the_past_is_no_news() -> None:
    desk = desk_with(Candles("BTC/USD", "5m"))
    desk.receive(candles(CANDLE % 30))
    desk.take(Candle)
    desk.receive(candles(CANDLE % 25))
    assert not desk.emitted


def test_each_interval_has_its_own_candles() -> None:
    desk = desk_with(Candles("BTC/USD", "1m"), Candles("BTC/USD", "5m"))
    desk.receive(candles((CANDLE % 30).replace('"interval":5', '"interval":1'), CANDLE % 30))
    assert [event.interval for event in desk.take_all() if isinstance(event, Candle)] == ["1m", "5m"]


def test_channels_ride_once() -> None:
    feed = Feed(Stream("ticker", "A/B"), Reading(Numbers(), Moments()))
    every: list[Any] = [Quotes("A/B"), Tickers("A/B"), Quotes("A/B")]
    for channel in every:
        feed.add(channel)
    assert list(feed.channels) == every[:2]
    feed.remove(Quotes("A/B"))
    assert list(feed.channels) == every[1:2]
