from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tradewire.errors import ConfigurationError, ConnectFailed, InvalidOrder, OutcomeUnknown, RequestTimeout, UnknownOrder
from tradewire.facades.broker import APIError, Balance, BrokerClient
from tradewire.venues.theone import auth
from tradewire.wire.signing import Hmac

SIGNER = auth.signer_of(Hmac("test_key_1", "test_secret_1"), auth.DERIVED)


class Api(HTTPServer):
    """Answers every request with ``status`` and ``answer``; without an answer it hangs up."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.answer: Any = {}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def verify(self) -> None:
        """Check the signature of the last request over exactly what was received."""
        method, target, headers, body = self.requests[-1]
        stamp = auth.Stamp(headers["X-API-TIMESTAMP"], headers["X-API-NONCE"])
        assert headers["X-API-SIGN"] == auth.signature(SIGNER, method, target, stamp, body)
        assert headers["X-API-KEY"] == "test_key_1"
        assert "X-API-SECRET" not in headers


class _Handler(BaseHTTPRequestHandler):
    server: Api

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        if self.server.answer is None:
            self.close_connection = True
            return
        content = json.dumps(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815 - the standard library's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - likewise
        """Be quiet."""


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(api: Api) -> BrokerClient:
    return BrokerClient("test_key_1", "test_secret_1", api.url + "/", timeout=5)


def test_balances_keep_the_brokers_text(api: Api, client: BrokerClient) -> None:
    api.answer = {"balances": [{"asset": "USDT", "total": "100.00", "locked": "0"}]}
    assert client.get_balances() == [Balance("USDT", "100.00", "0")]
    assert repr(client.get_balances()[0]) == "Balance(asset='USDT', total='100.00', locked='0')"
    assert api.requests[0][:2] == ("GET", "/api/v1/balances")
    api.verify()


def test_an_estimate_needs_no_account(api: Api, client: BrokerClient) -> None:
    api.answer = {"price": "2163.78", "expectedOut": "3245.67", "fee": "0.003", "expiresAt": 1732526400000, "route": []}
    assert client.estimate_swap("ETH", "USDT", "1.5") == api.answer
    client.estimate_swap("ETH", "USDT", "1.5", "ETH", "a", filter_sources=["gate"])
    api.verify()
    bodies = [json.loads(body) for *_, body in api.requests]
    assert bodies[0] == {"from": "ETH", "to": "USDT", "amount": "1.5"}
    assert bodies[1] == bodies[0] | {"network": "ETH", "account": "a", "filter": ["gate"]}


def test_a_swap_in_the_original_argument_order(api: Api, client: BrokerClient) -> None:
    api.answer = {"orderId": "ord_1", "status": "PENDING"}
    assert client.swap("ETH", "USDT", "1.5", "acc", 30, "key_1", "client_ord_123") == api.answer
    api.verify()
    method, target, headers, body = api.requests[-1]
    assert (method, target, headers["Idempotency-Key"]) == ("POST", "/api/v1/swap", "key_1")
    assert json.loads(body) == {
        "account": "acc",
        "amount": "1.5",
        "clientOrderId": "client_ord_123",
        "from": "ETH",
        "slippage_bps": 30,
        "to": "USDT",
    }
    client.swap("ETH", "USDT", "1.5")
    client.swap("ETH", "USDT", "1.5")
    keys = {headers["Idempotency-Key"] for *_, headers, _ in api.requests}
    assert len(keys) == 3


def test_order_ids_are_encoded_before_they_are_signed(api: Api, client: BrokerClient) -> None:
    api.answer = {"orderId": "a/b", "status": "FILLED"}
    assert client.get_order_status("a/b", "my order/1") == api.answer
    assert api.requests[-1][1] == "/api/v1/orders/a%2Fb/status?clientOrderId=my%20order%2F1"
    api.verify()


@pytest.mark.parametrize(("status", "member"), [(404, "request_id"), (404, "requestId"), (200, "request_id")])
def test_an_error_has_the_documented_text_whatever_the_status(api: Api, client: BrokerClient, status: int, member: str) -> None:
    api.status, api.answer = status, {"code": "NOT_FOUND", "message": "no such order", member: "req_1"}
    with pytest.raises(APIError) as caught:
        client.get_order_status("ord_1")
    error = caught.value
    assert str(error) == "API Error [NOT_FOUND]: no such order (RequestID: req_1)"
    assert (error.code, error.message, error.request_id) == ("NOT_FOUND", "no such order", "req_1")
    assert isinstance(error.__cause__, UnknownOrder)


def test_an_answer_that_is_no_json_is_an_api_error(api: Api, client: BrokerClient) -> None:
    api.status, api.answer = 502, "bad gateway"
    with pytest.raises(APIError, match="HTTP 502"):
        client.get_balances()


def test_a_call_without_an_answer_says_whether_it_may_have_happened(api: Api, client: BrokerClient) -> None:
    api.answer = None
    with pytest.raises(RequestTimeout, match="GET /api/v1/balances"):
        client.get_balances()
    with pytest.raises(OutcomeUnknown) as caught:
        client.swap("ETH", "USDT", "1.5", idempotency_key="key_1")
    assert caught.value.request_id == "key_1"


def test_a_closed_port_is_a_failed_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ConnectFailed, match="cannot connect"):
        BrokerClient("k", "s", f"http://127.0.0.1:{port}").get_balances()


def test_what_no_broker_could_take_is_not_sent(api: Api, client: BrokerClient) -> None:
    with pytest.raises(InvalidOrder):
        client.swap("ETH", "USDT", "0")
    assert api.requests == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("", "s", "http://h"), "api_key"),
        (("k", "", "http://h"), "secret_key"),
        (("k", "s", ""), "base_url"),
        (("k", "s", "h"), "URL"),
    ],
)
def test_a_wrong_argument_is_named(arguments: tuple[str, str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        BrokerClient(*arguments)


def test_the_time_limit_is_30_seconds_and_is_used(api: Api) -> None:
    client = BrokerClient("k", "s", api.url)
    assert client.timeout == 30.0
    assert client._connection().timeout == 30.0


def test_nothing_is_printed_and_the_secret_is_not_shown(
    api: Api, client: BrokerClient, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answer = {"balances": []}
    client.get_balances()
    assert capsys.readouterr() == ("", "")
    assert "test_secret_1" not in repr(client) + repr(vars(client))
    assert hashlib.sha256(b"").hexdigest() not in str(api.requests[-1][2])
