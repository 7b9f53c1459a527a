"""One side of an order book: levels by price, as lazy as exactness allows.

An update arrives as pairs of texts, and most of it is never read. So the texts are stored as they are, by one
``dict.update``; a level becomes decimals when it is first read and stays so until it changes; a level that was removed
is an entry whose quantity is zero until somebody meets it. Only prices near the best are kept in order.

Price texts of one width with the point in one place sort like the numbers they spell, and spell each number in one way:
the text is both key and order. Where shapes differ (``9999.5`` beside ``10000.0``, ``1.0`` beside ``1.00``) the ladder
pads all its keys with zeros to one shape.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from tradewire.model.number import DecimalCache, decimal_of, plain

#: ``(price, quantity)`` as the wire spells them; elements past the second are ignored.
Change: TypeAlias = Sequence[str]


class Level(NamedTuple):
    """One price level; ``quantity`` in base currency."""

    price: Decimal
    quantity: Decimal


# A NamedTuple's own constructor is a Python function; this makes the same object at half the cost.
_level = partial(tuple.__new__, Level)

_ZERO = Decimal(0)
_HUGE = Decimal(10) ** 40  # nothing that a venue lists comes near

#: How many prices next to the best are in order after a refill; at four times as many it is time for another.
_NEAR = 64


class Ladder:
    """Levels of one side.

    Args:
        descending: Whether the highest price is the best (bids).
        max_levels: After each update levels worse than the best ``max_levels`` are forgotten; ``None`` keeps all.
    """

    __slots__ = ("_bound", "_descending", "_edge", "_keep", "_keys", "_known", "_levels", "_max", "_near", "_prices")

    def __init__(self, *, descending: bool, max_levels: int | None = None) -> None:
        self._descending = descending
        self._max = max_levels
        self._keep = _NEAR if max_levels is None else sys.maxsize
        self.clear()

    def clear(self) -> None:
        """Forget all levels, and the shape of their prices."""
        self._levels: dict[str, Any] = {}  # by price text: the quantity's text, or a Level once read
        self._known = 0  # how many of them _admit has seen; a dict keeps the later ones last
        self._bound = 0  # with more entries than this it is time to purge
        self._prices = _Prices("")
        self._keys: _Keys | None = None  # from the wire's spelling to the padded one, once there are several shapes
        self._refill(0)

    def apply(self, changes: Iterable[Change]) -> None:
        """Set absolute quantities, in order; zero removes.

        Raises:
            ValueError: A price is not a plain positive decimal. The ladder is then undefined until it is cleared.
        """
        if changes.__class__ is not list:
            changes = list(changes)
        levels, keys = self._levels, self._keys
        if keys is None:
            try:
                levels.update(changes)  # type: ignore[arg-type]  # sequences of two texts will do
            except ValueError:  # some are longer; what has been stored already is stored again
                levels.update([(change[0], change[1]) for change in changes])
        else:
            levels.update([(keys[change[0]], change[1]) for change in changes])
        if len(levels) != self._known:
            self._admit(changes)
        if self._max is not None:
            self._truncate(changes, self._max)

    def read(self, count: int) -> tuple[Level, ...]:
        """Return the best ``count`` levels (or all there are), best first.

        Raises:
            ValueError: A quantity is not a decimal that is at least zero.
        """
        if count < 1:
            return ()
        levels, prices, near = self._levels, self._prices, self._near
        found: list[Level] = []
        gone: list[str] = []
        for price in reversed(near) if self._descending else near:
            level = levels[price]
            if level.__class__ is str:
                try:
                    quantity = Decimal(level)
                    legal = _ZERO < quantity < _HUGE
                except InvalidOperation:
                    legal, quantity = False, _HUGE
                if not legal:
                    if quantity:
                        raise ValueError(f"the level at {price} has the quantity {level!r}")
                    gone.append(price)
                    continue
                level = levels[price] = _level((prices[price], quantity))
            found.append(level)
            if len(found) == count:
                break
        if gone:
            self._drop(gone)
        if len(found) < count and len(near) < len(levels):
            self._refill(max(self._keep, 2 * count))
            return self.read(count)
        return tuple(found)

    def quantity_at(self, price: Decimal) -> Decimal:
        """Return the quantity at exactly ``price``, zero if there is no such level.

        Raises:
            ValueError: As ``read``.
        """
        key = self._prices.spell(price)
        level = self._levels.get(key)
        if level is None or self._prices[key] != price:
            return _ZERO
        quantity: Decimal = decimal_of(level) if level.__class__ is str else level.quantity
        return quantity

    def __len__(self) -> int:
        self._purge()
        return len(self._levels)

    def _admit(self, changes: list[Change]) -> None:
        """Check the prices that are new, and put those near the best in order."""
        levels, near, edge, descending = self._levels, self._near, self._edge, self._descending
        if not self._known and self._keys is None:
            self._prices = _Prices(changes[0][0])
        prices = self._prices
        fresh = len(levels) - self._known
        if fresh > _NEAR:
            edge = "~" if descending else ""  # better than any: sorting all of them at the end is cheaper
        try:
            for price in islice(reversed(levels), fresh):
                prices[price]  # the look-up checks it
                if price > edge if descending else price < edge:
                    insort(near, price)
        except _AnotherShapeError:
            self._reshape(changes, fresh)
            return
        self._known = len(levels)
        if fresh > _NEAR or len(near) > 4 * self._keep:
            self._refill(self._keep)
        if len(levels) > self._bound:
            self._purge()

    def _reshape(self, changes: list[Change], fresh: int) -> None:
        """Pad all keys to a shape that every price fits, then store ``changes`` again: the last word on a price counts."""
        for price in list(islice(reversed(self._levels), fresh)):
            del self._levels[price]
        spellings = [*self._levels, *(change[0] for change in changes)]
        keys = self._keys = _Keys(spellings)
        self._prices = _Prices(keys[spellings[0]])
        self._levels = {keys[price]: level for price, level in self._levels.items()}
        self._known = len(self._levels)
        self._refill(self._keep)
        self.apply(changes)

    def _refill(self, size: int) -> None:
        """Sort all prices and keep the best ``size`` in order: whatever is better than the edge is among them."""
        prices = sorted(self._levels)
        if size >= len(prices):
            self._near, self._edge = prices, "" if self._descending else "~"
        elif self._descending:
            self._near = prices[-size:]
            self._edge = self._near[0]
        else:
            self._near = prices[:size]
            self._edge = self._near[-1]

    def _drop(self, prices: list[str]) -> None:
        levels, near = self._levels, self._near
        for price in prices:
            del levels[price]
            index = bisect_left(near, price)
            if index < len(near) and near[index] == price:
                del near[index]
        self._known = len(levels)

    def _purge(self) -> None:
        """Drop every level that was removed, so that the entries stay within twice the levels."""
        self._drop([price for price, level in self._levels.items() if _removed(level)])
        self._bound = 2 * len(self._levels) + 10 * _NEAR

    def _truncate(self, changes: list[Change], limit: int) -> None:
        """Drop what ``changes`` removed, and then what lies beyond the best ``limit`` levels (all are in order here)."""
        levels, keys = self._levels, self._keys
        touched = {change[0] if keys is None else keys[change[0]] for change in changes}
        self._drop([price for price in touched if price in levels and _removed(levels[price])])
        near = self._near
        if len(near) > limit:
            self._drop(near[: len(near) - limit] if self._descending else near[limit:])


def _removed(level: str | Level) -> bool:
    return level.__class__ is str and not level.strip("0.")


class _AnotherShapeError(Exception):
    """A price text has another width, or its point elsewhere."""


class _Prices(DecimalCache):
    """Decimals by price text; refuses what is no price, or not of the shape of ``sample``."""

    __slots__ = ("_point", "_width")

    def __init__(self, sample: str) -> None:
        super().__init__()
        self._width = len(sample)
        self._point = sample.find(".")

    def __missing__(self, text: str) -> Decimal:
        if len(text) != self._width or text.find(".") != self._point:
            raise _AnotherShapeError
        if text.startswith("-") or not text.strip("0."):
            raise ValueError(f"{text!r} is not a price")
        return super().__missing__(text)

    def spell(self, price: Decimal) -> str:
        """Write ``price`` in this shape; it comes out as another price if it has more digits than the shape."""
        decimals = self._width - self._point - 1 if self._point >= 0 else 0
        return format(price, f"0{self._width}.{decimals}f")


class _Keys(dict[str, str]):
    """Price texts padded with zeros to the widest of ``prices``. A text that needs more room comes out wider."""

    __slots__ = ("_decimals", "_digits")

    def __init__(self, prices: Iterable[str]) -> None:
        super().__init__()
        parts = [plain(decimal_of(price)).partition(".") for price in prices]
        self._digits = max(len(whole) for whole, _, _ in parts)
        self._decimals = max(len(fraction) for _, _, fraction in parts)

    def __missing__(self, text: str) -> str:
        whole, _, fraction = plain(decimal_of(text)).partition(".")
        key = whole.zfill(self._digits)
        if self._decimals or fraction:
            key += "." + fraction.ljust(self._decimals, "0")
        if len(self) >= DecimalCache.LIMIT:
            self.clear()
        self[text] = key
        return key
