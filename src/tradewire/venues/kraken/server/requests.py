"""Requests of the public socket: what the text says, or the venue's words for what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, TypeAlias, TypeGuard

import msgspec
from msgspec import UNSET, UnsetType

from tradewire.venues.kraken.server.candles import INTERVALS

#: Levels a side (book channel).
DEPTHS = (10, 25, 100, 500, 1000)
TRIGGERS = ("trades", "bbo")
#: What a socket for market data says of everything else.
WRONG_HOST = "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com"

_PRIVATE_CHANNELS = {"executions", "balances", "level3"}
_TRADING = {
    "add_order",
    "amend_order",
    "batch_add",
    "batch_cancel",
    "cancel_all",
    "cancel_all_orders_after",
    "cancel_order",
    "edit_order",
}
_KNOWN_PARAMS = {
    "channel",
    "depth",
    "event_trigger",
    "execution_venue",
    "include_tokenized_assets",
    "interval",
    "snapshot",
    "symbol",
    "token",
}

RequestId: TypeAlias = int | UnsetType
Method: TypeAlias = Literal["subscribe", "unsubscribe", "ping"]


class Channel(StrEnum):
    """What can be subscribed to here."""

    TICKER = "ticker"
    BOOK = "book"
    TRADE = "trade"
    OHLC = "ohlc"
    INSTRUMENT = "instrument"


class RequestError(Exception):
    """An error to answer with.

    Attributes:
        method: Of the request, where it could be read; ``request_id`` likewise.
        symbol: Where the symbol is what is wrong.
    """

    def __init__(
        self, text: str, method: str | UnsetType = UNSET, request_id: RequestId = UNSET, symbol: str | UnsetType = UNSET
    ) -> None:
        super().__init__(text)
        self.text = text
        self.method = method
        self.request_id = request_id
        self.symbol = symbol


class Subscription(msgspec.Struct, frozen=True):
    """A channel with the parameters that tell its streams apart; those that mean nothing to the channel are unset."""

    channel: Channel
    symbol: str | UnsetType = UNSET
    depth: int | UnsetType = UNSET
    interval: int | UnsetType = UNSET
    event_trigger: str | UnsetType = UNSET


class Request(msgspec.Struct, frozen=True):
    """A request that makes sense, whatever its symbols.

    ``{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10,"snapshot":true},"req_id":8}``

    Attributes:
        subscriptions: One for each symbol.
        snapshot: Whether a subscription begins with one.
    """

    method: Method
    request_id: RequestId = UNSET
    subscriptions: tuple[Subscription, ...] = ()
    snapshot: bool = True


def read_request(payload: bytes) -> Request:
    """Take a text frame apart.

    Raises:
        RequestError: It is no request, or one with wrong parameters.
    """
    try:
        fields = msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestError("Malformed request") from error
    method = fields.get("method")
    if not isinstance(method, str):
        raise RequestError("Malformed request")
    try:
        return _read(method, fields)
    except RequestError as error:
        request_id = fields.get("req_id")
        if _is_integer(request_id):
            error.request_id = request_id
        error.method = method
        raise


def _read(method: str, fields: Mapping[str, Any]) -> Request:
    request_id = _integer(fields, "req_id", UNSET)
    match method:
        case "ping":
            if "params" in fields:
                raise _unsupported("params", method)
            return Request(method, request_id)
        case "subscribe" | "unsubscribe":
            params = fields.get("params")
            if not isinstance(params, dict):
                raise RequestError("Params field must be an object")
            for name in params.keys() - _KNOWN_PARAMS:
                raise _unsupported(name, method)
            channel = _channel(params)
            snapshot = _boolean(params, "snapshot", default=channel is not Channel.TRADE)
            return Request(method, request_id, _subscriptions(channel, params), snapshot)
    raise RequestError(WRONG_HOST if method in _TRADING else "Unsupported event")


def _channel(params: Mapping[str, Any]) -> Channel:
    name = params.get("channel")
    if isinstance(name, str) and name in _PRIVATE_CHANNELS:
        raise RequestError(WRONG_HOST)
    if not isinstance(name, str) or name not in set(Channel):
        raise RequestError("Subscription name invalid")
    return Channel(name)


def _subscriptions(channel: Channel, params: Mapping[str, Any]) -> tuple[Subscription, ...]:
    if channel is Channel.INSTRUMENT:
        return (Subscription(channel),)
    symbols = _symbols(params)
    depth: int | UnsetType = UNSET
    interval: int | UnsetType = UNSET
    trigger: Any = UNSET
    match channel:
        case Channel.BOOK:
            depth = _integer(params, "depth", 10)
            if depth not in DEPTHS:
                raise RequestError("Subscription depth not supported")
        case Channel.OHLC:
            interval = _integer(params, "interval", 1)
            if interval not in INTERVALS:
                raise RequestError("Subscription ohlc interval not supported")
        case Channel.TICKER:
            trigger = params.get("event_trigger", "trades")
            if trigger not in TRIGGERS:
                raise RequestError("Subscription event_trigger not supported")
    return tuple(Subscription(channel, symbol, depth, interval, trigger) for symbol in symbols)


def _symbols(params: Mapping[str, Any]) -> list[str]:
    symbols = params.get("symbol")
    if symbols is None or symbols == []:
        raise RequestError("Symbol(s) not found")
    if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
        raise RequestError("Symbol field must be an array")
    return symbols


def _integer(fields: Mapping[str, Any], name: str, default: RequestId) -> Any:
    value = fields.get(name, default)
    if name in fields and not _is_integer(value):
        raise RequestError(f"{name.capitalize()} field must be a number_integer")
    return value


def _boolean(params: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = params.get(name, default)
    if not isinstance(value, bool):
        raise RequestError(f"{name.capitalize()} field must be a boolean")
    return value


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _unsupported(name: str, method: str) -> RequestError:
    return RequestError(f"Unsupported field: '{name}' for the given msg type: {method}")
