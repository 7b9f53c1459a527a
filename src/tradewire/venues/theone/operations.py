"""Operations to payloads, and answers and pushes to typed values."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from tradewire.errors import InvalidOrder, LocalProtocolError, Unsupported
from tradewire.model.channels import Balances, SwapOrders
from tradewire.model.events import Balance, BalanceUpdate, SwapUpdate
from tradewire.model.operations import (
    EstimateSwap,
    ExecuteSwap,
    GetBalances,
    GetSwap,
    Operation,
    RouteStep,
    SwapEstimate,
    SwapReceipt,
)
from tradewire.model.time import MILLISECOND, Nanos
from tradewire.venues.theone.messages import VENUE, BalanceRow, BalancesData, EstimateData, OrderData, SwapData, fold_status

#: What all published clients write on the WebSocket, and what the documentation shows.
FIELD_STYLES = {"clients": ("amountIn", "assetIn", "assetOut"), "docs": ("amount", "from", "to")}
#: REST has one style, in all sources.
REST_FIELDS = FIELD_STYLES["docs"]

_AMOUNT = re.compile(r"\d{1,40}(\.\d{1,40})?", re.ASCII)
_LARGEST_EXPONENT = 40

T = TypeVar("T")


class Unreadable(ValueError):
    """A payload that the broker's documentation does not allow. The text says what is wrong with it."""


def build(operation: Operation, fields: tuple[str, str, str]) -> tuple[str, dict[str, Any] | None]:
    """Return the broker's name of ``operation`` and its payload, ``None`` where it has none.

    Args:
        operation: One of the four signed operations.
        fields: Names of amount, input asset and output asset; see ``FIELD_STYLES``.

    Raises:
        InvalidOrder: An amount, asset or slippage that no broker could take.
        Unsupported: The broker has no such operation.
    """
    match operation:
        case GetBalances():
            return "balances", None
        case EstimateSwap():
            return "estimate", _swap_fields(operation, fields) | _given(network=operation.network)
        case ExecuteSwap():
            extra = _given(clientOrderId=operation.client_order_id)
            if operation.slippage_bps is not None:
                extra["slippage_bps"] = _slippage(operation.slippage_bps)
            return "swap", _swap_fields(operation, fields) | extra
        case GetSwap(order_id=order_id):
            if not order_id:
                raise LocalProtocolError("the order id is empty", venue=VENUE)
            return "order_status", {"id": order_id}
        case _:
            raise Unsupported(f"TheOne has no operation {type(operation).__name__}", venue=VENUE)


def _swap_fields(operation: EstimateSwap | ExecuteSwap, fields: tuple[str, str, str]) -> dict[str, Any]:
    amount, asset_in, asset_out = fields
    for asset in (operation.asset_in, operation.asset_out):
        if not isinstance(asset, str) or not asset:
            raise InvalidOrder(f"{asset!r} is no asset; give its symbol, such as 'ETH'", venue=VENUE)
    return {
        amount: _amount(operation.amount_in),
        asset_in: operation.asset_in,
        asset_out: operation.asset_out,
        **_given(account=operation.account, filter=list(operation.sources)),
    }


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}


def _amount(text: object) -> str:
    """Return ``text`` if it is a positive decimal text: a float has lost the digits that its owner typed."""
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text) or not text.strip("0."):
        raise InvalidOrder(f"{text!r} is no amount; give a positive decimal text such as '1.5'", venue=VENUE)
    return text


def _slippage(bps: object) -> int:
    if type(bps) is not int or not 0 <= bps <= 10_000:
        raise InvalidOrder(f"slippage_bps={bps!r} is not between 0 and 10000 basis points", venue=VENUE)
    return bps


def parse_answer(kind: type[Operation], data: bytes, received: Nanos) -> Any:
    """Return the type that the docstring of operation ``kind`` names.

    Raises:
        Unreadable: The payload is not the documented one.
    """
    return _order_answer(data, received) if kind is GetSwap else _ANSWERS[kind](data)


def _balances_answer(data: bytes) -> tuple[Balance, ...]:
    return _balances(_decoded(data, BalancesData).balances)


def _estimate_answer(data: bytes) -> SwapEstimate:
    raw = _decoded(data, EstimateData)
    steps = (
        RouteStep(row.from_asset, row.to_asset, _exact(row.amount_in), _exact(row.amount_out), row.pool, row.exchange)
        for row in raw.route
    )
    return SwapEstimate(
        price=_exact(raw.price),
        expected_out=_exact(raw.expected_out),
        fee=None if raw.fee is None else _exact(raw.fee),
        expires=None if raw.expires_at is None else raw.expires_at * MILLISECOND,
        route=tuple(steps),
    )


def _swap_answer(data: bytes) -> SwapReceipt:
    raw = _decoded(data, SwapData)
    return SwapReceipt(str(raw.order_id), _readable(fold_status, raw.status))


def _order_answer(data: bytes, received: Nanos) -> SwapUpdate:
    raw = _decoded(data, OrderData)
    if raw.order_id is None:
        raise Unreadable("the order has no id")
    return _swap_update(raw, SwapOrders(str(raw.order_id)), received)


_ANSWERS: dict[type[Operation], Callable[[bytes], Any]] = {
    GetBalances: _balances_answer,
    EstimateSwap: _estimate_answer,
    ExecuteSwap: _swap_answer,
}


def parse_push(channel: Balances | SwapOrders, data: bytes, received: Nanos) -> BalanceUpdate | SwapUpdate:
    """Return the event of a push on ``channel``.

    Raises:
        Unreadable: The payload is not the documented one.
    """
    if isinstance(channel, SwapOrders):
        return _swap_update(_decoded(data, OrderData), channel, received)
    balances = _balances(_decoded(data, tuple[BalanceRow, ...]))
    return BalanceUpdate(balances=balances, venue=VENUE, venue_time=None, received=received, channel=channel)


def _swap_update(raw: OrderData, channel: SwapOrders, received: Nanos) -> SwapUpdate:
    return SwapUpdate(
        order_id=channel.order_id,
        status=_readable(fold_status, raw.status or raw.order_status or ""),
        filled_out=None if raw.filled_out is None else _exact(raw.filled_out),
        transaction=raw.tx_hash or "",
        venue=VENUE,
        venue_time=None if raw.updated_at is None else raw.updated_at * MILLISECOND,
        received=received,
        channel=channel,
    )


def _balances(rows: tuple[BalanceRow, ...]) -> tuple[Balance, ...]:
    return tuple(Balance(row.asset, _exact(row.total), _exact(row.locked)) for row in rows)


def _exact(value: Decimal) -> Decimal:
    """Refuse NaN, Infinity and figures that only an attack has: they would poison every sum they enter."""
    if not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise Unreadable(f"{value} is no amount")
    return value


def _decoded(data: bytes, kind: type[T]) -> T:
    return _readable(lambda raw: msgspec.json.decode(raw, type=kind), data)


def _readable(parse: Callable[[Any], T], value: Any) -> T:
    try:
        return parse(value)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None
