import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from theone_desk import (
    KEY,
    OTHER_KEY,
    OTHER_SECRET,
    SECRET,
    START_MS,
    ServerBench,
    ServerConnection,
    only,
    vector,
)

from tradewire.venues.backend import Account
from tradewire.wire.protocol import Ping

SWAP = '{"amountIn":"1.5","assetIn":"ETH","assetOut":"USDT"}'


def connected(**options: Any) -> ServerConnection:
    return ServerBench(**options).connect(KEY, SECRET)


def error(text: str) -> list[dict[str, Any]]:
    return [{"error": text}]


# Step 1 and 2: frames


def test_a_frame_that_is_too_large_ends_the_connection() -> None:
    connection = connected()
    connection.say(b" " * 65_536)
    assert connection.heard() == error("Invalid message format")
    connection.say(b" " * 65_537)
    assert connection.closing() == 1009
    connection.say(b"{}")
    assert connection.session.take_outputs() == [], "nothing is said after the close"
    assert connection.session.next_tick() is None


@pytest.mark.parametrize("frame", ["", "{", "[]", "7", "null", "{}", '{"op":7}', '{"op":""}', '{"op":null}', "[" * 60_000])
def test_a_frame_that_is_no_message_is_refused_and_the_connection_lives(frame: str) -> None:
    connection = connected()
    connection.say(frame)
    assert connection.heard() == error("Invalid message format")
    assert only(connection.ask("balances"))["op"] == "balances"


def test_binary_frames_are_refused() -> None:
    connection = connected()
    connection.say(b'{"op":"subscribe","ch":"balances"}', binary=True)
    assert connection.heard() == error("Invalid message format")


def test_trailing_white_space_is_no_matter() -> None:
    connection = connected()
    connection.say(b'{"op":"subscribe","ch":"balances"}\n')
    assert only(connection.heard())["op"] == "subscribe"


# Step 3 and 4


@pytest.mark.parametrize("op", ["balances", "subscribe", "dance"])
def test_nothing_is_accepted_before_the_login(op: str) -> None:
    connection = ServerBench().connect()
    connection.say(json.dumps({"op": op, "ch": "balances"}))
    assert connection.heard() == error("Not authenticated")


def test_an_unknown_operation_is_named_as_it_came() -> None:
    connection = connected()
    connection.say('{"op":"Dance"}')
    assert connection.heard() == error("Unknown operation: Dance")


# Step 5: the login


def test_the_vectors_login_is_accepted() -> None:
    connection = ServerBench().connect()
    connection.say(vector("ws-auth-derived")["frame"])
    assert connection.heard() == [{"op": "auth", "data": {"status": "authenticated"}}]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"key": "unknown"}, "Invalid API key"),
        ({"key": 7}, "Invalid API key"),
        ({"key": "unknown", "ts": 1}, "Invalid API key"),
        ({"ts": START_MS - 30_001, "sig": "bad"}, "Request timestamp outside allowed window"),
        ({"sig": "bad", "nonce": ""}, "Invalid signature"),
        ({"nonce": "a\nb"}, "Nonce has already been used or is expired"),
    ],
)
def test_checks_of_the_login_come_in_this_order(changes: dict[str, Any], text: str) -> None:
    bench = ServerBench()
    connection = bench.connect()
    frame = json.loads(bench.login(**{name: value for name, value in changes.items() if name != "key"}))
    connection.say(json.dumps(frame | {name: value for name, value in changes.items() if name == "key"}))
    assert connection.heard() == error(text)


def test_an_inactive_key_is_no_key() -> None:
    bench = ServerBench()
    bench.ledger.accounts[KEY].active = False
    connection = bench.connect()
    connection.say(bench.login())
    assert connection.heard() == error("Invalid API key")


def test_a_second_login_is_checked_again() -> None:
    bench = ServerBench()
    connection = bench.connect(KEY, SECRET)
    frame = bench.login()
    connection.say(frame)
    assert only(connection.heard())["op"] == "auth"
    connection.say(frame)
    assert connection.heard() == error("Nonce has already been used or is expired")


def test_a_refused_login_may_end_the_connection() -> None:
    bench = ServerBench(close_on_auth_error=True)
    connection = bench.connect()
    connection.say(bench.login(sig="bad"))
    refused, close = connection.session.take_outputs()
    assert "Invalid signature" in str(refused)
    assert getattr(close, "code", None) == 1008


def test_connections_per_key_are_limited() -> None:
    bench = ServerBench(max_connections_per_key=1)
    first = bench.connect(KEY, SECRET)
    second = bench.connect()
    second.say(bench.login())
    assert second.heard() == error("Too many connections")
    first.session.closed(bench.now)
    second.say(bench.login())
    assert only(second.heard())["op"] == "auth"


# Step 6: channels


@pytest.mark.parametrize("name", ["orders:", "trades", "", "orders"])
def test_other_channels_are_refused(name: str) -> None:
    assert connected().subscribe(name) == error("Invalid channel format")


def test_subscriptions_are_acknowledged_and_may_be_repeated() -> None:
    connection = connected()
    for op, status in (("subscribe", "subscribed"), ("subscribe", "subscribed"), ("unsubscribe", "unsubscribed")):
        assert connection.subscribe("orders:any", op) == [{"op": op, "ch": "orders:any", "data": {"status": status}}]
    assert only(connection.subscribe("balances", "unsubscribe"))["data"] == {"status": "unsubscribed"}


@pytest.mark.parametrize(("options", "limit"), [({}, 100), ({"max_subscriptions": 50}, 50)])
def test_subscriptions_are_limited(options: dict[str, Any], limit: int) -> None:
    connection = connected(**options, max_messages_per_s=1000)
    for number in range(limit):
        assert "error" not in only(connection.subscribe(f"orders:{number}"))
    assert connection.subscribe("balances") == error("Subscription limit exceeded")
    assert "error" not in only(connection.subscribe("orders:0"))
    connection.subscribe("orders:0", "unsubscribe")
    assert "error" not in only(connection.subscribe("balances"))


# Step 7: signatures


def test_every_signed_operation_answers_as_documented() -> None:
    connection = connected()
    assert connection.ask("balances") == [
        {
            "op": "balances",
            "data": {
                "balances": [
                    {"asset": "USDT", "total": "100.00", "locked": "0"},
                    {"asset": "ETH", "total": "2.5", "locked": "0.5"},
                    {"asset": "BTC", "total": "0.1", "locked": "0"},
                ]
            },
        }
    ]
    estimate = only(connection.ask("estimate", '{"from":"ETH","to":"USDT","amount":"1.5","network":"ETH","filter":["gate"]}'))
    assert estimate["data"]["expectedOut"] == "3245.67"
    assert connection.ask("swap", SWAP) == [{"op": "swap", "data": {"orderId": "ord_1", "status": "PENDING"}}]
    assert connection.ask("order_status", '{"id":"ord_1"}') == [
        {"op": "order_status", "data": {"orderId": "ord_1", "status": "PENDING", "updatedAt": START_MS}}
    ]


@pytest.mark.parametrize("data", ["", "null", "{}"])
def test_balances_take_every_way_of_saying_nothing(data: str) -> None:
    assert "data" in only(connected().ask("balances", data))
    if data == "null":
        assert "data" in only(connected().ask("balances", data, hashed=""))


def test_spaces_and_escapes_inside_data_are_signed_as_sent() -> None:
    assert connected().ask("order_status", '{ "id" : "\\u0437 1" }') == error("Order not found")


def test_under_remarshal_the_member_order_is_the_servers() -> None:
    connection = connected(body_rule="remarshal")
    data = '{"from":"ETH","to":"USDT","amount":"1.5"}'
    assert connection.ask("estimate", data) == error("Invalid signature")
    ordered = '{"amount":"1.5","from":"ETH","to":"USDT"}'
    assert "data" in only(connection.ask("estimate", data, hashed=ordered))


def tampered(frame: bytes, name: str) -> bytes:
    members = json.loads(frame)
    match name:
        case "data":
            members["data"]["id"] += "x"
        case "op":
            members["op"] = "estimate"
        case "ts":
            members["ts"] += 1
        case "nonce":
            members["nonce"] += "x"
        case _:
            members["sig"] = members["sig"][:-1] + ("0" if members["sig"][-1] != "0" else "1")
    return json.dumps(members, separators=(",", ":")).encode()


@pytest.mark.parametrize("name", ["data", "op", "ts", "nonce", "sig"])
def test_any_changed_byte_breaks_the_signature(name: str) -> None:
    connection = connected()
    frame = connection.bench.signed("order_status", '{"id":"ord_1"}')
    connection.say(tampered(frame, name))
    assert connection.heard() == error("Invalid signature")
    connection.say(frame)
    assert connection.heard() == error("Order not found"), "the forgery has not burnt the nonce"


def test_the_same_bytes_are_taken_once() -> None:
    bench = ServerBench()
    first, second = bench.connect(KEY, SECRET), bench.connect(KEY, SECRET)
    frame = bench.signed("balances")
    first.say(frame)
    assert "data" in only(first.heard())
    for connection in (first, second):
        connection.say(frame)
        assert connection.heard() == error("Nonce has already been used or is expired")


def test_nonces_are_shared_with_rest() -> None:
    bench = ServerBench()
    connection = bench.connect(KEY, SECRET)
    assert "data" in only(connection.ask("balances", nonce="once"))
    status, body = bench.http("GET", "/api/v1/balances", nonce="once")
    assert (status, body["code"]) == (401, "INVALID_NONCE")


def test_a_stale_request_does_not_burn_its_nonce() -> None:
    connection = connected()
    for age in (30_001, -30_001):
        stale = connection.ask("balances", ts=START_MS + age, nonce="once")
        assert stale == error("Request timestamp outside allowed window")
    assert "data" in only(connection.ask("balances", nonce="once"))


def test_signed_operations_use_the_key_of_the_login() -> None:
    bench = ServerBench()
    connection = bench.connect(OTHER_KEY, OTHER_SECRET)
    connection.say(bench.signed("balances", secret=SECRET))
    assert connection.heard() == error("Invalid signature")


# Step 8: fields


@pytest.mark.parametrize(
    ("op", "data", "text"),
    [
        ("estimate", "", "Invalid request"),
        ("estimate", "[]", "Invalid request"),
        ("balances", "[]", "Invalid request"),
        ("swap", '{"amountIn":"1","assetIn":"ETH"}', "Invalid request"),
        ("swap", '{"amountIn":"x","assetIn":"ETH","assetOut":"USDT"}', "Invalid amount"),
        ("swap", '{"amountIn":"1","assetIn":"ETH","assetOut":"DOGE"}', "Invalid request"),
        ("swap", '{"amountIn":"2.1","assetIn":"ETH","assetOut":"USDT"}', "Insufficient balance for swap"),
        ("order_status", '{"id":"ord_1"}', "Order not found"),
    ],
)
def test_fields_are_checked_last(op: str, data: str, text: str) -> None:
    assert connected().ask(op, data) == error(text)


def test_trading_needs_the_permission() -> None:
    bench = ServerBench()
    bench.ledger.accounts[KEY] = Account(KEY, KEY, SECRET, frozenset({"read"}))
    connection = bench.connect(KEY, SECRET)
    assert "data" in only(connection.ask("estimate", SWAP))
    assert connection.ask("swap", SWAP) == error("Unauthorized")


def test_another_accounts_order_is_not_found() -> None:
    bench = ServerBench()
    owner, other = bench.connect(KEY, SECRET), bench.connect(OTHER_KEY, OTHER_SECRET)
    owner.ask("swap", SWAP)
    assert other.ask("order_status", '{"id":"ord_1"}') == error("Order not found")


def test_errors_may_name_what_they_answer() -> None:
    connection = connected(error_style="with_op")
    assert connection.subscribe("x") == [{"op": "subscribe", "ch": "x", "error": "Invalid channel format"}]
    assert connection.ask("order_status", '{"id":"1"}') == [{"op": "order_status", "error": "Order not found"}]
    connection.bench.server.faults.error_style = "bare"
    assert connection.subscribe("x") == error("Invalid channel format")


# Limits and clocks


def test_messages_per_second_are_limited() -> None:
    connection = connected(max_messages_per_s=3)
    assert ["error" in only(connection.subscribe("balances")) for _ in range(3)] == [False, False, True]
    assert connection.subscribe("balances") == error("Rate limit exceeded")
    connection.bench.wait(1)
    assert "data" in only(connection.subscribe("balances"))


def test_a_silent_connection_is_ended_after_ten_seconds() -> None:
    bench = ServerBench()
    connection = bench.connect()
    bench.wait(9.999, connection)
    assert connection.closing() is None
    bench.wait(0.001, connection)
    assert connection.closing() == 1008


def test_an_idle_connection_is_ended_after_five_minutes() -> None:
    connection = connected()
    bench = connection.bench
    bench.wait(200, connection)
    connection.say("{}")
    connection.session.ping_received(b"", bench.now)
    connection.session.pong_received(b"", bench.now)
    bench.wait(299.999, connection)
    assert connection.closing() is None
    bench.wait(0.001, connection)
    assert connection.closing() == 1001


def test_pings_may_count_as_activity() -> None:
    connection = connected(pings_count=True)
    bench = connection.bench
    bench.wait(200, connection)
    connection.session.ping_received(b"", bench.now)
    bench.wait(299, connection)
    assert connection.closing() is None


def test_the_server_pings_every_thirty_seconds() -> None:
    connection = connected()
    bench = connection.bench
    for _ in range(2):
        bench.wait(29.999, connection)
        assert connection.session.take_outputs() == []
        bench.wait(0.001, connection)
        assert connection.session.take_outputs() == [Ping()]


# Faults


def test_logins_can_be_refused_delayed_and_left_unanswered() -> None:
    bench = ServerBench()
    faults, connection = bench.server.faults, bench.connect()
    faults.refuse_login = "Invalid API key"
    connection.say(bench.login())
    assert connection.heard() == error("Invalid API key")
    faults.clear()
    faults.login_delay = 2.0
    connection.say(bench.login())
    bench.wait(1.999, connection)
    assert connection.heard() == []
    assert connection.subscribe("balances") == error("Not authenticated")
    bench.wait(0.001, connection)
    assert only(connection.heard())["op"] == "auth"
    faults.never_answer_auth = True
    connection.say(bench.login())
    assert connection.heard() == []


def test_acknowledgements_can_be_late_lost_and_doubled() -> None:
    connection = connected()
    bench, faults = connection.bench, connection.bench.server.faults
    faults.ack_delay = 1.0
    assert connection.subscribe("balances") == []
    bench.ledger.deposit(KEY, "USDT", "1")
    assert connection.heard() == [], "no push before the acknowledgement"
    bench.wait(1, connection)
    assert only(connection.heard())["op"] == "subscribe"
    faults.clear()
    faults.duplicate_ack = True
    assert len(connection.subscribe("orders:1")) == 2
    faults.clear()
    faults.drop_ack = True
    assert connection.subscribe("balances", "unsubscribe") == []
    bench.ledger.deposit(KEY, "USDT", "1")
    assert connection.heard() == []


def test_the_answer_to_a_swap_can_be_lost() -> None:
    connection = connected()
    connection.bench.server.faults.lose_swap_answers = 1
    assert connection.ask("swap", SWAP.replace("1.5", "0.5")) == []
    assert only(connection.ask("order_status", '{"id":"ord_1"}'))["data"]["status"] == "PENDING"
    assert only(connection.ask("swap", SWAP.replace("1.5", "0.5")))["data"]["orderId"] == "ord_2"


@settings(max_examples=200)
@given(st.binary(), st.booleans(), st.booleans())
def test_no_frame_makes_it_raise(frame: bytes, live: bool, binary: bool) -> None:
    bench = ServerBench()
    connection = bench.connect(KEY, SECRET) if live else bench.connect()
    connection.say(frame, binary=binary)
    assert "error" in only(connection.heard())
