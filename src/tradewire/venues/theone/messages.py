"""Shapes of TheOne's messages, shared by both halves, and the small rules that go with them.

Every message is one flat object whose members are all optional (WEBSOCKET_DOCUMENTATION_EN.md). Unknown members are ignored.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from tradewire.model.channels import Balances, Channel, SwapOrders
from tradewire.model.events import SwapStatus

VENUE = "theone"

BALANCES_CHANNEL = "balances"
ORDERS_PREFIX = "orders:"

#: What the broker's README and its clients write beside the six documented spellings.
_STATUS_VARIANTS = {"CANCELED": SwapStatus.CANCELLED, "PARTIAL": SwapStatus.PARTIAL_FILLED}


class FromServer(msgspec.Struct, frozen=True, gc=False):
    """What the broker sends: an answer (``op``), a push (``ch``) or an error.

    Example: ``{"op":"subscribe","ch":"balances","data":{"status":"subscribed"}}``.

    Attributes:
        data: The exact bytes of the member, empty where it is absent.
    """

    op: str | None = None
    ch: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    error: Any = None


class FromClient(msgspec.Struct, frozen=True, gc=False):
    """What a client sends, typed as loosely as a server must read it.

    Example: ``{"op":"estimate","ts":1732526400000,"nonce":"n1","sig":"…","data":{"amountIn":"100",…}}``.

    Attributes:
        data: The exact bytes of the member (a signature covers them), empty where it is absent.
    """

    op: Any = None
    ch: Any = None
    key: Any = None
    ts: Any = None
    nonce: Any = None
    sig: Any = None
    data: msgspec.Raw = msgspec.Raw()


class StatusData(msgspec.Struct, frozen=True, gc=False):
    """Of ``auth``, ``subscribe``, ``unsubscribe``: ``{"status":"authenticated"}``."""

    status: str | None = None


class BalanceRow(msgspec.Struct, frozen=True, gc=False):
    """One asset: ``{"asset":"USDT","total":"101.23","locked":"0"}``."""

    asset: str
    total: Decimal
    locked: Decimal


class BalancesData(msgspec.Struct, frozen=True, gc=False):
    """Answer to ``balances``: the list wrapped in an object, whereas the push of that name is the bare list.

    Example: ``{"balances":[{"asset":"USDT","total":"100.00","locked":"0"}]}``.
    """

    balances: tuple[BalanceRow, ...]


class RouteRow(msgspec.Struct, frozen=True, gc=False):
    """One hop: ``{"from_asset":"ETH","to_asset":"USDT","amount_in":"1.5","amount_out":"3245.67","pool":"0x88e6…"}``."""

    from_asset: str
    to_asset: str
    amount_in: Decimal
    amount_out: Decimal
    pool: str = ""
    exchange: str = ""


class EstimateData(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Answer to ``estimate``; ``expires_at`` is in milliseconds.

    Example: ``{"route":[…],"price":"2163.78","expectedOut":"3245.67","fee":"0.003","expiresAt":1732526400000}``.
    """

    price: Decimal
    expected_out: Decimal
    route: tuple[RouteRow, ...] = ()
    fee: Decimal | None = None
    expires_at: int | None = None


class SwapData(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Answer to ``swap``: ``{"orderId":"ord_123456","status":"PENDING"}``. Ids are opaque; some are bare digits."""

    order_id: str | int
    status: str


class OrderData(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={"order_id": "orderId", "filled_out": "filledOut", "tx_hash": "txHash", "updated_at": "updatedAt"},
):
    """Answer to ``order_status``, and the push on ``orders:<id>`` (which may leave the id out).

    Example: ``{"orderId":"ord_123456","status":"FILLED","filledOut":"3245.67","txHash":"0xabc…","updatedAt":1732526402000}``.

    Attributes:
        order_status: A second spelling of ``status`` that one of the broker's clients falls back to.
    """

    status: str | None = None
    order_status: str | None = None
    order_id: str | int | None = None
    filled_out: Decimal | None = None
    tx_hash: str | None = None
    updated_at: int | None = None


def fold_status(text: str) -> SwapStatus:
    """Return the status that ``text`` means, whatever its case and spelling.

    Raises:
        ValueError: It is none that the broker documents.
    """
    upper = text.upper()
    return _STATUS_VARIANTS.get(upper) or SwapStatus(upper)


def channel_name(channel: Channel) -> str | None:
    """Return the broker's name of ``channel``, or ``None`` where it has no such channel."""
    match channel:
        case Balances():
            return BALANCES_CHANNEL
        case SwapOrders(order_id=order_id) if order_id:
            return f"{ORDERS_PREFIX}{order_id}"
        case _:
            return None


def channel_of(name: str) -> Balances | SwapOrders | None:
    """Return the channel that the broker calls ``name``, or ``None`` where it is none."""
    if name == BALANCES_CHANNEL:
        return Balances()
    order_id = name.removeprefix(ORDERS_PREFIX)
    return SwapOrders(order_id) if order_id and order_id != name else None
