"""Channels and the venue's subscriptions."""

from __future__ import annotations

from typing import Any

import pytest

from tradewire.errors import UnknownSymbol, Unsupported
from tradewire.model.channels import AggregateTrades, Balances, Book, Candles, Channel, PartialBook, Quotes, Tickers, Trades
from tradewire.venues.kraken.streams import DEPTHS, INTERVALS, Stream, channels_of, modern, resolve, stream_of


@pytest.mark.parametrize(
    ("wish", "channel"),
    [
        (Trades("btc/usd"), Trades("BTC/USD")),
        (Trades("XBT/USD"), Trades("BTC/USD")),
        (Quotes("XDG/XBT"), Quotes("DOGE/BTC")),
        (Book("BTC/USD"), Book("BTC/USD", 1000)),
        (Book("BTC/USD", 1), Book("BTC/USD", 10)),
        (Book("BTC/USD", 10), Book("BTC/USD", 10)),
        (Book("BTC/USD", 11), Book("BTC/USD", 25)),
        (Book("BTC/USD", 501), Book("BTC/USD", 1000)),
        (Tickers("BTC/USD"), Tickers("BTC/USD")),
        (Candles("BTC/USD", "15d"), Candles("BTC/USD", "15d")),
    ],
)
def test_wishes_become_what_the_venue_has(wish: Channel, channel: Channel) -> None:
    assert resolve(wish) == channel
    assert resolve(channel) == channel


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Book("BTC/USD", 1001), "at most 1000 levels"),
        (Book("BTC/USD", -1), "at most 1000 levels"),
        (Book("BTC/USD", 10, 100), "every change"),
        (Candles("BTC/USD", "3m"), "no candle interval 3m; it has 1m, 5m"),
        (Candles("BTC/USD", "1m", "+08:00"), "candle offset"),
        (Tickers("BTC/USD", "1h"), "ticker window"),
        (AggregateTrades("BTC/USD"), "no AggregateTrades; it has Trades, Quotes, Book"),
        (PartialBook("BTC/USD"), "no PartialBook"),
        (Balances(), "no Balances"),
        (Trades("BTC/USD:USD"), "derivative"),
    ],
)
def test_what_the_venue_has_not_is_refused_with_what_it_has(wish: Channel, words: str) -> None:
    with pytest.raises(Unsupported, match=words):
        resolve(wish)


@pytest.mark.parametrize("symbol", ["BTCUSD", "", "/", "BTC/", "/USD", "A/B/C"])
def test_symbols_are_base_and_quote(symbol: str) -> None:
    with pytest.raises(UnknownSymbol, match="BASE/QUOTE"):
        resolve(Trades(symbol))


@pytest.mark.parametrize(
    ("channel", "options", "snapshot"),
    [
        (Trades("BTC/USD"), {}, False),
        (Quotes("BTC/USD"), {"event_trigger": "bbo"}, True),
        (Tickers("BTC/USD"), {"event_trigger": "bbo"}, True),
        (Book("BTC/USD", 25), {"depth": 25}, True),
        (Candles("BTC/USD", "4h"), {"interval": 240}, False),
    ],
)
def test_what_a_request_says(channel: Channel, options: dict[str, Any], snapshot: bool) -> None:
    stream = stream_of(channel)
    assert (stream.symbol, stream.options, stream.snapshot) == ("BTC/USD", options, snapshot)


def test_quotes_and_tickers_are_one_subscription() -> None:
    assert stream_of(Quotes("A/B")) == stream_of(Tickers("A/B"))
    with pytest.raises(Unsupported):
        stream_of(Balances())


def test_names_lead_back_to_the_channels() -> None:
    every: list[Channel] = [Trades("A/B"), Quotes("A/B"), Tickers("A/B")]
    every += [*(Book("A/B", depth) for depth in DEPTHS), *(Candles("A/B", interval) for interval in INTERVALS)]
    for channel in every:
        assert channel in channels_of(stream_of(channel).name)
    assert stream_of(every[3]).name == "book-10 A/B"
    assert Stream("trade", "A/B").name == "trade A/B"


@pytest.mark.parametrize("name", ["", "*", "book A/B", "book-7 A/B", "ohlc-7 A/B", "instrument A/B", "trade", "ohlc-5"])
def test_other_names_are_no_channels(name: str) -> None:
    assert channels_of(name) == ()


def test_assets_have_their_names_of_today() -> None:
    assert modern("XBT/USD") == "BTC/USD"
    assert modern("ETH/XBT") == "ETH/BTC"
    assert modern("XDG/USDT") == "DOGE/USDT"
    assert modern("XBTC/USD") == "XBTC/USD"
