"""What a server half may ask of the exchange behind it. The simulator provides it.

The server halves speak each venue's wire; everything they know about markets and money comes through here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol, TypeAlias

import msgspec

from tradewire.model.events import Side
from tradewire.model.instrument import Instrument
from tradewire.model.time import Nanos


class Account(msgspec.Struct):
    """An account at the simulated venue; ``permissions`` are ``read`` and ``trade``. Mutable: a key can be revoked."""

    name: str
    key: str
    secret: str
    permissions: frozenset[str] = frozenset({"read", "trade"})
    active: bool = True

    def __repr__(self) -> str:
        return f"Account(name={self.name!r}, active={self.active})"


class TradeTick(msgspec.Struct, frozen=True, gc=False):
    """A trade happened. ``taker`` is the aggressor's side; ids are contiguous per symbol from 1."""

    symbol: str
    trade_id: int
    price: Decimal
    quantity: Decimal
    taker: Side
    time: Nanos


class LevelChange(msgspec.Struct, frozen=True, gc=False):
    """One price level has a new total quantity (zero: gone). ``update_id`` rises by one each time, per symbol."""

    symbol: str
    update_id: int
    side: Side
    price: Decimal
    quantity: Decimal
    time: Nanos


class BalanceChange(msgspec.Struct, frozen=True, gc=False):
    """Balances of ``account`` changed for ``assets``."""

    account: str
    assets: tuple[str, ...]
    time: Nanos


MarketEvent: TypeAlias = TradeTick | LevelChange | BalanceChange
Level: TypeAlias = tuple[Decimal, Decimal]


class BookState(msgspec.Struct, frozen=True, gc=False):
    """A book at one instant, best levels first."""

    update_id: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class Holding(msgspec.Struct, frozen=True, gc=False):
    """One asset of an account; ``total`` includes ``locked``."""

    asset: str
    total: Decimal
    locked: Decimal


class Backend(Protocol):
    """The exchange, as a server half sees it. All calls are immediate and pure of sockets."""

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """By unified symbol."""
        ...

    @property
    def accounts(self) -> Mapping[str, Account]:
        """By API key."""
        ...

    def add_account(self, account: Account, balances: Mapping[str, Decimal]) -> None:
        """Create or replace an account."""

    def listen(self, listener: Callable[[MarketEvent], None]) -> None:
        """Call ``listener`` for every event from now on, in order."""

    def book(self, symbol: str, depth: int) -> BookState:
        """The book now, at most ``depth`` levels a side."""
        ...

    def recent_trades(self, symbol: str, limit: int) -> Sequence[TradeTick]:
        """The latest trades, oldest first."""
        ...

    def holdings(self, account: str) -> tuple[Holding, ...]:
        """All assets of the account, in configured order."""
        ...

    def lock(self, account: str, asset: str, amount: Decimal) -> bool:
        """Move ``amount`` from free to locked; False (and nothing done) if there is not enough free."""
        ...

    def unlock(self, account: str, asset: str, amount: Decimal) -> None:
        """Undo ``lock``."""

    def settle(self, account: str, *, spent: tuple[str, Decimal], received: tuple[str, Decimal]) -> None:
        """Take ``spent`` out of what was locked and add ``received`` (asset, amount)."""
