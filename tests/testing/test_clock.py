"""The manual clock moves only when told, and wakes sleepers in order."""

import asyncio

import pytest

from tradewire.model.time import SECOND
from tradewire.testing.clock import ManualClock


def test_time_stands_still_until_it_is_advanced() -> None:
    clock = ManualClock(start=5)
    assert clock.now() == clock.now() == 5
    clock.advance(1.5)
    assert clock.now() == 5 + 3 * SECOND // 2


def test_it_never_goes_back() -> None:
    clock = ManualClock()
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-0.1)


def test_sleepers_wake_in_order_of_their_moments() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        woken: list[int] = []

        async def sleeper(seconds: int) -> None:
            await clock.sleep(seconds)
            woken.append(seconds)

        async with asyncio.TaskGroup() as group:
            for seconds in (3, 1, 2, 0):
                group.create_task(sleeper(seconds))
            await turn()
            assert woken == [0]
            assert clock.next_wake() == clock.now() + SECOND
            clock.advance(2)
            await turn()
            assert woken == [0, 1, 2]
            clock.advance(100)
        assert woken == [0, 1, 2, 3]
        assert clock.next_wake() is None

    asyncio.run(scenario())


def test_a_cancelled_sleeper_is_forgotten() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        early, late = asyncio.create_task(clock.sleep(1)), asyncio.create_task(clock.sleep(2))
        await turn()
        early.cancel()
        await turn()
        assert early.cancelled()
        assert clock.next_wake() == clock.now() + 2 * SECOND
        clock.advance(2)
        await late

    asyncio.run(scenario())


def test_a_cancelled_sleeper_does_not_disturb_the_advance() -> None:
    async def scenario() -> None:
        clock = ManualClock()
        sleeper = asyncio.create_task(clock.sleep_until(clock.now() + SECOND))
        await turn()
        sleeper.cancel()
        await turn()
        clock.advance(1)
        assert sleeper.cancelled()

    asyncio.run(scenario())


async def turn() -> None:
    """Let every task that can run do so."""
    for _ in range(3):
        await asyncio.sleep(0)
