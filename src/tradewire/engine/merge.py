"""One stream over many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

T = TypeVar("T")


async def merge(*streams: AsyncIterator[T]) -> AsyncIterator[T]:
    """Yield what any of ``streams`` yields, as it comes; ends when all have ended.

    Within one stream the order is kept. An error of one stream ends the merged one. When the merged stream is closed, or its
    consumer is cancelled, all streams that have ``aclose`` are closed.
    """
    waiting: dict[asyncio.Future[T], AsyncIterator[T]] = {}
    try:
        for stream in streams:
            waiting[_next(stream)] = stream
        while waiting:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for future in [future for future in waiting if future in done]:
                stream = waiting.pop(future)
                try:
                    item = future.result()
                except StopAsyncIteration:
                    continue
                yield item
                waiting[_next(stream)] = stream
    finally:
        for future in waiting:
            future.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for stream in streams:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()


def _next(stream: AsyncIterator[T]) -> asyncio.Future[T]:
    async def step() -> T:
        return await anext(stream)

    return asyncio.ensure_future(step())
