"""What an asset is worth in another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from tradewire.model.time import MILLISECOND, Nanos
from tradewire.venues.backend import Backend
from tradewire.venues.theone.server.balances import trimmed
from tradewire.venues.theone.server.fields import SwapFields
from tradewire.venues.theone.server.options import DEFAULT_PRICES, ServerOptions
from tradewire.venues.theone.server.refusal import UNKNOWN_PAIR, Refusal

#: How long an estimate holds, milliseconds.
ESTIMATE_VALID_MS = 30_000
#: Enough digits for any amount that is accepted times any price.
_EXACT = Context(prec=160, rounding=ROUND_DOWN)
_SATOSHI = Decimal("1e-8")


class Prices:
    """Configured prices, and for other pairs the middle of the exchange's book.

    Args:
        backend: Has the books.
        options: Prices and the fee that estimates report.
    """

    def __init__(self, backend: Backend, options: ServerOptions) -> None:
        self._backend = backend
        self._prices: Mapping[str, Decimal] = {**DEFAULT_PRICES, **options.prices}
        self._fee = options.fee

    def output(self, fields: SwapFields) -> Decimal:
        """Return what the input buys: exactly amount times price, or amount over the reverse price cut to eight decimals.

        Raises:
            Refusal: The pair has no price.
        """
        forward = self._price(f"{fields.asset_in}/{fields.asset_out}")
        if forward is not None:
            return _EXACT.multiply(fields.amount, forward)
        reverse = self._price(f"{fields.asset_out}/{fields.asset_in}")
        if reverse is None:
            raise Refusal(*UNKNOWN_PAIR)
        return _eight_decimals(_EXACT.divide(fields.amount, reverse))

    def estimate(self, fields: SwapFields, now: Nanos) -> dict[str, Any]:
        """Return the answer to an estimate: one hop through a pool of the pair's own.

        Raises:
            Refusal: The pair has no price.
        """
        expected = trimmed(self.output(fields))
        forward = self._price(f"{fields.asset_in}/{fields.asset_out}")
        price = _eight_decimals(_EXACT.divide(Decimal(expected), fields.amount)) if forward is None else forward
        pool = hashlib.sha256("/".join(sorted((fields.asset_in, fields.asset_out))).encode()).hexdigest()[:40]
        step = {
            "from_asset": fields.asset_in,
            "to_asset": fields.asset_out,
            "amount_in": fields.amount_text,
            "amount_out": expected,
            "pool": f"0x{pool}",
        }
        return {
            "route": [step],
            "price": trimmed(price),
            "expectedOut": expected,
            "fee": self._fee,
            "expiresAt": now // MILLISECOND + ESTIMATE_VALID_MS,
        }

    def _price(self, pair: str) -> Decimal | None:
        price = self._prices.get(pair)
        if price is None and pair in self._backend.instruments:
            book = self._backend.book(pair, 1)
            if book.bids and book.asks:
                price = (book.bids[0][0] + book.asks[0][0]) / 2
        return price


def _eight_decimals(value: Decimal) -> Decimal:
    return value.quantize(_SATOSHI, context=_EXACT)
