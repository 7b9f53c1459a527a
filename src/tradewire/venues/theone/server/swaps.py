"""The life of swap orders: accepted, in process, at an end."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from tradewire.model.events import SwapStatus
from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.venues.backend import Account
from tradewire.venues.theone.server.balances import Balances, trimmed
from tradewire.venues.theone.server.faults import ServerFaults
from tradewire.venues.theone.server.fields import SwapFields
from tradewire.venues.theone.server.options import ServerOptions
from tradewire.venues.theone.server.prices import Prices
from tradewire.venues.theone.server.refusal import DUPLICATE, NO_FUNDS, NO_PERMISSION, UNKNOWN_ORDER, Refusal


class SwapOrder(msgspec.Struct):
    """A swap in the making.

    Attributes:
        account: Name of its owner.
        amount_out: What it will yield.
        updated_at: Milliseconds since the epoch; each change is later than the one before.
        due: When its status changes next, or ``None`` at its end.
    """

    order_id: str
    account: str
    fields: SwapFields
    amount_out: Decimal
    status: SwapStatus
    updated_at: int
    due: Nanos | None


class SwapDesk:
    """Takes swaps and carries them through their life.

    Args:
        balances: Of the accounts.
        prices: Say what a swap yields.
        options: How long each state lasts.
        faults: Say how a swap ends, and how its status is spelt.
        on_change: Called with each order whose status has changed, once the balances have.
    """

    def __init__(
        self,
        balances: Balances,
        prices: Prices,
        options: ServerOptions,
        faults: ServerFaults,
        on_change: Callable[[SwapOrder], None],
    ) -> None:
        self._balances = balances
        self._prices = prices
        self._faults = faults
        self._on_change = on_change
        self._delays = tuple(round(delay * SECOND) for delay in options.fill_delays_s)
        self._orders: dict[str, SwapOrder] = {}
        self._by_client_id: dict[tuple[str, str], SwapOrder] = {}
        self._open: deque[SwapOrder] = deque()

    def place(self, account: Account, fields: SwapFields, now: Nanos) -> SwapOrder:
        """Take a swap and lock its input.

        Raises:
            Refusal: No such pair, too little free, no permission, or a client order id that the account has used before.
        """
        amount_out = self._prices.output(fields)
        handle = (account.name, fields.client_order_id)
        if fields.client_order_id and handle in self._by_client_id:
            raise Refusal(*DUPLICATE)
        if fields.amount > self._balances.free(account.name, fields.asset_in):
            raise Refusal(*NO_FUNDS)
        if "trade" not in account.permissions:
            raise Refusal(*NO_PERMISSION)
        self._balances.lock(account.name, fields.asset_in, fields.amount)
        order = SwapOrder(
            order_id=f"ord_{len(self._orders) + 1}",
            account=account.name,
            fields=fields,
            amount_out=amount_out,
            status=SwapStatus.PENDING,
            updated_at=now // MILLISECOND,
            due=now + self._delays[0],
        )
        self._orders[order.order_id] = order
        self._open.append(order)
        if fields.client_order_id:
            self._by_client_id[handle] = order
        return order

    def find(self, account: Account, order_id: str, client_order_id: str = "") -> SwapOrder:
        """Return an order of the account by its id or its client order id.

        Raises:
            Refusal: The account has none such.
        """
        handles = (order_id, client_order_id)
        found = self._orders.get(order_id) or next(
            (order for handle in handles if handle and (order := self._by_client_id.get((account.name, handle)))), None
        )
        if found is None or found.account != account.name:
            raise Refusal(*UNKNOWN_ORDER)
        return found

    def receipt(self, order: SwapOrder) -> dict[str, Any]:
        """Return the answer to a swap: ``{"orderId":"ord_1","status":"PENDING"}``."""
        return {"orderId": order.order_id, "status": self._faults.spell(SwapStatus.PENDING)}

    def state(self, order: SwapOrder, *, client_order_id: bool = False) -> dict[str, Any]:
        """Return the order as pushes and ``order_status`` show it; ``filledOut`` and ``txHash`` only once it is filled."""
        state: dict[str, Any] = {"orderId": order.order_id}
        if client_order_id and order.fields.client_order_id:
            state["clientOrderId"] = order.fields.client_order_id
        state["status"] = self._faults.spell(order.status)
        if order.status is SwapStatus.FILLED:
            state["filledOut"] = trimmed(order.amount_out)
            state["txHash"] = f"0x{hashlib.sha256(order.order_id.encode()).hexdigest()}"
        state["updatedAt"] = order.updated_at
        return state

    def tick(self, now: Nanos) -> None:
        """Move every order on whose time has come, oldest first."""
        for order in list(self._open):
            while order.due is not None and order.due <= now:
                self._advance(order, now)
        self._open = deque(order for order in self._open if order.due is not None)

    def next_tick(self) -> Nanos | None:
        """When the next order moves on."""
        return min((order.due for order in self._open if order.due is not None), default=None)

    def _advance(self, order: SwapOrder, now: Nanos) -> None:
        if order.status is SwapStatus.PENDING:
            order.status = SwapStatus.PROCESSING
            order.due = (order.due or now) + self._delays[1]
        else:
            order.status = self._faults.end_of(order.order_id, order.fields.client_order_id)
            order.due = None
            self._pay(order)
        order.updated_at = max(now // MILLISECOND, order.updated_at + 1)
        self._on_change(order)

    def _pay(self, order: SwapOrder) -> None:
        spent = (order.fields.asset_in, order.fields.amount)
        if order.status is SwapStatus.FILLED:
            self._balances.settle(order.account, spent, (order.fields.asset_out, order.amount_out))
        else:
            self._balances.unlock(order.account, *spent)
