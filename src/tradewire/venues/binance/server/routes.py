"""The public REST calls (rest-api.md, "Market Data endpoints")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from tradewire.model.events import Side
from tradewire.venues.backend import TradeTick
from tradewire.venues.binance.server.calls import Call
from tradewire.venues.binance.server.exchange_info import exchange_info
from tradewire.venues.binance.server.folding import Aggregate
from tradewire.venues.binance.server.market import Market
from tradewire.venues.binance.server.payloads import DepthPayload, text
from tradewire.venues.binance.server.snapshots import DEEPEST
from tradewire.venues.binance.server.streams import depth_payload


class Route(msgspec.Struct, frozen=True):
    """How one call is answered and what it weighs, given its parameters."""

    handle: Callable[[Call], Any]
    weight: Callable[[Mapping[str, str]], int]


def _exchange_info(call: Call) -> dict[str, Any]:
    chosen = call.chosen() or (call.market(),)
    return exchange_info([market.instrument for market in chosen], call.options.weight_limit, call.now, call.unit)


def _depth(call: Call) -> DepthPayload:
    return depth_payload(call.snapshots.take(call.market(), call.limit(100, DEEPEST)))


def _trades(call: Call) -> list[dict[str, Any]]:
    return [_trade(tick, call.unit) for tick in call.market().trades(call.limit(500, 1000))]


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


#: By method and path.
ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/api/v3/ping"): Route(lambda _call: {}, _always(1)),
    ("GET", "/api/v3/time"): Route(lambda call: {"serverTime": call.now // call.unit}, _always(1)),
    ("GET", "/api/v3/exchangeInfo"): Route(_exchange_info, _always(20)),
    ("GET", "/api/v3/depth"): Route(_depth, _depth_weight),
    ("GET", "/api/v3/trades"): Route(_trades, _always(25)),
    ("GET", "/api/v3/aggTrades"): Route(_aggregates, _always(4)),
    ("GET", "/api/v3/ticker/price"): Route(lambda call: _each(call, _price), _single_or_all(2, 4)),
    ("GET", "/api/v3/ticker/bookTicker"): Route(lambda call: _each(call, _quote), _single_or_all(2, 4)),
}
