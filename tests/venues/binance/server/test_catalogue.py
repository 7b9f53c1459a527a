"""Every kind of stream has a class, or none on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig


@pytest.mark.parametrize(
    "name",
    [
        "btcusdt@trade",
        "btcusdt@aggTrade",
        "btcusdt@bookTicker",
        "btcusdt@depth",
        "btcusdt@depth5",
        "btcusdt@kline_1s",
        "btcusdt@miniTicker",
        "btcusdt@ticker",
        "btcusdt@ticker_1h",
        "btcusdt@avgPrice",
        "!miniTicker@arr",
        "!ticker_1d@arr",
    ],
)
def test_streams_with_data(rig: Rig, name: str) -> None:
    wire = rig.connect("/stream", name)
    rig.exchange.level("buy", "1", "1")
    rig.exchange.trade("1", "1")
    rig.advance(2)
    assert {frame["stream"] for frame in wire.take()} == {name}


@pytest.mark.parametrize("name", ["btcusdt@blockTrade", "btcusdt@referencePrice", "nousdt@ticker", "nousdt@depth5"])
def test_streams_without(rig: Rig, name: str) -> None:
    wire = rig.connect("/stream", name)
    rig.exchange.level("buy", "1", "1")
    rig.exchange.trade("1", "1")
    rig.advance(10)
    assert wire.take() == []
