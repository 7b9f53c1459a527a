"""What may happen to the frames of a connection."""

import pytest

from tradewire.model.time import SECOND
from tradewire.sim.connection import FrameFaults
from tradewire.testing.clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def faults(clock: ManualClock) -> FrameFaults:
    return FrameFaults(clock.now)


def passed(faults: FrameFaults, *frames: bytes, answer: bool = False) -> list[bytes]:
    return [left for frame in frames for left in faults.pass_on(frame, answer=answer)]


def test_nothing_happens_unless_told(faults: FrameFaults) -> None:
    assert passed(faults, b"a", b"b") == [b"a", b"b"]


def test_orders_count_matching_frames_only(faults: FrameFaults) -> None:
    faults.expect("lose", 2, b"x")
    assert passed(faults, b"ax", b"b", b"xc", b"xd") == [b"b", b"xd"]


def test_orders_of_one_kind_add_up(faults: FrameFaults) -> None:
    faults.expect("duplicate", 1, b"")
    faults.expect("lose", 1, b"")
    assert passed(faults, b"a", b"b", b"c") == [b"a", b"a", b"c"]


def test_a_swap_is_of_neighbours(faults: FrameFaults) -> None:
    faults.expect("reorder", 2, b"")
    assert passed(faults, b"a", b"b", b"c", b"d", b"e") == [b"b", b"a", b"d", b"c", b"e"]


def test_only_answers_go_unanswered(faults: FrameFaults) -> None:
    faults.expect("unanswer", 1, b"")
    assert passed(faults, b"push") == [b"push"]
    assert passed(faults, b"answer", b"answer", answer=True) == [b"answer"]


@pytest.mark.parametrize(("what", "data", "pongs"), [("all", True, True), ("data", True, False), ("pongs", False, True)])
def test_muting_is_of_data_or_pongs_and_ends(faults: FrameFaults, clock: ManualClock, what: str, data: bool, pongs: bool) -> None:
    faults.mute(what, 2.0)  # type: ignore[arg-type]
    assert (faults.silent("data"), faults.silent("pongs")) == (data, pongs)
    clock.advance(1.9)
    assert passed(faults, b"a") == ([] if data else [b"a"])
    clock.advance(0.1)
    assert not faults.silent("data")
    assert not faults.silent("pongs")
    assert passed(faults, b"b") == [b"b"]


def test_muting_without_an_end_ends_by_healing(faults: FrameFaults, clock: ManualClock) -> None:
    faults.mute("all", None)
    clock.advance(1e6 / SECOND + 86_400)
    assert faults.silent("data")
    faults.expect("lose", 9, b"")
    faults.heal()
    assert passed(faults, b"a") == [b"a"]
