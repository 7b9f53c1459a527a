from decimal import Decimal
from typing import Any

import msgspec
import pytest
from theone_desk import START, START_MS

from tradewire.errors import InvalidOrder, LocalProtocolError, Unsupported
from tradewire.model.channels import Balances, SwapOrders
from tradewire.model.events import Balance, BalanceUpdate, SwapStatus, SwapUpdate
from tradewire.model.operations import (
    EstimateSwap,
    ExecuteSwap,
    GetBalances,
    GetSwap,
    ListSubscriptions,
    Operation,
    RouteStep,
    SwapEstimate,
    SwapReceipt,
)
from tradewire.model.time import MILLISECOND
from tradewire.venues.theone.operations import FIELD_STYLES, REST_FIELDS, Unreadable, build, parse_answer, parse_push

CLIENTS = FIELD_STYLES["clients"]


def test_an_estimate_in_both_styles() -> None:
    operation = EstimateSwap("1.5", "ETH", "USDT", sources=("binance", "gate"), network="ETH", account="acc-1")
    extra = {"filter": ["binance", "gate"], "network": "ETH", "account": "acc-1"}
    assert build(operation, CLIENTS) == ("estimate", {"amountIn": "1.5", "assetIn": "ETH", "assetOut": "USDT", **extra})
    assert build(operation, REST_FIELDS) == ("estimate", {"amount": "1.5", "from": "ETH", "to": "USDT", **extra})


def test_a_swap_sends_only_what_was_given() -> None:
    assert build(ExecuteSwap("100", "ETH", "USDT"), CLIENTS) == (
        "swap",
        {"amountIn": "100", "assetIn": "ETH", "assetOut": "USDT"},
    )
    op, payload = build(ExecuteSwap("1", "ETH", "USDT", slippage_bps=0, client_order_id="mine"), CLIENTS)
    assert op == "swap"
    assert payload is not None
    assert (payload["slippage_bps"], payload["clientOrderId"]) == (0, "mine")


def test_the_other_operations() -> None:
    assert build(GetBalances(), CLIENTS) == ("balances", None)
    assert build(GetSwap("ord_12345678"), CLIENTS) == ("order_status", {"id": "ord_12345678"})


@pytest.mark.parametrize("amount", ["abc", "", "NaN", "0", "0.00", "-1", "1e3", "1.", ".5", "\u0661", "1" * 41, 1.5, 100, None])
def test_an_amount_is_positive_decimal_text(amount: Any) -> None:
    with pytest.raises(InvalidOrder, match="amount"):
        build(EstimateSwap(amount, "ETH", "USDT"), CLIENTS)


@pytest.mark.parametrize("bps", [-1, 10_001, True, 1.5, "30"])
def test_slippage_is_a_whole_number_of_basis_points(bps: Any) -> None:
    with pytest.raises(InvalidOrder, match="basis points"):
        build(ExecuteSwap("1", "ETH", "USDT", slippage_bps=bps), CLIENTS)


def test_assets_and_ids_are_needed() -> None:
    with pytest.raises(InvalidOrder, match="asset"):
        build(EstimateSwap("1", "", "USDT"), CLIENTS)
    with pytest.raises(LocalProtocolError, match="order id"):
        build(GetSwap(""), CLIENTS)
    with pytest.raises(Unsupported, match="ListSubscriptions"):
        build(ListSubscriptions(), CLIENTS)


ESTIMATE = """{"route":[{"from_asset":"ETH","to_asset":"USDT","amount_in":"1.5","amount_out":"3245.67","pool":"0x88",
"exchange":"gate"}],"price":"2163.78","expectedOut":"3245.67","fee":"0.003","expiresAt":1732526400000}"""

ANSWERS: list[tuple[type[Operation], str, Any]] = [
    (
        GetBalances,
        '{"balances":[{"asset":"USDT","total":"100.00","locked":"0"},{"asset":"ETH","total":"2.5","locked":"0.5"}]}',
        (Balance("USDT", Decimal("100.00"), Decimal(0)), Balance("ETH", Decimal("2.5"), Decimal("0.5"))),
    ),
    (
        EstimateSwap,
        ESTIMATE,
        SwapEstimate(
            Decimal("2163.78"),
            Decimal("3245.67"),
            Decimal("0.003"),
            START,
            (RouteStep("ETH", "USDT", Decimal("1.5"), Decimal("3245.67"), "0x88", "gate"),),
        ),
    ),
    (EstimateSwap, '{"price":"2","expectedOut":"3"}', SwapEstimate(Decimal(2), Decimal(3), None, None)),
    (ExecuteSwap, '{"orderId":"ord_123456","status":"PENDING"}', SwapReceipt("ord_123456", SwapStatus.PENDING)),
    (ExecuteSwap, '{"orderId":32588,"status":"pending"}', SwapReceipt("32588", SwapStatus.PENDING)),
]


@pytest.mark.parametrize(("kind", "data", "result"), ANSWERS)
def test_answers_as_documented(kind: type[Operation], data: str, result: Any) -> None:
    assert parse_answer(kind, data.encode(), START) == result


def test_digits_are_those_of_the_wire() -> None:
    (balance,) = parse_answer(GetBalances, b'{"balances":[{"asset":"A","total":"100.00","locked":0.10}]}', START)
    assert (str(balance.total), str(balance.locked)) == ("100.00", "0.10")


def order(**changes: Any) -> bytes:
    members = {"orderId": "ord_1", "status": "FILLED", "filledOut": "3245.67", "txHash": "0xabc", "updatedAt": START_MS}
    return msgspec.json.encode({name: value for name, value in (members | changes).items() if value is not None})


FILLED = SwapUpdate(
    order_id="ord_1",
    status=SwapStatus.FILLED,
    filled_out=Decimal("3245.67"),
    transaction="0xabc",
    venue="theone",
    venue_time=START_MS * MILLISECOND,
    received=5,
    channel=SwapOrders("ord_1"),
)


def test_an_order_asked_for_and_an_order_pushed_are_the_same() -> None:
    assert parse_answer(GetSwap, order(), 5) == FILLED
    assert parse_push(SwapOrders("ord_1"), order(), 5) == FILLED


def test_a_pushed_order_may_leave_out_all_but_the_status() -> None:
    update = parse_push(SwapOrders("ord_1"), b'{"status":"PROCESSING"}', 5)
    assert update == msgspec.structs.replace(
        FILLED, status=SwapStatus.PROCESSING, filled_out=None, transaction="", venue_time=None
    )


def test_the_second_spelling_of_the_status_is_read() -> None:
    assert parse_answer(GetSwap, order(status=None, order_status="filled"), 5) == FILLED


def test_pushed_balances_are_the_bare_list() -> None:
    data = b'[{"asset":"USDT","total":"101.23","locked":"0"}]'
    balances = (Balance("USDT", Decimal("101.23"), Decimal(0)),)
    assert parse_push(Balances(), data, 5) == BalanceUpdate(
        balances=balances, venue="theone", venue_time=None, received=5, channel=Balances()
    )


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (GetBalances, b'[{"asset":"USDT","total":"1","locked":"0"}]'),
        (GetBalances, b'{"balances":[{"asset":"USDT","total":"NaN","locked":"0"}]}'),
        (GetBalances, b'{"balances":[{"asset":"USDT","total":"1E999999","locked":"0"}]}'),
        (GetBalances, b""),
        (GetBalances, b"[" * 100_000),
        (ExecuteSwap, b'{"status":"PENDING"}'),
        (ExecuteSwap, b'{"orderId":"1","status":"DONE"}'),
        (GetSwap, order(orderId=None)),
        (GetSwap, order(filledOut="Infinity")),
    ],
)
def test_what_is_not_documented_is_unreadable(kind: type[Operation], data: bytes) -> None:
    with pytest.raises(Unreadable):
        parse_answer(kind, data, START)
