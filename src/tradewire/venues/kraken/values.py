"""Numbers and moments as Kraken writes them.

Numbers are JSON numbers whose digits matter: a checksum is made of the trailing zeros too. So they are decoded as the raw text
that stands in the message, never as floats. Statistics of cheap assets come with exponents (``1e-08``).
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

import msgspec

from tradewire.model.number import DecimalCache, decimal_of
from tradewire.model.time import SECOND, Nanos

_with_exponent = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?[eE][+-]?[0-9]{1,2}", re.ASCII).fullmatch
_moment = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z", re.ASCII).fullmatch


def text_of(raw: msgspec.Raw) -> str:
    """Return the text of a raw JSON value.

    Raises:
        ValueError: It is not ASCII, so no number.
    """
    return str(raw, "ascii")


class Numbers(DecimalCache):
    """``DecimalCache`` that takes exponents too, so long as the number can be written out in full."""

    __slots__ = ()

    def __missing__(self, text: str) -> Decimal:
        if _with_exponent(text):
            return decimal_of(format(Decimal(text), "f"))
        return super().__missing__(text)

    def read(self, raw: msgspec.Raw) -> Decimal:
        """Return the number that ``raw`` is.

        Raises:
            ValueError: It is none.
        """
        return self[str(raw, "ascii")]


class Moments:
    """Reads moments (``2023-09-25T07:49:37.708706Z``, up to nine decimals), remembering the latest second."""

    __slots__ = ("_second", "_text")

    def __init__(self) -> None:
        self._text = ""
        self._second: Nanos = 0

    def read(self, text: str) -> Nanos:
        """Return ``text`` as nanoseconds since the epoch.

        Raises:
            ValueError: It is no moment in UTC.
        """
        match = _moment(text)
        if match is None:
            raise ValueError(f"{text[:40]!r} is not a moment in UTC")
        second, fraction = match.groups("")
        if second != self._text:
            self._second = int(datetime.fromisoformat(second + "+00:00").timestamp()) * SECOND
            self._text = second
        return self._second + int(fraction.ljust(9, "0"))

    def maybe(self, text: str) -> Nanos | None:
        """Return ``text`` as ``read`` does, or ``None`` where a message leaves it out."""
        return self.read(text) if text else None
