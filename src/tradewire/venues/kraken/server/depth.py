"""The whole book of a market, and what of it changes within a window of so many levels.

The venue shows each subscriber the best ``depth`` levels a side (book channel): a level that enters the window is sent, a
level that is pushed out by better ones is not mentioned.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias
from zlib import crc32

from tradewire.model.events import Side
from tradewire.venues.backend import BookState, Level, LevelChange

#: Levels a side that the checksum covers.
CHECKED = 10

#: The last key within a full window; ``None`` where there is room for more.
Edge: TypeAlias = Decimal | None

_ZERO = Decimal(0)


class DepthSide:
    """One side of a book. Keys are prices, negative on the bid side, so that the best comes first.

    Args:
        sign: -1 for bids, 1 for asks.
    """

    def __init__(self, levels: Iterable[Level], sign: int) -> None:
        self._sign = sign
        self._quantities = {price * sign: quantity for price, quantity in levels}
        self._order = sorted(self._quantities)
        self._before: dict[Decimal, Decimal] = {}

    def set(self, price: Decimal, quantity: Decimal) -> None:
        """Set what rests at ``price``; zero takes the level away."""
        key = price * self._sign
        old = self._quantities.pop(key, _ZERO)
        self._before.setdefault(key, old)
        if quantity:
            self._quantities[key] = quantity
        if quantity and not old:
            insort(self._order, key)
        elif old and not quantity:
            del self._order[bisect_left(self._order, key)]

    def best(self, depth: int) -> list[Level]:
        """Return the best levels."""
        return [self._level(key) for key in self._order[:depth]]

    def edge(self, depth: int) -> Edge:
        """Return where a window of ``depth`` levels ends now."""
        return self._order[depth - 1] if len(self._order) >= depth else None

    def changes(self, depth: int, before: Edge) -> list[Level]:
        """Return what differs between a window of ``depth`` now and as it was (ending at ``before``) at the last ``settle``."""
        now = self.edge(depth)
        found = [self._level(key) for key, old in self._before.items() if self._differs(key, old, before, now)]
        if before is not None:
            entering = self._order[bisect_right(self._order, before) : depth]
            found += [self._level(key) for key in entering if key not in self._before]
        return found

    def settle(self) -> None:
        """Let the present be what later changes are compared with."""
        self._before.clear()

    def _differs(self, key: Decimal, old: Decimal, before: Edge, now: Edge) -> bool:
        new = self._quantities.get(key, _ZERO)
        was_shown = bool(old) and (before is None or key <= before)
        if not new:
            return was_shown
        return (now is None or key <= now) and not (was_shown and new == old)

    def _level(self, key: Decimal) -> Level:
        return key * self._sign, self._quantities.get(key, _ZERO)


class Depth:
    """Both sides.

    Args:
        state: The book to begin with, complete.
    """

    def __init__(self, state: BookState) -> None:
        self.bids = DepthSide(state.bids, -1)
        self.asks = DepthSide(state.asks, 1)
        self._update_id = state.update_id

    def apply(self, change: LevelChange) -> None:
        """Apply one change; those that the book began with are known already."""
        if change.update_id > self._update_id:
            self._update_id = change.update_id
            (self.bids if change.side is Side.BUY else self.asks).set(change.price, change.quantity)

    def top(self) -> tuple[Level, Level]:
        """Return best bid and ask; zeros for an empty side."""
        nothing = [(_ZERO, _ZERO)]
        return (self.bids.best(1) or nothing)[0], (self.asks.best(1) or nothing)[0]

    def settle(self) -> None:
        """Let the present be what later changes are compared with."""
        self.bids.settle()
        self.asks.settle()

    def checksum(self, price_decimals: int, quantity_decimals: int) -> int:
        """Return the CRC-32 of the best ten asks, then bids: digits without point and leading zeros ("Book checksum v2")."""
        levels = [*self.asks.best(CHECKED), *self.bids.best(CHECKED)]
        tokens = (_digits(price, price_decimals) + _digits(quantity, quantity_decimals) for price, quantity in levels)
        return crc32("".join(tokens).encode())


def _digits(number: Decimal, decimals: int) -> str:
    return f"{number:.{decimals}f}".replace(".", "").lstrip("0")
