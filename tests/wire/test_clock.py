"""The offset of the venue's clock is known as well as the best sample allows."""

from hypothesis import given
from hypothesis import strategies as st

from tradewire.model.time import MILLISECOND, SECOND
from tradewire.wire.clock import ClockOffset


def test_unknown_is_zero() -> None:
    assert ClockOffset().offset() == 0


def test_one_sample_splits_the_round_trip() -> None:
    clock = ClockOffset()
    clock.sample(100 * MILLISECOND, 1150 * MILLISECOND, 200 * MILLISECOND)
    assert clock.offset() == SECOND


def test_a_time_that_the_venue_made_up_is_ignored() -> None:
    clock = ClockOffset()
    clock.sample(100, 10**4000, 100)
    clock.sample(100, -(10**4000), 100)
    assert clock.offset() == 0


def test_old_samples_go_however_good_they_were() -> None:
    clock = ClockOffset(samples=2)
    clock.sample(0, 5, 0)
    clock.sample(0, 1000, 20)
    assert clock.offset() == 5
    clock.sample(0, 2000, 40)
    assert clock.offset() == 990


@given(
    st.integers(-3600 * SECOND, 3600 * SECOND),
    st.lists(st.tuples(st.integers(0, SECOND), st.integers(0, SECOND)), min_size=1, max_size=8),
)
def test_the_error_is_at_most_half_the_shortest_round_trip(truth: int, trips: list[tuple[int, int]]) -> None:
    clock = ClockOffset()
    now = 1_700_000_000 * SECOND
    for there, back in trips:
        clock.sample(now, now + there + truth, now + there + back)
        now += 2 * SECOND
    assert abs(clock.offset() - truth) <= min(there + back for there, back in trips) / 2 + 1
