"""``tradewire.replay``: a recording served by a loopback venue, read through the same code as the live one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewire.engine.gateway import Gateway
    from tradewire.sim.replay import ReplayServer


@asynccontextmanager
async def replay(*files: str | Path, speed: float | None = 1.0, wait_for: int = 1, **options: Any) -> AsyncIterator[Gateway]:
    """Replay recordings as a gateway, which closes by itself at their end: loops over its streams end, ``closed()`` returns.

    Args:
        files: Recordings, in order; they must be of one venue. What is cut off is played up to there, with a warning.
        speed: 1 is the original timing, 10 ten times as fast, ``None`` as fast as possible.
        wait_for: How many recorded streams must have been subscribed before the first line is played.
        **options: As for ``tradewire.connect``.

    Yields:
        A connected gateway; what is subscribed is served from the recordings once the first subscription is made.

    Raises:
        CaptureError: A file cannot be read, or proves broken while it is played; the text names file and line.
    """
    from tradewire.engine.connect import connect  # noqa: PLC0415 - loads sockets only when used
    from tradewire.sim.replay import ReplayServer  # noqa: PLC0415 - likewise

    async with (
        ReplayServer(files, speed=speed, wait_for=wait_for) as server,
        connect(server.venue, env="sim", endpoints=server.endpoints, **options) as gateway,
    ):
        ending = asyncio.create_task(_close_at_the_end(server, gateway), name=f"end of the replay of {server.venue}")
        try:
            yield gateway
        finally:
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)
        if not ending.cancelled():
            ending.result()


async def _close_at_the_end(server: ReplayServer, gateway: Gateway) -> None:
    try:
        await server.heard()
    finally:
        await gateway.close()
