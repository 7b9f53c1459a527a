from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from theone_desk import START, START_MS, FakeLedger

from tradewire.venues.theone.server.fields import SwapFields
from tradewire.venues.theone.server.options import parse_options
from tradewire.venues.theone.server.prices import Prices
from tradewire.venues.theone.server.refusal import Refusal


def prices(ledger: FakeLedger | None = None, **options: Any) -> Prices:
    return Prices(ledger or FakeLedger(), parse_options(options))


def fields(amount: str, asset_in: str, asset_out: str) -> SwapFields:
    return SwapFields(Decimal(amount), amount, asset_in, asset_out)


def test_the_documented_estimate() -> None:
    estimate = prices().estimate(fields("1.5", "ETH", "USDT"), START)
    (step,) = estimate.pop("route")
    assert estimate == {"price": "2163.78", "expectedOut": "3245.67", "fee": "0.003", "expiresAt": START_MS + 30_000}
    assert len(step.pop("pool")) == 42
    assert step == {"from_asset": "ETH", "to_asset": "USDT", "amount_in": "1.5", "amount_out": "3245.67"}


def test_the_reverse_pair_is_cut_to_eight_decimals() -> None:
    estimate = prices().estimate(fields("100", "USDT", "ETH"), START)
    assert (estimate["expectedOut"], estimate["price"]) == ("0.04621541", "0.00046215")
    assert Decimal("0.04621541") * Decimal("2163.78") <= 100 < Decimal("0.04621542") * Decimal("2163.78")


def test_amounts_are_multiplied_exactly() -> None:
    amount = "1234567890123456789012345678901234.567890123456789"
    price = "1.00000000000000000001"
    output = prices(prices={"A/B": price}).output(fields(amount, "A", "B"))
    assert Fraction(output) == Fraction(amount) * Fraction(price)


def test_configured_prices_come_first_and_books_fill_the_gaps() -> None:
    ledger = FakeLedger()
    ledger.list("BTC/USDT")
    ledger.list("ETH/USDT")
    offered = prices(ledger, prices={"SOL/USDT": "142.36"})
    assert offered.output(fields("1", "SOL", "USDT")) == Decimal("142.36")
    assert offered.output(fields("1", "BTC", "USDT")) == 100
    assert offered.output(fields("50", "USDT", "BTC")) == Decimal("0.5")
    assert offered.output(fields("1", "ETH", "USDT")) == Decimal("2163.78")


def test_a_pair_without_a_price_is_refused() -> None:
    with pytest.raises(Refusal, match="Invalid request"):
        prices().output(fields("1", "ETH", "DOGE"))
