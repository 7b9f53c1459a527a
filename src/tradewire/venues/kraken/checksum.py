"""The checksum that every book message carries: the only way to notice that something was lost.

Best ten asks upwards, then best ten bids downwards; of each level price and quantity, each in the pair's fixed decimals, its
point and its leading zeros removed, all in one string; of that the CRC-32. Source: guides, "Spot WebSockets (v2) book checksum".
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

#: Levels a side that are in the checksum, however deep the subscription goes.
CHECKED = 10


class Tokens(dict[tuple[str, str], str]):
    """What levels contribute, by their price and quantity texts: most of the best ten are those of the update before."""

    __slots__ = ()

    LIMIT = 8192

    def __missing__(self, level: tuple[str, str]) -> str:
        price, quantity = level
        token = price.replace(".", "").lstrip("0") + quantity.replace(".", "").lstrip("0")
        if len(self) >= self.LIMIT:
            self.clear()
        self[level] = token
        return token

    def of(self, levels: Iterable[tuple[str, str]]) -> bytes:
        """Return one side's part of the string, from its best ``CHECKED`` levels, best first."""
        return "".join(map(self.__getitem__, levels)).encode()


def checksum(asks: bytes, bids: bytes) -> int:
    """Return the checksum of both sides' parts."""
    return crc32(bids, crc32(asks))
