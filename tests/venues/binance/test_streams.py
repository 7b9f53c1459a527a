"""Channels and stream names, both ways."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.errors import UnknownSymbol, Unsupported
from tradewire.model.channels import (
    AggregateTrades,
    AveragePrices,
    Balances,
    Book,
    Candles,
    Channel,
    MiniTickers,
    PartialBook,
    Quotes,
    Tickers,
    Trades,
)
from tradewire.model.instrument import Instrument
from tradewire.venues.binance.streams import CADENCES_MS, INTERVALS, LEVELS, WINDOWS, Symbols, channel_of, resolve, stream_name

SYMBOLS = Symbols({})

NAMES: list[tuple[Channel, str]] = [
    (Trades("BTC/USDT"), "btcusdt@trade"),
    (AggregateTrades("BTC/USDT"), "btcusdt@aggTrade"),
    (Quotes("BTC/USDT"), "btcusdt@bookTicker"),
    (AveragePrices("BTC/USDT"), "btcusdt@avgPrice"),
    (MiniTickers("BTC/USDT"), "btcusdt@miniTicker"),
    (MiniTickers(), "!miniTicker@arr"),
    (Tickers("BTC/USDT"), "btcusdt@ticker"),
    (Tickers("BTC/USDT", "4h"), "btcusdt@ticker_4h"),
    (Tickers("", "1h"), "!ticker_1h@arr"),
    (Candles("BTC/USDT", "1m"), "btcusdt@kline_1m"),
    (Candles("BTC/USDT", "1M"), "btcusdt@kline_1M"),
    (Candles("BTC/USDT", "1d", "+08:00"), "btcusdt@kline_1d@+08:00"),
    (Book("BTC/USDT", 0, 100), "btcusdt@depth@100ms"),
    (Book("BTC/USDT", 0, 1000), "btcusdt@depth"),
    (PartialBook("BTC/USDT", 5, 1000), "btcusdt@depth5"),
    (PartialBook("BTC/USDT", 20, 100), "btcusdt@depth20@100ms"),
]


@pytest.mark.parametrize(("channel", "name"), NAMES)
def test_names_both_ways(channel: Channel, name: str) -> None:
    assert resolve(channel) == channel
    assert stream_name(channel, SYMBOLS) == name
    assert channel_of(name, SYMBOLS) == channel


@pytest.mark.parametrize(
    "name", ["", "btcusdt", "btcusdt@nothing", "@trade", "!trade@arr", "!ticker@arr", "!ticker_1h", "!serverShutdown"]
)
def test_names_that_carry_no_channel(name: str) -> None:
    assert channel_of(name, SYMBOLS) is None


def test_a_book_is_one_stream_whatever_its_depth() -> None:
    wanted = {
        resolve(Book("BTC/USDT")),
        resolve(Book("btc/usdt", depth=50)),
        resolve(Book("BTC/USDT", depth=5000, interval_ms=100)),
    }
    assert wanted == {Book("BTC/USDT", 0, 100)}


@pytest.mark.parametrize(
    ("channel", "named"),
    [
        (Book("BTC/USDT", interval_ms=250), "100, 1000"),
        (Book("BTC/USDT", depth=5001), "5000"),
        (Book("BTC/USDT", depth=-1), "5000"),
        (PartialBook("BTC/USDT", levels=7), "5, 10, 20"),
        (PartialBook("BTC/USDT", interval_ms=250), "100, 1000"),
        (Candles("BTC/USDT", interval="2m"), "1s, 1m, 3m"),
        (Candles("BTC/USDT", utc_offset="+01:00"), "none, \\+08:00"),
        (Tickers("BTC/USDT", window="7d"), "24h, 1h, 4h, 1d"),
        (Tickers("", window="24h"), "1h, 4h, 1d"),
        (Balances(), "Trades, AggregateTrades, Quotes"),
        (Trades("BTC/USDT:USDT"), "Spot"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(channel: Channel, named: str) -> None:
    with pytest.raises(Unsupported, match=named):
        resolve(channel)


@pytest.mark.parametrize("symbol", ["BTCUSDT", "", "/USDT", "BTC/", "BTC/USDT/X", "btc@x/usdt"])
def test_what_is_no_symbol_is_refused(symbol: str) -> None:
    with pytest.raises(UnknownSymbol, match="BASE/QUOTE"):
        resolve(Trades(symbol))


def test_instruments_decide_where_a_symbol_splits() -> None:
    odd = Instrument("AB/CDBTC", "AB", "CDBTC", "ABCDBTC", Decimal(1), Decimal(1))
    assert Symbols({}).unified("ABCDBTC") == "ABCD/BTC"
    assert Symbols({"ABCDBTC": odd}).unified("ABCDBTC") == "AB/CDBTC"
    assert Symbols({}).unified("WHATEVER") == "WHATEVER"
    assert Symbols({}).unified("USDT") == "USDT"


def test_symbols_may_hold_any_letters() -> None:
    channel = resolve(Trades("币安人生/USDT"))
    assert stream_name(channel, SYMBOLS) == "币安人生usdt@trade"
    assert channel_of("币安人生usdt@trade", SYMBOLS) == channel


channels = st.one_of(
    st.builds(Trades, st.just("BTC/USDT")),
    st.builds(Candles, st.just("BTC/USDT"), st.sampled_from(INTERVALS), st.sampled_from(["", "+08:00"])),
    st.builds(PartialBook, st.just("BTC/USDT"), st.sampled_from(LEVELS), st.sampled_from(CADENCES_MS)),
    st.builds(Book, st.just("BTC/USDT"), st.integers(0, 5000), st.sampled_from([0, *CADENCES_MS])),
    st.builds(Tickers, st.just("BTC/USDT"), st.sampled_from(WINDOWS)),
)


@given(channels)
def test_a_resolved_channel_survives_the_way_over_its_name(channel: Channel) -> None:
    resolved = resolve(channel)
    assert channel_of(stream_name(resolved, SYMBOLS), SYMBOLS) == resolved == resolve(resolved)
