"""No schedule of frames or calls exceeds a venue's limits."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.errors import ConfigurationError, LocalProtocolError
from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.wire.ratelimit import Pacer, WindowBudget

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "binance-vectors.json").read_text())
UNITS = {"SECOND": 1, "MINUTE": 60, "DAY": 86_400}

rates = st.floats(0.05, 120) | st.integers(1, 120).map(float)
pauses = st.lists(st.integers(0, 2 * SECOND) | st.just(0), min_size=1, max_size=60)


def most_in_a_second(moments: list[Nanos]) -> int:
    return max(sum(1 for other in moments if start <= other < start + SECOND) for start in moments)


@given(rates, pauses, st.data())
def test_no_sliding_second_holds_more_than_the_rate(rate: float, waits: list[int], data: st.DataObject) -> None:
    burst = data.draw(st.none() | st.integers(1, max(1, int(rate))))
    pacer = Pacer(rate, burst)
    now, sent = 1_700_000_000 * SECOND, list[Nanos]()
    for wait in waits:
        now = pacer.ready_at(now + wait)
        pacer.spend(now)
        sent.append(now)
    assert most_in_a_second(sent) <= max(1, rate)
    if rate < 1:
        assert all(later - earlier >= SECOND / rate for earlier, later in pairwise(sent))


@given(st.integers(1, 20), st.lists(st.tuples(st.integers(0, SECOND), st.integers(0, 30)), min_size=1, max_size=30))
def test_a_frame_never_joins_a_second_that_pongs_have_filled(rate: int, steps: list[tuple[int, int]]) -> None:
    pacer = Pacer(rate)
    now, left = 0, list[Nanos]()
    for wait, pongs in steps:
        now += wait
        pacer.spend(now, pongs)
        left.extend([now] * pongs)
        now = pacer.ready_at(now)
        assert sum(1 for moment in left if now - SECOND < moment) < rate
        pacer.spend(now)
        left.append(now)


def test_a_second_s_frames_may_leave_at_once_and_the_next_waits() -> None:
    pacer = Pacer(5)
    for _ in range(5):
        assert pacer.ready_at(7) == 7
        pacer.spend(7)
    assert pacer.ready_at(8) == 7 + SECOND
    assert pacer.ready_at(2 * SECOND) == 2 * SECOND


def test_a_burst_of_one_spaces_evenly() -> None:
    pacer = Pacer(4, burst=1)
    pacer.spend(0)
    assert pacer.ready_at(0) == SECOND // 4


def test_thirds_of_a_second_are_rounded_to_the_safe_side() -> None:
    pacer = Pacer(3, burst=1)
    now = 0
    for _ in range(3):
        pacer.spend(now)
        now = pacer.ready_at(now)
    assert now >= SECOND


def test_no_limit_never_waits() -> None:
    pacer = Pacer(None)
    pacer.spend(0, 10_000)
    assert pacer.ready_at(0) == 0


@pytest.mark.parametrize(("rate", "burst"), [(0, None), (-1, None), (float("nan"), None), (5, 0), (5, 6), (0.5, 2)])
def test_impossible_paces_are_refused(rate: float, burst: int | None) -> None:
    with pytest.raises(ConfigurationError):
        Pacer(rate, burst)


@pytest.mark.parametrize("vector", VECTORS["rate_limit_windows"], ids=lambda v: f"{v['now']}/{v['intervalNum']}{v['interval']}")
def test_windows_are_the_venue_s(vector: dict[str, Any]) -> None:
    budget = WindowBudget(10, vector["intervalNum"] * UNITS[vector["interval"]])
    start, end = budget.window(vector["now"] * MILLISECOND)
    assert (start // MILLISECOND, end // MILLISECOND) == (vector["window_start"], vector["window_end"])
    assert start % MILLISECOND == end % MILLISECOND == 0


@given(st.integers(1, 50), st.lists(st.tuples(st.integers(0, 20 * SECOND), st.integers(1, 50)), min_size=1, max_size=60))
def test_no_window_is_overspent(limit: int, calls: list[tuple[int, int]]) -> None:
    budget = WindowBudget(limit, 10)
    now, spent = 3, dict[Nanos, int]()
    for wait, wish in calls:
        weight = min(wish, limit)
        now = budget.ready_at(now + wait, weight)
        assert budget.ready_at(now, weight) == now
        budget.spend(now, weight)
        start = now // (10 * SECOND)
        spent[start] = spent.get(start, 0) + weight
    assert max(spent.values()) <= limit


def test_the_venue_s_count_is_believed_when_it_is_higher() -> None:
    budget = WindowBudget(100, 60)
    budget.spend(0, 30)
    budget.observe(1, 20)
    assert budget.ready_at(1, 70) == 1
    assert budget.ready_at(1, 71) == 60 * SECOND
    budget.observe(2, 95)
    assert budget.ready_at(2, 6) == 60 * SECOND


def test_each_window_has_the_whole_budget() -> None:
    budget = WindowBudget(100, 60)
    for window in range(3):
        now = (60 * window + 59) * SECOND
        assert budget.ready_at(now, 100) == now
        budget.spend(now, 60)
        assert budget.ready_at(now, 40) == now
        budget.spend(now, 40)
        assert budget.ready_at(now, 1) == now + SECOND


def test_a_block_outlasts_windows_and_is_never_shortened() -> None:
    budget = WindowBudget(100, 60)
    budget.block_until(90 * SECOND)
    budget.block_until(10 * SECOND)
    assert budget.ready_at(0, 1) == 90 * SECOND
    assert budget.ready_at(91 * SECOND, 1) == 91 * SECOND


def test_a_call_that_fits_no_window_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="weight 101"):
        WindowBudget(100, 60).ready_at(0, 101)


@pytest.mark.parametrize(("weight", "seconds"), [(0, 60), (10, 0)])
def test_empty_budgets_are_refused(weight: int, seconds: int) -> None:
    with pytest.raises(ConfigurationError):
        WindowBudget(weight, seconds)
