"""What can be traded, and in which steps."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """One market of a venue.

    Attributes:
        symbol: ``BASE/QUOTE``.
        venue_symbol: As the venue writes it (``BTCUSDT``).
        tick: Smallest price step, quote currency.
        step: Smallest quantity step, base currency.
        minimum_quantity: Base currency; zero where there is none.
        minimum_notional: Quote currency; zero where there is none.
        active: Whether the venue trades it now.
    """

    symbol: str
    base: str
    quote: str
    venue_symbol: str
    tick: Decimal
    step: Decimal
    minimum_quantity: Decimal = Decimal(0)
    minimum_notional: Decimal = Decimal(0)
    active: bool = True
