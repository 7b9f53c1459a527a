"""The system clock."""

from __future__ import annotations

import time

import pytest

from tradewire.net.clock import SystemClock, perf_ns


def test_it_follows_the_wall_clock() -> None:
    before = time.time_ns()
    now = SystemClock().now()
    assert abs(now - before) < 10**9


def test_it_never_jumps_when_the_wall_clock_does_until_it_is_anchored_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    now = clock.now()
    wall = time.time_ns() + 3600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: wall)
    assert clock.now() - now < 10**9
    clock.resync()
    assert clock.now() - now > 3500 * 10**9


def test_spans_are_measured_by_a_monotonic_clock() -> None:
    assert perf_ns() <= perf_ns()
