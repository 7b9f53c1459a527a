"""Exact numbers: from the wire's text to ``Decimal`` and back, and the arithmetic of ticks and steps.

``decimal_of`` reads strictly, ``positive_of`` and ``amount_of`` also mind the sign. A ``DecimalCache`` does the same for texts
that repeat, as prices do: a hit costs one dictionary look-up.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Context, Decimal

#: Longer texts are refused: no venue quotes that many digits, and arithmetic on them is a way to stall a reader.
MAX_LENGTH = 40

_is_plain = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII).fullmatch
# What nearly all texts on a wire look like, short enough by its pattern; possessive, since it can match in one way only.
_is_usual = re.compile(r"[0-9]{1,20}+\.[0-9]{1,19}+").fullmatch
# ``Decimal`` itself looks for the thread's context first. No text of this length is rounded here.
_read = Context(prec=MAX_LENGTH).create_decimal


def decimal_of(text: str) -> Decimal:
    """Read a plain decimal number, keeping every digit (``"1.300"`` stays ``Decimal('1.300')``).

    Raises:
        ValueError: ``text`` is empty, has an exponent, spaces or a plus sign, is NaN or infinite, or is longer than
            ``MAX_LENGTH`` characters. The message names the text.
    """
    if _is_usual(text) is not None:
        return _read(text)
    if len(text) > MAX_LENGTH:
        raise ValueError(f"{text[:MAX_LENGTH]!r}… is too long for a number ({len(text)} characters, at most {MAX_LENGTH})")
    if not _is_plain(text):
        raise ValueError(f"{text!r} is not a plain decimal number (digits, at most one point, no exponent)")
    return Decimal(text)


def positive_of(text: str) -> Decimal:
    """Read as ``decimal_of`` what must be above zero, as prices are.

    Raises:
        ValueError: As ``decimal_of``, or the number is zero or below.
    """
    if _is_usual(text) is not None and (value := _read(text)):  # no sign fits the pattern
        return value
    if (value := decimal_of(text)) > 0:
        return value
    raise ValueError(f"{text!r} is not positive")


def amount_of(text: str) -> Decimal:
    """Read as ``decimal_of`` what must not be below zero, as volumes are.

    Raises:
        ValueError: As ``decimal_of``, or there is a minus sign.
    """
    if text.startswith("-"):
        raise ValueError(f"{text!r} is negative")
    return decimal_of(text)


class DecimalCache(dict[str, Decimal]):
    """Interned decimals by text: ``cache[text]`` is ``decimal_of(text)``, made once.

    Subscript is the only read that fills it. A cache that is full forgets everything and starts again: what repeats
    is back at once, and memory stays bounded without bookkeeping on hits.

    Args:
        read: What reads a text instead of ``decimal_of``.
        limit: How many texts it holds at most.
    """

    __slots__ = ("_read", "limit")

    LIMIT = 8192

    def __init__(self, read: Callable[[str], Decimal] = decimal_of, *, limit: int = LIMIT) -> None:
        super().__init__()
        self._read = read
        self.limit = limit

    def __missing__(self, text: str) -> Decimal:
        value = self._read(text)
        if len(self) >= self.limit:
            self.clear()
        self[text] = value
        return value


def exact(value: str | int | Decimal) -> Decimal:
    """Return a caller's number as a ``Decimal``, refusing what has already lost its digits.

    Raises:
        TypeError: ``value`` is a ``float`` (or a ``bool``, or no number at all).
        ValueError: A text that ``decimal_of`` refuses, or a ``Decimal`` that is not finite.
    """
    if isinstance(value, str):
        return decimal_of(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a finite number")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float):
        raise TypeError(
            f"the float {value!r} is really {Decimal(value):.25g}: binary floats cannot hold most decimal amounts; "
            f"give the text '{value!r}' or a Decimal"
        )
    raise TypeError(f"a number is a str, an int or a Decimal, not a {type(value).__name__}")


def plain(value: Decimal) -> str:
    """Write ``value`` with all its digits and without an exponent: ``Decimal("1E-7")`` becomes ``0.0000001``.

    Raises:
        ValueError: ``value`` is not finite.
    """
    if not value.is_finite():
        raise ValueError(f"{value} is not a finite number")
    return format(value, "f")


def on_step(value: Decimal, step: Decimal) -> bool:
    """Whether ``value`` is a whole multiple of ``step``.

    Raises:
        ValueError: ``step`` is not positive.
    """
    return nearest_steps(value, step)[0] == value


def floor_to_step(value: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of ``step`` that is not above ``value``, written with the step's decimals.

    Raises:
        ValueError: ``step`` is not positive.
    """
    return nearest_steps(value, step)[0]


def nearest_steps(value: Decimal, step: Decimal) -> tuple[Decimal, Decimal]:
    """Return the multiples of ``step`` just below and just above ``value``; both are ``value`` where it is one.

    Raises:
        ValueError: ``step`` is not positive.
    """
    if step <= 0:
        raise ValueError(f"a step must be positive, not {step}")
    below = value // step * step
    if below > value:  # Decimal's // truncates towards zero
        below -= step
    return (below, below) if below == value else (below, below + step)
