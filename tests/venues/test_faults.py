"""Frames that get lost or mangled, and refused HTTP requests."""

from __future__ import annotations

import pytest

from tradewire.venues.faults import FrameAction, FrameFaults, Refusals


class Note:
    """An event of a stream."""

    def __init__(self, stream: str, text: str) -> None:
        self.stream = stream
        self.text = text

    def malformed(self) -> Note:
        return Note(self.stream, self.text[: len(self.text) // 2])


def sent(faults: FrameFaults[Note], *texts: str, stream: str = "a 1") -> list[str]:
    return [note.text for text in texts for note in faults.pass_on(Note(stream, text))]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (FrameAction.DROP, ["two2", "tri3"]),
        (FrameAction.DUPLICATE, ["one1", "one1", "two2", "tri3"]),
        (FrameAction.REORDER, ["two2", "one1", "tri3"]),
        (FrameAction.MALFORM, ["on", "two2", "tri3"]),
    ],
)
def test_each_action_happens_once(action: FrameAction, expected: list[str]) -> None:
    faults = FrameFaults[Note]()
    faults.add(action, "a *", 1)
    assert sent(faults, "one1", "two2", "tri3") == expected


def test_other_streams_pass_untouched() -> None:
    faults = FrameFaults[Note]()
    faults.add(FrameAction.DROP, "a *", None)
    assert sent(faults, "x", "y", stream="b 1") == ["x", "y"]
    assert sent(faults, "x", "y", stream="a 1") == []


def test_two_held_back_do_not_wait_for_each_other_for_ever() -> None:
    faults = FrameFaults[Note]()
    faults.add(FrameAction.REORDER, "*", 2)
    assert sent(faults, "1", "2", "3") == ["2", "1", "3"]


def test_clearing_forgets_orders_and_what_was_held_back() -> None:
    faults = FrameFaults[Note]()
    faults.add(FrameAction.REORDER, "*", None)
    assert sent(faults, "1") == []
    faults.clear()
    assert sent(faults, "2", "3") == ["2", "3"]


def test_refusals_are_used_up_in_order() -> None:
    refusals = Refusals()
    refusals.add(429, 2, 5)
    refusals.add(503, 1, 1)
    refusals.add(500, 0, 1)
    taken = [refusal and refusal.status for refusal in (refusals.take() for _ in range(4))]
    assert taken == [429, 429, 503, None]
    refusals.add(429, 1, 1)
    refusals.clear()
    assert refusals.take() is None
