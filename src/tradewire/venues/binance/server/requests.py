"""Control requests of the stream sockets: what the text says, or the venue's words for what is wrong with it.

The messages and their positions are those of the venue's own decoder (web-socket-streams.md): "column" counts bytes, from 1,
up to where that decoder stands when it gives up.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, NoReturn

import msgspec

from tradewire.venues.binance.server.names import parse_name

_METHOD = re.compile(r'"method"\s*:\s*("(?:[^"\\]|\\.)*"|[^\s,}])')
_ID_TEXT = re.compile(r"[0-9A-Za-z_-]{1,36}")
_ID_BOUND = 2**63
_LONGEST_INTEGER = 20

RequestId = int | str | None


class Method(StrEnum):
    """What may be asked."""

    SUBSCRIBE = "SUBSCRIBE"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    LIST_SUBSCRIPTIONS = "LIST_SUBSCRIPTIONS"
    SET_PROPERTY = "SET_PROPERTY"
    GET_PROPERTY = "GET_PROPERTY"


class ControlError(Exception):
    """An error to answer with.

    Attributes:
        code: 0 to 4.
        request_id: To echo; ``UNSET`` where it could not be read.
    """

    def __init__(self, code: int, text: str, request_id: RequestId | msgspec.UnsetType = msgspec.UNSET) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.request_id = request_id


class ControlRequest(msgspec.Struct, frozen=True):
    """A request that makes sense.

    ``{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@depth"],"id":1}``

    Attributes:
        streams: Of SUBSCRIBE and UNSUBSCRIBE, each a well-formed name.
        combined: The new value, of SET_PROPERTY.
    """

    method: Method
    request_id: RequestId
    streams: tuple[str, ...] = ()
    combined: bool = False


def read_request(payload: bytes) -> ControlRequest:
    """Take a text frame apart.

    Raises:
        ControlError: It is no request, or one with wrong parameters.
    """
    text, value = _parse(payload)
    fields: dict[str, Any] = value if isinstance(value, dict) else {}
    method = _method(text, fields)
    request_id = _request_id(fields)
    params = fields.get("params")
    match method:
        case Method.SUBSCRIBE | Method.UNSUBSCRIBE:
            if "params" not in fields:
                raise ControlError(2, f"Invalid request: missing field `params` at {_end(text)}", request_id)
            return ControlRequest(method, request_id, streams=_streams(params, request_id))
        case Method.LIST_SUBSCRIPTIONS:
            if params:
                raise ControlError(2, "Invalid request: too many parameters", request_id)
            return ControlRequest(method, request_id)
        case Method.SET_PROPERTY:
            return ControlRequest(method, request_id, combined=_new_value(params, request_id))
        case Method.GET_PROPERTY:
            _property(params, 1, request_id)
            return ControlRequest(method, request_id)


def _parse(payload: bytes) -> tuple[str, Any]:
    """Decode the text, exactly as far as the venue would."""
    try:
        text = payload.decode()
        return text, json.loads(text, parse_int=_integer, parse_constant=partial(_no_constant, text))
    except json.JSONDecodeError as error:
        line, column = error.lineno, error.colno
        raise ControlError(3, f"Invalid JSON: expected value at line {line} column {column}") from error
    except UnicodeDecodeError as error:
        raise ControlError(3, f"Invalid JSON: expected value at line 1 column {error.start + 1}") from error
    except RecursionError as error:
        raise ControlError(3, "Invalid JSON: recursion limit exceeded at line 1 column 128") from error


def _integer(digits: str) -> int | Decimal:
    """Read an integer; those that no 64 bits can hold are none of the supported types, however long."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else Decimal(digits)


def _no_constant(text: str, name: str) -> NoReturn:
    """``NaN`` and ``Infinity`` are no JSON."""
    raise json.JSONDecodeError("expected value", text, text.index(name))


def _method(text: str, fields: dict[str, Any]) -> Method:
    if "method" not in fields:
        raise ControlError(2, f"Invalid request: missing field `method` at {_end(text)}")
    method = fields["method"]
    if isinstance(method, str) and method in Method.__members__:
        return Method(method)
    found = _METHOD.search(text)
    position = _position(text, found.end()) if found else _end(text)
    if not isinstance(method, str):
        raise ControlError(3, f"Invalid JSON: expected value at {position}")
    expected = ", ".join(f"`{name}`" for name in Method)
    raise ControlError(2, f"Invalid request: unknown variant `{method}`, expected one of {expected} at {position}")


def _request_id(fields: dict[str, Any]) -> RequestId:
    """Read the id: a signed 64-bit integer, a text of at most 36 letters, digits and dashes, or ``null``."""
    request_id = fields.get("id", False)
    match request_id:
        case bool():
            pass
        case int() if -_ID_BOUND <= request_id < _ID_BOUND:
            return request_id
        case str() if _ID_TEXT.fullmatch(request_id):
            return request_id
        case None:
            return None
    raise ControlError(2, "Invalid request: request ID must be an unsigned integer")


def _streams(params: Any, request_id: RequestId) -> tuple[str, ...]:
    if not isinstance(params, list) or not all(isinstance(name, str) and parse_name(name) for name in params):
        raise ControlError(2, "Invalid request: invalid stream", request_id)
    return tuple(params)


def _new_value(params: Any, request_id: RequestId) -> bool:
    _property(params, 2, request_id)
    value = params[1] if len(params) == 2 else None
    if not isinstance(value, bool):
        raise ControlError(1, "Invalid value type: expected Boolean", request_id)
    return value


def _property(params: Any, most: int, request_id: RequestId) -> None:
    """Check the name of the property, which comes first."""
    if not isinstance(params, list) or not params or not isinstance(params[0], str):
        raise ControlError(2, "Invalid request: property name must be a string", request_id)
    if len(params) > most:
        raise ControlError(2, "Invalid request: too many parameters", request_id)
    if params[0] != "combined":
        raise ControlError(0, "Unknown property", request_id)


def _end(text: str) -> str:
    return _position(text, len(text.rstrip()))


def _position(text: str, index: int) -> str:
    """Line and column of the character before ``index``."""
    before = text[:index]
    line_start = before.rfind("\n") + 1
    return f"line {before.count(chr(10)) + 1} column {len(before[line_start:].encode())}"
