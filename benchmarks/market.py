"""A made-up market with the statistics of a busy one: book changes, trades, quotes.

Widths and shapes are those of BTCUSDT on Binance (eight decimals everywhere). A recording of it, where one lies beside the
repository, replaces the made-up trades and quotes.
"""

from __future__ import annotations

import gzip
import json
import random
from bisect import insort
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

Changes: TypeAlias = list[tuple[str, str]]
Diff: TypeAlias = tuple[Changes, Changes]

CAPTURE = Path(__file__).parents[2] / "shared" / "captures" / "binance_spot_btcusdt_20240808.jsonl.gz"

LEVELS = 1000
CHANGES = 15
#: Mean distance from the best, in levels, of a level that changes: most changes are near the top.
MEAN_RANK = 40
_MID = 6_183_763
_NOTHING = "0.00000000"


class Side:
    """One side of the made-up book; prices in ticks of a hundredth, best first."""

    def __init__(self, sign: int, rng: random.Random) -> None:
        self.sign = sign
        self.rng = rng
        self.prices: list[int] = []
        price = _MID
        for _ in range(LEVELS):
            price += sign * rng.choice((1, 1, 1, 2, 3, 5, 8, 12))
            self.prices.append(price)

    def snapshot(self) -> Changes:
        return [(price_text(price), quantity_text(self.rng)) for price in self.prices]

    def diff(self) -> Changes:
        """Fifteen changes: two thirds new quantities, the rest half removed and half new levels."""
        changed: dict[int, str] = {}
        while len(changed) < CHANGES:
            rank = min(int(self.rng.expovariate(1 / MEAN_RANK)), len(self.prices) - 1)
            price, draw = self.prices[rank], self.rng.random()
            if draw < 1 / 6:
                price += self.sign * self.rng.randint(1, 3)
                if price in changed or price in self.prices:
                    continue
                insort(self.prices, price, key=lambda each: each * self.sign)
            elif price in changed:
                continue
            if 1 / 6 <= draw < 1 / 3 and len(self.prices) > LEVELS:
                self.prices.remove(price)
                changed[price] = _NOTHING
            else:
                changed[price] = quantity_text(self.rng)
        return [(price_text(price), quantity) for price, quantity in sorted(changed.items(), reverse=self.sign < 0)]


def book(diffs: int, seed: int = 1) -> tuple[Diff, list[Diff]]:
    """Return a snapshot and that many diffs that follow it."""
    rng = random.Random(seed)
    bids, asks = Side(-1, rng), Side(1, rng)
    return (bids.snapshot(), asks.snapshot()), [(bids.diff(), asks.diff()) for _ in range(diffs)]


def captured_book(diffs: int) -> tuple[Diff, list[Diff]] | None:
    """Return the recorded snapshot and the diffs that follow it, or ``None`` without a recording."""
    if not CAPTURE.exists():
        return None
    messages = (json.loads(raw) for raw in captured())
    snapshot = next(message for message in messages if "lastUpdateId" in message)
    changes = (message["data"] for message in messages if message.get("stream", "").endswith("@depth@100ms"))
    later = (change for change in changes if change["u"] > snapshot["lastUpdateId"])
    return (snapshot["bids"], snapshot["asks"]), [(change["b"], change["a"]) for change in islice(later, diffs)]


def captured() -> Iterator[str]:
    with gzip.open(CAPTURE, "rt") as lines:
        for line in lines:
            yield json.loads(line)["raw"]


def price_text(ticks: int) -> str:
    return f"{ticks // 100}.{ticks % 100:02d}000000"


def quantity_text(rng: random.Random) -> str:
    return f"{rng.choice((0.01, 0.3, 3)) * rng.random():.5f}000"
