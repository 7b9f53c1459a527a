"""The connection that takes over from another."""

from __future__ import annotations

import asyncio

import pytest

from tradewire.engine.successor import first_of
from tradewire.errors import LinkError, LinkLost


async def ends() -> LinkError:
    return LinkLost("cut")


async def lives() -> LinkError:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


def test_the_end_of_the_connection_wins() -> None:
    async def scenario() -> None:
        with pytest.raises(LinkLost, match="cut"):
            await first_of(ends(), asyncio.get_running_loop().create_future(), seconds=None)

    asyncio.run(scenario())


def test_otherwise_it_returns_when_the_other_is_done_or_the_time_is_over() -> None:
    async def scenario() -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        await first_of(lives(), done, seconds=None)
        await first_of(lives(), None, seconds=0.001)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())
