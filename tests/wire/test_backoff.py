"""Waiting times grow, stay below their cap, and end when they should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.errors import ConfigurationError
from tradewire.wire.backoff import Backoff, ReconnectPolicy


def never() -> float:
    raise AssertionError("no randomness without jitter")


def delays(policy: ReconnectPolicy, count: int) -> list[float | None]:
    return [policy.delay(attempt, never) for attempt in range(1, count + 1)]


def test_five_attempts_doubling_from_one_second() -> None:
    policy = Backoff(initial=1.0, cap=60.0, attempts=5, jitter=False, stable_after=0)
    assert delays(policy, 7) == [1, 2, 4, 8, 16, None, None]


def test_the_cap_holds_and_attempts_are_endless() -> None:
    assert delays(Backoff(jitter=False), 9) == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_no_attempts_means_never() -> None:
    assert Backoff(attempts=0).delay(1, never) is None


def test_numbers_too_large_for_floats_are_no_obstacle() -> None:
    assert Backoff(factor=10, jitter=False).delay(10**6, never) == 30
    assert Backoff(initial=0, factor=10, jitter=False).delay(10**6, never) == 0


@given(st.integers(1, 10**7), st.floats(0, 1), st.floats(1, 1e300), st.floats(0, 1e6))
def test_full_jitter_stays_between_nothing_and_the_plain_delay(attempt: int, drawn: float, factor: float, initial: float) -> None:
    plain = Backoff(initial=initial, factor=factor, jitter=False).delay(attempt, never)
    jittered = Backoff(initial=initial, factor=factor).delay(attempt, lambda: drawn)
    assert plain is not None
    assert plain <= 30.0
    assert jittered == drawn * plain


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("initial", -1),
        ("initial", float("nan")),
        ("cap", float("inf")),
        ("cap", -0.1),
        ("factor", 0.5),
        ("factor", float("inf")),
        ("stable_after", -1),
        ("attempts", -1),
    ],
)
def test_nonsense_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=f"Backoff.{name} "):
        Backoff(**{name: value})  # type: ignore[arg-type]
