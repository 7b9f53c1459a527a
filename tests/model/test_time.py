"""Moments keep every digit that their form allows."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tradewire.model.time import MICROSECOND, MILLISECOND, SECOND, iso, utc


def test_units() -> None:
    assert SECOND == 1000 * MILLISECOND == 1_000_000 * MICROSECOND == 1_000_000_000


def test_iso_has_microseconds_and_z() -> None:
    assert iso(1_769_862_896_789_012_999) == "2026-01-31T12:34:56.789012Z"
    assert iso(0) == "1970-01-01T00:00:00.000000Z"


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)), st.integers(0, 999))  # noqa: DTZ001 - hypothesis wants naive bounds
def test_no_microsecond_is_lost(moment: datetime, rest: int) -> None:
    aware = moment.replace(tzinfo=UTC)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    since = aware - epoch
    nanos = (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * MICROSECOND + rest
    assert utc(nanos) == aware
    assert utc(nanos).tzinfo is UTC
