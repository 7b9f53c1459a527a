from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from theone_desk import KEY, FakeLedger

from tradewire.venues.backend import Account
from tradewire.venues.theone.server.balances import Balances, trimmed


@pytest.mark.parametrize(
    ("value", "text"),
    [("3245.6700", "3245.67"), ("100", "100"), ("1.0", "1"), ("0E-8", "0"), ("1E-8", "0.00000001"), ("1E+3", "1000")],
)
def test_amounts_are_written_plainly(value: str, text: str) -> None:
    assert trimmed(Decimal(value)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8))
def test_trimmed_text_is_the_same_amount(value: Decimal) -> None:
    assert Decimal(trimmed(value)) == value


def rows(balances: Balances) -> dict[str, tuple[str, str]]:
    return {row["asset"]: (row["total"], row["locked"]) for row in balances.rows(KEY)}


def test_untouched_balances_keep_their_digits() -> None:
    balances = Balances(FakeLedger(), lambda _: None)
    assert rows(balances) == {"USDT": ("100.00", "0"), "ETH": ("2.5", "0.5"), "BTC": ("0.1", "0")}
    balances.lock(KEY, "ETH", Decimal("1.50"))
    assert rows(balances) == {"USDT": ("100.00", "0"), "ETH": ("2.5", "2"), "BTC": ("0.1", "0")}
    balances.settle(KEY, ("ETH", Decimal("1.5")), ("USDT", Decimal("3245.6700")))
    assert rows(balances) == {"USDT": ("3345.67", "0"), "ETH": ("1", "0.5"), "BTC": ("0.1", "0")}


def test_free_is_what_is_not_locked() -> None:
    balances = Balances(FakeLedger(), lambda _: None)
    assert balances.free(KEY, "ETH") == 2
    assert balances.free(KEY, "DOGE") == 0
    balances.lock(KEY, "ETH", Decimal(2))
    balances.unlock(KEY, "ETH", Decimal("0.5"))
    assert balances.free(KEY, "ETH") == Decimal("0.5")


def test_only_changes_from_outside_are_announced() -> None:
    told: list[str] = []
    ledger = FakeLedger()
    balances = Balances(ledger, told.append)
    balances.lock(KEY, "ETH", Decimal(1))
    balances.open(Account("new", "new", "s"), {"USDT": Decimal("5.00")})
    assert told == []
    assert balances.rows("new") == [{"asset": "USDT", "total": "5.00", "locked": "0"}]
    ledger.deposit(KEY, "USDT", "1.50")
    assert told == [KEY]
    assert rows(balances)["USDT"] == ("101.5", "0")
