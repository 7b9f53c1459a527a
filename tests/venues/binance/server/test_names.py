"""The grammar of stream names."""

from __future__ import annotations

import pytest

from tradewire.model.rollup import HOUR, INTERVALS
from tradewire.venues.binance.server.names import Kind, StreamName, parse_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("btcusdt@trade", StreamName("btcusdt@trade", Kind.TRADE, "btcusdt")),
        ("币安人生usdt@aggTrade", StreamName("币安人生usdt@aggTrade", Kind.AGGREGATE, "币安人生usdt")),
        ("btcusdt@kline_1M", StreamName("btcusdt@kline_1M", Kind.CANDLE, "btcusdt", interval="1M")),
        (
            "btcusdt@kline_1d@+08:00",
            StreamName("btcusdt@kline_1d@+08:00", Kind.CANDLE, "btcusdt", interval="1d", offset=8 * HOUR),
        ),
        ("btcusdt@ticker", StreamName("btcusdt@ticker", Kind.TICKER, "btcusdt")),
        ("btcusdt@ticker_4h", StreamName("btcusdt@ticker_4h", Kind.TICKER, "btcusdt", window="4h")),
        ("!ticker_1d@arr", StreamName("!ticker_1d@arr", Kind.TICKER, "", window="1d")),
        ("!miniTicker@arr", StreamName("!miniTicker@arr", Kind.MINI_TICKER, "")),
        ("btcusdt@depth", StreamName("btcusdt@depth", Kind.DEPTH, "btcusdt")),
        ("btcusdt@depth@100ms", StreamName("btcusdt@depth@100ms", Kind.DEPTH, "btcusdt", period_ms=100)),
        ("btcusdt@depth20@100ms", StreamName("btcusdt@depth20@100ms", Kind.DEPTH, "btcusdt", levels=20, period_ms=100)),
    ],
)
def test_names_are_taken_apart(text: str, name: StreamName) -> None:
    assert parse_name(text) == name


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_has_its_candles(interval: str) -> None:
    name = parse_name(f"btcusdt@kline_{interval}")
    assert name is not None
    assert name.interval == interval


@pytest.mark.parametrize("plain", ["blockTrade", "bookTicker", "avgPrice", "referencePrice", "miniTicker"])
def test_plain_kinds(plain: str) -> None:
    assert parse_name(f"btcusdt@{plain}") == StreamName(f"btcusdt@{plain}", Kind(plain), "btcusdt")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "btcusdt",
        "@trade",
        "btcusdt@",
        "btcusdt@Trade",
        "btcusdt@kline_2m",
        "btcusdt@kline_1d@+09:00",
        "btcusdt@depth7",
        "btcusdt@depth@250ms",
        "btcusdt@trade@100ms",
        "btc usdt@trade",
        "!ticker@arr",
        "!miniTicker",
        "btcusdt@trade\n",
    ],
)
def test_other_texts_are_no_names(text: str) -> None:
    assert parse_name(text) is None
