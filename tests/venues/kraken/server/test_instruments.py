"""The instrument channel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tradewire.venues.kraken.server.instruments import asset_decimals, asset_names

if TYPE_CHECKING:
    from tests.venues.kraken.server.conftest import Rig


def test_the_listing_is_an_object_of_assets_and_pairs(rig: Rig) -> None:
    wire = rig.connect()
    wire.send({"method": "subscribe", "params": {"channel": "instrument"}})
    _, snapshot = wire.take_raw()
    assert snapshot.startswith(b'{"channel":"instrument","type":"snapshot","data":{"assets":[{"id":"BTC","status":"enabled",')
    assert (
        b'{"symbol":"BTC/USD","base":"BTC","quote":"USD","status":"online","qty_precision":8,"qty_increment":1e-08,'
        b'"price_precision":1,"cost_precision":9,"marginable":false,"has_index":false,"cost_min":0.5,"tick_size":0.1,'
        b'"price_increment":0.1,"qty_min":0.0001}'
    ) in snapshot
    data = json.loads(snapshot)["data"]
    assert [asset["id"] for asset in data["assets"]] == ["BTC", "DOGE", "ETH", "USD", "USDT"]
    assert {pair["symbol"]: pair["status"] for pair in data["pairs"]} == {
        "BTC/USD": "online",
        "ETH/BTC": "online",
        "DOGE/USDT": "cancel_only",
    }


def test_the_precision_is_the_one_of_the_books_digits(rig: Rig) -> None:
    wire = rig.connect()
    _, snapshot = wire.subscribe("instrument")
    precisions = {pair["symbol"]: (pair["price_precision"], pair["qty_precision"]) for pair in snapshot["data"]["pairs"]}
    wire.subscribe("book", "ETH/BTC")
    rig.exchange.level("buy", "0.05", "2", symbol="ETH/BTC")
    [update] = wire.take_raw()
    assert precisions["ETH/BTC"] == (5, 4)
    assert b'{"price":0.05000,"qty":2.0000}' in update


def test_a_subscription_without_snapshot_is_acknowledged_and_silent(rig: Rig) -> None:
    wire = rig.connect()
    [reply] = wire.subscribe("instrument", snapshot=False)
    assert reply["result"]["snapshot"] is False
    assert wire.ask({"method": "unsubscribe", "params": {"channel": "instrument"}}) == {
        "method": "unsubscribe",
        "result": {"channel": "instrument"},
        "success": True,
    }


def test_assets_are_those_of_the_pairs(rig: Rig) -> None:
    assert asset_names([rig.exchange.instruments["ETH/BTC"]]) == ["BTC", "ETH"]
    assert (asset_decimals("USD"), asset_decimals("BTC")) == ((4, 2), (10, 5))
