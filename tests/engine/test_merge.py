"""One stream over many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

import tradewire
from tradewire.testing.hygiene import run_tidy


class Numbers:
    """An iterator that can be closed, and fed by hand."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[int | None] = asyncio.Queue()
        self.closed = False

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        item = await self.queue.get()
        if item is None:
            raise StopAsyncIteration
        if item < 0:
            raise ValueError(item)
        return item

    async def aclose(self) -> None:
        self.closed = True


def test_items_come_as_they_come_and_the_end_is_the_end_of_all() -> None:
    async def scenario() -> None:
        one, two = Numbers(), Numbers()
        merged = tradewire.merge(one, two)
        one.queue.put_nowait(1)
        assert await anext(merged) == 1
        two.queue.put_nowait(2)
        assert await anext(merged) == 2
        one.queue.put_nowait(None)
        two.queue.put_nowait(3)
        assert await anext(merged) == 3
        two.queue.put_nowait(None)
        with pytest.raises(StopAsyncIteration):
            await anext(merged)
        assert one.closed
        assert two.closed

    run_tidy(scenario())


def test_an_error_of_one_ends_the_merged_stream_and_closes_the_others() -> None:
    async def scenario() -> None:
        one, two = Numbers(), Numbers()
        one.queue.put_nowait(-1)
        with pytest.raises(ValueError, match="-1"):
            async for _ in tradewire.merge(one, two):
                pass
        assert two.closed

    run_tidy(scenario())


def test_a_cancelled_consumer_leaves_nothing() -> None:
    async def scenario() -> None:
        one = Numbers()

        async def consume() -> None:
            async for _ in tradewire.merge(one):
                pass

        task = asyncio.ensure_future(consume())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert one.closed

    run_tidy(scenario())
