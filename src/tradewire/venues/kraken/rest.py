"""REST calls: time, instruments, book snapshots, and a little history. Source: the pages of the Spot REST API.

An error comes with status 200 as ``{"error":["EQuery:Unknown asset pair"]}``, so it is parsing that raises it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Raw

from tradewire.errors import CommandError, RateLimited, Rejected, RemoteProtocolError, TradewireError
from tradewire.model.instrument import Instrument
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.kraken.refusals import error_of_text
from tradewire.venues.kraken.streams import VENUE, modern
from tradewire.venues.spec import Endpoint, RestContext
from tradewire.wire.protocol import HttpRequest, HttpResponse

Result = TypeVar("Result")


class Envelope(msgspec.Struct):
    """``{"error":[],"result":{…}}``; errors begin with ``E``, warnings with ``W``."""

    error: list[str]
    result: Raw = Raw(b"null")


class ServerTime(msgspec.Struct):
    """``{"unixtime":1762820224,"rfc1123":"Tue, 11 Nov 25 00:17:04 +0000"}``."""

    unixtime: int


class AssetPair(msgspec.Struct):
    """``{"altname":"XBTUSDT","wsname":"XBT/USDT","pair_decimals":1,"lot_decimals":8,"ordermin":"0.00005","costmin":"0.5",…}``.

    ``wsname`` spells assets as WebSocket v1 did; a few pairs that are not traded on the socket have none.
    """

    altname: str
    pair_decimals: int
    lot_decimals: int
    wsname: str = ""
    ordermin: Decimal = Decimal(0)
    costmin: Decimal = Decimal(0)
    tick_size: Decimal | None = None
    status: str = "online"


class DepthLevel(msgspec.Struct, array_like=True, gc=False):
    """``["83744.4","0.120",1762820224]``: price, quantity, and since when it has been so (seconds)."""

    price: Decimal
    quantity: Decimal
    time: int


class Depth(msgspec.Struct):
    """A book, best levels first. It has no checksum, so it is no start for a local book."""

    bids: list[DepthLevel]
    asks: list[DepthLevel]


class PastCandle(msgspec.Struct, array_like=True, gc=False):
    """``[1688671200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23]``: begin in seconds, prices."""

    time: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    vwap: Decimal
    volume: Decimal
    count: int


class PastTrade(msgspec.Struct, array_like=True, gc=False):
    """``["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952]``; time in seconds, ``b`` is a taker who buys."""

    price: Decimal
    quantity: Decimal
    time: Decimal
    side: str
    order_type: str
    miscellaneous: str
    trade_id: int


_envelope = msgspec.json.Decoder(Envelope).decode


def _get(path: str) -> Callable[[Mapping[str, Any], RestContext], HttpRequest]:
    def build(params: Mapping[str, Any], _: RestContext) -> HttpRequest:
        query = urlencode({name: value for name, value in params.items() if value is not None})
        return HttpRequest("GET", f"{path}?{query}" if query else path)

    return build


def _reader(kind: type[Result]) -> Callable[[HttpResponse], Result]:
    decode = msgspec.json.Decoder(kind).decode

    def parse(response: HttpResponse) -> Result:
        try:
            envelope = _envelope(response.body)
            if not (errors := _errors(envelope)):
                return decode(envelope.result)
        except (ValueError, RecursionError) as error:
            raise RemoteProtocolError(f"unreadable answer: {error}", raw=response.body, venue=VENUE) from None
        raise error_of_text(errors)

    return parse


def _errors(envelope: Envelope) -> str:
    return "; ".join(text for text in envelope.error if not text.startswith("W"))


def _of_one_pair(kind: type[Result]) -> Callable[[HttpResponse], Result]:
    """Read a result that is filed under the pair's name, whichever of its names that is, with ``last`` beside it."""
    results, convert = _reader(dict[str, Raw]), msgspec.json.Decoder(kind).decode

    def parse(response: HttpResponse) -> Result:
        for name, value in results(response).items():
            if name != "last":
                try:
                    return convert(value)
                except (ValueError, RecursionError) as error:
                    raise RemoteProtocolError(f"unreadable answer: {error}", raw=response.body, venue=VENUE) from None
        raise RemoteProtocolError("an answer about no pair", raw=response.body, venue=VENUE)

    return parse


_server_time = _reader(ServerTime)
_asset_pairs = _reader(dict[str, AssetPair])


def _time(response: HttpResponse) -> Nanos:
    return _server_time(response).unixtime * SECOND


def _instruments(response: HttpResponse) -> tuple[Instrument, ...]:
    return tuple(_instrument(pair) for pair in _asset_pairs(response).values() if "/" in pair.wsname)


def _instrument(pair: AssetPair) -> Instrument:
    symbol = modern(pair.wsname)
    base, _, quote = symbol.partition("/")
    return Instrument(
        symbol=symbol,
        base=base,
        quote=quote,
        venue_symbol=pair.altname,
        tick=Decimal(1).scaleb(-pair.pair_decimals) if pair.tick_size is None else pair.tick_size,
        step=Decimal(1).scaleb(-pair.lot_decimals),
        minimum_quantity=pair.ordermin,
        minimum_notional=pair.costmin,
        active=pair.status == "online",
    )


#: Parameters are the venue's own (``pair`` is ``XBTUSD``, an instrument's ``venue_symbol``). ``depth`` answers ``Depth``,
#: ``ohlc`` a list of ``PastCandle``, ``trades`` a list of ``PastTrade``.
REST: Mapping[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint("time", _get("/0/public/Time"), _time),
        Endpoint("instruments", _get("/0/public/AssetPairs"), _instruments),
        Endpoint("depth", _get("/0/public/Depth"), _of_one_pair(Depth)),
        Endpoint("ohlc", _get("/0/public/OHLC"), _of_one_pair(list[PastCandle])),
        Endpoint("trades", _get("/0/public/Trades"), _of_one_pair(list[PastTrade])),
    )
}


def error_of(response: HttpResponse) -> TradewireError:
    """Turn a response that is not 2xx into a typed error: the API's own words, or those of a proxy in front of it, shortened."""
    try:
        words = _errors(_envelope(response.body))
    except (ValueError, RecursionError):
        words = response.body[:200].decode(errors="replace").strip()
    text = f"HTTP {response.status}: {words or 'no text'}"
    if response.status == 429:
        return RateLimited(text, venue=VENUE, code=response.status)
    if response.status >= 500:
        return CommandError(text, venue=VENUE, code=response.status, retryable=True)
    return Rejected(text, venue=VENUE, code=response.status)
