import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from theone_desk import KEY, START, START_MS, ClientBench, context, only, vector

from tradewire.errors import (
    ConfigurationError,
    InsufficientBalance,
    InvalidOrder,
    LinkLost,
    LocalProtocolError,
    NotConnected,
    OutcomeUnknown,
    RequestTimeout,
    SubscriptionRefused,
    TradewireError,
    UnknownOrder,
    Unsupported,
)
from tradewire.model.channels import Balances, SwapOrders, Trades
from tradewire.model.events import BalanceUpdate, SwapStatus, SwapUpdate, Unrecognised
from tradewire.model.operations import (
    EstimateSwap,
    ExecuteSwap,
    GetBalances,
    GetSwap,
    ListSubscriptions,
    Operation,
    RawOperation,
    Subscribe,
    SwapReceipt,
    Unsubscribe,
)
from tradewire.model.time import SECOND
from tradewire.venues.spec import ClientContext
from tradewire.venues.theone.client import ANSWER_LOST, KEEP_ALIVE_AFTER, LARGEST_FRAME, TheOneClient
from tradewire.wire.control import Answered, Confirmed, Denied, Failed, LoginFailed, Ready, Withdrawn
from tradewire.wire.protocol import Close, Frame, HttpReply
from tradewire.wire.signing import Hmac

ESTIMATE = EstimateSwap("100", "ETH", "USDT")
SWAP = ExecuteSwap("100", "ETH", "USDT")
NO_BALANCES = '{"op":"balances","data":{"balances":[]}}'


def failure(bench: ClientBench) -> TradewireError:
    item = only(bench.heard())
    assert isinstance(item, Failed | Denied)
    return item.error


# Logging in


def test_the_login_is_the_vectors_frame_and_goes_first() -> None:
    item = vector("ws-auth-derived")
    client = TheOneClient(ClientContext(Hmac(KEY, item["secret"]), lambda: item["nonce"], lambda: 0, {}, {}))
    client.connected(START, lambda _: None)
    output = only(client.take_outputs())
    assert isinstance(output, Frame)
    assert output.urgent
    assert callable(output.payload)
    assert output.payload(START).decode() == item["frame"]


def test_the_stamp_is_taken_at_the_moment_of_writing_by_the_brokers_clock() -> None:
    client = TheOneClient(ClientContext(Hmac(KEY, "s"), lambda: "n", lambda: 5 * SECOND, {}, {}))
    bench = ClientBench(client)
    client.connected(bench.now, bench.emitted.append)
    bench.now += 60 * SECOND
    assert only(bench.sent())["ts"] == START_MS + 65_000


@pytest.mark.parametrize(
    "answer",
    ['{"op":"auth","data":{"status":"authenticated"}}', '{"op":"auth"}', '{"op":"auth","data":null,"error":""}\n'],
)
def test_a_login_without_error_is_a_success(answer: str) -> None:
    bench = ClientBench()
    bench.hear(answer)
    assert bench.heard() == [Ready()]


@pytest.mark.parametrize(
    ("answer", "text", "retryable"),
    [
        ('{"error":"Invalid signature"}', "Invalid signature", False),
        ('{"op":"auth","error":"Invalid API key"}', "Invalid API key", False),
        ('{"error":"Request timestamp outside allowed window"}', "Request timestamp outside allowed window", True),
        ('{"error":"Nonce has already been used or is expired"}', "Nonce has already been used or is expired", True),
        ('{"op":"auth","data":{"status":"pending"}}', "the login ended with the status 'pending'", False),
        ('{"error":{"code":7}}', '{"code":7}', False),
    ],
)
def test_a_refused_login_says_why_and_whether_to_try_again(answer: str, text: str, retryable: bool) -> None:
    bench = ClientBench()
    bench.hear(answer)
    item = only(bench.heard())
    assert isinstance(item, LoginFailed)
    assert (item.error.text, item.error.retryable) == (text, retryable)


@pytest.mark.parametrize("frame", ['{"op":"balances"}', '{"ch":"balances","data":[]}', '{"op":"auth","data":7}'])
def test_nothing_else_counts_as_the_answer_to_the_login(frame: str) -> None:
    bench = ClientBench()
    bench.hear(frame)
    assert isinstance(only(bench.heard()), Unrecognised)


def test_commands_before_the_login_are_refused_here() -> None:
    bench = ClientBench()
    bench.ask(GetBalances())
    assert isinstance(failure(bench), NotConnected)
    bench.submit(Subscribe((Balances(),)))
    assert isinstance(failure(bench), NotConnected)
    assert bench.frames() == []


def test_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError, match="BROKER_API_KEY"):
        TheOneClient(ClientContext(None, lambda: "n", lambda: 0, {}, {}))
    with pytest.raises(ConfigurationError, match="clients, docs"):
        TheOneClient(context(field_style="snake"))
    with pytest.raises(ConfigurationError, match="key_mode"):
        TheOneClient(context(key_mode="md5"))


# Subscriptions


def test_a_subscription_is_confirmed_by_its_acknowledgement_alone() -> None:
    bench = ClientBench().live()
    bench.submit(Subscribe((Balances(),)))
    assert bench.frames() == [b'{"op":"subscribe","ch":"balances"}']
    bench.hear('{"op":"subscribe","ch":"orders:1","data":{"status":"subscribed"}}')
    assert isinstance(only(bench.heard()), Unrecognised)
    bench.hear('{"op":"subscribe","ch":"balances","data":{"status":"subscribed"}}')
    assert bench.heard() == [Confirmed((Balances(),))]


def test_several_subscriptions_go_one_after_the_other() -> None:
    bench = ClientBench().live()
    bench.submit(Subscribe((Balances(), SwapOrders("1"))))
    assert [frame["ch"] for frame in bench.sent()] == ["balances"]
    bench.hear('{"op":"subscribe","ch":"balances","data":{"status":"subscribed"}}')
    assert [frame["ch"] for frame in bench.sent()] == ["orders:1"]


@pytest.mark.parametrize("error", ['{"error":"Invalid channel format"}', '{"ch":"balances","error":"Invalid channel format"}'])
def test_a_refused_subscription(error: str) -> None:
    bench = ClientBench().live()
    bench.submit(Subscribe((Balances(),)))
    bench.hear(error)
    refused = failure(bench)
    assert isinstance(refused, SubscriptionRefused)
    assert refused.text == "Invalid channel format"


def test_a_subscription_without_acknowledgement_is_given_up_and_its_late_answer_dropped() -> None:
    bench = ClientBench().live()
    bench.submit(Subscribe((Balances(),)))
    bench.wait(4.9)
    assert bench.heard() == []
    bench.wait(0.1)
    assert isinstance(failure(bench), RequestTimeout)
    bench.hear('{"op":"subscribe","ch":"balances","data":{"status":"subscribed"}}')
    assert bench.heard() == []


def test_the_time_for_an_acknowledgement_is_an_option() -> None:
    bench = ClientBench(acknowledge_timeout=0.5).live()
    bench.submit(Subscribe((Balances(),)))
    bench.wait(0.5)
    assert isinstance(failure(bench), RequestTimeout)


@pytest.mark.parametrize(
    "answer", ['{"op":"unsubscribe","ch":"balances","data":{"status":"unsubscribed"}}', '{"error":"no"}', None]
)
def test_an_unsubscription_ends_the_channel_whatever_the_broker_says(answer: str | None) -> None:
    bench = ClientBench().live()
    bench.submit(Unsubscribe((Balances(),)))
    assert bench.frames() == [b'{"op":"unsubscribe","ch":"balances"}']
    bench.hear(answer) if answer else bench.wait(5)
    assert bench.heard() == [Withdrawn((Balances(),))]


def subscribed(bench: ClientBench, number: int) -> None:
    channel = SwapOrders(str(number))
    bench.submit(Subscribe((channel,)))
    bench.hear(f'{{"op":"subscribe","ch":"orders:{number}","data":{{"status":"subscribed"}}}}')
    assert bench.heard() == [Confirmed((channel,))]


def test_the_101st_subscription_never_leaves() -> None:
    bench = ClientBench().live()
    for number in range(100):
        subscribed(bench, number)
    bench.frames()
    bench.submit(Subscribe((Balances(),)))
    assert isinstance(failure(bench), LocalProtocolError)
    assert bench.frames() == []
    bench.submit(Subscribe((SwapOrders("7"),)))
    assert len(bench.frames()) == 1, "a channel that is carried already takes no more room"


def test_an_ended_or_refused_subscription_makes_room() -> None:
    bench = ClientBench(max_subscriptions=1).live()
    subscribed(bench, 1)
    bench.submit(Unsubscribe((SwapOrders("1"),)))
    bench.hear('{"op":"unsubscribe","ch":"orders:1"}')
    bench.submit(Subscribe((SwapOrders("2"),)))
    bench.hear('{"error":"no"}')
    bench.heard()
    subscribed(bench, 3)


def test_other_channels_are_unsupported() -> None:
    bench = ClientBench().live()
    bench.submit(Subscribe((Trades("BTC/USDT"),)))
    assert isinstance(failure(bench), Unsupported)


# Requests

ANSWERS: list[tuple[Operation, str, dict[str, Any] | None, str]] = [
    (GetBalances(), "balances", None, NO_BALANCES),
    (
        ESTIMATE,
        "estimate",
        {"amountIn": "100", "assetIn": "ETH", "assetOut": "USDT"},
        '{"op":"estimate","data":{"price":"1","expectedOut":"2"}}',
    ),
    (
        SWAP,
        "swap",
        {"amountIn": "100", "assetIn": "ETH", "assetOut": "USDT"},
        '{"op":"swap","data":{"orderId":"ord_1","status":"PENDING"}}',
    ),
    (
        GetSwap("ord_1"),
        "order_status",
        {"id": "ord_1"},
        '{"op":"order_status","data":{"orderId":"ord_1","status":"FILLED"}}',
    ),
]


@pytest.mark.parametrize(("operation", "op", "data", "answer"), ANSWERS)
def test_every_operation_is_signed_and_answered(operation: Operation, op: str, data: Any, answer: str) -> None:
    bench = ClientBench().live()
    number = bench.ask(operation)
    frame = only(bench.sent())
    assert (frame["op"], frame.get("data"), frame["ts"]) == (op, data, START_MS)
    assert len(frame["sig"]) == 64
    bench.hear(answer)
    item = only(bench.heard())
    assert isinstance(item, Answered)
    assert item.request_id == number


def test_the_documented_field_style_is_an_option() -> None:
    bench = ClientBench(field_style="docs").live()
    bench.ask(ESTIMATE)
    assert only(bench.sent())["data"] == {"amount": "100", "from": "ETH", "to": "USDT"}


def test_one_awaited_request_is_outstanding_at_a_time() -> None:
    bench = ClientBench().live()
    first, second = bench.ask(ESTIMATE), bench.ask(SWAP)
    assert [frame["op"] for frame in bench.sent()] == ["estimate"]
    bench.hear('{"error":"Invalid request"}')
    assert isinstance(failure(bench), InvalidOrder), first
    assert [frame["op"] for frame in bench.sent()] == ["swap"]
    bench.hear('{"error":"Insufficient balance for swap"}')
    item = only(bench.heard())
    assert isinstance(item, Failed)
    assert item.request_id == second
    assert isinstance(item.error, InsufficientBalance)
    assert not getattr(item.error, "__notes__", [])


def test_with_pipelining_a_bare_error_goes_to_the_oldest_and_says_that_it_is_assumed() -> None:
    bench = ClientBench(pipelining=True).live()
    first, second = bench.ask(GetSwap("1")), bench.ask(SWAP)
    assert [frame["op"] for frame in bench.sent()] == ["order_status", "swap"]
    bench.hear('{"error":"Order not found"}')
    item = only(bench.heard())
    assert isinstance(item, Failed)
    assert isinstance(item.error, UnknownOrder)
    assert item.request_id == first
    assert "oldest" in only(item.error.__notes__)
    bench.hear('{"op":"swap","data":{"orderId":"ord_1","status":"PENDING"}}')
    assert bench.heard() == [Answered(second, SwapReceipt("ord_1", SwapStatus.PENDING))]


def test_requests_that_nobody_awaits_go_back_to_back_and_take_their_own_answers() -> None:
    bench = ClientBench().live()
    unawaited = [bench.ask(GetBalances(), awaited=False) for _ in range(2)]
    awaited = bench.ask(GetBalances())
    assert len(bench.sent()) == 2
    bench.hear(NO_BALANCES)
    bench.hear('{"error":"no"}')
    assert len(bench.sent()) == 1
    bench.hear(NO_BALANCES)
    heard = [(type(item), item.request_id) for item in bench.heard() if isinstance(item, Answered | Failed)]
    assert heard == [(Answered, unawaited[0]), (Failed, unawaited[1]), (Answered, awaited)]


def test_a_read_that_is_not_answered_times_out_and_the_next_does_not_get_its_answer() -> None:
    bench = ClientBench().live()
    bench.ask(GetSwap("1"), within=1)
    bench.wait(1)
    assert type(failure(bench)) is RequestTimeout
    number = bench.ask(GetSwap("2"))
    bench.hear('{"op":"order_status","data":{"orderId":"1","status":"FILLED"}}')
    assert bench.heard() == []
    bench.hear('{"op":"order_status","data":{"orderId":"2","status":"PENDING"}}')
    item = only(bench.heard())
    assert isinstance(item, Answered)
    assert (item.request_id, item.result.order_id) == (number, "2")


def test_the_late_answer_to_a_swap_is_never_taken_for_the_next_swap_s() -> None:
    bench = ClientBench().live()
    first = bench.ask(ExecuteSwap("100", "ETH", "USDT", client_order_id="A"), within=10)
    bench.frames()
    bench.wait(10)
    assert isinstance(failure(bench), OutcomeUnknown), first
    second = bench.ask(ExecuteSwap("7", "BTC", "USDT", client_order_id="B"), within=10)
    bench.wait(4.9)
    assert bench.client.take_outputs() == []
    bench.wait(0.1)
    (close,) = bench.client.take_outputs()
    assert isinstance(close, Close)
    assert (close.code, close.reason.startswith("swap was not answered")) == (ANSWER_LOST, True)
    bench.hear('{"op":"swap","data":{"orderId":"ord_A","status":"PENDING","clientOrderId":"A"}}')
    assert bench.heard() == []
    bench.client.disconnected(bench.now, bench.emitted.append, LinkLost("closed", code=close.code))
    item = only(bench.heard())
    assert isinstance(item, Failed)
    assert (item.request_id, type(item.error), item.error.outcome_known) == (second, LinkLost, True)
    assert bench.frames() == []


def test_an_answer_that_comes_late_but_in_time_keeps_the_connection() -> None:
    bench = ClientBench().live()
    bench.ask(SWAP, within=1)
    bench.wait(1)
    bench.heard()
    bench.ask(SWAP, within=None)
    bench.frames()
    bench.hear('{"op":"swap","data":{"orderId":"ord_A","status":"PENDING"}}')
    assert bench.heard() == []
    assert only(bench.sent())["op"] == "swap"
    bench.wait(6)
    assert bench.client.take_outputs() == []


def test_a_connection_that_is_being_closed_takes_nothing_more() -> None:
    bench = ClientBench(keep_alive=True).live()
    bench.ask(GetSwap("1"), within=1)
    bench.wait(1)
    bench.wait(5)
    assert len([output for output in bench.client.take_outputs() if isinstance(output, Close)]) == 1
    bench.heard()
    assert bench.client.next_tick() is None
    bench.ask(ESTIMATE)
    assert isinstance(failure(bench), NotConnected)
    bench.submit(Subscribe((Balances(),)))
    assert isinstance(failure(bench), NotConnected)
    bench.client.tick(bench.now + 600 * SECOND, bench.emitted.append)
    assert bench.client.take_outputs() == []


def test_a_write_that_is_not_answered_has_an_unknown_outcome() -> None:
    bench = ClientBench().live()
    number = bench.ask(SWAP, within=1)
    bench.wait(1)
    error = failure(bench)
    assert isinstance(error, OutcomeUnknown)
    assert (error.outcome_known, error.request_id) == (False, number)


def test_a_write_that_was_never_sent_has_a_known_outcome() -> None:
    bench = ClientBench().live()
    bench.ask(ESTIMATE, within=5)
    bench.ask(SWAP, within=1)
    bench.wait(1)
    assert type(failure(bench)) is RequestTimeout
    assert [frame["op"] for frame in bench.sent()] == ["estimate"]


def test_a_request_without_a_deadline_is_given_up_after_ten_seconds() -> None:
    bench = ClientBench().live()
    bench.ask(GetBalances(), within=None)
    assert bench.client.next_tick() == START + 10 * SECOND
    bench.wait(10)
    assert isinstance(failure(bench), RequestTimeout)


def test_an_unreadable_answer_leaves_a_write_unknown_and_shows_the_bytes() -> None:
    bench = ClientBench().live()
    bench.ask(SWAP)
    frame = '{"op":"swap","data":{"orderId":"ord_1","status":"DONE"}}'
    bench.hear(frame)
    shown, failed = bench.heard()
    assert isinstance(shown, Unrecognised)
    assert shown.raw == frame.encode()
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, OutcomeUnknown)


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (EstimateSwap("abc", "ETH", "USDT"), InvalidOrder),
        (ExecuteSwap(1.5, "ETH", "USDT"), InvalidOrder),  # type: ignore[arg-type]
        (ExecuteSwap("NaN", "ETH", "USDT"), InvalidOrder),
        (GetSwap("a\nb"), LocalProtocolError),
        (GetSwap("x" * LARGEST_FRAME), LocalProtocolError),
        (ListSubscriptions(), Unsupported),
        (RawOperation(b"[]"), LocalProtocolError),
        (RawOperation(b"{}"), LocalProtocolError),
        (RawOperation(b'{"op":"%s"}' % (b"x" * LARGEST_FRAME)), LocalProtocolError),
    ],
)
def test_what_the_broker_cannot_take_never_leaves(operation: Operation, kind: type[TradewireError]) -> None:
    bench = ClientBench().live()
    bench.ask(operation)
    assert type(failure(bench)) is kind
    assert bench.frames() == []


def test_the_largest_frame_is_taken_to_the_byte() -> None:
    bench = ClientBench().live()
    bench.ask(GetSwap("x"))
    overhead = len(only(bench.frames())) - 1
    bench.hear('{"error":"no"}')
    bench.heard()
    bench.ask(GetSwap("x" * (LARGEST_FRAME - overhead)))
    assert [len(frame) for frame in bench.frames()] == [LARGEST_FRAME]


@pytest.mark.parametrize("key", [None, "balances"])
def test_a_raw_frame_goes_as_it_is_and_its_answer_comes_as_it_is(key: str | None) -> None:
    bench = ClientBench().live()
    payload = b'{"op": "balances", "mine": 1}'
    number = bench.ask(RawOperation(payload, key=key))
    assert bench.frames() == [payload]
    bench.hear(NO_BALANCES)
    assert bench.heard() == [Answered(number, NO_BALANCES.encode())]


def test_raw_subscriptions_are_told_apart_by_channel() -> None:
    bench = ClientBench().live()
    number = bench.ask(RawOperation(b'{"op":"subscribe","ch":"balances"}'))
    answer = '{"op":"subscribe","ch":"balances","data":{"status":"subscribed"}}'
    bench.hear(answer)
    assert bench.heard() == [Answered(number, answer.encode())]


# Pushes


def test_pushes_become_events() -> None:
    bench = ClientBench().live()
    bench.hear('{"ch":"balances","data":[{"asset":"USDT","total":"101.23","locked":"0"}],"new":{"member":1}}')
    bench.hear('{"ch":"orders:ord_1","data":{"status":"PROCESSING"}}')
    balances, order = bench.heard()
    assert isinstance(balances, BalanceUpdate)
    assert (balances.channel, balances.received) == (Balances(), START)
    assert isinstance(order, SwapUpdate)
    assert (order.channel, order.order_id) == (SwapOrders("ord_1"), "ord_1")


@pytest.mark.parametrize("op", ["push", "balances", "update"])
def test_a_push_that_carries_an_op_is_still_a_push(op: str) -> None:
    bench = ClientBench().live()
    bench.ask(GetBalances())
    bench.hear(json.dumps({"op": op, "ch": "balances", "data": []}))
    assert isinstance(only(bench.heard()), BalanceUpdate)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[]",
        "7",
        '"text"',
        "null",
        "{}",
        '{"op":7}',
        '{"ch":"balances"}',
        '{"ch":"balances","data":{"balances":[]}}',
        '{"ch":"trades","data":[]}',
        '{"ch":"orders:1","data":{"status":"UNHEARD"}}',
        '{"op":"unheard","data":{}}',
        '{"op":"balances","data":{"balances":[]}}',
        '{"error":"Something happened"}',
        '{"ch":"balances","error":"Channel is down"}',
    ],
)
def test_what_the_protocol_does_not_allow_is_kept_whole(frame: str) -> None:
    bench = ClientBench().live()
    bench.hear(frame)
    item = only(bench.heard())
    assert isinstance(item, Unrecognised)
    assert (item.raw, item.venue) == (frame.encode(), "theone")


@settings(max_examples=300)
@given(
    st.binary()
    | st.builds(
        lambda members: json.dumps(members).encode(),
        st.fixed_dictionaries(
            {},
            optional={
                "op": st.sampled_from(["auth", "swap", "subscribe", "balances"]) | st.integers(),
                "ch": st.sampled_from(["balances", "orders:1", "x"]) | st.none(),
                "data": st.recursive(
                    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
                ),
                "error": st.none() | st.text() | st.integers(),
            },
        ),
    ),
    st.booleans(),
)
def test_no_frame_makes_it_raise(frame: bytes, live: bool) -> None:
    bench = ClientBench()
    if live:
        bench.live()
        bench.submit(Subscribe((Balances(),)))
        bench.ask(SWAP)
    bench.hear(frame)
    bench.hear(b"[" * 100_000)
    bench.wait(60)


# The end, and the time in between


def test_the_end_of_the_connection_fails_everything_and_sends_nothing_again() -> None:
    bench = ClientBench().live()
    bench.ask(SWAP, awaited=False)
    bench.ask(GetBalances())
    bench.ask(ESTIMATE)
    bench.ask(SWAP)
    bench.submit(Subscribe((Balances(),)))
    bench.frames()
    bench.client.disconnected(bench.now, bench.emitted.append, LinkLost("gone", code=1006))
    errors = [item.error for item in bench.heard() if isinstance(item, Failed | Denied)]
    assert [type(error) for error in errors] == [OutcomeUnknown, LinkLost, LinkLost, LinkLost]
    assert bench.frames() == []
    assert bench.client.next_tick() is None


def test_keep_alive_is_off_by_default() -> None:
    assert ClientBench().live().client.next_tick() is None


def test_keep_alive_asks_for_the_balances_after_four_quiet_minutes() -> None:
    bench = ClientBench(keep_alive=True).live()
    bench.wait(100)
    bench.ask(GetBalances())
    bench.frames()
    bench.hear(NO_BALANCES)
    bench.heard()
    assert bench.client.next_tick() == bench.now + KEEP_ALIVE_AFTER
    bench.wait(240)
    assert only(bench.sent())["op"] == "balances"
    bench.hear(NO_BALANCES)
    assert bench.heard() == []
    bench.wait(240)
    assert only(bench.sent())["op"] == "balances"


def test_there_are_no_positions_and_no_calls() -> None:
    bench = ClientBench().live()
    bench.client.http_reply(HttpReply(1), bench.now, bench.emitted.append)
    assert bench.client.position(Balances()) is None
    assert bench.heard() == []
