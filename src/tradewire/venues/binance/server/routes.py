"""The public REST calls (rest-api.md, "Market Data endpoints")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from tradewire.model.events import Side
from tradewire.model.rollup import DAY, INTERVALS, MINUTE, Bar
from tradewire.venues.backend import TradeTick
from tradewire.venues.binance.server.calls import ApiError, Call
from tradewire.venues.binance.server.exchange_info import exchange_info
from tradewire.venues.binance.server.folding import Aggregate
from tradewire.venues.binance.server.market import Market
from tradewire.venues.binance.server.payloads import DepthPayload, text
from tradewire.venues.binance.server.snapshots import DEEPEST
from tradewire.venues.binance.server.streams import depth_payload
from tradewire.venues.binance.server.tickers import AVERAGE_WINDOW

#: What remains of the day's statistics with ``type=MINI``.
_MINI = [
    "symbol",
    "openPrice",
    "highPrice",
    "lowPrice",
    "lastPrice",
    "volume",
    "quoteVolume",
    "openTime",
    "closeTime",
    "firstId",
    "lastId",
    "count",
]


class Route(msgspec.Struct, frozen=True):
    """How one call is answered and what it weighs, given its parameters."""

    handle: Callable[[Call], Any]
    weight: Callable[[Mapping[str, str]], int]


def _exchange_info(call: Call) -> dict[str, Any]:
    chosen = call.chosen()
    markets = (call.market(),) if chosen is None else chosen
    return exchange_info([market.instrument for market in markets], call.options.weight_limit, call.now, call.unit)


def _depth(call: Call) -> DepthPayload:
    return depth_payload(call.snapshots.take(call.market(), call.limit(100, DEEPEST)))


def _trades(call: Call) -> list[dict[str, Any]]:
    return [_trade(tick, call.unit) for tick in call.market().trades(call.limit(500, 1000))]


def _klines(call: Call) -> list[list[Any]]:
    """Bars of at most ``limit``: the first after ``startTime`` where that is given, else the latest."""
    market, interval, limit = call.market(), call.text("interval"), call.limit(500, 1000)
    if interval not in INTERVALS:
        raise ApiError(-1120, "Invalid interval.")
    start, end = call.moment("startTime"), call.moment("endTime")
    candles = market.candles(interval, call.offset())
    candles.roll(call.now)
    bars = [*candles.finished, *([candles.current] if candles.current else [])]
    chosen = [bar for bar in bars if (start is None or bar.start >= start) and (end is None or bar.start <= end)]
    return [_kline(bar, call.unit) for bar in (chosen[-limit:] if start is None else chosen[:limit])]


def _kline(bar: Bar, unit: int) -> list[Any]:
    prices = [text(price) for price in (bar.open, bar.high, bar.low, bar.close, bar.volume)]
    taken = [text(bar.taker_volume), text(bar.taker_quote_volume)]
    return [bar.start // unit, *prices, bar.end // unit - 1, text(bar.quote_volume), bar.count, *taken, "0"]


def _average(call: Call) -> dict[str, Any]:
    summary = call.market().rolling(AVERAGE_WINDOW).read(call.now)
    return {"mins": AVERAGE_WINDOW // MINUTE, "price": text(summary.average), "closeTime": summary.last_time // call.unit}


def _day(call: Call) -> Any:
    if call.params.get("type", "FULL") not in {"FULL", "MINI"}:
        raise ApiError(-1130, "Data sent for parameter 'type' is not valid.")
    return _each(call, lambda market: _statistics(market, call))


def _statistics(market: Market, call: Call) -> dict[str, Any]:
    summary = market.rolling(DAY).read(call.now)
    bid, ask = market.top()
    full = {
        "symbol": market.symbol,
        "priceChange": text(summary.change),
        "priceChangePercent": f"{summary.change_percent:.3f}",
        "weightedAvgPrice": text(summary.average),
        "prevClosePrice": text(summary.previous_close),
        "lastPrice": text(summary.last),
        "lastQty": text(summary.last_quantity),
        "bidPrice": text(bid[0]),
        "bidQty": text(bid[1]),
        "askPrice": text(ask[0]),
        "askQty": text(ask[1]),
        "openPrice": text(summary.open),
        "highPrice": text(summary.high),
        "lowPrice": text(summary.low),
        "volume": text(summary.volume),
        "quoteVolume": text(summary.quote_volume),
        "openTime": (call.now - DAY) // call.unit,
        "closeTime": call.now // call.unit,
        "firstId": summary.first,
        "lastId": summary.last_id,
        "count": summary.count,
    }
    return {key: full[key] for key in _MINI} if call.params.get("type") == "MINI" else full


def _price(market: Market) -> dict[str, str]:
    last = market.trades(1)
    return {"symbol": market.symbol, "price": text(last[-1].price if last else Decimal(0))}


def _quote(market: Market) -> dict[str, str]:
    bid, ask = market.top()
    prices = {"bidPrice": text(bid[0]), "bidQty": text(bid[1]), "askPrice": text(ask[0]), "askQty": text(ask[1])}
    return {"symbol": market.symbol, **prices}


def _each(call: Call, describe: Callable[[Market], Any]) -> Any:
    """One object for ``symbol``, an array otherwise."""
    chosen = call.chosen()
    return describe(call.market()) if chosen is None else [describe(market) for market in chosen]


def _trade(tick: TradeTick, unit: int) -> dict[str, Any]:
    return {
        "id": tick.trade_id,
        "price": text(tick.price),
        "qty": text(tick.quantity),
        "quoteQty": text(tick.price * tick.quantity),
        "time": tick.time // unit,
        "isBuyerMaker": tick.taker is Side.SELL,
        "isBestMatch": True,
    }


def _aggregates(call: Call) -> list[dict[str, Any]]:
    finished = list(call.market().aggregates().finished)
    return [_aggregate(aggregate, call.unit) for aggregate in finished[-call.limit(500, 1000) :]]


def _aggregate(aggregate: Aggregate, unit: int) -> dict[str, Any]:
    return {
        "a": aggregate.aggregate_id,
        "p": text(aggregate.price),
        "q": text(aggregate.quantity),
        "f": aggregate.first,
        "l": aggregate.last,
        "T": aggregate.time // unit,
        "m": aggregate.taker is Side.SELL,
        "M": True,
    }


def _always(weight: int) -> Callable[[Mapping[str, str]], int]:
    return lambda _params: weight


def _single_or_all(single: int, everything: int) -> Callable[[Mapping[str, str]], int]:
    return lambda params: single if "symbol" in params else everything


def _depth_weight(params: Mapping[str, str]) -> int:
    """5, 25, 50 or 250, by the levels asked for."""
    limit = params.get("limit", "100")
    levels = int(limit) if limit.isdecimal() else 0
    return next((weight for most, weight in ((100, 5), (500, 25), (1000, 50)) if levels <= most), 250)


def _day_weight(params: Mapping[str, str]) -> int:
    """2, 40 or 80, by the number of symbols."""
    if "symbol" in params:
        return 2
    count = params["symbols"].count(",") + 1 if "symbols" in params else 101
    return next((weight for most, weight in ((20, 2), (100, 40)) if count <= most), 80)


#: By method and path.
ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/api/v3/ping"): Route(lambda _call: {}, _always(1)),
    ("GET", "/api/v3/time"): Route(lambda call: {"serverTime": call.now // call.unit}, _always(1)),
    ("GET", "/api/v3/exchangeInfo"): Route(_exchange_info, _always(20)),
    ("GET", "/api/v3/depth"): Route(_depth, _depth_weight),
    ("GET", "/api/v3/trades"): Route(_trades, _always(25)),
    ("GET", "/api/v3/aggTrades"): Route(_aggregates, _always(4)),
    ("GET", "/api/v3/klines"): Route(_klines, _always(2)),
    ("GET", "/api/v3/avgPrice"): Route(_average, _always(2)),
    ("GET", "/api/v3/ticker/24hr"): Route(_day, _day_weight),
    ("GET", "/api/v3/ticker/price"): Route(lambda call: _each(call, _price), _single_or_all(2, 4)),
    ("GET", "/api/v3/ticker/bookTicker"): Route(lambda call: _each(call, _quote), _single_or_all(2, 4)),
}
