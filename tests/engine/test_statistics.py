"""Figures about a gateway."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tradewire import LinkState
from tradewire.engine.statistics import Counters, Histogram


def test_no_samples_are_zeros() -> None:
    latency = Histogram().latency()
    assert (latency.samples, latency.p50_us, latency.p99_us, latency.max_us) == (0, 0.0, 0.0, 0.0)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=300))
def test_percentiles_are_samples_in_order(values: list[int]) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    latency = histogram.latency()
    assert latency.samples == len(values)
    assert min(values) / 1000 <= latency.p50_us <= latency.p99_us <= latency.max_us == max(values) / 1000


def test_the_largest_is_remembered_after_it_has_left_the_window() -> None:
    histogram = Histogram()
    histogram.add(10**6)
    for _ in range(5000):
        histogram.add(1000)
    assert histogram.latency().max_us == 1000.0
    assert histogram.latency().p99_us == 1.0


@given(st.lists(st.sampled_from([10**4000, -(10**4000), 10**18, -(10**18)]), min_size=1))
def test_times_that_a_venue_made_up_neither_break_nor_poison_the_figures(absurd: list[int]) -> None:
    histogram = Histogram()
    for value in (*absurd, 1000, 3000):
        histogram.add(value)
    latency = histogram.latency()
    assert (latency.samples, latency.p50_us, latency.max_us) == (2, 1.0, 3.0)


def test_a_picture_adds_what_links_have_not_handed_in() -> None:
    counters = Counters(started=1_000_000_000, messages=3, bytes_in=30)
    picture = counters.picture(
        venue="toy", state=LinkState.LIVE, now=3_000_000_000, connections=1, messages=2, bytes_in=20, clock_offset=0.5
    )
    assert (picture.uptime, picture.messages, picture.bytes_in) == (2.0, 5, 50)
