"""Depth snapshots of now and of a while ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig


def test_an_aged_snapshot_is_the_book_of_back_then(rig: Rig) -> None:
    rig.server.faults.age_snapshots("BTCUSDT", updates=2, requests=2)
    for step in range(5):
        rig.exchange.level("buy", str(step + 1), "1")
    for _ in range(2):
        aged = rig.json("/api/v3/depth?symbol=BTCUSDT")
        assert aged["lastUpdateId"] == 3
        assert [price for price, _ in aged["bids"]] == ["3.00000000", "2.00000000", "1.00000000"]
    assert rig.json("/api/v3/depth?symbol=BTCUSDT")["lastUpdateId"] == 5


def test_an_aged_snapshot_is_never_older_than_the_order(rig: Rig) -> None:
    rig.exchange.level("buy", "1", "1")
    rig.server.faults.age_snapshots("BTCUSDT", updates=10)
    assert rig.json("/api/v3/depth?symbol=BTCUSDT")["lastUpdateId"] == 1


def test_only_the_named_market_ages(rig: Rig) -> None:
    rig.server.faults.age_snapshots("ETHUSDT", updates=1)
    for step in range(3):
        rig.exchange.level("buy", str(step + 1), "1")
        rig.exchange.level("buy", str(step + 1), "1", symbol="ETH/USDT")
    assert rig.json("/api/v3/depth?symbol=BTCUSDT")["lastUpdateId"] == 3
    aged = rig.json("/api/v3/depth?symbol=ETHUSDT&limit=1")
    assert aged == {"lastUpdateId": 2, "bids": [["2.00000000", "1.00000000"]], "asks": []}
