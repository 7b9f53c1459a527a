"""The accounts that exist at a simulated venue unless told otherwise.

Their keys are published on purpose: they open nothing but a simulator on this machine.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from tradewire.venues.backend import Account, Holding


class FundedAccount(msgspec.Struct, frozen=True):
    """An account and what it holds at first."""

    account: Account
    holdings: tuple[Holding, ...]


def holdings(balances: Mapping[str, str], locked: Mapping[str, str] | None = None) -> tuple[Holding, ...]:
    """Return holdings from decimal text, digits kept.

    Args:
        balances: Total by asset.
        locked: Locked part by asset; ``0`` where it is missing.
    """
    locked = locked or {}
    return tuple(Holding(asset, Decimal(total), Decimal(locked.get(asset, "0"))) for asset, total in balances.items())


#: The balances that TheOne's documents show.
DOCUMENTED = holdings({"USDT": "100.00", "ETH": "2.5", "BTC": "0.1"}, locked={"ETH": "0.5"})

#: Enough to play with in every default market.
GENEROUS = holdings(
    {
        "USDT": "1000000.00",
        "USD": "1000000.00",
        "EUR": "1000000.00",
        "BTC": "25.0",
        "ETH": "500.0",
        "BNB": "1000.0",
        "SOL": "5000.0",
        "XRP": "500000.0",
        "ADA": "500000.0",
        "DOGE": "2000000.0",
        "LTC": "5000.0",
    }
)

#: By venue: name, key and secret of each account. Kraken's secrets are base64, as its signatures need.
_KEYS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "theone": (("test_1", "test_key_1", "test_secret_1"), ("test_2", "test_key_2", "test_secret_2")),
    "kraken": tuple((f"test_{n}", f"kraken_test_key_{n}", b64encode(b"kraken-test-secret-%d" % n * 3).decode()) for n in (1, 2)),
}


def default_accounts(venue: str) -> tuple[FundedAccount, ...]:
    """Return the published test accounts of ``venue``; any name has two, ``test_1`` and ``test_2``."""
    keys = _KEYS.get(venue) or tuple((f"test_{n}", f"{venue}_test_key_{n}", f"{venue}_test_secret_{n}") for n in (1, 2))
    funds = DOCUMENTED if venue == "theone" else GENEROUS
    return tuple(FundedAccount(Account(name, key, secret), funds) for name, key, secret in keys)
