"""Our clock, and how far the venue's differs from it."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from tradewire.model.time import Nanos


class Clock(Protocol):
    """Tells the time. It never goes back while the process lives: a wall clock read once, carried on by a monotonic one."""

    def now(self) -> Nanos:
        """Return nanoseconds since the epoch."""
        ...


class ClockOffset:
    """Estimates venue time less local time from questions for the time.

    The answer was stamped somewhere between sending and receiving, so it can be wrong by half the round trip. Of the last
    samples the one with the shortest round trip is believed, because it leaves the least room for error.

    Args:
        samples: How many samples to remember; old ones must go, since clocks drift.
    """

    def __init__(self, samples: int = 8) -> None:
        self._samples: deque[tuple[Nanos, Nanos]] = deque(maxlen=samples)  # round trip, offset

    def sample(self, sent: Nanos, venue_time: Nanos, received: Nanos) -> None:
        """Take one answer. A time that 64 bits cannot hold is none, and is ignored.

        Args:
            sent: When we asked, local.
            venue_time: What the venue said.
            received: When its answer came, local.
        """
        if abs(venue_time) >= 1 << 63:
            return
        self._samples.append((received - sent, venue_time - (sent + received) // 2))

    def offset(self) -> Nanos:
        """Return what to add to local time to get the venue's; 0 before the first sample."""
        _, offset = min(self._samples, default=(0, 0), key=lambda sample: sample[0])
        return offset
