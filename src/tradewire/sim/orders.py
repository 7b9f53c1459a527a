"""Orders of accounts: checked, held for, matched, settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

import msgspec

from tradewire.errors import InsufficientBalance, InvalidOrder, Rejected, UnknownOrder
from tradewire.model.events import BUY, Side
from tradewire.model.time import Nanos
from tradewire.sim.bulletin import Bulletin
from tradewire.sim.ledger import EXACT, Ledger
from tradewire.sim.listing import Listing, count_of
from tradewire.sim.matching import Disposition, Execution, Intent, SelfTrade, TimeInForce
from tradewire.venues.backend import BalanceChange, TradeTick

_ZERO = Decimal(0)
_SATOSHI = Decimal("1E-8")
_BASIS_POINT = Decimal("0.0001")


class OrderStatus(StrEnum):
    """Where an order is in its life. All but ``OPEN`` are final."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """By its time in force, for want of a counterpart, or by self-trade prevention."""


class FeeSchedule(msgspec.Struct, frozen=True):
    """What a trade costs, in basis points of what it brings in; taken from that, rounded down to 8 decimals."""

    maker: Decimal = Decimal(10)
    taker: Decimal = Decimal(10)

    def of(self, received: Decimal, *, maker: bool) -> Decimal:
        """Return the fee on ``received``, in the same asset."""
        rate = EXACT.multiply(self.maker if maker else self.taker, _BASIS_POINT)
        return EXACT.multiply(received, rate).quantize(_SATOSHI, rounding=ROUND_DOWN)


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an account asks for.

    Attributes:
        quantity: Base currency; ``None`` only together with ``amount``.
        price: Limit, or ``None`` for a market order.
        amount: Market orders only: quote currency to spend (or receive) at most, instead of a quantity.
        client_order_id: The account's own handle, unique among its open orders; ``""`` for none.
    """

    symbol: str
    side: Side
    quantity: Decimal | None = None
    price: Decimal | None = None
    amount: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    client_order_id: str = ""
    self_trade: SelfTrade = SelfTrade.EXPIRE_TAKER


class OrderFill(msgspec.Struct, frozen=True):
    """One trade of one order.

    Attributes:
        maker: Whether the order was resting.
        fee: In ``fee_asset``, already taken off what was received.
    """

    trade_id: int
    price: Decimal
    quantity: Decimal
    maker: bool
    fee: Decimal
    fee_asset: str
    time: Nanos


@dataclass(slots=True, eq=False)
class Order:
    """An order of an account, as it stands. Only the exchange changes it.

    Attributes:
        order_id: Unique at the exchange, from 1.
        remaining: Base currency still wanted; zero when the order asked for an amount.
        filled_amount: Quote currency that changed hands.
        hold: What is locked for it now, in ``hold_asset``.
    """

    order_id: int
    account: str
    request: OrderRequest
    hold_asset: str
    hold: Decimal
    created: Nanos
    updated: Nanos
    status: OrderStatus = OrderStatus.OPEN
    filled_quantity: Decimal = _ZERO
    filled_amount: Decimal = _ZERO
    fills: list[OrderFill] = field(default_factory=list)
    engine_id: int = 0

    @property
    def remaining(self) -> Decimal:
        """Quantity still wanted, base currency."""
        return _ZERO if self.request.quantity is None else EXACT.subtract(self.request.quantity, self.filled_quantity)

    @property
    def needed(self) -> Decimal:
        """What must be locked while it rests: the price of what is left to buy, or what is left to sell."""
        if self.status is not OrderStatus.OPEN or self.request.price is None:
            return _ZERO
        return EXACT.multiply(self.remaining, self.request.price) if self.request.side is BUY else self.remaining


class OrderDesk:
    """Takes orders of accounts to the market and brings the money back."""

    def __init__(self, ledger: Ledger, fees: FeeSchedule, bulletin: Bulletin) -> None:
        self._ledger = ledger
        self._fees = fees
        self._bulletin = bulletin
        self._orders: dict[int, Order] = {}
        self._resting: dict[tuple[str, int], Order] = {}

    @property
    def orders(self) -> Mapping[int, Order]:
        """Every order ever accepted, by id."""
        return self._orders

    def open_orders(self, account: str) -> tuple[Order, ...]:
        """Return the orders of ``account`` that rest, oldest first."""
        return tuple(order for order in self._resting.values() if order.account == account)

    def place(self, listing: Listing, account: str, request: OrderRequest, now: Nanos) -> Order:
        """See ``Exchange.place``."""
        handle = request.client_order_id
        if handle and any(order.request.client_order_id == handle for order in self.open_orders(account)):
            raise Rejected(f"an order {handle!r} is open already", code="duplicate_client_order_id")
        intent = _intent(listing, account, request)
        hold_asset, hold = _hold(listing, intent, request)
        if not self._ledger.lock(account, hold_asset, hold):
            raise InsufficientBalance(f"the order needs {hold} {hold_asset}", code="insufficient_balance")
        execution, trades = listing.execute(intent)
        if execution.disposition is Disposition.REFUSED:
            self._ledger.unlock(account, hold_asset, hold)
            raise Rejected("the order would trade at once, and is post-only", code="post_only")
        order = Order(len(self._orders) + 1, account, request, hold_asset, hold, now, now, engine_id=execution.order_id)
        self._orders[order.order_id] = order
        for trade in trades:
            self._fill(listing, order, trade, maker=False)
        match execution.disposition:
            case Disposition.RESTING:
                self._resting[request.symbol, execution.order_id] = order
            case Disposition.FILLED:
                order.status = OrderStatus.FILLED
            case _:
                order.status = OrderStatus.EXPIRED
        self._release(listing, order, now)
        return order

    def cancel(self, listing: Listing, order: Order, now: Nanos) -> None:
        """Take a resting order out and free what was held for it.

        Raises:
            UnknownOrder: It does not rest (any more).
        """
        if order.status is not OrderStatus.OPEN:
            raise UnknownOrder(f"order {order.order_id} is {order.status.value}", code="unknown_order")
        listing.cancel(order.engine_id)
        self._close(listing, order, OrderStatus.CANCELLED, now)

    def settle(self, listing: Listing, execution: Execution, trades: Sequence[TradeTick]) -> None:
        """Pay the resting orders of accounts that an execution met, whoever was the taker."""
        symbol = listing.market.symbol
        for (maker, _), trade in zip(execution.fills, trades, strict=True):
            if not maker.owner:
                continue
            order = self._resting[symbol, maker.order_id]
            self._fill(listing, order, trade, maker=True)
            if order.remaining:
                self._release(listing, order, trade.time)
            else:
                self._close(listing, order, OrderStatus.FILLED, trade.time)
        for maker in execution.expired:
            order = self._resting[symbol, maker.order_id]
            self._close(listing, order, OrderStatus.EXPIRED, listing.now)

    def _fill(self, listing: Listing, order: Order, trade: TradeTick, *, maker: bool) -> None:
        rules = listing.market.instrument
        value = EXACT.multiply(trade.price, trade.quantity)
        base, quote = (rules.base, trade.quantity), (rules.quote, value)
        spent, received = (quote, base) if order.request.side is BUY else (base, quote)
        fee = self._fees.of(received[1], maker=maker)
        self._ledger.settle(order.account, spent=spent, received=received, fee=fee)
        order.hold = EXACT.subtract(order.hold, spent[1])
        order.filled_quantity = EXACT.add(order.filled_quantity, trade.quantity)
        order.filled_amount = EXACT.add(order.filled_amount, value)
        order.fills.append(OrderFill(trade.trade_id, trade.price, trade.quantity, maker, fee, received[0], trade.time))

    def _close(self, listing: Listing, order: Order, status: OrderStatus, now: Nanos) -> None:
        order.status = status
        del self._resting[order.request.symbol, order.engine_id]
        self._release(listing, order, now)

    def _release(self, listing: Listing, order: Order, now: Nanos) -> None:
        """Free what is locked beyond need, and announce the account's new balances."""
        surplus = EXACT.subtract(order.hold, order.needed)
        if surplus:
            self._ledger.unlock(order.account, order.hold_asset, surplus)
            order.hold = order.needed
        order.updated = now
        rules = listing.market.instrument
        assets = (rules.base, rules.quote) if order.fills else (order.hold_asset,)
        self._bulletin.post(BalanceChange(order.account, assets, now))


def _intent(listing: Listing, account: str, request: OrderRequest) -> Intent:
    """Check a request against the instrument's rules and put it in the engine's units."""
    rules = listing.market.instrument
    if (request.quantity is None) == (request.amount is None) or None not in {request.price, request.amount}:
        raise InvalidOrder("an order has a quantity; a market order has a quantity or an amount", code="quantity")
    price = None if request.price is None else listing.ticks(request.price)
    quantity = amount = None
    if request.quantity is not None:
        quantity = listing.steps(request.quantity)
        if request.quantity < rules.minimum_quantity:
            raise InvalidOrder(f"the least quantity is {rules.minimum_quantity} {rules.base}", code="minimum_quantity")
    if request.amount is not None:
        count_of(request.amount, _SATOSHI, code="amount", name="amount")
        amount = int(EXACT.divide_int(request.amount, rules.tick * rules.step))
        if not amount:
            raise InvalidOrder(f"{request.amount} {rules.quote} is less than one step can cost", code="amount")
    value = _value(request)
    if value is not None and value < rules.minimum_notional:
        raise InvalidOrder(f"the least value is {rules.minimum_notional} {rules.quote}", code="minimum_notional")
    return Intent(request.side, quantity, price, amount, request.time_in_force, account, request.self_trade)


def _value(request: OrderRequest) -> Decimal | None:
    """What an order is worth in quote currency, as far as it says."""
    if request.quantity is None or request.price is None:
        return request.amount
    return EXACT.multiply(request.quantity, request.price)


def _hold(listing: Listing, intent: Intent, request: OrderRequest) -> tuple[str, Decimal]:
    """What an order may cost at most. Nothing can happen between the look at the book and the trade, so it is exact."""
    rules = listing.market.instrument
    if request.side is not BUY:
        return rules.base, request.quantity or listing.quantity(listing.engine.preview(intent).quantity)
    value = _value(request)
    if value is not None:
        return rules.quote, value
    return rules.quote, listing.price(1) * listing.quantity(listing.engine.preview(intent).cost)
