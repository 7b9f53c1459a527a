"""An instrument without minimums has none."""

from decimal import Decimal

import pytest

from tradewire.model.instrument import Instrument

BTC = Instrument(
    symbol="BTC/USDT", base="BTC", quote="USDT", venue_symbol="BTCUSDT", tick=Decimal("0.01"), step=Decimal("0.00001")
)


def test_minimums_are_zero_and_it_is_traded_unless_said_otherwise() -> None:
    assert (BTC.minimum_quantity, BTC.minimum_notional, BTC.active) == (Decimal(0), Decimal(0), True)


def test_it_is_a_frozen_value() -> None:
    with pytest.raises(AttributeError):
        BTC.tick = Decimal(1)  # type: ignore[misc]  # frozen
    assert len({BTC, Instrument("BTC/USDT", "BTC", "USDT", "BTCUSDT", Decimal("0.01"), Decimal("0.00001"))}) == 1
