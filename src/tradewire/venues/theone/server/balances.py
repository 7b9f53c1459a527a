"""Balances of the accounts, as the broker prints them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from tradewire.model.number import plain
from tradewire.venues.backend import Account, Backend, BalanceChange, MarketEvent


def trimmed(value: Decimal) -> str:
    """Write an amount without exponent and without trailing zeros: ``3345.67``."""
    text = plain(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


class Balances:
    """Reads and moves balances. Those that nothing has touched keep the digits they were configured with.

    Args:
        backend: Keeps the ledger.
        on_change: Called with the account when a balance changed by anything but the methods here.
    """

    def __init__(self, backend: Backend, on_change: Callable[[str], None]) -> None:
        self._backend = backend
        self._on_change = on_change
        self._touched: set[tuple[str, str]] = set()
        self._moving = False
        backend.listen(self._heard)

    def rows(self, account: str) -> list[dict[str, str]]:
        """Return all assets: ``[{"asset":"USDT","total":"100.00","locked":"0"}]``."""
        return [
            {"asset": holding.asset, "total": write(holding.total), "locked": write(holding.locked)}
            for holding in self._backend.holdings(account)
            for write in [trimmed if (account, holding.asset) in self._touched else plain]
        ]

    def open(self, account: Account, balances: Mapping[str, Decimal]) -> None:
        """Create an account."""
        self._move(account.name, (), lambda: self._backend.add_account(account, balances))

    def free(self, account: str, asset: str) -> Decimal:
        """Return what can be spent of an asset."""
        return next((row.total - row.locked for row in self._backend.holdings(account) if row.asset == asset), Decimal(0))

    def lock(self, account: str, asset: str, amount: Decimal) -> None:
        """Hold ``amount`` back for an order; no more than is free."""
        self._move(account, (asset,), lambda: self._backend.lock(account, asset, amount))

    def unlock(self, account: str, asset: str, amount: Decimal) -> None:
        """Undo ``lock``."""
        self._move(account, (asset,), lambda: self._backend.unlock(account, asset, amount))

    def settle(self, account: str, spent: tuple[str, Decimal], received: tuple[str, Decimal]) -> None:
        """Take what was locked and give what it bought."""
        self._move(account, (spent[0], received[0]), lambda: self._backend.settle(account, spent=spent, received=received))

    def _move(self, account: str, assets: tuple[str, ...], move: Callable[[], object]) -> None:
        self._moving = True
        try:
            move()
        finally:
            self._moving = False
        self._touched.update((account, asset) for asset in assets)

    def _heard(self, event: MarketEvent) -> None:
        if isinstance(event, BalanceChange) and not self._moving:
            self._touched.update((event.account, asset) for asset in event.assets)
            self._on_change(event.account)
