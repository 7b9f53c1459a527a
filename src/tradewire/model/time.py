"""Time is an integer count of nanoseconds since the Unix epoch, UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias

#: Nanoseconds since 1970-01-01T00:00:00Z. Integers, so that no digit is lost.
Nanos: TypeAlias = int

MICROSECOND: int = 1_000
MILLISECOND: int = 1_000_000
SECOND: int = 1_000_000_000


def utc(moment: Nanos) -> datetime:
    """Return ``moment`` as an aware ``datetime`` (which keeps microseconds only)."""
    seconds, rest = divmod(moment, SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // MICROSECOND)


def iso(moment: Nanos) -> str:
    """Return ``moment`` as ``2026-01-31T12:34:56.789012Z``."""
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
