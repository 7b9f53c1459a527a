"""TheOne's REST calls as a table (API_DOCUMENTATION_EN.md).

Parameters carry the names of the operations (``amount_in``, ``asset_in``, ``order_id``, …). Private calls are signed over the
request target and the body exactly as sent; key management takes the option ``broker_token`` instead of a signature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from tradewire.errors import ConfigurationError, RemoteProtocolError
from tradewire.model.operations import EstimateSwap, ExecuteSwap, GetBalances, GetSwap, Operation
from tradewire.model.secret import Secret
from tradewire.model.time import MILLISECOND, Nanos
from tradewire.venues.spec import Endpoint, RestContext
from tradewire.venues.theone import auth
from tradewire.venues.theone.messages import VENUE
from tradewire.venues.theone.operations import REST_FIELDS, Unreadable, build, parse_answer
from tradewire.venues.theone.refusals import error_of
from tradewire.wire.protocol import HttpRequest, HttpResponse

T = TypeVar("T")
Params = Mapping[str, Any]
JSON_TYPE = {"Content-Type": "application/json"}


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A broker key: ``{"uuid":"…","key":"ak_…","name":"desk","is_active":true,"permissions":["read"],…}``.

    Attributes:
        secret: Given once, in the answer that creates the key.
        created_at: RFC 3339, like the other times.
    """

    uuid: str
    key: str
    name: str = ""
    description: str = ""
    is_active: bool = True
    permissions: tuple[str, ...] = ()
    secret: Secret | None = None
    created_at: str = ""
    updated_at: str | None = None
    last_used_at: str | None = None
    expires_at: str | None = None
    metadata: dict[str, Any] | None = None


def signed_request(context: RestContext, method: str, target: str, body: bytes = b"") -> HttpRequest:
    """Return a private request, signed over exactly ``target`` and ``body``.

    Raises:
        ConfigurationError: There are no credentials.
    """
    if context.credentials is None:
        raise ConfigurationError("this call is private; give credentials (BROKER_API_KEY, BROKER_SECRET_KEY)", venue=VENUE)
    signer = auth.signer_of(context.credentials, context.options.get("key_mode", auth.DERIVED))
    stamp = auth.Stamp(context.now // MILLISECOND, context.nonce())
    headers = JSON_TYPE | {
        "X-API-KEY": context.credentials.key,
        "X-API-TIMESTAMP": str(stamp.timestamp),
        "X-API-NONCE": stamp.nonce,
        "X-API-SIGN": auth.signature(signer, method, target, stamp, body),
    }
    return HttpRequest(method, target, headers, body)


def _public(target: str) -> Callable[[Params, RestContext], HttpRequest]:
    return lambda _params, _context: HttpRequest("GET", target)


def _build_balances(_params: Params, context: RestContext) -> HttpRequest:
    return signed_request(context, "GET", "/api/v1/balances")


def _build_estimate(params: Params, context: RestContext) -> HttpRequest:
    return signed_request(context, "POST", "/api/v1/estimate", _body(EstimateSwap(**params)))


def _build_swap(params: Params, context: RestContext) -> HttpRequest:
    """The extra parameter ``idempotency_key`` makes a repeated call safe; without it a fresh one is made."""
    fields = dict(params)
    key = fields.pop("idempotency_key", "") or f"swap_{context.nonce()}"
    request = signed_request(context, "POST", "/api/v1/swap", _body(ExecuteSwap(**fields)))
    return msgspec.structs.replace(request, headers={**request.headers, "Idempotency-Key": key})


def _build_order_status(params: Params, context: RestContext) -> HttpRequest:
    """``order_id`` may itself be a client order id; ``client_order_id`` is an optional second handle."""
    target = f"/api/v1/orders/{quote(params['order_id'], safe='')}/status"
    if client_order_id := params.get("client_order_id"):
        target += f"?clientOrderId={quote(client_order_id, safe='')}"
    return signed_request(context, "GET", target)


def _body(operation: Operation) -> bytes:
    _, data = build(operation, REST_FIELDS)
    return auth.compact(data)


def _bearer(context: RestContext, method: str, target: str, body: bytes = b"") -> HttpRequest:
    token = context.options.get("broker_token")
    if not token:
        raise ConfigurationError("key management needs the option broker_token", venue=VENUE)
    text = token.reveal() if isinstance(token, Secret) else token
    return HttpRequest(method, target, JSON_TYPE | {"Authorization": f"Bearer {text}"}, body)


def _build_keys_list(params: Params, context: RestContext) -> HttpRequest:
    query = urlencode({"limit": params.get("limit", 20), "offset": params.get("offset", 0)})
    return _bearer(context, "GET", f"/broker/v1/keys?{query}")


def _build_keys_create(params: Params, context: RestContext) -> HttpRequest:
    return _bearer(context, "POST", "/broker/v1/keys", auth.compact(dict(params)))


def _key_call(method: str) -> Callable[[Params, RestContext], HttpRequest]:
    return lambda params, context: _bearer(context, method, f"/broker/v1/keys/{quote(params['uuid'], safe='')}")


def _answer_to(operation: type[Operation]) -> Callable[[HttpResponse], Any]:
    """Over REST an answer is the WebSocket's ``data`` without its envelope.

    A parsed ``SwapUpdate`` has no moment of receipt: ``received`` is 0.
    """

    def parse(response: HttpResponse) -> Any:
        _refuse_error_body(response)
        try:
            return parse_answer(operation, response.body, 0)
        except Unreadable as error:
            raise RemoteProtocolError(str(error), raw=response.body, venue=VENUE) from None

    return parse


def _refuse_error_body(response: HttpResponse) -> None:
    """A success status may carry an error body; the broker's own clients look for ``code`` and ``message`` too."""
    members = _decoded(response, dict[str, Any])
    if "code" in members and "message" in members:
        raise error_of(response)


def _decoded(response: HttpResponse, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.body, type=kind, dec_hook=_secret)
    except (ValueError, RecursionError) as error:
        raise RemoteProtocolError(str(error), raw=response.body, venue=VENUE) from None


def _secret(kind: type[Any], value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise NotImplementedError(kind)


class _Time(msgspec.Struct, rename="camel"):
    server_time: int


class _Keys(msgspec.Struct):
    api_keys: tuple[ApiKey, ...]


def _parse_time(response: HttpResponse) -> Nanos:
    return _decoded(response, _Time).server_time * MILLISECOND


def _parse_object(response: HttpResponse) -> dict[str, Any]:
    return _decoded(response, dict[str, Any])


def _parse_keys(response: HttpResponse) -> tuple[ApiKey, ...]:
    return _decoded(response, _Keys).api_keys


def _parse_key(response: HttpResponse) -> ApiKey:
    return _decoded(response, ApiKey)


ENDPOINTS: Mapping[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint("time", _public("/api/v1/time"), _parse_time),
        Endpoint("health", _public("/healthz"), _parse_object),
        Endpoint("version", _public("/version"), _parse_object),
        Endpoint("balances", _build_balances, _answer_to(GetBalances), signed=True),
        Endpoint("estimate", _build_estimate, _answer_to(EstimateSwap), signed=True),
        Endpoint("swap", _build_swap, _answer_to(ExecuteSwap), signed=True, idempotent=False),
        Endpoint("order_status", _build_order_status, _answer_to(GetSwap), signed=True),
        Endpoint("keys.list", _build_keys_list, _parse_keys),
        Endpoint("keys.create", _build_keys_create, _parse_key, idempotent=False),
        Endpoint("keys.get", _key_call("GET"), _parse_key),
        Endpoint("keys.delete", _key_call("DELETE"), lambda _response: None),
    )
}
