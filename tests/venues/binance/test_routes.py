"""Each documented payload becomes its event, digit for digit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from binance_desk import START, Desk
from binance_payloads import (
    AGGREGATE,
    AVERAGE_PRICE,
    BOOK_TICKER,
    KLINE,
    MINI_TICKER,
    PARTIAL_DEPTH,
    STREAMS,
    TICKER,
    TRADE,
    WINDOW_TICKER,
    later,
)

from tradewire.errors import Unsupported
from tradewire.model.channels import (
    AggregateTrades,
    AveragePrices,
    Balances,
    Book,
    Candles,
    MiniTickers,
    PartialBook,
    Quotes,
    Tickers,
    Trades,
)
from tradewire.model.events import (
    BUY,
    SELL,
    AggregateTrade,
    AveragePrice,
    BookSnapshot,
    Candle,
    MiniTicker,
    Quote,
    Ticker,
    Trade,
    Unrecognised,
)
from tradewire.venues.binance.routes import Conversion, make_route
from tradewire.venues.binance.streams import Symbols
from tradewire.wire.control import Missed

MS = 1_000_000
E = 1672515782136 * MS


def test_trade() -> None:
    desk, channel = Desk(), Trades("BNB/BTC")
    desk.subscribe(channel)
    desk.event("bnbbtc@trade", TRADE)
    trade = desk.take(Trade)
    assert trade == Trade("BNB/BTC", Decimal("0.001"), Decimal(100), SELL, 12345, "binance", E - MS, START, channel)
    assert desk.client.position(channel) == 12345


def test_aggregate_trade() -> None:
    desk, channel = Desk(), AggregateTrades("BNB/BTC")
    desk.subscribe(channel)
    desk.event("bnbbtc@aggTrade", AGGREGATE)
    assert desk.take(AggregateTrade) == AggregateTrade(
        "BNB/BTC", Decimal("0.001"), Decimal(100), BUY, 12345, 100, 105, "binance", E - MS, START, channel
    )
    assert desk.client.position(channel) == 12345


def test_quote_keeps_the_digits() -> None:
    desk, channel = Desk(), Quotes("BNB/BTC")
    desk.subscribe(channel)
    desk.event("bnbbtc@bookTicker", BOOK_TICKER)
    quote = desk.take(Quote)
    shown = (str(quote.bid), str(quote.bid_quantity), str(quote.ask), str(quote.ask_quantity))
    assert shown == ("25.35190000", "31.21000000", "25.36520000", "40.66000000")
    assert (quote.update_id, quote.venue_time, quote.channel) == (400900217, None, channel)
    assert desk.client.position(channel) == 400900217


def test_partial_book() -> None:
    desk, channel = Desk(), PartialBook("BNB/BTC", 5, 1000)
    desk.subscribe(channel)
    desk.event("bnbbtc@depth5", PARTIAL_DEPTH)
    bids, asks = ((Decimal("0.0024"), Decimal(10)),), ((Decimal("0.0026"), Decimal(100)),)
    assert desk.take(BookSnapshot) == BookSnapshot("BNB/BTC", bids, asks, 160, "binance", None, START, channel)
    assert desk.client.position(channel) == 160


def test_candle() -> None:
    desk, channel = Desk(), Candles("BNB/BTC", "1m")
    desk.subscribe(channel)
    desk.event("bnbbtc@kline_1m", KLINE)
    assert desk.take(Candle) == Candle(
        symbol="BNB/BTC",
        interval="1m",
        open_time=1672515780000 * MS,
        close_time=1672515839999 * MS,
        open=Decimal("0.0010"),
        high=Decimal("0.0025"),
        low=Decimal("0.0015"),
        close=Decimal("0.0020"),
        volume=Decimal(1000),
        quote_volume=Decimal("1.0000"),
        taker_buy_volume=Decimal(500),
        trade_count=100,
        closed=False,
        venue="binance",
        venue_time=E,
        received=START,
        channel=channel,
    )
    assert desk.client.position(channel) is None


def test_day_ticker() -> None:
    desk, channel = Desk(), Tickers("BNB/BTC")
    desk.subscribe(channel)
    desk.event("bnbbtc@ticker", TICKER)
    assert desk.take(Ticker) == Ticker(
        symbol="BNB/BTC",
        window="24h",
        last=Decimal("0.0025"),
        last_quantity=Decimal(10),
        open=Decimal("0.0010"),
        high=Decimal("0.0026"),
        low=Decimal("0.0009"),
        change=Decimal("0.0015"),
        change_percent=Decimal("250.00"),
        average=Decimal("0.0018"),
        volume=Decimal(10000),
        quote_volume=Decimal(18),
        trade_count=18151,
        open_time=0,
        close_time=86400000 * MS,
        bid=Decimal("0.0024"),
        bid_quantity=Decimal(11),
        ask=Decimal("0.0026"),
        ask_quantity=Decimal(100),
        venue="binance",
        venue_time=E,
        received=START,
        channel=channel,
    )


def test_what_a_window_ticker_lacks_is_not_invented() -> None:
    desk = Desk()
    desk.subscribe(Tickers("BNB/BTC", "1h"))
    desk.event("bnbbtc@ticker_1h", WINDOW_TICKER)
    ticker = desk.take(Ticker)
    assert ticker.window == "1h"
    assert [ticker.last_quantity, ticker.bid, ticker.bid_quantity, ticker.ask, ticker.ask_quantity] == [None] * 5


def test_mini_ticker() -> None:
    desk, channel = Desk(), MiniTickers("BNB/BTC")
    desk.subscribe(channel)
    desk.event("bnbbtc@miniTicker", MINI_TICKER)
    assert desk.take(MiniTicker) == MiniTicker(
        symbol="BNB/BTC",
        close=Decimal("0.0025"),
        open=Decimal("0.0010"),
        high=Decimal("0.0026"),
        low=Decimal("0.0009"),
        volume=Decimal(10000),
        quote_volume=Decimal(18),
        venue="binance",
        venue_time=E,
        received=START,
        channel=channel,
    )


def test_streams_of_all_symbols_name_each() -> None:
    desk = Desk()
    desk.subscribe(MiniTickers(), Tickers("", "1h"))
    desk.event("!miniTicker@arr", [MINI_TICKER, {**MINI_TICKER, "s": "ETHUSDT"}])
    assert [(type(event), getattr(event, "symbol", "")) for event in desk.take_all()] == [
        (MiniTicker, "BNB/BTC"),
        (MiniTicker, "ETH/USDT"),
    ]
    desk.event("!ticker_1h@arr", [WINDOW_TICKER])
    assert desk.take(Ticker).channel == Tickers("", "1h")


def test_one_bad_element_spoils_its_array_only() -> None:
    desk = Desk()
    desk.subscribe(MiniTickers())
    desk.event("!miniTicker@arr", [MINI_TICKER, {**MINI_TICKER, "c": "NaN"}])
    assert "NaN" in desk.take(Unrecognised).reason


def test_average_price() -> None:
    desk, channel = Desk(), AveragePrices("BNB/BTC")
    desk.subscribe(channel)
    desk.event("bnbbtc@avgPrice", AVERAGE_PRICE)
    assert desk.take(AveragePrice) == AveragePrice(
        "BNB/BTC", "5m", Decimal("25776.86000000"), "binance", 1693907033000 * MS, START, channel
    )


def test_microseconds_are_scaled() -> None:
    desk = Desk(time_unit="us")
    desk.subscribe(Trades("BNB/BTC"))
    desk.event("bnbbtc@trade", {**TRADE, "T": 1672515782135999})
    assert desk.take(Trade).venue_time == 1_672_515_782_135_999_000


@pytest.mark.parametrize(("stream", "number"), [("bnbbtc@trade", "t"), ("bnbbtc@aggTrade", "a")])
def test_a_number_seen_before_is_dropped_and_a_hole_is_told_before_what_follows_it(stream: str, number: str) -> None:
    channel, payload = STREAMS[stream]
    desk = Desk()
    desk.subscribe(channel)
    for step in (0, 1, 1, 0, 5, 6):
        desk.event(stream, {**payload, number: payload[number] + step})
    told = desk.take_all()
    assert [isinstance(each, Missed) for each in told] == [False, False, True, False, False]
    assert told[2] == Missed(channel, 3)


@pytest.mark.parametrize("stream", STREAMS)
def test_events_carry_the_very_channel_that_was_subscribed(stream: str) -> None:
    channel, payload = STREAMS[stream]
    if isinstance(channel, Book):
        return
    desk = Desk()
    desk.subscribe(channel)
    desk.event(stream, payload)
    desk.event(stream, later(stream, desk.client.position(channel)))
    first, second = (event.channel for event in desk.take_all())
    assert first is second
    assert first == channel


def test_there_is_no_route_for_what_the_venue_has_not() -> None:
    with pytest.raises(Unsupported):
        make_route(Balances(), Conversion(1, Symbols({})))


BEYOND = 2**63
#: Stream, members of the payload, and what is no value of theirs.
HOSTILE: list[tuple[str, str, tuple[object, ...]]] = [
    ("bnbbtc@trade", "pq", ("-64000.00", "0", "-0", "0.000", "1e5", "NaN", " 7 ")),
    ("bnbbtc@trade", "tT", (-5, BEYOND, 10**30, -(10**4000))),
    ("bnbbtc@aggTrade", "pq", ("-1", "0")),
    ("bnbbtc@aggTrade", "aflT", (-1, BEYOND)),
    ("bnbbtc@bookTicker", "bBaA", ("-1", "0", "0.00000000", "+3", "1_0")),
    ("bnbbtc@bookTicker", "u", (-1, BEYOND)),
    ("bnbbtc@ticker", "wcohlvqQbBaA", ("-1", "1e5")),
    ("bnbbtc@ticker", "EOCn", (-1, BEYOND)),
    ("bnbbtc@miniTicker", "cohlvq", ("-1", "NaN")),
    ("bnbbtc@miniTicker", "E", (-1, BEYOND)),
    ("bnbbtc@avgPrice", "w", ("-1",)),
    ("bnbbtc@avgPrice", "E", (-1, BEYOND)),
]


@pytest.mark.parametrize(
    ("stream", "member", "value"),
    [(stream, member, value) for stream, members, values in HOSTILE for member in members for value in values],
)
def test_what_cannot_be_is_shown_and_loses_nothing_else(stream: str, member: str, value: object) -> None:
    channel, payload = STREAMS[stream]
    desk = Desk()
    desk.subscribe(channel)
    desk.event(stream, {**payload, member: value})
    shown = desk.take(Unrecognised)
    assert b'"%s":' % member.encode() in shown.raw
    assert desk.client.position(channel) is None
    desk.event(stream, payload)
    (event,) = desk.take_all()
    assert not isinstance(event, Unrecognised | Missed)


@pytest.mark.parametrize("text", ["-1", "0", "0.0"])
@pytest.mark.parametrize("member", ["o", "h", "l", "c"])
def test_a_candle_has_prices(member: str, text: str) -> None:
    desk = Desk()
    desk.subscribe(Candles("BNB/BTC", "1m"))
    desk.event("bnbbtc@kline_1m", {**KLINE, "k": {**KLINE["k"], member: text}})
    desk.take(Unrecognised)


@pytest.mark.parametrize(("member", "value"), [("v", "-1"), ("q", "-1"), ("V", "-1"), ("n", -1), ("t", -1), ("T", BEYOND)])
def test_a_candle_has_no_negative_volume_time_or_count(member: str, value: object) -> None:
    desk = Desk()
    desk.subscribe(Candles("BNB/BTC", "1m"))
    desk.event("bnbbtc@kline_1m", {**KLINE, "k": {**KLINE["k"], member: value}})
    desk.take(Unrecognised)


def test_a_candle_without_trades_is_one() -> None:
    desk = Desk()
    desk.subscribe(Candles("BNB/BTC", "1m"))
    desk.event("bnbbtc@kline_1m", {**KLINE, "k": {**KLINE["k"], "v": "0.00", "q": "0.00", "V": "0.00", "n": 0}})
    assert desk.take(Candle).volume == 0


@pytest.mark.parametrize("level", [["0", "1"], ["-1", "1"], ["1", "-1"], ["1e5", "1"], ["1", "1e5"]])
def test_a_level_has_a_price_and_no_negative_quantity(level: list[str]) -> None:
    desk = Desk()
    desk.subscribe(PartialBook("BNB/BTC", 5, 1000))
    desk.event("bnbbtc@depth5", {**PARTIAL_DEPTH, "bids": [level]})
    desk.take(Unrecognised)


@pytest.mark.parametrize("value", [-1, BEYOND])
def test_an_update_id_fits_64_bits(value: int) -> None:
    desk = Desk()
    desk.subscribe(PartialBook("BNB/BTC", 5, 1000))
    desk.event("bnbbtc@depth5", {**PARTIAL_DEPTH, "lastUpdateId": value})
    desk.take(Unrecognised)


def test_statistics_of_a_market_without_trades_are_zero_and_changes_may_be_negative() -> None:
    desk, channel = Desk(), Tickers("BNB/BTC")
    desk.subscribe(channel)
    desk.event("bnbbtc@ticker", {**TICKER, "c": "0.00", "v": "0", "b": "0.00", "p": "-0.5", "P": "-1.00"})
    ticker = desk.take(Ticker)
    assert [str(number) for number in (ticker.last, ticker.volume, ticker.bid)] == ["0.00", "0", "0.00"]
    assert [str(number) for number in (ticker.change, ticker.change_percent)] == ["-0.5", "-1.00"]
