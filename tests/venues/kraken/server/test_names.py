"""REST's spellings, as the venue lists them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradewire.model.instrument import Instrument
from tradewire.venues.kraken.server.names import alternative_name, asset_key, old_name, pair_key, spellings, web_socket_name


def pair(symbol: str) -> Instrument:
    base, quote = symbol.split("/")
    return Instrument(symbol, base, quote, base + quote, Decimal(1), Decimal(1))


@pytest.mark.parametrize(
    ("asset", "key"),
    [("BTC", "XXBT"), ("DOGE", "XXDG"), ("ETH", "XETH"), ("USD", "ZUSD"), ("EUR", "ZEUR"), ("USDT", "USDT"), ("SOL", "SOL")],
)
def test_asset_keys(asset: str, key: str) -> None:
    assert asset_key(asset) == key


@pytest.mark.parametrize(
    ("symbol", "key", "short", "old"),
    [
        ("BTC/USD", "XXBTZUSD", "XBTUSD", "XBT/USD"),
        ("BTC/USDT", "XBTUSDT", "XBTUSDT", "XBT/USDT"),
        ("ETH/BTC", "XETHXXBT", "ETHXBT", "ETH/XBT"),
        ("SOL/USD", "SOLUSD", "SOLUSD", "SOL/USD"),
        ("DOGE/USD", "XDGUSD", "XDGUSD", "XDG/USD"),
        ("USDT/USD", "USDTZUSD", "USDTUSD", "USDT/USD"),
        ("EUR/USD", "ZEURZUSD", "EURUSD", "EUR/USD"),
    ],
)
def test_pair_names(symbol: str, key: str, short: str, old: str) -> None:
    instrument = pair(symbol)
    assert (pair_key(instrument), alternative_name(instrument), web_socket_name(instrument)) == (key, short, old)
    assert {key, short, old, symbol, symbol.replace("/", "")} == spellings(instrument)


def test_most_assets_have_one_name() -> None:
    assert [old_name(asset) for asset in ("BTC", "DOGE", "ETH", "USD")] == ["XBT", "XDG", "ETH", "USD"]
