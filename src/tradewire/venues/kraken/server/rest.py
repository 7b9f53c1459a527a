"""The REST half of the venue: errors come with HTTP status 200, in the body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import UNSET

from tradewire.model.time import Nanos
from tradewire.venues.faults import Refusal
from tradewire.venues.kraken.server.calls import ApiError, Call
from tradewire.venues.kraken.server.faults import ServerFaults
from tradewire.venues.kraken.server.feed import Feed
from tradewire.venues.kraken.server.messages import encode
from tradewire.venues.kraken.server.routes import ROUTES
from tradewire.wire.protocol import HttpRequest, HttpResponse

_JSON = {"Content-Type": "application/json; charset=utf-8"}


class _Body(msgspec.Struct):
    """``{"error":[],"result":{"unixtime":1762820224}}``; without a result where there is an error."""

    error: Sequence[str]
    result: Any = UNSET


class Rest:
    """Finds what answers a request, and words the refusals."""

    def __init__(self, feed: Feed, faults: ServerFaults) -> None:
        self._feed = feed
        self._faults = faults

    def answer(self, request: HttpRequest, now: Nanos) -> HttpResponse:
        """Answer ``request``. Parameters may stand in the query or, of a POST, in a form."""
        if refusal := self._faults.rest.take():
            return page(refusal)
        if self._faults.rest_errors:
            return _refuse(self._faults.rest_errors.popleft())
        path, _, query = request.target.partition("?")
        route = ROUTES.get(path)
        if route is None:
            return _refuse("EGeneral:Unknown method")
        form = request.body.decode(errors="replace") if request.method == "POST" else ""
        call = Call(dict(parse_qsl(f"{query}&{form}")), self._feed.markets, self._faults.system, now)
        try:
            return _response(_Body((), route(call)))
        except ApiError as error:
            return _refuse(error.text)


def page(refusal: Refusal) -> HttpResponse:
    """Return what the proxy in front of the venue answers by itself."""
    headers = {"Content-Type": "text/plain", "Retry-After": str(refusal.retry_after)}
    return HttpResponse(refusal.status, f"error code: {refusal.status}".encode(), headers)


def _refuse(error: str) -> HttpResponse:
    return _response(_Body((error,)))


def _response(body: _Body) -> HttpResponse:
    return HttpResponse(200, encode(body), _JSON)
