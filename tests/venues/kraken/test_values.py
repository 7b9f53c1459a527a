"""Numbers and moments as Kraken writes them."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from tradewire.venues.kraken.values import Moments, Numbers, text_of


@pytest.mark.parametrize(
    ("text", "written_out"),
    [
        ("45285.2", "45285.2"),
        ("0.00100000", "0.00100000"),
        ("740.0", "740.0"),
        ("0", "0"),
        ("-0.00017", "-0.00017"),
        ("1e-08", "0.00000001"),
        ("1.5e-05", "0.000015"),
        ("-2E+3", "-2000"),
    ],
)
def test_every_digit_is_kept(text: str, written_out: str) -> None:
    numbers = Numbers()
    for _ in range(2):
        number = numbers.read(msgspec.Raw(text.encode()))
        assert format(number, "f") == written_out
        assert number == Decimal(text)


@pytest.mark.parametrize(
    "text", ["null", "true", '"1.5"', "NaN", "1e999", "1e99", "[1]", "{}", "", "9" * 41, "1.5e", "1e-999999999", '"٣"']
)
def test_what_is_no_number_never_becomes_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Numbers().read(msgspec.Raw(text.encode()))


def test_the_text_of_a_number_is_its_own() -> None:
    assert text_of(msgspec.Raw(b"0.00100000")) == "0.00100000"
    with pytest.raises(ValueError, match="ascii"):
        text_of(msgspec.Raw("٣".encode()))


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("1970-01-01T00:00:01Z", 1_000_000_000),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("2023-09-25T07:49:37.708706Z", 1_695_628_177_708_706_000),
        ("2023-10-06T17:35:00.279389650Z", 1_696_613_700_279_389_650),
        ("2024-02-29T23:59:59.999999999Z", 1_709_251_199_999_999_999),
    ],
)
def test_moments(text: str, nanos: int) -> None:
    moments = Moments()
    assert moments.read(text) == nanos
    assert moments.read(text) == nanos
    assert moments.maybe(text) == nanos


def test_the_second_is_remembered_and_not_mistaken() -> None:
    moments = Moments()
    texts = ("2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.2Z", "2024-01-01T00:00:01.1Z", "2024-01-01T00:00:00.3Z")
    first = moments.read("2024-01-01T00:00:00Z")
    assert [(moments.read(text) - first) // 100_000_000 for text in texts] == [1, 2, 11, 3]


def test_a_moment_may_be_missing() -> None:
    assert Moments().maybe("") is None


@pytest.mark.parametrize("text", ["", "now", "2024-01-01T00:00:00", "2024-01-01T00:00:00+01:00", "2024-13-01T00:00:00Z", "1.0"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Moments().read(text)
