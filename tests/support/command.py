"""Runs the command in this process, against simulators that live in threads of their own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.testing import CliRunner, Result

from tradewire.cli.app import app
from tradewire.sim.simulator import Simulator

#: Nothing of the developer's own environment reaches the command.
CLEAN: dict[str, str | None] = dict.fromkeys(
    (
        "TRADEWIRE_ENV",
        "TRADEWIRE_BINANCE_URL",
        "TRADEWIRE_THEONE_URL",
        "BINANCE_API_KEY",
        "BINANCE_API_SECRET",
        "BROKER_API_KEY",
        "BROKER_SECRET_KEY",
        "BROKER_BASE_URL",
    )
)


def command(*arguments: object, typed: str = "", **environment: str) -> Result:
    """Run ``tradewire`` with these arguments and return what came of it; ``typed`` is its standard input."""
    logger = logging.getLogger("tradewire")
    level = logger.level
    try:
        return CliRunner().invoke(app, [str(each) for each in arguments], input=typed, env={**CLEAN, **environment})
    finally:
        logger.setLevel(level)


@contextmanager
def simulating(*venues: str, **options: Any) -> Iterator[Simulator]:
    """Run a simulator in a thread. What is set on it must be set before a command talks to it."""
    ready, simulators, loops = threading.Event(), list[Simulator](), list[asyncio.AbstractEventLoop]()
    ends: list[asyncio.Event] = []

    async def serve() -> None:
        async with Simulator(venues, **options) as simulator:
            simulators.append(simulator)
            loops.append(asyncio.get_running_loop())
            ends.append(asyncio.Event())
            ready.set()
            await ends[0].wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="simulator")
    thread.start()
    try:
        assert ready.wait(10)
        yield simulators[0]
    finally:
        if loops:
            loops[0].call_soon_threadsafe(ends[0].set)
        thread.join()
