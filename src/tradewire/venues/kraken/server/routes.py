"""The public REST calls (REST pages: Time, System Status, Asset Info, Asset Pairs, Ticker, OHLC, Depth, Trades).

Prices and quantities are texts here, and results lie under the key of their pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from tradewire.model.events import Side
from tradewire.model.number import plain
from tradewire.model.rollup import DAY, MINUTE, Bar, Summary
from tradewire.model.time import SECOND, utc
from tradewire.venues.backend import Level, TradeTick
from tradewire.venues.kraken.server.calls import ApiError, Call
from tradewire.venues.kraken.server.candles import INTERVALS
from tradewire.venues.kraken.server.instruments import asset_decimals, asset_names, cost_decimals, pair_status
from tradewire.venues.kraken.server.market import Market
from tradewire.venues.kraken.server.names import alternative_name, asset_key, old_name, pair_key, web_socket_name

#: Most levels a side, and most trades, that one call brings.
MOST_LEVELS = 500
MOST_TRADES = 1000
_DAILY = 1440

Route: TypeAlias = Callable[[Call], Any]


def _time(call: Call) -> dict[str, Any]:
    return {"unixtime": call.now // SECOND, "rfc1123": f"{utc(call.now):%a, %d %b %y %H:%M:%S} +0000"}


def _system_status(call: Call) -> dict[str, str]:
    return {"status": call.system, "timestamp": f"{utc(call.now):%Y-%m-%dT%H:%M:%SZ}"}


def _assets(call: Call) -> dict[str, Any]:
    names = asset_names(market.instrument for market in call.markets.values())
    listed = {asset_key(name): name for name in names}
    if "asset" in call.params:
        wanted = call.params["asset"].split(",")
        listed = {key: name for key, name in listed.items() if {key, name, old_name(name)} & set(wanted)}
        if len(listed) < len(wanted):
            raise ApiError("EQuery:Unknown asset")
    return {key: _asset(name) for key, name in listed.items()}


def _asset(name: str) -> dict[str, Any]:
    kept, displayed = asset_decimals(name)
    return {
        "aclass": "currency",
        "altname": old_name(name),
        "decimals": kept,
        "display_decimals": displayed,
        "status": "enabled",
    }


def _asset_pairs(call: Call) -> dict[str, Any]:
    return {pair_key(market.instrument): _pair(market) for market in call.chosen()}


def _pair(market: Market) -> dict[str, Any]:
    instrument = market.instrument
    return {
        "altname": alternative_name(instrument),
        "wsname": web_socket_name(instrument),
        "aclass_base": "currency",
        "base": asset_key(instrument.base),
        "aclass_quote": "currency",
        "quote": asset_key(instrument.quote),
        "lot": "unit",
        "cost_decimals": cost_decimals(instrument),
        "pair_decimals": market.price_decimals,
        "lot_decimals": market.quantity_decimals,
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [[0, 0.4]],
        "fees_maker": [[0, 0.25]],
        "fee_volume_currency": "ZUSD",
        "margin_call": 80,
        "margin_stop": 40,
        "ordermin": plain(instrument.minimum_quantity),
        "costmin": plain(instrument.minimum_notional),
        "tick_size": plain(instrument.tick),
        "status": pair_status(instrument),
    }


def _ticker(call: Call) -> dict[str, Any]:
    return {pair_key(market.instrument): _figures(market, call) for market in call.chosen()}


def _figures(market: Market, call: Call) -> dict[str, Any]:
    """Return the figures of today (which begins at midnight UTC) and of the last 24 hours."""
    price, quantity = _writers(market)
    bid, ask = market.depth.top()
    day: Summary = market.day.read(call.now)
    bars = market.candles(_DAILY).bars
    midnight = call.now // DAY * DAY
    today = bars[-1] if bars and bars[-1].start == midnight else Bar.flat((midnight, midnight + DAY), day.last)
    return {
        "a": _offer(ask, market),
        "b": _offer(bid, market),
        "c": [price(day.last), quantity(day.last_quantity)],
        "v": [quantity(today.volume), quantity(day.volume)],
        "p": [price(_average(today)), price(day.average)],
        "t": [today.count, day.count],
        "l": [price(today.low), price(day.low)],
        "h": [price(today.high), price(day.high)],
        "o": price(today.open),
    }


def _offer(level: Level, market: Market) -> list[str]:
    """Return price, whole quantity, quantity."""
    price, quantity = _writers(market)
    return [price(level[0]), str(int(level[1])), quantity(level[1])]


def _average(bar: Bar) -> Decimal:
    return bar.quote_volume / bar.volume if bar.volume else bar.close


def _ohlc(call: Call) -> dict[str, Any]:
    """Return the candles that begin after ``since``, the running one last; ``last`` is the beginning of the one before it."""
    market, interval, since = call.market(), call.number("interval", 1), call.number("since", 0)
    if interval not in INTERVALS:
        raise ApiError("EGeneral:Invalid arguments")
    bars = list(market.candles(interval).bars)
    running = call.now // (interval * MINUTE) * interval * MINUTE
    finished = [bar.start // SECOND for bar in bars if bar.start < running]
    chosen = [_candle(bar, market) for bar in bars if bar.start // SECOND > since]
    return {pair_key(market.instrument): chosen, "last": finished[-1] if finished else since}


def _candle(bar: Bar, market: Market) -> list[Any]:
    price, quantity = _writers(market)
    prices = [price(value) for value in (bar.open, bar.high, bar.low, bar.close, _average(bar))]
    return [bar.start // SECOND, *prices, quantity(bar.volume), bar.count]


def _depth(call: Call) -> dict[str, Any]:
    """Return the book. Levels bear the time of the answer: how old they are is not known here."""
    market, count = call.market(), call.number("count", 100)
    if not 1 <= count <= MOST_LEVELS:
        raise ApiError("EGeneral:Invalid arguments:count")
    price, quantity = _writers(market)

    def listed(levels: list[Level]) -> list[list[Any]]:
        return [[price(level), quantity(size), call.now // SECOND] for level, size in levels]

    book = market.depth
    return {pair_key(market.instrument): {"asks": listed(book.asks.best(count)), "bids": listed(book.bids.best(count))}}


def _trades(call: Call) -> dict[str, Any]:
    """Return the first trades after ``since`` (nanoseconds), or the latest; ``last`` is what to give as ``since`` next time."""
    market, count = call.market(), min(call.number("count", MOST_TRADES), MOST_TRADES)
    since = call.number("since", 0)
    ticks = [tick for tick in market.trades(MOST_TRADES) if tick.time > since]
    chosen = ticks[:count] if since else ticks[-count:] if count else []
    last = str(chosen[-1].time if chosen else since)
    return {pair_key(market.instrument): [_trade(tick, market) for tick in chosen], "last": last}


def _trade(tick: TradeTick, market: Market) -> list[Any]:
    price, quantity = _writers(market)
    seconds, rest = divmod(tick.time, SECOND)
    moment = msgspec.Raw(f"{seconds}.{rest:09d}".encode())
    return [price(tick.price), quantity(tick.quantity), moment, "b" if tick.taker is Side.BUY else "s", "m", "", tick.trade_id]


def _writers(market: Market) -> tuple[Callable[[Decimal], str], Callable[[Decimal], str]]:
    """Return what writes prices, and what writes quantities."""
    return (lambda value: f"{value:.{market.price_decimals}f}"), (lambda value: f"{value:.{market.quantity_decimals}f}")


#: By path.
ROUTES: Mapping[str, Route] = {
    "/0/public/Time": _time,
    "/0/public/SystemStatus": _system_status,
    "/0/public/Assets": _assets,
    "/0/public/AssetPairs": _asset_pairs,
    "/0/public/Ticker": _ticker,
    "/0/public/OHLC": _ohlc,
    "/0/public/Depth": _depth,
    "/0/public/Trades": _trades,
}
