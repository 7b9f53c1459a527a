"""One side of an order book: levels by price, as lazy as exactness allows.

An update arrives as pairs of texts, and most of it is never read. So the texts are stored as they are, by one
``dict.update``; a level becomes decimals when it is first read and stays so until it changes; a level that was removed
is an entry whose quantity is zero until somebody meets it. Only prices near the best are kept in order.

Price texts of one width with the point in one place sort like the numbers they spell, and spell each number in one way:
the text is both key and order. Where shapes differ (``9999.5`` beside ``10000.0``, ``1.0`` beside ``1.00``) the ladder
pads its keys with zeros to one shape.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial
from itertools import islice
from operator import methodcaller
from typing import Any, NamedTuple, TypeAlias

from tradewire.model.number import MAX_LENGTH, DecimalCache, positive_of

#: ``(price, quantity)`` as the wire spells them; elements past the second are ignored.
Change: TypeAlias = Sequence[str]


class Level(NamedTuple):
    """One price level; ``quantity`` in base currency."""

    price: Decimal
    quantity: Decimal


# A NamedTuple's own constructor is a Python function; this makes the same object at half the cost.
_level = partial(tuple.__new__, Level)

_ZERO = Decimal(0)
_ZEROS = frozenset(["0", *("0." + "0" * places for places in range(1, MAX_LENGTH - 1))])  # how venues spell "removed"

#: How many prices next to the best are in order after a refill; at four times as many it is time for another.
_NEAR = 192


class Ladder:
    """Levels of one side.

    Args:
        descending: Whether the highest price is the best (bids).
        max_levels: After each update levels worse than the best ``max_levels`` are forgotten; ``None`` keeps all.
    """

    __slots__ = ("_bound", "_descending", "_edge", "_keep", "_key", "_known", "_levels", "_max", "_near", "_numbers", "_shape")

    def __init__(self, *, descending: bool, max_levels: int | None = None) -> None:
        self._descending = descending
        self._max = max_levels
        self._numbers = DecimalCache()
        self._keep = _NEAR if max_levels is None else sys.maxsize
        self.clear()

    def clear(self) -> None:
        """Forget all levels, and the shape of their prices."""
        self._levels: dict[str, Any] = {}  # by price text: the quantity's text, or a Level once read
        self._known = 0  # how many of them _admit has seen; a dict keeps the later ones last
        self._bound = 0  # with more entries than this it is time to purge
        self._shape = _Shape("")
        self._key: Callable[[str], str] | None = None  # from the wire's spelling to ours, once there are several shapes
        self._order(self._levels, self._keep)

    def apply(self, changes: Iterable[Change]) -> None:
        """Set absolute quantities, in order; zero removes.

        Raises:
            ValueError: A price is not a plain positive decimal. The ladder is then undefined until it is cleared.
        """
        if not isinstance(changes, list):
            changes = list(changes)
        levels, key = self._levels, self._key
        if key is None:
            try:
                levels.update(changes)  # type: ignore[arg-type]  # sequences of two texts will do
            except ValueError:  # some are longer; what has been stored already is stored again
                levels.update([(change[0], change[1]) for change in changes])
        else:
            levels.update([(key(change[0]), change[1]) for change in changes])
        if len(levels) != self._known:
            self._admit(changes)
        if self._max is not None:
            self._truncate(changes, self._max)

    def read(self, count: int) -> tuple[Level, ...]:
        """Return the best ``count`` levels (or all there are), best first.

        Raises:
            ValueError: A quantity is not a plain decimal that is at least zero.
        """
        if count < 1:
            return ()
        levels, numbers, near = self._levels, self._numbers, self._near
        found: list[Level] = []
        gone: list[str] = []
        for price in reversed(near) if self._descending else near:
            level = levels[price]
            if level.__class__ is str:
                if level in _ZEROS:
                    gone.append(price)
                    continue
                try:
                    quantity = positive_of(level)
                except ValueError:
                    raise _no_quantity(price, level) from None
                level = levels[price] = _level((numbers[price], quantity))
            found.append(level)
            if len(found) == count:
                break
        if gone:
            self._drop(gone)
        if len(found) < count and len(near) < len(levels):
            self._purge()
            self._order(self._levels, max(self._keep, 2 * count))
            return self.read(count)
        return tuple(found)

    def texts(self, count: int) -> list[tuple[str, str]]:
        """Return price and quantity of the best ``count`` levels (or all there are) in the wire's own digits, best first.

        Prices may have more zeros than the wire's, where those differed in length.
        """
        levels, near = self._levels, self._near
        found: list[tuple[str, str]] = []
        for price in reversed(near) if self._descending else near:
            if len(found) == count:
                break
            level = levels[price]
            if level.__class__ is Level:
                found.append((price, format(level.quantity, "f")))
            elif level not in _ZEROS:
                found.append((price, level))
        if len(found) < count and len(near) < len(levels):
            self._purge()
            self._order(self._levels, max(self._keep, 2 * count))
            return self.texts(count)
        return found

    def quantity_at(self, price: Decimal) -> Decimal:
        """Return the quantity at exactly ``price``, zero if there is no such level.

        Raises:
            ValueError: As ``read``.
        """
        key = self._shape.spell(price)
        level = self._levels.get(key)
        if level is None or self._numbers[key] != price:
            return _ZERO
        if level.__class__ is str and level not in _ZEROS:
            try:
                return positive_of(level)
            except ValueError:
                raise _no_quantity(key, level) from None
        quantity: Decimal = _ZERO if level.__class__ is str else level.quantity
        return quantity

    def __len__(self) -> int:
        self._purge()
        return len(self._levels)

    def _admit(self, changes: list[Change]) -> None:
        """Check the prices that are new, and put those near the best in order."""
        levels, near, edge, descending = self._levels, self._near, self._edge, self._descending
        if not self._known and self._key is None:
            self._shape = _Shape(changes[0][0])
        fits, zero = self._shape.fits, self._shape.zero
        fresh = len(levels) - self._known
        if fresh > _NEAR:
            edge = "~" if descending else ""  # better than any: sorting all of them at the end is cheaper
        for price in islice(reversed(levels), fresh):
            if not fits(price):
                self._reshape(changes)
                return
            if price == zero:
                raise ValueError("zero is not a price")
            if price > edge if descending else price < edge:
                insort(near, price)
        self._known = len(levels)
        if fresh > _NEAR:
            self._order(levels, self._keep)
        elif len(near) > 4 * self._keep:
            self._order(near, self._keep)
        if len(levels) > self._bound:
            self._purge()

    def _reshape(self, changes: list[Change]) -> None:
        """Pad all keys to a shape that every price fits, then store ``changes`` again: the last word on a price counts."""
        key = self._key = _padding([*self._levels, *(change[0] for change in changes)])
        self._shape = _Shape(key(changes[0][0]))
        self._levels = {key(price): level for price, level in self._levels.items()}
        self._known = len(self._levels)
        self._order(self._levels, self._keep)
        self.apply(changes)

    def _order(self, prices: Iterable[str], size: int) -> None:
        """Sort ``prices`` and keep the best ``size``: whatever is better than the edge is among them."""
        near = sorted(prices)
        if size < len(near):
            near = near[-size:] if self._descending else near[:size]
            self._edge = near[0] if self._descending else near[-1]
        elif prices is self._levels:
            self._edge = "" if self._descending else "~"
        self._near = near

    def _drop(self, prices: list[str]) -> None:
        levels, near = self._levels, self._near
        for price in prices:
            del levels[price]
            index = bisect_left(near, price)
            if index < len(near) and near[index] == price:
                del near[index]
        self._known = len(levels)

    def _purge(self) -> None:
        """Forget every level that was removed, so that the entries stay within a few times the levels."""
        levels = self._levels = {
            price: level for price, level in self._levels.items() if level.__class__ is Level or level not in _ZEROS
        }
        self._near = [price for price in self._near if price in levels]
        self._known = len(levels)
        self._bound = 3 * len(levels) + 10 * _NEAR

    def _truncate(self, changes: list[Change], limit: int) -> None:
        """Drop what ``changes`` removed, and then what lies beyond the best ``limit`` levels (all are in order here)."""
        levels, key = self._levels, self._key
        touched = {change[0] if key is None else key(change[0]) for change in changes}
        self._drop([price for price in touched if price in levels and levels[price].__class__ is str and levels[price] in _ZEROS])
        near = self._near
        if len(near) > limit:
            self._drop(near[: len(near) - limit] if self._descending else near[limit:])


class _Shape:
    """What keys look like: so many digits before the point, so many after it.

    Attributes:
        fits: Whether a text is a number in this shape; in one shape each number has one spelling.
        zero: How zero is spelled.
    """

    __slots__ = ("_decimals", "_width", "fits", "zero")

    def __init__(self, sample: str) -> None:
        whole, point, fraction = sample.partition(".")
        self._width = len(sample)
        self._decimals = len(fraction)
        self.zero = "0" * len(whole) + point + "0" * len(fraction)
        self.fits = re.compile(rf"[0-9]{{{len(whole)}}}" + (rf"\.[0-9]{{{len(fraction)}}}" if point else "")).fullmatch

    def spell(self, price: Decimal) -> str:
        """Write ``price`` in this shape; it comes out as another price if it has more digits than the shape."""
        return format(price, f"0{self._width}.{self._decimals}f")


def _padding(prices: Iterable[str]) -> Callable[[str], str]:
    """Return what pads price texts to the widest of ``prices``. A text that needs more room comes out in another shape.

    Raises:
        ValueError: One of them is no price.
    """
    texts = [(price, *price.partition(".")) for price in prices if _is_price(price)]
    decimals = {len(fraction) for _, _, _, fraction in texts}
    if len(decimals) == 1:
        return methodcaller("zfill", max(len(price) for price, _, _, _ in texts))
    return _Padding(max(len(whole) for _, whole, _, _ in texts), max(decimals)).__getitem__


def _is_price(text: str) -> bool:
    try:
        return bool(positive_of(text))
    except ValueError as error:
        raise ValueError(f"not a price: {error}") from None


def _no_quantity(price: str, text: str) -> ValueError:
    return ValueError(f"the level at {price} has the quantity {text[:MAX_LENGTH]!r}")


class _Padding(dict[str, str]):
    """Padded price texts by the wire's spelling, for venues that write one price with more decimals than another."""

    __slots__ = ("_decimals", "_digits")

    def __init__(self, digits: int, decimals: int) -> None:
        super().__init__()
        self._digits = digits
        self._decimals = decimals

    def __missing__(self, text: str) -> str:
        _is_price(text)
        whole, _, fraction = text.partition(".")
        key = whole.zfill(self._digits) + "." + fraction.ljust(self._decimals, "0")
        if len(self) >= DecimalCache.LIMIT:
            self.clear()
        self[text] = key
        return key
