"""Price-time priority matching for one symbol, in integers.

Prices count ticks, quantities count steps, amounts count tick-steps (price times quantity), so every sum is exact and
cheap; whoever holds the instrument converts. The engine knows owners only to prevent self-trades: the owner ``""`` is the
anonymous crowd, which may trade with itself.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

import msgspec

from tradewire.errors import UnknownOrder
from tradewire.model.events import BUY, SELL, Side


class TimeInForce(StrEnum):
    """What becomes of the part of a limit order that does not trade at once."""

    GTC = "gtc"
    """It rests."""
    IOC = "ioc"
    """It expires."""
    FOK = "fok"
    """All of the order trades at once, or none."""
    POST_ONLY = "post_only"
    """The order is refused if any part would trade at once."""


class SelfTrade(StrEnum):
    """What happens when an order meets a resting one of the same owner."""

    ALLOW = "allow"
    EXPIRE_TAKER = "expire_taker"
    EXPIRE_MAKER = "expire_maker"
    EXPIRE_BOTH = "expire_both"


class Disposition(StrEnum):
    """What became of a submitted order."""

    RESTING = "resting"
    FILLED = "filled"
    EXPIRED = "expired"
    REFUSED = "refused"
    """Post-only, and it would have traded."""


class Intent(msgspec.Struct, frozen=True, gc=False):
    """An order as the engine takes it.

    Attributes:
        quantity: Steps to trade at most; ``None`` only together with ``amount``.
        price: Limit in ticks, or ``None`` for a market order (whose remainder expires).
        amount: For market orders, tick-steps to spend or receive at most.
        owner: Whose order it is; ``""`` for the crowd.
    """

    side: Side
    quantity: int | None
    price: int | None = None
    amount: int | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    owner: str = ""
    self_trade: SelfTrade = SelfTrade.ALLOW


class Resting:
    """An order in the book. Only the engine changes it."""

    __slots__ = ("order_id", "owner", "price", "remaining", "side")

    def __init__(self, order_id: int, owner: str, side: Side, price: int, remaining: int) -> None:
        self.order_id = order_id
        self.owner = owner
        self.side = side
        self.price = price
        self.remaining = remaining


class Fill(NamedTuple):
    """A taker meets one resting order, at the resting order's price."""

    maker: Resting
    quantity: int


class LevelTotal(NamedTuple):
    """A price level's new total; zero means that it is gone."""

    side: Side
    price: int
    total: int


class Plan(msgspec.Struct, gc=False):
    """What an order would do to the book as it stands.

    Attributes:
        expired: Resting orders that self-trade prevention takes out.
        halted: Whether self-trade prevention ends the taker.
        quantity: Steps that would trade.
        cost: Tick-steps that would change hands.
        complete: Whether all that was asked would trade.
    """

    fills: list[Fill]
    expired: list[Resting]
    halted: bool = False
    quantity: int = 0
    cost: int = 0
    complete: bool = False


class Execution(msgspec.Struct, gc=False):
    """What an order did.

    Attributes:
        fills: In the order in which they happened.
        expired: Resting orders that self-trade prevention took out.
        levels: Each level that changed, once, in the order of first change.
        resting: Steps left in the book.
    """

    order_id: int
    side: Side
    disposition: Disposition
    fills: list[Fill]
    expired: list[Resting]
    levels: list[LevelTotal]
    resting: int = 0


class _Level:
    """The queue at one price, oldest first."""

    __slots__ = ("orders", "total")

    def __init__(self) -> None:
        self.orders: OrderedDict[int, Resting] = OrderedDict()
        self.total = 0


class _BookSide:
    """Levels of one side under a key that grows towards the touch: the price of a bid, minus the price of an ask."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[int] = []
        self.levels: dict[int, _Level] = {}

    def add(self, order: Resting) -> int:
        key = self.sign * order.price
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = _Level()
            self.keys.insert(bisect_left(self.keys, key), key)
        level.orders[order.order_id] = order
        level.total += order.remaining
        return level.total

    def shrink(self, order: Resting, quantity: int) -> int:
        """Take ``quantity`` off a resting order, and the order or the level out when nothing is left."""
        key = self.sign * order.price
        level = self.levels[key]
        order.remaining -= quantity
        level.total -= quantity
        if not order.remaining:
            del level.orders[order.order_id]
            if not level.orders:
                del self.levels[key]
                self.keys.pop(bisect_left(self.keys, key))
        return level.total


class MatchingEngine:
    """The book of one symbol and the rules by which orders meet in it."""

    def __init__(self) -> None:
        self._bids = _BookSide(1)
        self._asks = _BookSide(-1)
        self._orders: dict[int, Resting] = {}
        self._last_id = 0

    def submit(self, intent: Intent) -> Execution:
        """Match an order, and let what is left rest or expire.

        Raises:
            ValueError: A price, quantity or amount is not positive, or quantity and amount are both missing.
        """
        _check(intent)
        self._last_id += 1
        plan = self.preview(intent)
        execution = Execution(self._last_id, intent.side, Disposition.EXPIRED, plan.fills, plan.expired, [])
        match intent.time_in_force:
            case TimeInForce.POST_ONLY if plan.fills or plan.expired or plan.halted:
                return Execution(self._last_id, intent.side, Disposition.REFUSED, [], [], [])
            case TimeInForce.FOK if not plan.complete:
                return Execution(self._last_id, intent.side, Disposition.EXPIRED, [], [], [])
            case _:
                self._apply(plan, execution)
        if plan.complete:
            execution.disposition = Disposition.FILLED
        elif intent.price is not None and intent.quantity is not None and not plan.halted and _may_rest(intent):
            self._rest(intent, intent.quantity - plan.quantity, execution)
        return execution

    def preview(self, intent: Intent) -> Plan:
        """Return what ``submit`` would do to the book now, without doing it (time in force apart)."""
        other = self._asks if intent.side is BUY else self._bids
        limit = -math.inf if intent.price is None else other.sign * intent.price
        plan = Plan([], [])
        left = math.inf if intent.quantity is None else intent.quantity
        budget = math.inf if intent.amount is None else intent.amount
        guarded = bool(intent.owner) and intent.self_trade is not SelfTrade.ALLOW
        for key in reversed(other.keys):
            if key < limit:
                break
            price = abs(key)
            for maker in other.levels[key].orders.values():
                if guarded and maker.owner == intent.owner:
                    if intent.self_trade is not SelfTrade.EXPIRE_TAKER:
                        plan.expired.append(maker)
                    if intent.self_trade is not SelfTrade.EXPIRE_MAKER:
                        plan.halted = True
                        return plan
                    continue
                quantity = int(min(left, maker.remaining, budget // price))
                if quantity:
                    plan.fills.append(Fill(maker, quantity))
                    plan.quantity += quantity
                    plan.cost += quantity * price
                    left -= quantity
                    budget -= quantity * price
                if not left or budget < price:
                    plan.complete = bool(plan.fills)
                    return plan
        return plan

    def _apply(self, plan: Plan, execution: Execution) -> None:
        touched: dict[int, int] = {}
        if not plan.fills and not plan.expired:
            return
        other = self._asks if execution.side is BUY else self._bids
        for maker, quantity in plan.fills:
            touched[maker.price] = other.shrink(maker, quantity)
            if not maker.remaining:
                del self._orders[maker.order_id]
        for maker in plan.expired:
            touched[maker.price] = other.shrink(maker, maker.remaining)
            del self._orders[maker.order_id]
        side = SELL if execution.side is BUY else BUY
        execution.levels.extend(LevelTotal(side, price, total) for price, total in touched.items())

    def _rest(self, intent: Intent, quantity: int, execution: Execution) -> None:
        if intent.price is None:
            raise ValueError("a market order cannot rest")
        order = Resting(execution.order_id, intent.owner, intent.side, intent.price, quantity)
        total = self._side(intent.side).add(order)
        self._orders[order.order_id] = order
        execution.disposition = Disposition.RESTING
        execution.resting = quantity
        execution.levels.append(LevelTotal(intent.side, intent.price, total))

    def cancel(self, order_id: int) -> LevelTotal:
        """Take a resting order out.

        Raises:
            UnknownOrder: It does not rest (any more).
        """
        return self.reduce(order_id, self.order(order_id).remaining)

    def reduce(self, order_id: int, by: int) -> LevelTotal:
        """Shrink a resting order, which keeps its place in the queue; by all of it, cancel it.

        Raises:
            UnknownOrder: It does not rest (any more).
            ValueError: ``by`` is not positive, or more than what is left.
        """
        order = self.order(order_id)
        if not 0 < by <= order.remaining:
            raise ValueError(f"order {order_id} has {order.remaining} steps left; it cannot shrink by {by}")
        total = self._side(order.side).shrink(order, by)
        if not order.remaining:
            del self._orders[order_id]
        return LevelTotal(order.side, order.price, total)

    def order(self, order_id: int) -> Resting:
        """Return a resting order.

        Raises:
            UnknownOrder: It does not rest (any more).
        """
        try:
            return self._orders[order_id]
        except KeyError:
            raise UnknownOrder(f"order {order_id} does not rest in the book") from None

    def best(self, side: Side) -> int | None:
        """Return the best price of ``side`` in ticks, or ``None`` if it is empty."""
        keys = self._side(side).keys
        return abs(keys[-1]) if keys else None

    def level_count(self, side: Side) -> int:
        """Return how many levels ``side`` has."""
        return len(self._side(side).keys)

    def price_at(self, side: Side, rank: int) -> int:
        """Return the price of the level at ``rank`` (0 is the best).

        Raises:
            IndexError: There are not so many levels.
        """
        return abs(self._side(side).keys[-1 - rank])

    def prices(self, side: Side) -> Iterator[int]:
        """Yield the prices of all levels, best first. The book must not change meanwhile."""
        return map(abs, reversed(self._side(side).keys))

    def orders_at(self, side: Side, price: int) -> tuple[Resting, ...]:
        """Return the queue at ``price``, oldest first."""
        book = self._side(side)
        level = book.levels.get(book.sign * price)
        return tuple(level.orders.values()) if level else ()

    def levels(self, side: Side, depth: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield price and total of the best ``depth`` levels (all by default), best first."""
        book = self._side(side)
        keys = book.keys if depth is None else book.keys[-depth:] if depth > 0 else []
        for key in reversed(keys):
            yield abs(key), book.levels[key].total

    def _side(self, side: Side) -> _BookSide:
        return self._bids if side is BUY else self._asks


def _may_rest(intent: Intent) -> bool:
    return intent.time_in_force in {TimeInForce.GTC, TimeInForce.POST_ONLY}


def _check(intent: Intent) -> None:
    if intent.quantity is None and (intent.amount is None or intent.price is not None):
        raise ValueError("an order needs a quantity; only a market order may have an amount instead")
    for value in (intent.quantity, intent.price, intent.amount):
        if value is not None and value <= 0:
            raise ValueError(f"{value} is not positive")
