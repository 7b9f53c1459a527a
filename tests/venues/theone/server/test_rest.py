import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from theone_desk import KEY, SECRET, START_MS, ServerBench, only, vector

from tradewire.wire.protocol import HttpRequest

SWAP = '{"from":"ETH","to":"USDT","amount":"0.5"}'
BEARER = {"Authorization": "Bearer test_broker_token"}


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    status, body = answer
    return status, body["code"]


def test_public_calls() -> None:
    bench = ServerBench()
    assert bench.call("GET", "/healthz") == (200, {"status": "ok", "time": START_MS})
    assert bench.call("GET", "/api/v1/time") == (200, {"serverTime": START_MS})
    status, version = bench.call("GET", "/version")
    assert (status, set(version)) == (200, {"version", "commit", "buildTime", "goVersion"})


@pytest.mark.parametrize(
    ("name", "status"), [("rest-balances-derived", 200), ("rest-estimate-derived", 200), ("rest-swap-derived", 200)]
)
def test_the_vectors_calls_are_accepted(name: str, status: int) -> None:
    item = vector(name)
    bench = ServerBench()
    request = HttpRequest(item["method"], item["path"], item["headers"], item["body"].encode())
    assert bench.server.http(request, bench.now).status == status
    assert json.loads(bench.server.http(request, bench.now).body)["code"] == "INVALID_NONCE"


@pytest.mark.parametrize("name", ["rest-order-status-derived", "rest-order-status-query-derived"])
def test_the_query_is_signed_as_sent(name: str) -> None:
    item = vector(name)
    bench = ServerBench()
    assert code(bench.call("GET", item["path"], headers=item["headers"])) == (404, "NOT_FOUND")
    changed = item["path"] + ("&" if "?" in item["path"] else "?") + "x=1"
    other = bench.call("GET", changed, headers=item["headers"])
    assert code(other) == (401, "INVALID_SIGNATURE")


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("POST", "/api/v1/time"),
        ("GET", "/api/v1/swap"),
        ("GET", "/api/v1/orders//status"),
        ("PUT", "/broker/v1/keys"),
    ],
)
def test_unknown_calls(method: str, target: str) -> None:
    assert code(ServerBench().call(method, target)) == (404, "NOT_FOUND")


def test_checks_come_in_this_order() -> None:
    bench = ServerBench()
    target = "/api/v1/balances"
    assert code(bench.call("GET", target)) == (401, "MISSING_API_KEY")
    assert code(bench.http("GET", target, key="unknown", ts=1)) == (401, "UNAUTHORIZED")
    assert code(bench.http("GET", target, ts=START_MS - 30_001, sig="bad")) == (401, "EXPIRED_REQUEST")
    assert code(bench.http("GET", target, headers={"X-Api-Timestamp": "soon"})) == (401, "EXPIRED_REQUEST")
    assert code(bench.http("GET", target, sig="bad", nonce="once")) == (401, "INVALID_SIGNATURE")
    assert bench.http("GET", target, nonce="once")[0] == 200
    assert code(bench.http("GET", target, nonce="once")) == (401, "INVALID_NONCE")
    assert code(bench.http("POST", "/api/v1/swap", "{")) == (400, "INVALID_REQUEST")
    assert code(bench.http("POST", "/api/v1/swap", SWAP.replace("0.5", "500"))) == (400, "INSUFFICIENT_BALANCE")
    assert code(bench.http("POST", "/api/v1/swap", SWAP.replace("USDT", "DOGE"))) == (400, "SWAP_ERROR")
    assert code(bench.http("GET", "/api/v1/orders/ord_9/status")) == (404, "NOT_FOUND")


def test_private_answers_have_no_envelope() -> None:
    bench = ServerBench()
    assert bench.http("GET", "/api/v1/balances")[1]["balances"][0] == {"asset": "USDT", "total": "100.00", "locked": "0"}
    assert bench.http("POST", "/api/v1/estimate", SWAP)[1]["expectedOut"] == "1081.89"
    body = '{"from":"ETH","to":"USDT","amount":"0.5","clientOrderId":"mine","slippage_bps":30,"account":""}'
    assert bench.http("POST", "/api/v1/swap", body) == (200, {"orderId": "ord_1", "status": "PENDING"})
    for target in ("/api/v1/orders/ord_1/status", "/api/v1/orders/mine/status", "/api/v1/orders/x/status?clientOrderId=mine"):
        status, order = bench.http("GET", target)
        assert (status, order["orderId"], order["clientOrderId"]) == (200, "ord_1", "mine")


def test_a_swap_over_rest_is_pushed_over_the_stream() -> None:
    bench = ServerBench()
    connection = bench.connect(KEY, SECRET)
    connection.subscribe("balances")
    bench.http("POST", "/api/v1/swap", SWAP)
    assert only(connection.heard())["ch"] == "balances"


def test_an_idempotency_key_makes_one_swap_of_many_calls() -> None:
    bench = ServerBench()
    once = {"Idempotency-Key": "once"}
    first = bench.http("POST", "/api/v1/swap", SWAP, headers=once)
    bench.wait(1)
    assert bench.http("POST", "/api/v1/swap", SWAP, headers=once) == first
    assert bench.http("POST", "/api/v1/swap", SWAP) == (200, {"orderId": "ord_2", "status": "PENDING"})
    assert code(bench.http("POST", "/api/v1/swap", SWAP.replace("0.5", "0.6"), headers=once)) == (409, "DUPLICATE_REQUEST")


def test_a_refused_swap_does_not_use_up_its_idempotency_key() -> None:
    bench = ServerBench()
    once = {"Idempotency-Key": "once"}
    assert bench.http("POST", "/api/v1/swap", SWAP.replace("0.5", "500"), headers=once)[0] == 400
    assert bench.http("POST", "/api/v1/swap", SWAP, headers=once)[0] == 200


def test_a_client_order_id_is_used_once() -> None:
    bench = ServerBench()
    body = SWAP.replace("}", ',"clientOrderId":"mine"}')
    assert bench.http("POST", "/api/v1/swap", body)[0] == 200
    assert code(bench.http("POST", "/api/v1/swap", body)) == (409, "DUPLICATE_REQUEST")


def test_rates_are_limited_by_the_minute() -> None:
    bench = ServerBench(public_per_minute=2, private_per_minute=1)
    assert [bench.call("GET", "/healthz")[0] for _ in range(3)] == [200, 200, 429]
    assert bench.http("GET", "/api/v1/balances")[0] == 200
    assert code(bench.http("GET", "/api/v1/balances")) == (429, "RATE_LIMIT")
    bench.wait(60)
    assert bench.call("GET", "/healthz")[0] == 200
    assert bench.http("GET", "/api/v1/balances")[0] == 200


def test_errors_carry_a_request_id_in_one_or_both_spellings() -> None:
    _, first = ServerBench().call("GET", "/")
    assert first.keys() == {"code", "message", "request_id"}
    _, both = ServerBench(camel_request_id=True).call("GET", "/")
    assert both["requestId"] == both["request_id"]


def test_calls_can_be_made_to_fail() -> None:
    bench = ServerBench()
    bench.server.faults.refuse_rest(429, count=1, retry_after=7)
    bench.server.faults.refuse_rest(503)
    response = bench.server.http(HttpRequest("GET", "/healthz"), bench.now)
    assert (response.status, response.headers["Retry-After"]) == (429, "7")
    assert code(bench.call("GET", "/healthz")) == (503, "INTERNAL_ERROR")
    assert bench.call("GET", "/healthz")[0] == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "test_broker_token"}])
def test_keys_need_the_bearer_token(headers: dict[str, str]) -> None:
    assert code(ServerBench().call("GET", "/broker/v1/keys", headers=headers)) == (401, "UNAUTHORIZED")


def test_the_life_of_a_key() -> None:
    bench = ServerBench()
    status, made = bench.call("POST", "/broker/v1/keys", '{"name":"desk","permissions":["read","trade"]}', BEARER)
    assert status == 201
    connection = bench.connect(made["key"], made["secret"])
    assert "data" in only(connection.ask("balances"))
    assert bench.http("POST", "/api/v1/swap", SWAP, key=made["key"], secret=made["secret"])[0] == 200
    status, page = bench.call("GET", "/broker/v1/keys?limit=5&offset=0", headers=BEARER)
    assert (status, page["pagination"]) == (200, {"count": 1, "limit": 5, "offset": 0})
    target = f"/broker/v1/keys/{made['uuid']}"
    assert bench.call("GET", target, headers=BEARER)[1]["key"] == made["key"]
    assert bench.call("DELETE", target, headers=BEARER) == (204, None)
    assert bench.call("GET", target, headers=BEARER)[0] == 404
    assert code(bench.http("GET", "/api/v1/balances", key=made["key"], secret=made["secret"])) == (401, "UNAUTHORIZED")
    assert code(bench.call("POST", "/broker/v1/keys", "{}", BEARER)) == (400, "INVALID_REQUEST")


headers = st.dictionaries(
    st.sampled_from(["X-API-KEY", "X-API-TIMESTAMP", "X-API-NONCE", "X-API-SIGN", "Authorization", "Idempotency-Key"]),
    st.sampled_from([KEY, str(START_MS), BEARER["Authorization"], "\udcff", "9" * 5000]) | st.text(),
)
targets = st.sampled_from(
    ["/api/v1/balances", "/api/v1/swap", "/api/v1/orders/%ff/status", "/broker/v1/keys?limit=" + "9" * 5000, "//[", "\udcff", ""]
)


@given(st.sampled_from(["GET", "POST", "DELETE", ""]), targets | st.text(), headers, st.binary())
def test_no_call_makes_it_raise(method: str, target: str, headers: dict[str, str], body: bytes) -> None:
    bench = ServerBench()
    response = bench.server.http(HttpRequest(method, target, headers, body), bench.now)
    assert json.loads(response.body)
