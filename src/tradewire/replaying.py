"""``tradewire.replay``: a recording served by a loopback venue, read through the same code as the live one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewire.engine.gateway import Gateway


@asynccontextmanager
async def replay(*files: str | Path, speed: float | None = 1.0, **options: Any) -> AsyncIterator[Gateway]:
    """Replay recordings as a gateway.

    Args:
        files: Recordings, in order; they must be of one venue.
        speed: 1 is the original timing, 10 ten times as fast, ``None`` as fast as possible.
        **options: As for ``tradewire.connect``.

    Yields:
        A connected gateway; what is subscribed is served from the recordings once the first subscription is made.

    Raises:
        CaptureError: A file cannot be read; the text names file and line.
    """
    from tradewire.engine.connect import connect  # noqa: PLC0415 - loads sockets only when used
    from tradewire.sim.replay import ReplayServer  # noqa: PLC0415 - likewise

    async with ReplayServer(files, speed=speed) as server:
        async with connect(server.venue, env="sim", endpoints=server.endpoints, **options) as gateway:
            yield gateway
