"""Numbers and texts as the venue writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradewire.venues.kraken.server.messages import Message, decimals_of, iso_nanos, number, shortest, status_frame


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("0", 8, b"0.00000000"),
        ("0E-8", 8, b"0.00000000"),
        ("1E-8", 8, b"0.00000001"),
        ("45285.2", 1, b"45285.2"),
        ("45285.20", 1, b"45285.2"),
        ("1E+2", 1, b"100.0"),
        ("7", 0, b"7"),
        ("-0.00017", 5, b"-0.00017"),
    ],
)
def test_numbers_have_fixed_decimals(value: str, decimals: int, text: bytes) -> None:
    assert bytes(number(Decimal(value), decimals)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.1", b"0.1"),
        ("4", b"4.0"),
        ("0", b"0.0"),
        ("1E+3", b"1000.0"),
        ("0.50", b"0.5"),
        ("0.0001", b"0.0001"),
        ("0.00001", b"1e-05"),
        ("0.00000001", b"1e-08"),
        ("0.000025", b"2.5e-05"),
        ("1E-12", b"1e-12"),
    ],
)
def test_steps_are_short_and_may_have_an_exponent(value: str, text: bytes) -> None:
    assert bytes(shortest(Decimal(value))) == text


@pytest.mark.parametrize(("step", "decimals"), [("1", 0), ("10", 0), ("0.5", 1), ("0.10", 1), ("0.00000001", 8)])
def test_decimals_of_a_step(step: str, decimals: int) -> None:
    assert decimals_of(Decimal(step)) == decimals


def test_nanoseconds_are_kept() -> None:
    assert iso_nanos(1_696_436_761_806_315_597) == "2023-10-04T16:26:01.806315597Z"
    assert iso_nanos(1_696_436_700_000_000_000) == "2023-10-04T16:25:00.000000000Z"


def test_the_status_as_published() -> None:
    assert status_frame("online", 18125794168470749634).payload == (
        b'{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2",'
        b'"connection_id":18125794168470749634,"upcoming_maintenance":[],"emergency":[]}]}'
    )


def test_a_malformed_message_is_the_first_half() -> None:
    broken = Message("trade BTC/USD", b'{"a":1}').malformed()
    assert (broken.stream, broken.frame.payload) == ("trade BTC/USD", b'{"a')
