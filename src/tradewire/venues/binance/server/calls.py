"""REST requests taken apart, and answers put together (rest-api.md, errors.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from tradewire.model.rollup import MINUTE
from tradewire.model.time import MICROSECOND, MILLISECOND, Nanos
from tradewire.venues.binance.server.market import Market
from tradewire.venues.binance.server.messages import TIME_UNITS, encode
from tradewire.venues.binance.server.options import ServerOptions
from tradewire.venues.binance.server.snapshots import Snapshots
from tradewire.wire.protocol import HttpRequest, HttpResponse

#: -1194 (errors.md).
BAD_TIME_UNIT = "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."

_JSON = {"Content-Type": "application/json;charset=UTF-8"}
_HTML = {"Content-Type": "text/html"}
_NUMBER_RANGE = "^[0-9]{1,20}$"
_SYMBOL_RANGE = "^[A-Z0-9-_.]{1,20}$"
_SYMBOL_LIST_RANGE = '^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\\]$'


class ApiError(Exception):
    """An error to answer with: HTTP status, the venue's code and its words."""

    def __init__(self, code: int, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status


def split_target(target: str) -> tuple[str, dict[str, str]]:
    """Return the path and the parameters, percent-decoded. A ``+`` is a plus: stream names contain it."""
    path, _, query = target.partition("?")
    params: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        params.setdefault(unquote(name), unquote(value))
    return unquote(path), params


def time_unit(value: str | None) -> int:
    """Return the nanoseconds in the named time unit; milliseconds where none is named.

    Raises:
        ApiError: There is no such unit (-1194).
    """
    if value is None:
        return MILLISECOND
    if value not in TIME_UNITS:
        raise ApiError(-1194, BAD_TIME_UNIT)
    return TIME_UNITS[value]


class Call(msgspec.Struct, frozen=True):
    """A REST request, ready to be answered.

    Attributes:
        unit: Nanoseconds in the time unit of the answer.
    """

    params: Mapping[str, str]
    markets: Mapping[str, Market]
    snapshots: Snapshots
    options: ServerOptions
    unit: int
    now: Nanos

    def market(self) -> Market:
        """Return the market of the mandatory parameter ``symbol``."""
        return self._listed(self.text("symbol"))

    def chosen(self) -> tuple[Market, ...] | None:
        """Return the markets named by ``symbols``, or all; ``None`` where ``symbol`` names a single one."""
        if "symbol" in self.params and "symbols" in self.params:
            raise ApiError(-1128, "Combination of optional parameters invalid.")
        if "symbol" in self.params:
            return None
        if "symbols" not in self.params:
            return tuple(self.markets.values())
        return tuple(self._listed(name) for name in self._names(self.params["symbols"]))

    def text(self, name: str) -> str:
        """Return a mandatory parameter."""
        if not self.params.get(name):
            raise ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
        return self.params[name]

    def limit(self, default: int, most: int) -> int:
        """Return the parameter ``limit``, cut to ``most``."""
        limit = self.number("limit")
        if limit == 0:
            raise ApiError(-1130, "Data sent for parameter 'limit' is not valid.")
        return min(default if limit is None else limit, most)

    def number(self, name: str) -> int | None:
        """Return an optional whole number."""
        value = self.params.get(name)
        if value is not None and not re.fullmatch(_NUMBER_RANGE, value):
            raise ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{_NUMBER_RANGE}'.")
        return None if value is None else int(value)

    def moment(self, name: str) -> Nanos | None:
        """Return an optional point in time; texts longer than 13 digits are microseconds."""
        value = self.number(name)
        if value is None:
            return None
        return value * (MICROSECOND if value >= 10**14 else MILLISECOND)

    def offset(self) -> Nanos:
        """Return the optional ``timeZone`` (``8``, ``-3:30``; -12:00 to +14:00) as time ahead of UTC."""
        found = re.fullmatch(r"([+-]?)(\d{1,2})(?::([0-5]\d))?", self.params.get("timeZone", "0"))
        minutes = int(found[2]) * 60 + int(found[3] or 0) if found else 0
        signed = -minutes if found and found[1] == "-" else minutes
        if not found or not -12 * 60 <= signed <= 14 * 60:
            raise ApiError(-1130, "Data sent for parameter 'timeZone' is not valid.")
        return signed * MINUTE

    def _names(self, value: str) -> list[str]:
        try:
            return msgspec.json.decode(value, type=list[str])
        except msgspec.DecodeError as error:
            text = f"Illegal characters found in parameter 'symbols'; legal range is '{_SYMBOL_LIST_RANGE}'."
            raise ApiError(-1100, text) from error

    def _listed(self, symbol: str) -> Market:
        if market := self.markets.get(symbol):
            return market
        if symbol.isascii() and not re.fullmatch(_SYMBOL_RANGE, symbol):
            raise ApiError(-1100, f"Illegal characters found in parameter 'symbol'; legal range is '{_SYMBOL_RANGE}'.")
        raise ApiError(-1121, "Invalid symbol.")


def header(request: HttpRequest, name: str) -> str | None:
    """Return a header, whatever the case of its name."""
    return next((value for key, value in request.headers.items() if key.lower() == name.lower()), None)


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a JSON answer."""
    return HttpResponse(status, encode(body), _JSON | dict(headers or {}))


def refuse(error: ApiError, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return ``{"code":-1121,"msg":"Invalid symbol."}``."""
    return answer({"code": error.code, "msg": error.text}, error.status, headers)


def page(status: int, title: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return what the front proxy answers by itself: HTML, no JSON."""
    return HttpResponse(status, f"<html><body><h2>{status} {title}</h2></body></html>".encode(), _HTML | dict(headers or {}))
