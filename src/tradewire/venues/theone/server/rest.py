"""The REST side of a simulated TheOne."""

from __future__ import annotations

import hmac
import re
import uuid
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote

import msgspec

from tradewire.model.time import MILLISECOND, Nanos
from tradewire.venues.backend import Account
from tradewire.venues.theone.server import refusal
from tradewire.venues.theone.server.broker import Broker
from tradewire.venues.theone.server.fields import REST_STYLES, parse_swap
from tradewire.venues.theone.server.refusal import Refusal
from tradewire.venues.theone.server.verifier import Signed
from tradewire.wire.protocol import HttpRequest, HttpResponse
from tradewire.wire.ratelimit import WindowBudget

_MILLISECONDS = re.compile(r"[1-9]\d{0,17}", re.ASCII)
_JSON = {"Content-Type": "application/json"}
_VERSION = {"version": "1.0.0", "commit": "abc123def", "buildTime": "2024-01-15T10:30:00Z", "goVersion": "go1.22.0"}


class Call(msgspec.Struct, frozen=True):
    """A call under way.

    Attributes:
        headers: By lower-case name.
        query: Decoded.
        handle: What stands in the path where the route has a hole, decoded.
    """

    request: HttpRequest
    headers: Mapping[str, str]
    query: Mapping[str, str]
    handle: str
    now: Nanos


PublicHandler: TypeAlias = Callable[[Call], HttpResponse]
PrivateHandler: TypeAlias = Callable[[Call, Account], HttpResponse]


class Rest:
    """Answers REST calls.

    Args:
        broker: Shared with the connections.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._numbers = count(1)
        self._public = WindowBudget(broker.options.public_per_minute, 60)
        self._private: dict[str, WindowBudget] = {}
        self._swaps: dict[tuple[str, str], tuple[bytes, HttpResponse]] = {}
        private, managing = self._as_private, self._as_broker
        self._routes: tuple[tuple[str, re.Pattern[str], PublicHandler], ...] = tuple(
            (method, re.compile(path), handler)
            for method, path, handler in (
                ("GET", "/healthz()", self._health),
                ("GET", "/version()", lambda _call: _json(_VERSION)),
                ("GET", "/api/v1/time()", lambda call: _json({"serverTime": call.now // MILLISECOND})),
                ("GET", "/api/v1/balances()", private(self._balances)),
                ("POST", "/api/v1/estimate()", private(self._estimate)),
                ("POST", "/api/v1/swap()", private(self._swap)),
                ("GET", "/api/v1/orders/([^/]+)/status", private(self._order)),
                ("GET", "/broker/v1/keys()", managing(lambda call: _json(broker.keys.page(call.query)))),
                ("POST", "/broker/v1/keys()", managing(lambda call: _json(broker.keys.create(call.request.body, call.now), 201))),
                ("GET", "/broker/v1/keys/([^/]+)", managing(lambda call: _json(broker.keys.get(call.handle).shown()))),
                ("DELETE", "/broker/v1/keys/([^/]+)", managing(self._delete_key)),
            )
        )

    def answer(self, request: HttpRequest, now: Nanos) -> HttpResponse:
        """Answer a call; see ``wire.protocol.ServerVenue.http``."""
        try:
            if (fault := self._broker.faults.take_rest_refusal()) is not None:
                return self._faulty(*fault)
            return self._route(request, now)
        except Refusal as refused:
            return self._error(refused)

    def _faulty(self, status: int, retry_after: int) -> HttpResponse:
        text, code = ("Rate limit exceeded", "RATE_LIMIT") if status == 429 else ("Internal error", "INTERNAL_ERROR")
        response = self._error(Refusal(text, code, status))
        return msgspec.structs.replace(response, headers=_JSON | {"Retry-After": str(retry_after)})

    def _route(self, request: HttpRequest, now: Nanos) -> HttpResponse:
        path, _, query = request.target.partition("?")
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(path) if method == request.method else None
            if found is not None:
                headers = {name.lower(): _encodable(value) for name, value in request.headers.items()}
                self._spend(headers.get("x-api-key"), now)
                return handler(Call(request, headers, dict(parse_qsl(query)), unquote(found[1]), now))
        raise Refusal(*refusal.NOT_FOUND)

    def _spend(self, key: str | None, now: Nanos) -> None:
        budget = self._public
        if key is not None:
            budget = self._private.setdefault(key, WindowBudget(self._broker.options.private_per_minute, 60))
        if budget.ready_at(now, 1) > now:
            raise Refusal(*refusal.RATE_LIMIT)
        budget.spend(now, 1)

    def _error(self, refused: Refusal) -> HttpResponse:
        request_id = str(uuid.UUID(int=next(self._numbers)))
        body = {"code": refused.code, "message": refused.text, "request_id": request_id}
        if self._broker.options.camel_request_id:
            body["requestId"] = request_id
        return _json(body, refused.status)

    # Who may call

    def _as_private(self, handler: PrivateHandler) -> PublicHandler:
        return lambda call: handler(call, self._authenticated(call))

    def _authenticated(self, call: Call) -> Account:
        key = call.headers.get("x-api-key")
        if not key:
            raise Refusal(*refusal.MISSING_KEY)
        account = self._broker.keys.account(key, call.now)
        if account is None:
            raise Refusal(*refusal.BAD_KEY)
        timestamp = call.headers.get("x-api-timestamp", "")
        signed = Signed(
            method=call.request.method,
            path=_encodable(call.request.target),
            ts=int(timestamp) if _MILLISECONDS.fullmatch(timestamp) else None,
            nonce=call.headers.get("x-api-nonce"),
            sig=call.headers.get("x-api-sign"),
            body=call.request.body,
        )
        self._broker.verifier.check(account, signed, call.now)
        return account

    def _as_broker(self, handler: PublicHandler) -> PublicHandler:
        def checked(call: Call) -> HttpResponse:
            expected = f"Bearer {self._broker.options.broker_token}"
            if not hmac.compare_digest(call.headers.get("authorization", "").encode(), expected.encode()):
                raise Refusal(*refusal.BAD_TOKEN)
            return handler(call)

        return checked

    # The calls

    def _health(self, call: Call) -> HttpResponse:
        return _json({"status": "ok", "time": call.now // MILLISECOND})

    def _balances(self, _call: Call, account: Account) -> HttpResponse:
        return _json({"balances": self._broker.balances.rows(account.name)})

    def _estimate(self, call: Call, _account: Account) -> HttpResponse:
        return _json(self._broker.prices.estimate(parse_swap(call.request.body, REST_STYLES), call.now))

    def _swap(self, call: Call, account: Account) -> HttpResponse:
        """The same idempotency key with the same body is the same swap; its first answer is given again."""
        key = call.headers.get("idempotency-key", "")
        if key and (before := self._swaps.get((account.name, key))) is not None:
            body, response = before
            if body != call.request.body:
                raise Refusal(*refusal.DUPLICATE)
            return response
        response = _json(self._broker.swap(account, parse_swap(call.request.body, REST_STYLES), call.now))
        if key:
            self._swaps[account.name, key] = (call.request.body, response)
        self._broker.announce_balances(account.name)
        return response

    def _order(self, call: Call, account: Account) -> HttpResponse:
        order = self._broker.desk.find(account, call.handle, call.query.get("clientOrderId", ""))
        return _json(self._broker.desk.state(order, client_order_id=True))

    def _delete_key(self, call: Call) -> HttpResponse:
        self._broker.keys.delete(call.handle)
        return HttpResponse(204, b"")


def _encodable(text: str) -> str:
    """Replace what stands for bytes that are no UTF-8: it is in no request that was signed properly."""
    return text.encode(errors="replace").decode()


def _json(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(status, msgspec.json.encode(value), _JSON)
