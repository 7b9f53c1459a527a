import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from theone_desk import START, START_MS, VECTORS, ServerBench, rest_context

from tradewire.errors import ConfigurationError, InsufficientBalance, InvalidOrder, Rejected, RemoteProtocolError, UnknownOrder
from tradewire.model.events import SwapStatus
from tradewire.model.operations import SwapReceipt
from tradewire.model.secret import Secret
from tradewire.venues.spec import RestContext
from tradewire.venues.theone.refusals import error_of
from tradewire.venues.theone.rest import ENDPOINTS, ApiKey, signed_request
from tradewire.wire.protocol import HttpRequest, HttpResponse
from tradewire.wire.signing import Hmac

TOKEN = "test_broker_token"


def built(name: str, **params: Any) -> HttpRequest:
    return ENDPOINTS[name].build(params, rest_context(broker_token=TOKEN))


def parsed(name: str, body: str) -> Any:
    return ENDPOINTS[name].parse(HttpResponse(200, body.encode()))


@pytest.mark.parametrize(
    "item", [item for item in VECTORS["vectors"] if item["kind"] == "rest"], ids=lambda item: str(item["id"])
)
def test_headers_are_those_of_the_vectors(item: dict[str, Any]) -> None:
    credentials = Hmac(item["api_key"], item["secret"])
    context = rest_context(nonce=item["nonce"], credentials=credentials, key_mode=item["mode"])
    request = signed_request(context, item["method"], item["path"], item["body"].encode())
    assert request.headers == {name: value for name, value in item["headers"].items() if name != "Idempotency-Key"}
    assert (request.method, request.target, request.body) == (item["method"], item["path"], item["body"].encode())


@pytest.mark.parametrize(("name", "target"), [("time", "/api/v1/time"), ("health", "/healthz"), ("version", "/version")])
def test_public_calls_are_not_signed(name: str, target: str) -> None:
    assert built(name) == HttpRequest("GET", target)


def test_the_body_that_is_signed_is_the_body_that_is_sent() -> None:
    request = built("estimate", amount_in="1.5", asset_in="ETH", asset_out="USDT", sources=("gate",), network="ETH")
    assert (request.method, request.target) == ("POST", "/api/v1/estimate")
    assert request.body == b'{"amount":"1.5","filter":["gate"],"from":"ETH","network":"ETH","to":"USDT"}'
    again = signed_request(rest_context(), "POST", "/api/v1/estimate", request.body)
    assert request.headers == again.headers


def test_a_swap_has_an_idempotency_key() -> None:
    swap = {"amount_in": "1.5", "asset_in": "ETH", "asset_out": "USDT", "slippage_bps": 30, "client_order_id": "mine"}
    assert built("swap", **swap, idempotency_key="once").headers["Idempotency-Key"] == "once"
    assert built("swap", **swap).headers["Idempotency-Key"] == "swap_r1"
    assert json.loads(built("swap", **swap).body)["slippage_bps"] == 30
    assert not ENDPOINTS["swap"].idempotent


def test_handles_are_percent_encoded_before_they_are_signed() -> None:
    request = built("order_status", order_id="a/b?c", client_order_id="my order/1")
    assert request.target == "/api/v1/orders/a%2Fb%3Fc/status?clientOrderId=my%20order%2F1"
    assert urlsplit(request.target).path.count("/") == 5


def test_the_secret_is_never_sent() -> None:
    for name, params in (("balances", {}), ("order_status", {"order_id": "1"})):
        request = built(name, **params)
        assert "test_secret_1" not in repr(request)


def test_a_private_call_needs_credentials() -> None:
    context = RestContext(now=START, credentials=None, nonce=lambda: "n", options={})
    with pytest.raises(ConfigurationError, match="BROKER_API_KEY"):
        ENDPOINTS["balances"].build({}, context)


def test_a_bad_amount_never_leaves() -> None:
    with pytest.raises(InvalidOrder):
        built("swap", amount_in="abc", asset_in="ETH", asset_out="USDT")


def test_answers() -> None:
    assert parsed("time", '{"serverTime":1732526400000}') == START
    assert parsed("health", '{"status":"ok","time":1}') == {"status": "ok", "time": 1}
    assert parsed("swap", '{"orderId":"ord_123456","status":"PENDING"}') == SwapReceipt("ord_123456", SwapStatus.PENDING)
    assert parsed("order_status", '{"orderId":"o","status":"FILLED"}').status is SwapStatus.FILLED
    assert len(parsed("balances", '{"balances":[{"asset":"USDT","total":"1","locked":"0"}]}')) == 1


@pytest.mark.parametrize(("name", "body"), [("time", "{}"), ("swap", "{}"), ("health", "[]"), ("balances", "<html>")])
def test_an_unreadable_answer_keeps_its_bytes(name: str, body: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        parsed(name, body)
    assert caught.value.raw == body.encode()


def test_an_error_in_a_success_is_an_error() -> None:
    with pytest.raises(InsufficientBalance, match="for swap"):
        parsed("swap", '{"code":"INSUFFICIENT_BALANCE","message":"Insufficient balance for swap"}')


def test_key_management_uses_the_token() -> None:
    request = built("keys.list", limit=5)
    assert request.target == "/broker/v1/keys?limit=5&offset=0"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "X-API-SIGN" not in request.headers
    secret = ENDPOINTS["keys.get"].build({"uuid": "u/1"}, rest_context(broker_token=Secret(TOKEN)))
    assert (secret.target, secret.headers["Authorization"]) == ("/broker/v1/keys/u%2F1", f"Bearer {TOKEN}")
    with pytest.raises(ConfigurationError, match="broker_token"):
        ENDPOINTS["keys.list"].build({}, rest_context())


def test_a_created_key_does_not_show_its_secret() -> None:
    key = parsed("keys.create", '{"uuid":"u","key":"ak_1","secret":"hush","permissions":["read"],"new":1}')
    assert isinstance(key, ApiKey)
    assert key.secret == Secret("hush")
    assert "hush" not in repr(key)


class Joined:
    """The endpoint table and the simulated broker, back to back."""

    def __init__(self) -> None:
        self.bench = ServerBench()
        self.calls = 0

    def __call__(self, name: str, /, **params: Any) -> Any:
        self.calls += 1
        endpoint = ENDPOINTS[name]
        request = endpoint.build(params, rest_context(self.bench.now, nonce=f"j{self.calls}", broker_token=TOKEN))
        response = self.bench.server.http(request, self.bench.now)
        if response.status // 100 != 2:
            raise error_of(response)
        return endpoint.parse(response)


def test_both_halves_joined() -> None:
    call = Joined()
    assert call("time") == START
    assert call("health") == {"status": "ok", "time": START_MS}
    assert str(call("estimate", amount_in="1.5", asset_in="ETH", asset_out="USDT").expected_out) == "3245.67"
    swap = {"amount_in": "1.5", "asset_in": "ETH", "asset_out": "USDT", "client_order_id": "my order/1"}
    receipt = call("swap", **swap, idempotency_key="once")
    assert call("swap", **swap, idempotency_key="once") == receipt
    call.bench.wait(1)
    assert call("order_status", order_id="my order/1") == call("order_status", order_id=receipt.order_id)
    assert call("order_status", order_id=receipt.order_id).status is SwapStatus.FILLED
    with pytest.raises(UnknownOrder):
        call("order_status", order_id="other")
    with pytest.raises(InsufficientBalance, match="Insufficient balance for swap"):
        call("swap", amount_in="500", asset_in="ETH", asset_out="USDT")


def test_keys_joined() -> None:
    call = Joined()
    made = call("keys.create", name="desk", permissions=["read", "trade"])
    assert made.secret is not None
    (listed,) = call("keys.list")
    assert (listed.uuid, listed.secret) == (made.uuid, None)
    assert call("keys.get", uuid=made.uuid).key == made.key
    assert call("keys.delete", uuid=made.uuid) is None
    with pytest.raises(Rejected):
        call("keys.get", uuid=made.uuid)
