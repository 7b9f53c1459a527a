"""What the engine tells its users: market data, account data, and the truth about the connection.

Every event is frozen and carries:

* ``venue``: name of the venue;
* ``venue_time``: when it happened by the venue's clock, nanoseconds since the epoch, or ``None`` where the venue does not say;
* ``received``: when its bytes were read, nanoseconds since the epoch by the local clock;
* ``channel``: the subscription it belongs to.

Prices and quantities are ``Decimal`` with the wire's own digits; quantities are in base currency unless the name says quote.
"""

# The base declares ``channel`` for readers of any event; the concrete events have it as a field, in its place at the end.
# pyright: reportIncompatibleMethodOverride=false

from __future__ import annotations

from decimal import Decimal
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from tradewire.model.channels import DIAGNOSTICS, Channel
from tradewire.model.time import Nanos

if TYPE_CHECKING:
    from tradewire.model.book import OrderBook


class Side(StrEnum):
    """Of an order, or of the taker in a trade."""

    BUY = "buy"
    SELL = "sell"


BUY = Side.BUY
SELL = Side.SELL


class Event(msgspec.Struct, frozen=True, gc=False):
    """Base of all events; its repr is one tidy line without the bookkeeping fields."""

    if TYPE_CHECKING:

        @property
        def channel(self) -> Channel:
            """The subscription the event belongs to; a plain field of every concrete event."""
            ...

    def __repr__(self) -> str:
        shown: list[str] = []
        for name in self.__struct_fields__:
            value: Any = getattr(self, name)
            if name in {"channel", "received"} or value is None:
                continue
            shown.append(f"{name}={value.name if isinstance(value, Enum) else repr(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"


class Trade(Event, frozen=True, gc=False):
    """One trade.

    Attributes:
        side: Side of the taker (the aggressor).
        trade_id: The venue's id; on Binance contiguous per symbol.
    """

    symbol: str
    price: Decimal
    quantity: Decimal
    side: Side
    trade_id: int
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class AggregateTrade(Event, frozen=True, gc=False):
    """Fills of one taker order at one price.

    Attributes:
        aggregate_id: The venue's id of the aggregate.
        first_trade_id: First trade folded in.
        last_trade_id: Last trade folded in.
    """

    symbol: str
    price: Decimal
    quantity: Decimal
    side: Side
    aggregate_id: int
    first_trade_id: int
    last_trade_id: int
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class Quote(Event, frozen=True, gc=False):
    """Best bid and ask.

    Attributes:
        update_id: The venue's book update id; 0 where the venue has none.
    """

    symbol: str
    bid: Decimal
    bid_quantity: Decimal
    ask: Decimal
    ask_quantity: Decimal
    update_id: int
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class BookUpdate(Event, frozen=True, gc=False):
    """The local book changed.

    Attributes:
        book: The live replica, the same object each time; ``book.snapshot(n)`` freezes it.
        changes: How many levels this update touched.
        update_id: The venue's id of the last change folded in; where it has none, the number of this update on its connection.
    """

    symbol: str
    book: OrderBook
    changes: int
    update_id: int
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class BookSnapshot(Event, frozen=True, gc=False):
    """The top of a book, complete.

    Attributes:
        bids: ``(price, quantity)`` pairs, best first.
        asks: ``(price, quantity)`` pairs, best first.
    """

    symbol: str
    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]
    update_id: int
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class Candle(Event, frozen=True, gc=False):
    """One candlestick; ``closed`` says whether it is final.

    Attributes:
        open_time: First nanosecond of the bar.
        close_time: Last instant of the bar as the venue gives it (Binance: next open less 1 ms).
        volume: Base currency.
        quote_volume: Quote currency, or ``None`` where the venue does not say.
        taker_buy_volume: Base currency bought by takers, or ``None`` where the venue does not say.
    """

    symbol: str
    interval: str
    open_time: Nanos
    close_time: Nanos
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal | None
    taker_buy_volume: Decimal | None
    trade_count: int
    closed: bool
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class MiniTicker(Event, frozen=True, gc=False):
    """Rolling 24 h figures, the short form."""

    symbol: str
    close: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    volume: Decimal
    quote_volume: Decimal
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class Ticker(Event, frozen=True, gc=False):
    """Rolling figures over ``window``.

    Attributes:
        change_percent: In percent: ``Decimal("1.5")`` is 1.5 %.
        bid: Best bid, or ``None`` where the venue's window ticker has none (likewise ``ask`` and quantities).
        quote_volume: Quote currency, or ``None`` where the venue does not say (likewise ``trade_count`` and the window's times).
    """

    symbol: str
    window: str
    last: Decimal
    last_quantity: Decimal | None
    open: Decimal
    high: Decimal
    low: Decimal
    change: Decimal
    change_percent: Decimal
    average: Decimal
    volume: Decimal
    quote_volume: Decimal | None
    trade_count: int | None
    open_time: Nanos | None
    close_time: Nanos | None
    bid: Decimal | None
    bid_quantity: Decimal | None
    ask: Decimal | None
    ask_quantity: Decimal | None
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class AveragePrice(Event, frozen=True, gc=False):
    """The venue's short moving average.

    Attributes:
        window: As the venue writes it, for example ``5m``.
    """

    symbol: str
    window: str
    price: Decimal
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class Balance(msgspec.Struct, frozen=True, gc=False):
    """Holdings of one asset. ``total`` includes ``locked``."""

    asset: str
    total: Decimal
    locked: Decimal

    @property
    def free(self) -> Decimal:
        """What can be spent: total less locked."""
        return self.total - self.locked


class BalanceUpdate(Event, frozen=True, gc=False):
    """Balances as the venue pushed them. An asset that is missing is unchanged."""

    balances: tuple[Balance, ...]
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class SwapStatus(StrEnum):
    """Life of a swap order. The last three are final."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    PARTIAL_FILLED = "PARTIAL_FILLED"
    FILLED = "FILLED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def final(self) -> bool:
        """Whether nothing more can happen to the order."""
        return self in {SwapStatus.FILLED, SwapStatus.FAILED, SwapStatus.CANCELLED}


class SwapUpdate(Event, frozen=True, gc=False):
    """The state of a swap order, pushed or asked for.

    Attributes:
        filled_out: Output asset received, or ``None`` until there is some.
        transaction: Hash of the settling transaction, opaque text, or ``""``.
    """

    order_id: str
    status: SwapStatus
    filled_out: Decimal | None
    transaction: str
    venue: str
    venue_time: Nanos | None
    received: Nanos
    channel: Channel


class LinkState(StrEnum):
    """State of a gateway or of one of its connections."""

    IDLE = "idle"
    CONNECTING = "connecting"
    LOGGING_IN = "logging in"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    CLOSING = "closing"
    CLOSED = "closed"


class ConnectionState(Event, frozen=True, gc=False):
    """A connection changed state. ``reason`` says why, in one line."""

    state: LinkState
    connection: str
    reason: str
    venue: str
    received: Nanos
    channel: Channel = DIAGNOSTICS


class Gap(Event, frozen=True, gc=False):
    """Part of a public stream was lost, and what is known about it.

    Attributes:
        reason: One line: the cut, the missing ids, the bad checksum, the full queue.
        missed: How many messages were lost, where ids tell; else ``None``.
        since: When the last good message was received, or ``None``.
        healed: True if the state (a book) has been rebuilt since; a lost trade stays lost.
    """

    symbol: str
    reason: str
    missed: int | None
    since: Nanos | None
    healed: bool
    venue: str
    received: Nanos
    channel: Channel


class Stale(Event, frozen=True, gc=False):
    """A subscription has been silent for longer than its cadence allows, or its book is being rebuilt.

    Attributes:
        silent_for: Seconds since the last data on the channel.
    """

    symbol: str
    reason: str
    silent_for: float
    venue: str
    received: Nanos
    channel: Channel


class VenueStatus(Event, frozen=True, gc=False):
    """The venue says what state it is in.

    Attributes:
        status: In the venue's word: ``online`` where all works, else for example ``maintenance`` or ``cancel_only``.
    """

    status: str
    venue: str
    received: Nanos
    channel: Channel = DIAGNOSTICS


class Unrecognised(Event, frozen=True, gc=False):
    """A frame that the venue's protocol does not allow, kept whole.

    Attributes:
        raw: A copy of the bytes.
        reason: What was wrong with them.
    """

    raw: bytes
    reason: str
    venue: str
    received: Nanos
    channel: Channel = DIAGNOSTICS
