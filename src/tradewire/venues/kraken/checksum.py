"""The checksum that every book message carries: the only way to notice that something was lost.

Best ten asks upwards, then best ten bids downwards; of each level price and quantity, each in the pair's fixed decimals, its
point and its leading zeros removed, all in one string; of that the CRC-32. Source: guides, "Spot WebSockets (v2) book checksum".
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

#: Levels a side that are in the checksum, however deep the subscription goes.
CHECKED = 10


def tokens(levels: Iterable[tuple[str, str]]) -> bytes:
    """Return one side's part of the string, from the price and quantity texts of its best ``CHECKED`` levels, best first."""
    digits = [price.replace(".", "").lstrip("0") + quantity.replace(".", "").lstrip("0") for price, quantity in levels]
    return "".join(digits).encode()


def checksum(asks: bytes, bids: bytes) -> int:
    """Return the checksum of both sides' ``tokens``."""
    return crc32(bids, crc32(asks))
