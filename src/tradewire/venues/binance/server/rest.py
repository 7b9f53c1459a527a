"""The REST half of the venue: what comes before and around a call (rest-api.md, "Limits")."""

from __future__ import annotations

from tradewire.model.time import SECOND, Nanos
from tradewire.venues.binance.server.calls import ApiError, Call, answer, header, page, refuse, split_target, time_unit
from tradewire.venues.binance.server.faults import ServerFaults
from tradewire.venues.binance.server.feed import Feed
from tradewire.venues.binance.server.limits import WeightBudget, ban_text, over_limit_text
from tradewire.venues.binance.server.options import ServerOptions
from tradewire.venues.binance.server.routes import ROUTES, Route
from tradewire.venues.faults import Refusal
from tradewire.wire.protocol import HttpRequest, HttpResponse

#: What the venue says with a 5xx, by status (errors.md).
_UNAVAILABLE = {
    503: (-1008, "Server is currently overloaded with other requests. Please try again in a few minutes."),
    504: (-1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."),
}
_UNKNOWN = (-1000, "An unknown error occurred while processing the request.")


class Rest:
    """Finds the route of a request, minds the weight, and words the refusals."""

    def __init__(self, feed: Feed, faults: ServerFaults, options: ServerOptions) -> None:
        self._feed = feed
        self._faults = faults
        self._options = options
        self._budget = WeightBudget(options)

    def answer(self, request: HttpRequest, now: Nanos) -> HttpResponse:
        """Answer ``request``."""
        if refusal := self._faults.rest.take():
            return self.refused(refusal, now)
        path, params = split_target(request.target)
        if path == "/api/v3/userDataStream":
            return page(410, "Gone")
        route = ROUTES.get((request.method, path))
        if route is None:
            return page(404, "Not found")
        return self._over_budget(route.weight(params), now) or self._perform(route, request, params, now)

    def refused(self, refusal: Refusal, now: Nanos) -> HttpResponse:
        """Answer as a fault demands."""
        status, retry = refusal.status, {"Retry-After": str(refusal.retry_after)}
        if status == 429:
            return refuse(ApiError(-1003, over_limit_text(self._options.weight_limit), status), retry)
        if status == 418:
            return refuse(ApiError(-1003, ban_text(now + refusal.retry_after * SECOND), status), retry)
        if status == 403:
            return page(status, "Forbidden")
        return refuse(ApiError(*_UNAVAILABLE.get(status, _UNKNOWN), status))

    def _over_budget(self, weight: int, now: Nanos) -> HttpResponse | None:
        """Count the call; return the refusal if it is one too many."""
        if not self._budget.banned_until(now) and self._budget.spend(weight, now):
            return None
        headers = {"Retry-After": str(self._budget.retry_after(now)), "X-MBX-USED-WEIGHT-1M": str(self._budget.used)}
        if until := self._budget.banned_until(now):
            return refuse(ApiError(-1003, ban_text(until), 418), headers)
        return refuse(ApiError(-1003, over_limit_text(self._options.weight_limit), 429), headers)

    def _perform(self, route: Route, request: HttpRequest, params: dict[str, str], now: Nanos) -> HttpResponse:
        used = {"X-MBX-USED-WEIGHT": str(self._budget.used), "X-MBX-USED-WEIGHT-1M": str(self._budget.used)}
        try:
            unit = time_unit(header(request, "X-MBX-TIME-UNIT"))
            call = Call(params, self._feed.markets, self._feed.snapshots, self._options, unit, now)
            return answer(route.handle(call), headers=used)
        except ApiError as error:
            return refuse(error, used)
