"""Staying within the venue's limits: frames a second on a socket, weight a window on REST."""

from __future__ import annotations

import math
from collections import deque

from tradewire.errors import ConfigurationError, LocalProtocolError
from tradewire.model.time import SECOND, Nanos


class Pacer:
    """Spaces outgoing frames so that no stretch of one second holds more than ``per_second`` of them.

    It remembers when the last ``burst`` frames left and lets the next one go a window after the oldest of these. A token
    bucket would not do: a full bucket followed by its refill puts nearly twice the rate into one second.

    Args:
        per_second: Frames a second, or ``None`` for no limit. Below 1 it means one frame every ``1 / per_second`` seconds.
        burst: Frames that may leave back to back; by default all of a second's. A divisor of ``per_second`` wastes nothing.

    Raises:
        ConfigurationError: ``per_second`` is not positive, or ``burst`` is less than 1 or more than a second's frames.
    """

    def __init__(self, per_second: float | None, burst: int | None = None) -> None:
        self._sent: deque[Nanos] | None = None
        self._window: Nanos = 0
        if per_second is None:
            return
        if not 0 < per_second < math.inf:
            raise ConfigurationError(f"frames per second must be positive, not {per_second}")
        whole = max(1, math.floor(per_second))
        size = whole if burst is None else burst
        if not 1 <= size <= whole:
            raise ConfigurationError(f"a burst must be from 1 to {whole} frames, not {burst}")
        self._sent = deque(maxlen=size)
        self._window = math.ceil(SECOND / per_second) if per_second < 1 else math.ceil(SECOND / (whole // size))

    def ready_at(self, now: Nanos) -> Nanos:
        """Return the moment from which the next frame may leave: ``now``, or later."""
        sent = self._sent
        if sent is None or len(sent) < (sent.maxlen or 0):
            return now
        return max(now, sent[0] + self._window)

    def spend(self, now: Nanos, count: int = 1) -> None:
        """Count frames that leave now, also those that cannot wait (answers to pings)."""
        if self._sent is not None:
            self._sent.extend([now] * min(count, self._sent.maxlen or 0))


class WindowBudget:
    """A weight that may be spent in each window; windows are aligned to the epoch (Binance: rest-api.md, "LIMITS").

    All moments are the venue's time, because its windows turn by its clock.

    Args:
        weight: What one window holds.
        seconds: Length of a window.

    Raises:
        ConfigurationError: One of them is less than 1.
    """

    def __init__(self, weight: int, seconds: int) -> None:
        if weight < 1 or seconds < 1:
            raise ConfigurationError(f"a weight limit needs a positive weight and window, not {weight} per {seconds} s")
        self._limit = weight
        self._length: Nanos = seconds * SECOND
        self._start: Nanos = 0
        self._used = 0
        self._blocked_until: Nanos = 0

    def window(self, now: Nanos) -> tuple[Nanos, Nanos]:
        """Return start and end (exclusive) of the window that ``now`` is in."""
        start = now - now % self._length
        return start, start + self._length

    def ready_at(self, now: Nanos, weight: int) -> Nanos:
        """Return the moment from which a call of ``weight`` may go: ``now``, or later. Ask again when it has come.

        Raises:
            LocalProtocolError: No window is large enough for the call.
        """
        if weight > self._limit:
            raise LocalProtocolError(f"a call of weight {weight} never fits the venue's limit of {self._limit} per window")
        start, end = self.window(now)
        used = self._used if start == self._start else 0
        return max(self._blocked_until, now if used + weight <= self._limit else end)

    def spend(self, now: Nanos, weight: int) -> None:
        """Count a call that goes now."""
        self._turn(now)
        self._used += weight

    def observe(self, now: Nanos, used: int) -> None:
        """Learn from the venue how much of this window is used, others at the same address included.

        The larger of its number and ours counts: it may not know yet of calls that are under way.
        """
        self._turn(now)
        self._used = max(self._used, used)

    def block_until(self, moment: Nanos) -> None:
        """Let nothing go before ``moment`` (the venue answered 429 or 418 with ``Retry-After``)."""
        self._blocked_until = max(self._blocked_until, moment)

    def _turn(self, now: Nanos) -> None:
        start, _ = self.window(now)
        if start != self._start:
            self._start, self._used = start, 0
