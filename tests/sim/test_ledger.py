"""Money is neither made nor lost, and nobody spends what they have not got."""

from __future__ import annotations

from decimal import Decimal, Inexact

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.sim.ledger import Ledger
from tradewire.venues.backend import Holding

ASSETS = ("BTC", "USDT")
ACCOUNTS = ("ann", "bob")

amounts = st.decimals(min_value=0, max_value=50, places=8, allow_nan=False)
assets = st.sampled_from(ASSETS)
accounts = st.sampled_from(ACCOUNTS)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("deposit"), accounts, assets, amounts),
        st.tuples(st.just("lock"), accounts, assets, amounts),
        st.tuples(st.just("unlock"), accounts, assets, amounts),
        st.tuples(st.just("swap"), accounts, assets, amounts),
    ),
    max_size=40,
)


def funded() -> Ledger:
    ledger = Ledger()
    for account in ACCOUNTS:
        ledger.open(account, [Holding("BTC", Decimal("10.0"), Decimal(0)), Holding("USDT", Decimal("100.00"), Decimal(0))])
    return ledger


def sum_of(ledger: Ledger, asset: str) -> Decimal:
    return sum((ledger.holding(account, asset).total for account in ACCOUNTS), ledger.fees.get(asset, Decimal(0)))


@given(steps)
def test_every_coin_is_somewhere_and_nothing_is_negative(schedule: list[tuple[str, str, str, Decimal]]) -> None:
    """Two accounts swap with each other, one per cent goes to the venue; what does not work changes nothing."""
    ledger = funded()
    expected = {asset: sum_of(ledger, asset) for asset in ASSETS}
    for kind, account, asset, amount in schedule:
        before = {name: ledger.holdings(name) for name in ACCOUNTS}
        other_account = ACCOUNTS[account == "ann"]
        other_asset = ASSETS[asset == "BTC"]
        try:
            match kind:
                case "deposit":
                    ledger.deposit(account, asset, amount)
                    expected[asset] += amount
                case "lock":
                    free = ledger.holding(account, asset).total - ledger.holding(account, asset).locked
                    assert ledger.lock(account, asset, amount) == (amount <= free)
                case "unlock":
                    ledger.unlock(account, asset, amount)
                case _:
                    fee = amount.scaleb(-2)
                    ledger.settle(account, spent=(asset, amount), received=(other_asset, amount), fee=fee)
                    ledger.deposit(other_account, asset, amount)
                    expected[other_asset] += amount  # came from outside, as the crowd's money does
        except ValueError:
            assert {name: ledger.holdings(name) for name in ACCOUNTS} == before
        for name in ACCOUNTS:
            for holding in ledger.holdings(name):
                assert 0 <= holding.locked <= holding.total
    assert {asset: sum_of(ledger, asset) for asset in ASSETS} == expected


def test_an_untouched_balance_keeps_its_digits() -> None:
    ledger = funded()
    ledger.lock("ann", "BTC", Decimal("1.5"))
    assert [(h.asset, str(h.total), str(h.locked)) for h in ledger.holdings("ann")] == [
        ("BTC", "10.0", "1.5"),
        ("USDT", "100.00", "0"),
    ]


def test_the_documented_swap() -> None:
    """1.5 ETH at 2163.78, from 2.5 ETH of which 0.5 are locked, and 100.00 USDT."""
    ledger = Ledger()
    ledger.open("test", [Holding("USDT", Decimal("100.00"), Decimal(0)), Holding("ETH", Decimal("2.5"), Decimal("0.5"))])
    assert ledger.lock("test", "ETH", Decimal("1.5"))
    assert str(ledger.holding("test", "ETH").locked) == "2.0"
    ledger.settle("test", spent=("ETH", Decimal("1.5")), received=("USDT", Decimal("3245.67")))
    assert [(h.asset, str(h.total), str(h.locked)) for h in ledger.holdings("test")] == [
        ("USDT", "3345.67", "0"),
        ("ETH", "1.0", "0.5"),
    ]


def test_a_fee_stays_with_the_venue() -> None:
    ledger = funded()
    ledger.lock("ann", "USDT", Decimal(60))
    ledger.settle("ann", spent=("USDT", Decimal(60)), received=("BTC", Decimal(1)), fee=Decimal("0.001"))
    assert ledger.holding("ann", "BTC").total == Decimal("10.999")
    assert ledger.fees == {"BTC": Decimal("0.001")}


def test_a_new_asset_comes_last() -> None:
    ledger = funded()
    ledger.deposit("ann", "ADA", Decimal(3))
    assert [holding.asset for holding in ledger.holdings("ann")] == ["BTC", "USDT", "ADA"]
    assert ledger.holding("bob", "ADA") == Holding("ADA", Decimal(0), Decimal(0))


def test_what_cannot_be_is_refused() -> None:
    ledger = funded()
    with pytest.raises(ValueError, match="locked, less than 1"):
        ledger.unlock("ann", "BTC", Decimal(1))
    with pytest.raises(ValueError, match="not an amount"):
        ledger.deposit("ann", "BTC", Decimal(-1))
    with pytest.raises(ValueError, match="cannot hold"):
        ledger.open("eve", [Holding("BTC", Decimal(1), Decimal(2))])
    ledger.lock("ann", "BTC", Decimal(1))
    with pytest.raises(ValueError, match="fee"):
        ledger.settle("ann", spent=("BTC", Decimal(1)), received=("USDT", Decimal(1)), fee=Decimal(2))
    with pytest.raises(KeyError):
        ledger.holdings("nobody")


def test_digits_are_never_rounded_away() -> None:
    ledger = funded()
    ledger.deposit("ann", "BTC", Decimal("1E-40"))
    assert ledger.holding("ann", "BTC").total == Decimal("10.0000000000000000000000000000000000000001")
    with pytest.raises(Inexact):
        ledger.deposit("ann", "BTC", Decimal("1E-80"))
