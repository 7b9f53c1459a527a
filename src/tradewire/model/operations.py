"""What a caller may ask of a venue, and what it answers."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from tradewire.model.channels import Channel
from tradewire.model.events import Balance, SwapStatus, SwapUpdate
from tradewire.model.time import Nanos

__all__ = [
    "Balance",
    "Command",
    "EstimateSwap",
    "ExecuteSwap",
    "GetBalances",
    "GetSwap",
    "ListSubscriptions",
    "Operation",
    "RawOperation",
    "Request",
    "RouteStep",
    "Subscribe",
    "SwapEstimate",
    "SwapReceipt",
    "SwapStatus",
    "SwapUpdate",
    "Unsubscribe",
]


class Operation(msgspec.Struct, frozen=True):
    """Base of everything that is asked and answered."""

    @property
    def writes(self) -> bool:
        """Whether the venue's state may change, so that a lost answer means ``OutcomeUnknown``."""
        return False


class RawOperation(Operation, frozen=True):
    """A frame written as it is; the answer is the raw payload.

    Attributes:
        payload: JSON text.
        key: What the venue correlates by (Binance: the request id; TheOne: the op), or ``None``.
        modifies: Whether it may change state.
    """

    payload: bytes
    key: int | str | None = None
    modifies: bool = True

    @property
    def writes(self) -> bool:
        """As the caller said."""
        return self.modifies


class ListSubscriptions(Operation, frozen=True):
    """Ask which streams the connection carries. Answer: ``tuple[str, ...]`` in the venue's spelling."""


class GetBalances(Operation, frozen=True):
    """Answer: ``tuple[Balance, ...]``."""


class EstimateSwap(Operation, frozen=True):
    """What a swap would yield. Answer: ``SwapEstimate``.

    Attributes:
        amount_in: Decimal text, in ``asset_in``.
        sources: Liquidity sources to use; empty means all.
    """

    amount_in: str
    asset_in: str
    asset_out: str
    sources: tuple[str, ...] = ()
    network: str = ""
    account: str = ""


class ExecuteSwap(Operation, frozen=True):
    """Swap now. Answer: ``SwapReceipt``.

    Attributes:
        slippage_bps: Largest acceptable slippage, basis points (0 to 10000), or ``None`` for the broker's default.
        client_order_id: Your own handle, the only way to find a swap whose answer was lost.
    """

    amount_in: str
    asset_in: str
    asset_out: str
    sources: tuple[str, ...] = ()
    account: str = ""
    slippage_bps: int | None = None
    client_order_id: str = ""

    @property
    def writes(self) -> bool:
        """True."""
        return True


class GetSwap(Operation, frozen=True):
    """The state of one swap order. Answer: ``SwapUpdate``."""

    order_id: str


class RouteStep(msgspec.Struct, frozen=True):
    """One hop of a swap's route."""

    asset_in: str
    asset_out: str
    amount_in: Decimal
    amount_out: Decimal
    pool: str = ""
    exchange: str = ""


class SwapEstimate(msgspec.Struct, frozen=True):
    """What a swap would yield.

    Attributes:
        price: ``asset_out`` per ``asset_in``.
        expected_out: In ``asset_out``.
        fee: As the broker states it; its unit is not documented.
        expires: Until when the broker holds the price, nanoseconds since the epoch.
    """

    price: Decimal
    expected_out: Decimal
    fee: Decimal | None
    expires: Nanos | None
    route: tuple[RouteStep, ...] = ()


class SwapReceipt(msgspec.Struct, frozen=True):
    """The broker took the swap; follow ``SwapOrders(order_id)``."""

    order_id: str
    status: SwapStatus


class Subscribe(msgspec.Struct, frozen=True):
    """Add channels to a connection."""

    channels: tuple[Channel, ...]


class Unsubscribe(msgspec.Struct, frozen=True):
    """Take channels off a connection."""

    channels: tuple[Channel, ...]


class Request(msgspec.Struct, frozen=True):
    """One operation with the id its answer will carry.

    Attributes:
        request_id: Unique per connection, given by the engine.
        deadline: After which the protocol fails the request, nanoseconds, or ``None``.
        awaited: False for fire-and-forget calls; their answers are consumed all the same.
    """

    request_id: int
    operation: Operation
    deadline: Nanos | None = None
    awaited: bool = True


Command = Subscribe | Unsubscribe | Request
