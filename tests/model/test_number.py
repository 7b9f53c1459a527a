"""Numbers are read strictly, kept exactly and written plainly."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.model.number import (
    MAX_LENGTH,
    DecimalCache,
    amount_of,
    decimal_of,
    exact,
    floor_to_step,
    nearest_steps,
    on_step,
    plain,
    positive_of,
)

steps = st.sampled_from(["0.01", "0.01000000", "1", "0.5", "0.00000001", "0.25", "10", "3"]).map(Decimal)
values = st.decimals(min_value=-(10**9), max_value=10**9, places=8)


@pytest.mark.parametrize("text", ["0", "1.300", "-0.5", "00012.50", "64123.45000000", "1" * 40])
def test_every_digit_is_kept(text: str) -> None:
    assert decimal_of(text) == Decimal(text)
    assert decimal_of(text).as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize(
    "text", ["", " ", " 1", "1 ", "+1", "1.", ".5", "1e5", "1E-7", "NaN", "sNaN", "Infinity", "-", "1_000", "1,5", "٣", "0x1"]
)
def test_what_is_no_plain_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="not a plain decimal") as caught:
        decimal_of(text)
    assert repr(text) in str(caught.value)


@given(st.text("0123456789.-+eE _\u0663\n", max_size=8) | st.from_regex(r"-?[0-9]{1,42}(\.[0-9]{1,42})?", fullmatch=True))
def test_reading_is_strict_and_exact(text: str) -> None:
    plain_text = len(text) <= MAX_LENGTH and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None
    if plain_text:
        assert decimal_of(text).as_tuple() == DecimalCache()[text].as_tuple() == Decimal(text).as_tuple()
    else:
        with pytest.raises(ValueError, match="number"):
            decimal_of(text)
        with pytest.raises(ValueError, match="number"):
            DecimalCache()[text]


def test_absurd_lengths_are_refused_without_repeating_them() -> None:
    with pytest.raises(ValueError, match="too long") as caught:
        decimal_of("9" * 100_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["0.1", "64123.45000000", "7", "0.00000001", "1" * 40])
def test_what_is_above_zero_is_positive_and_an_amount(text: str) -> None:
    assert positive_of(text).as_tuple() == amount_of(text).as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize("text", ["0", "0.00", "00", "0" * 40])
def test_zero_is_an_amount_but_not_positive(text: str) -> None:
    assert amount_of(text) == 0
    with pytest.raises(ValueError, match="is not positive"):
        positive_of(text)


@pytest.mark.parametrize("text", ["-0", "-0.1", "-64000.00", "-7"])
def test_a_minus_sign_is_neither(text: str) -> None:
    with pytest.raises(ValueError, match="is negative"):
        amount_of(text)
    with pytest.raises(ValueError, match="is not positive"):
        positive_of(text)


@pytest.mark.parametrize("text", ["1e5", "NaN", "+3", " 7", "", "9" * 41])
def test_both_read_as_strictly(text: str) -> None:
    for read in (positive_of, amount_of):
        with pytest.raises(ValueError, match="number"):
            read(text)


def test_a_cache_reads_as_it_was_told() -> None:
    cache = DecimalCache(positive_of)
    assert cache["1.5"] is cache["1.5"]
    with pytest.raises(ValueError, match="not positive"):
        cache["0"]


def test_a_cache_makes_each_decimal_once_and_stays_bounded() -> None:
    cache = DecimalCache(limit=3)
    assert cache["1.10"] is cache["1.10"]
    for number in range(10):
        assert cache[str(number)] == number
        assert len(cache) <= 3
    with pytest.raises(ValueError, match="NaN"):
        cache["NaN"]
    assert "NaN" not in cache


@pytest.mark.parametrize(("value", "expected"), [("0.10", "0.10"), (3, "3"), (Decimal("1E-7"), "1E-7")])
def test_exact_takes_what_has_its_digits(value: str | int | Decimal, expected: str) -> None:
    assert exact(value).as_tuple() == Decimal(expected).as_tuple()


def test_exact_explains_why_a_float_is_refused() -> None:
    value: Any = 0.1
    with pytest.raises(TypeError, match=r"0\.1 is really 0\.10000000000000000555.*give the text '0\.1'"):
        exact(value)


@pytest.mark.parametrize("value", [True, None, b"1", [1]])
def test_exact_refuses_what_is_no_number(value: Any) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        exact(value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), "1e5"])
def test_exact_refuses_what_is_not_finite_or_plain(value: Any) -> None:
    with pytest.raises(ValueError, match="not a"):
        exact(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E-7", "0.0000001"), ("1E+3", "1000"), ("1.300", "1.300"), ("0E-8", "0.00000000"), ("-2.5", "-2.5")],
)
def test_plain_has_no_exponent(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


def test_plain_refuses_nan() -> None:
    with pytest.raises(ValueError, match="finite"):
        plain(Decimal("NaN"))


@given(values, steps)
def test_steps_enclose_the_value(value: Decimal, step: Decimal) -> None:
    below, above = nearest_steps(value, step)
    assert below % step == 0 == above % step
    assert below <= value <= above
    assert above - below == (0 if on_step(value, step) else step)
    assert floor_to_step(value, step) == below


def test_a_floor_is_written_with_the_steps_decimals() -> None:
    assert str(floor_to_step(Decimal("0.129999"), Decimal("0.01"))) == "0.12"
    assert str(floor_to_step(Decimal("-0.121"), Decimal("0.01"))) == "-0.13"


@pytest.mark.parametrize("step", ["0", "-1"])
def test_a_step_must_be_positive(step: str) -> None:
    for function in (on_step, floor_to_step, nearest_steps):
        with pytest.raises(ValueError, match="positive"):
            function(Decimal(1), Decimal(step))
