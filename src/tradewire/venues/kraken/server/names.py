"""REST's own spellings of assets and pairs (AssetPairs, Assets)."""

from __future__ import annotations

from tradewire.model.instrument import Instrument

_OLD_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
#: Assets listed before there were too many for a letter in front: X for coins, Z for money.
_OLD_COINS = {"ETC", "ETH", "LTC", "MLN", "REP", "XBT", "XDG", "XLM", "XMR", "XRP", "ZEC"}
_OLD_MONEY = {"AUD", "CAD", "EUR", "GBP", "JPY", "USD"}
#: Keys that follow no rule.
_ODD_KEYS = {"USDTUSD": "USDTZUSD", "XDGUSD": "XDGUSD", "XDGEUR": "XDGEUR"}


def old_name(asset: str) -> str:
    """Return what REST calls an asset: ``XBT`` for ``BTC``."""
    return _OLD_NAMES.get(asset, asset)


def asset_key(asset: str) -> str:
    """Return the id under which REST lists an asset: ``XXBT``, ``ZUSD``, ``USDT``."""
    name = old_name(asset)
    if name in _OLD_COINS:
        return "X" + name
    return "Z" + name if name in _OLD_MONEY else name


def alternative_name(instrument: Instrument) -> str:
    """Return the pair's short name: ``XBTUSD``."""
    return old_name(instrument.base) + old_name(instrument.quote)


def pair_key(instrument: Instrument) -> str:
    """Return the id under which REST lists a pair: ``XXBTZUSD``, and the short name where one of the assets has no letter."""
    short = alternative_name(instrument)
    base, quote = asset_key(instrument.base), asset_key(instrument.quote)
    has_letters = base != old_name(instrument.base) and quote != old_name(instrument.quote)
    return _ODD_KEYS.get(short, base + quote if has_letters else short)


def spellings(instrument: Instrument) -> set[str]:
    """Return everything a caller may write for the pair."""
    short, modern = alternative_name(instrument), instrument.base + instrument.quote
    return {pair_key(instrument), short, web_socket_name(instrument), modern, instrument.symbol}


def web_socket_name(instrument: Instrument) -> str:
    """Return what REST says is the pair's name on WebSockets; it is that of their first version: ``XBT/USD``."""
    return f"{old_name(instrument.base)}/{old_name(instrument.quote)}"
