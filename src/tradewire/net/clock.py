"""The system clock."""

from __future__ import annotations

import time

from tradewire.model.time import Nanos


class SystemClock:
    """Wall time that never jumps while a connection lives.

    It is read from the monotonic clock, anchored to the wall clock when it was made and again at each ``resync()``,
    so that deadlines survive an adjusted wall clock and timestamps do not drift for long (a suspended laptop, NTP).
    """

    def __init__(self) -> None:
        self._offset = 0
        self.resync()

    def resync(self) -> None:
        """Anchor to the wall clock again; the engine does so before each connection attempt."""
        self._offset = time.time_ns() - time.monotonic_ns()

    def now(self) -> Nanos:
        """Nanoseconds since the epoch."""
        return time.monotonic_ns() + self._offset


def perf_ns() -> int:
    """Nanoseconds of a clock for measuring short spans."""
    return time.perf_counter_ns()
