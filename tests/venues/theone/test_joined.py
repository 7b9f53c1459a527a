"""Both halves back to back. Each is also tested alone, so that a misreading they share cannot hide."""

from decimal import Decimal
from typing import Any

import pytest
from theone_desk import KEY, OTHER_KEY, OTHER_SECRET, SECRET, Hall, only

from tradewire.errors import (
    InsufficientBalance,
    InvalidOrder,
    LinkLost,
    OutcomeUnknown,
    RequestTimeout,
    SubscriptionRefused,
    UnknownOrder,
)
from tradewire.model.channels import Balances, SwapOrders
from tradewire.model.events import BalanceUpdate, SwapStatus, SwapUpdate, Unrecognised
from tradewire.model.operations import (
    EstimateSwap,
    ExecuteSwap,
    GetBalances,
    GetSwap,
    Subscribe,
    SwapEstimate,
    SwapReceipt,
    Unsubscribe,
)
from tradewire.testing.pair import Pair
from tradewire.wire.control import Answered, Confirmed, Control, Denied, Failed, LoginFailed, Ready, Withdrawn

SWAP = ExecuteSwap("1.5", "ETH", "USDT")


def told(pair: Pair) -> list[Control]:
    controls = list(pair.controls)
    pair.controls.clear()
    return controls


def answer(pair: Pair) -> Any:
    item = only(told(pair))
    assert isinstance(item, Answered), f"{item}\n{pair.transcript}"
    return item.result


def failure(pair: Pair) -> Any:
    item = only(told(pair))
    assert isinstance(item, Failed | Denied | LoginFailed), f"{item}\n{pair.transcript}"
    return item.error


def live(hall: Hall, key: str = KEY, secret: str = SECRET, **options: Any) -> Pair:
    pair = hall.connect(key, secret, **options)
    assert told(pair) == [Ready()]
    return pair


def holdings(update: BalanceUpdate) -> dict[str, tuple[str, str]]:
    return {balance.asset: (str(balance.total), str(balance.locked)) for balance in update.balances}


@pytest.mark.parametrize("key_mode", ["sha256-b64url", "raw"])
@pytest.mark.parametrize("field_style", ["clients", "docs"])
def test_every_operation_under_every_rule(key_mode: str, field_style: str) -> None:
    hall = Hall(key_mode=key_mode, body_rule="both")
    pair = live(hall, key_mode=key_mode, field_style=field_style)
    hall.ask(pair, GetBalances())
    assert [balance.asset for balance in answer(pair)] == ["USDT", "ETH", "BTC"]
    hall.ask(pair, EstimateSwap("1.5", "ETH", "USDT", sources=("gate",), network="<&>", account="é"))
    estimate = answer(pair)
    assert isinstance(estimate, SwapEstimate)
    assert (estimate.price, estimate.expected_out) == (Decimal("2163.78"), Decimal("3245.67"))
    hall.ask(pair, ExecuteSwap("1.5", "ETH", "USDT", slippage_bps=30, client_order_id="mine"))
    assert answer(pair) == SwapReceipt("ord_1", SwapStatus.PENDING)
    for handle in ("ord_1", "mine"):
        hall.ask(pair, GetSwap(handle))
        assert answer(pair).order_id == "ord_1"


def test_a_wrong_secret_and_a_wrong_mode_are_refused_for_good() -> None:
    for pair in (Hall().connect(KEY, "wrong"), Hall().connect(key_mode="raw"), Hall().connect("unknown", SECRET)):
        assert not failure(pair).retryable


def test_a_late_login_counts_and_commands_wait_for_it() -> None:
    hall = Hall()
    hall.server.faults.login_delay = 3.0
    pair = hall.connect()
    hall.advance(2.9)
    assert told(pair) == []
    hall.advance(0.1)
    assert told(pair) == [Ready()]


def test_a_clock_that_is_wrong_is_told_and_worth_another_try() -> None:
    hall = Hall(ts_window_ms=0)
    pair = hall.connect()
    assert told(pair) == [Ready()]
    hall.server.faults.refuse_login = "Request timestamp outside allowed window"
    assert failure(hall.connect()).retryable


def test_channels_come_and_go() -> None:
    hall = Hall()
    pair = live(hall)
    hall.submit(pair, Subscribe((Balances(), SwapOrders("ord_1"))))
    assert told(pair) == [Confirmed((Balances(),)), Confirmed((SwapOrders("ord_1"),))]
    hall.ledger.deposit(KEY, "USDT", "1")
    hall.run()
    hall.submit(pair, Unsubscribe((Balances(),)))
    assert told(pair) == [Withdrawn((Balances(),))]
    hall.ledger.deposit(KEY, "USDT", "1")
    hall.run()
    assert [type(event) for event in pair.events] == [BalanceUpdate]


def test_the_life_of_a_swap_with_the_documented_figures() -> None:
    hall = Hall()
    pair = live(hall)
    hall.submit(pair, Subscribe((Balances(), SwapOrders("ord_1"))))
    told(pair)
    hall.ask(pair, SWAP)
    assert answer(pair).order_id == "ord_1"
    hall.advance(1)
    pending, processing, filled, settled = pair.events
    assert isinstance(pending, BalanceUpdate)
    assert holdings(pending) == {"USDT": ("100.00", "0"), "ETH": ("2.5", "2"), "BTC": ("0.1", "0")}
    assert isinstance(processing, SwapUpdate)
    assert (processing.status, processing.filled_out, processing.transaction) == (SwapStatus.PROCESSING, None, "")
    assert isinstance(filled, SwapUpdate)
    assert (filled.status, filled.filled_out) == (SwapStatus.FILLED, Decimal("3245.67"))
    assert (filled.venue_time or 0) > (processing.venue_time or 0)
    assert isinstance(settled, BalanceUpdate)
    assert holdings(settled) == {"USDT": ("3345.67", "0"), "ETH": ("1", "0.5"), "BTC": ("0.1", "0")}


@pytest.mark.parametrize("style", ["documented", "lower", "american"])
def test_a_swap_that_is_cancelled_gives_the_input_back(style: Any) -> None:
    hall = Hall()
    hall.server.faults.outcome = SwapStatus.CANCELLED
    hall.server.faults.status_style = style
    pair = live(hall)
    hall.submit(pair, Subscribe((Balances(), SwapOrders("ord_1"))))
    hall.ask(pair, SWAP)
    hall.advance(1)
    updates = [event for event in pair.events if isinstance(event, SwapUpdate)]
    assert [(update.status, update.transaction) for update in updates] == [
        (SwapStatus.PROCESSING, ""),
        (SwapStatus.CANCELLED, ""),
    ]
    last = pair.events[-1]
    assert isinstance(last, BalanceUpdate)
    assert holdings(last)["ETH"] == ("2.5", "0.5")


def test_pushes_go_to_the_owner_alone() -> None:
    hall = Hall()
    owner, second, stranger = live(hall), live(hall), live(hall, OTHER_KEY, OTHER_SECRET)
    for pair in (second, stranger):
        hall.submit(pair, Subscribe((Balances(), SwapOrders("ord_1"))))
    hall.ask(owner, SWAP)
    hall.advance(1)
    assert owner.events == []
    assert len(second.events) == 4
    assert stranger.events == []


def test_refusals_are_typed() -> None:
    hall = Hall()
    pair = live(hall)
    hall.ask(pair, ExecuteSwap("2.1", "ETH", "USDT"))
    assert isinstance(failure(pair), InsufficientBalance)
    hall.ask(pair, GetSwap("ord_7"))
    assert isinstance(failure(pair), UnknownOrder)
    hall.ask(pair, EstimateSwap("1", "ETH", "DOGE"))
    assert isinstance(failure(pair), InvalidOrder)


@pytest.mark.parametrize("error_style", ["bare", "with_op"])
def test_the_brokers_smaller_limit_is_told_as_a_refusal(error_style: str) -> None:
    hall = Hall(max_subscriptions=1, error_style=error_style)
    pair = live(hall)
    hall.submit(pair, Subscribe((Balances(), SwapOrders("1"))))
    confirmed, denied = told(pair)
    assert confirmed == Confirmed((Balances(),))
    assert isinstance(denied, Denied)
    assert isinstance(denied.error, SubscriptionRefused)


def test_a_hundred_subscriptions_are_acknowledged() -> None:
    hall = Hall(max_messages_per_s=1000)
    pair = live(hall)
    hall.submit(pair, Subscribe(tuple(SwapOrders(str(number)) for number in range(101))))
    *confirmed, denied = sorted(told(pair), key=lambda item: isinstance(item, Denied))
    assert all(isinstance(item, Confirmed) for item in confirmed)
    assert (len(confirmed), type(denied)) == (100, Denied)
    assert len(hall.server.subscriptions[1]) == 100


def test_a_lost_acknowledgement_times_out_and_a_second_try_succeeds_on_the_next_connection() -> None:
    hall = Hall()
    pair = live(hall)
    hall.server.faults.drop_ack = True
    hall.submit(pair, Subscribe((Balances(),)))
    hall.advance(5)
    assert isinstance(failure(pair), RequestTimeout)
    hall.server.faults.clear()
    hall.submit(pair, Subscribe((Balances(),)))
    hall.advance(5)
    assert told(pair) == []
    assert pair.closed is not None
    assert "subscribe was not answered" in str(pair.closed)
    pair = live(hall)
    hall.submit(pair, Subscribe((Balances(),)))
    assert told(pair) == [Confirmed((Balances(),))]


def test_a_late_acknowledgement_after_the_time_out_confirms_nothing() -> None:
    hall = Hall()
    pair = live(hall)
    hall.server.faults.ack_delay = 6.0
    hall.submit(pair, Subscribe((Balances(),)))
    hall.advance(5)
    assert isinstance(failure(pair), RequestTimeout)
    hall.advance(2)
    assert told(pair) == []
    assert pair.events == []


def test_a_doubled_acknowledgement_confirms_once() -> None:
    hall = Hall()
    pair = live(hall)
    hall.server.faults.duplicate_ack = True
    hall.submit(pair, Subscribe((Balances(),)))
    assert told(pair) == [Confirmed((Balances(),))]
    assert [type(event) for event in pair.events] == [Unrecognised]


def test_a_swap_whose_answer_is_lost_is_found_by_its_own_handle() -> None:
    hall = Hall()
    pair = live(hall)
    hall.server.faults.lose_swap_answers = 1
    hall.ask(pair, ExecuteSwap("1", "ETH", "USDT", client_order_id="mine"), within=2)
    hall.advance(2)
    assert isinstance(failure(pair), OutcomeUnknown)
    hall.ask(pair, GetSwap("mine"))
    assert answer(pair).status is SwapStatus.FILLED


def test_a_cut_leaves_a_swap_unknown_and_nothing_is_sent_again() -> None:
    hall = Hall()
    first = live(hall)
    hall.submit(first, Subscribe((Balances(),)))
    told(first)
    hall.server.faults.lose_swap_answers = 1
    hall.ask(first, SWAP)
    hall.ask(first, GetBalances())
    first.cut()
    assert [type(item.error) for item in told(first) if isinstance(item, Failed)] == [OutcomeUnknown, LinkLost]
    second = live(hall)
    hall.advance(1)
    assert hall.server.subscriptions == {2: frozenset()}
    hall.submit(second, Subscribe((Balances(),)))
    assert told(second) == [Confirmed((Balances(),))]
    hall.ledger.deposit(KEY, "USDT", "1")
    hall.run()
    assert [type(event) for event in first.events + second.events] == [BalanceUpdate] * 2


def test_keep_alive_outlives_the_brokers_idle_limit() -> None:
    hall = Hall()
    idle, kept = live(hall), live(hall, keep_alive=True)
    hall.advance(1000)
    assert idle.closed is not None
    assert idle.closed.code == "1001"
    assert kept.closed is None
    assert told(kept) == []


def test_a_login_that_is_never_answered_is_ended_by_the_broker() -> None:
    hall = Hall()
    hall.server.faults.never_answer_auth = True
    pair = hall.connect()
    hall.advance(10)
    assert pair.closed is not None
    assert (pair.closed.code, told(pair)) == ("1008", [])


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"ch":"nobody","data":[]}', '{"ch":"balances"}', '{"op":"new","data":{}}'])
def test_what_the_protocol_does_not_allow_is_shown_and_survived(text: str) -> None:
    hall = Hall()
    pair = live(hall)
    hall.server.faults.push(text)
    hall.run()
    shown = only(pair.events)
    assert isinstance(shown, Unrecognised)
    assert shown.raw == text.encode()
    hall.ask(pair, GetBalances())
    assert len(answer(pair)) == 3
