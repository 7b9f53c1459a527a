"""``GET /api/v3/exchangeInfo``: the markets and their rules (rest-api.md, filters.md)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tradewire.model.instrument import Instrument
from tradewire.model.time import Nanos
from tradewire.venues.binance.server.payloads import text

_LARGEST_PRICE = Decimal(10_000_000)
_LARGEST_QUANTITY = Decimal(9_000_000)
_LARGEST_NOTIONAL = Decimal(90_000_000)
_ORDER_TYPES = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"]


def exchange_info(instruments: list[Instrument], weight_limit: int, now: Nanos, unit: int) -> dict[str, Any]:
    """Describe ``instruments``."""
    return {
        "timezone": "UTC",
        "serverTime": now // unit,
        "rateLimits": [
            _limit("REQUEST_WEIGHT", "MINUTE", 1, weight_limit),
            _limit("ORDERS", "SECOND", 10, 50),
            _limit("ORDERS", "DAY", 1, 160_000),
            _limit("RAW_REQUESTS", "MINUTE", 5, 300_000),
        ],
        "exchangeFilters": [],
        "symbols": [_symbol(instrument) for instrument in instruments],
    }


def _limit(kind: str, interval: str, count: int, limit: int) -> dict[str, Any]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": count, "limit": limit}


def _symbol(instrument: Instrument) -> dict[str, Any]:
    return {
        "symbol": instrument.venue_symbol,
        "status": "TRADING" if instrument.active else "BREAK",
        "baseAsset": instrument.base,
        "baseAssetPrecision": 8,
        "quoteAsset": instrument.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": _ORDER_TYPES,
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(instrument),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    }


def _filters(instrument: Instrument) -> list[dict[str, Any]]:
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": text(instrument.tick),
            "maxPrice": text(_LARGEST_PRICE),
            "tickSize": text(instrument.tick),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": text(max(instrument.minimum_quantity, instrument.step)),
            "maxQty": text(_LARGEST_QUANTITY),
            "stepSize": text(instrument.step),
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": text(instrument.minimum_notional),
            "applyMinToMarket": True,
            "maxNotional": text(_LARGEST_NOTIONAL),
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
    ]
