"""A clock that moves only when told."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from tradewire.model.time import SECOND, Nanos


class ManualClock:
    """A ``wire.clock.Clock`` for tests, with sleeps that end when it is advanced. Time stands still in between.

    Args:
        start: The first moment, nanoseconds since the epoch (2023-11-14T22:13:20Z by default).
    """

    def __init__(self, start: Nanos = 1_700_000_000 * SECOND) -> None:
        self._now = start
        self._order = count()
        self._sleepers: list[tuple[Nanos, int, asyncio.Future[None]]] = []

    def now(self) -> Nanos:
        """Return nanoseconds since the epoch."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by ``seconds`` and wake whoever sleeps until then, in order."""
        self.advance_to(self._now + round(seconds * SECOND))

    def advance_to(self, moment: Nanos) -> None:
        """Move on to ``moment``.

        Raises:
            ValueError: It has passed; the clock never goes back.
        """
        if moment < self._now:
            raise ValueError(f"the clock cannot go back from {self._now} to {moment}")
        self._now = moment
        while self._sleepers and self._sleepers[0][0] <= moment:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)

    def next_wake(self) -> Nanos | None:
        """Return when the first sleeper is due, or ``None`` if nobody sleeps: how far a test may jump."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    async def sleep(self, seconds: float) -> None:
        """Sleep until the clock has been advanced by ``seconds``; like ``asyncio.sleep`` otherwise."""
        await self.sleep_until(self._now + round(seconds * SECOND))

    async def sleep_until(self, moment: Nanos) -> None:
        """Sleep until the clock has been advanced to ``moment``."""
        if moment <= self._now:
            await asyncio.sleep(0)
            return
        sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (moment, next(self._order), sleeper))
        await sleeper
