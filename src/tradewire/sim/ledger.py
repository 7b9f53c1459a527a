"""Who owns what: exact balances of every account, total and locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation

from tradewire.venues.backend import Holding

#: Sums that cannot be held exactly raise instead of losing digits.
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])

_ZERO = Decimal(0)


class Ledger:
    """Balances by account and asset.

    For every asset and account ``0 <= locked <= total`` holds after every call. A balance that was never touched keeps the
    digits it was opened with: ``100.00`` stays ``100.00``.

    Methods given an account that was never opened raise ``KeyError``; negative amounts raise ``ValueError``.
    """

    def __init__(self) -> None:
        self._holdings: dict[str, dict[str, Holding]] = {}
        self._fees: dict[str, Decimal] = {}

    def open(self, account: str, holdings: Iterable[Holding]) -> None:
        """Create or replace an account; the order of the assets is kept.

        Raises:
            ValueError: A holding is negative, or more is locked than there is.
        """
        opened = {holding.asset: holding for holding in holdings}
        for holding in opened.values():
            if not _ZERO <= holding.locked <= holding.total:
                raise ValueError(f"{account} cannot hold {holding.total} {holding.asset} with {holding.locked} locked")
        self._holdings[account] = opened

    def holdings(self, account: str) -> tuple[Holding, ...]:
        """Return all assets of the account, in the order in which they were opened or first received."""
        return tuple(self._holdings[account].values())

    def holding(self, account: str, asset: str) -> Holding:
        """Return one asset; zeros where the account has none."""
        return self._holdings[account].get(asset) or Holding(asset, _ZERO, _ZERO)

    @property
    def fees(self) -> Mapping[str, Decimal]:
        """What the venue has earned, by asset."""
        return self._fees

    def deposit(self, account: str, asset: str, amount: Decimal) -> None:
        """Add ``amount`` from outside."""
        holding = self.holding(account, asset)
        self._store(account, asset, EXACT.add(holding.total, _not_negative(amount)), holding.locked)

    def lock(self, account: str, asset: str, amount: Decimal) -> bool:
        """Move ``amount`` from free to locked; False (and nothing done) if there is not enough free."""
        holding = self.holding(account, asset)
        locked = EXACT.add(holding.locked, _not_negative(amount))
        if locked > holding.total:
            return False
        self._store(account, asset, holding.total, locked)
        return True

    def unlock(self, account: str, asset: str, amount: Decimal) -> None:
        """Move ``amount`` from locked to free.

        Raises:
            ValueError: Less than that is locked.
        """
        holding = self.holding(account, asset)
        self._store(account, asset, holding.total, self._less_locked(account, holding, amount))

    def settle(self, account: str, *, spent: tuple[str, Decimal], received: tuple[str, Decimal], fee: Decimal = _ZERO) -> None:
        """Take ``spent`` out of what was locked, add ``received`` less ``fee`` (both in the received asset).

        Raises:
            ValueError: Less than ``spent`` is locked, or the fee is more than what is received. Nothing is done then.
        """
        asset, amount = spent
        paid = self.holding(account, asset)
        locked = self._less_locked(account, paid, amount)
        income, gross = received
        if _not_negative(fee) > _not_negative(gross):
            raise ValueError(f"a fee of {fee} cannot be taken from {gross} {income}")
        self._store(account, asset, EXACT.subtract(paid.total, amount), locked)
        self.deposit(account, income, EXACT.subtract(gross, fee) if fee else gross)
        if fee:
            self._fees[income] = EXACT.add(self._fees.get(income, _ZERO), fee)

    @staticmethod
    def _less_locked(account: str, holding: Holding, amount: Decimal) -> Decimal:
        locked = EXACT.subtract(holding.locked, _not_negative(amount))
        if locked < 0:
            raise ValueError(f"{account} has {holding.locked} {holding.asset} locked, less than {amount}")
        return locked

    def _store(self, account: str, asset: str, total: Decimal, locked: Decimal) -> None:
        self._holdings[account][asset] = Holding(asset, total, locked)


def _not_negative(amount: Decimal) -> Decimal:
    if not amount >= 0:
        raise ValueError(f"{amount} is not an amount")
    return amount
