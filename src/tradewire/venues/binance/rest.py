"""REST calls: time, instruments, book snapshots, and a little history. Source: rest-api.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from tradewire.errors import CommandError, RateLimited, Rejected, RemoteProtocolError, TradewireError
from tradewire.model.instrument import Instrument
from tradewire.model.time import MILLISECOND, Nanos
from tradewire.venues.binance.messages import (
    DayTicker,
    Depth,
    ErrorBody,
    ExchangeInfo,
    Filter,
    Kline,
    RecentTrade,
    ServerTime,
    SymbolInfo,
)
from tradewire.venues.spec import Endpoint, RestContext
from tradewire.wire.protocol import HttpRequest, HttpResponse

Result = TypeVar("Result")

#: Codes that mean the venue itself is in trouble, so that the same call may succeed later.
_RETRYABLE_CODES = frozenset({-1000, -1001, -1006, -1007, -1008, -1016})
_TOO_MANY_REQUESTS = -1003
#: What a depth call costs, by the largest ``limit`` of each step.
_DEPTH_WEIGHTS = ((100, 5), (500, 25), (1000, 50), (5000, 250))


def _get(path: str) -> Callable[[Mapping[str, Any], RestContext], HttpRequest]:
    def build(params: Mapping[str, Any], _: RestContext) -> HttpRequest:
        query = urlencode({name: value for name, value in params.items() if value is not None})
        return HttpRequest("GET", f"{path}?{query}" if query else path)

    return build


def _reader(kind: type[Result]) -> Callable[[HttpResponse], Result]:
    decode = msgspec.json.Decoder(kind).decode

    def parse(response: HttpResponse) -> Result:
        try:
            return decode(response.body)
        except (ValueError, RecursionError) as error:
            raise RemoteProtocolError(f"unreadable answer: {error}", raw=response.body, venue="binance") from None

    return parse


_server_time = _reader(ServerTime)
_exchange_info = _reader(ExchangeInfo)


def _time(response: HttpResponse) -> Nanos:
    return _server_time(response).server_time * MILLISECOND


def _instruments(response: HttpResponse) -> tuple[Instrument, ...]:
    return tuple(_instrument(info) for info in _exchange_info(response).symbols)


def _instrument(info: SymbolInfo) -> Instrument:
    filters = {each.filter_type: each for each in info.filters}
    none = Filter("")
    size = filters.get("LOT_SIZE", none)
    return Instrument(
        symbol=f"{info.base_asset}/{info.quote_asset}",
        base=info.base_asset,
        quote=info.quote_asset,
        venue_symbol=info.symbol,
        tick=filters.get("PRICE_FILTER", none).tick_size,
        step=size.step_size,
        minimum_quantity=size.min_qty,
        minimum_notional=filters.get("NOTIONAL", filters.get("MIN_NOTIONAL", none)).min_notional,
        active=info.status == "TRADING",
    )


def _depth_weight(params: Mapping[str, Any]) -> int:
    limit = int(params.get("limit") or 100)
    return next((weight for most, weight in _DEPTH_WEIGHTS if limit <= most), _DEPTH_WEIGHTS[-1][1])


def _ticker_weight(params: Mapping[str, Any]) -> int:
    return 2 if params.get("symbol") else 80


#: Parameters are the venue's own (``symbol`` is ``BTCUSDT``). ``depth`` answers ``Depth``, ``klines`` a list of ``Kline``,
#: ``trades`` a list of ``RecentTrade``, ``ticker`` a ``DayTicker``.
REST: Mapping[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint("time", _get("/api/v3/time"), _time),
        Endpoint("instruments", _get("/api/v3/exchangeInfo"), _instruments, weight=lambda params: 20),  # noqa: ARG005
        Endpoint("depth", _get("/api/v3/depth"), _reader(Depth), weight=_depth_weight),
        Endpoint("klines", _get("/api/v3/klines"), _reader(list[Kline]), weight=lambda params: 2),  # noqa: ARG005
        Endpoint("trades", _get("/api/v3/trades"), _reader(list[RecentTrade]), weight=lambda params: 25),  # noqa: ARG005
        Endpoint("ticker", _get("/api/v3/ticker/24hr"), _reader(DayTicker), weight=_ticker_weight),
    )
}


def header(response: HttpResponse, name: str) -> str:
    """Return a header's value whatever its case, or ``""``."""
    return next((value for key, value in response.headers.items() if key.lower() == name), "")


def error_of(response: HttpResponse) -> TradewireError:
    """Turn a refusal into a typed error.

    418 (banned) and 429 carry ``Retry-After`` in seconds; 403 is the firewall, 5xx an unknown outcome. Errors of the API itself
    are JSON (errors.md); what a proxy in front of it says is quoted shortened.
    """
    body = _error_body(response)
    code = body.code or response.status
    text = f"HTTP {response.status}: {body.msg}"
    if response.status in {418, 429} or body.code == _TOO_MANY_REQUESTS:
        wait = header(response, "retry-after")
        return RateLimited(text, venue="binance", code=code, retry_after=float(wait) if wait.isdecimal() else None)
    if response.status >= 500 or body.code in _RETRYABLE_CODES:
        return CommandError(text, venue="binance", code=code, retryable=True)
    return Rejected(text, venue="binance", code=code)


def _error_body(response: HttpResponse) -> ErrorBody:
    try:
        return msgspec.json.decode(response.body, type=ErrorBody)
    except (ValueError, RecursionError):
        return ErrorBody(0, response.body[:200].decode(errors="replace").strip() or "no text")
