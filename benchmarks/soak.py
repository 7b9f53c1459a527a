"""Whether memory, tasks and file descriptors stay where they are: ``python -m benchmarks.soak [--seconds 600]``.

Trades, quotes and book updates in equal parts, 5,000 messages a second, through the native API. Exits with 1 if the
resident memory has grown by a mebibyte or more after the warm-up. Linux only (it reads ``/proc``).
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from pathlib import Path

import tradewire
from benchmarks.loopback import blaster
from tradewire import Book, BookUpdate, Event, Quotes, Trades

RATE = 5_000
LIMIT = 1024 * 1024
PAGE = os.sysconf("SC_PAGE_SIZE")


class Reader:
    """Counts events and reads books."""

    def __init__(self) -> None:
        self.events = 0

    def handle(self, event: Event) -> None:
        self.events += 1
        if isinstance(event, BookUpdate):
            event.book.bids(10)
            event.book.asks(10)


def resident() -> int:
    """Resident memory of this process in bytes (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def report(title: str, events: int) -> int:
    """Print what is held now, and return the resident memory."""
    gc.collect()
    memory = resident()
    tasks, descriptors = len(asyncio.all_tasks()), len(list(Path("/proc/self/fd").iterdir()))
    print(
        f"{title:>8}  {events:>12,} events  {memory / LIMIT:8.2f} MiB  {tasks:>3} tasks  {descriptors:>3} descriptors", flush=True
    )
    return memory


async def soak(port: int, seconds: float, warm_up: float) -> int:
    """Return how many bytes the resident memory has grown by."""
    reader = Reader()
    endpoints = {"http": f"http://127.0.0.1:{port}", "market": f"ws://127.0.0.1:{port}/stream"}
    async with tradewire.connect("binance", endpoints=endpoints, snapshot_limit=1000) as gateway:
        for channel in (Trades("BTC/USDT"), Quotes("BTC/USDT"), Book("BTC/USDT")):
            await gateway.on(channel, reader.handle)
        await asyncio.sleep(warm_up)
        before = report("warm", reader.events)
        for tenth in range(1, 11):
            await asyncio.sleep(seconds / 10)
            after = report(f"{seconds / 10 * tenth:.0f} s", reader.events)
        print(gateway.statistics())
    return after - before


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--warm-up", type=float, default=60, help="seconds before memory counts: caches fill")
    arguments = parser.parse_args()
    with blaster(RATE) as port:
        growth = asyncio.run(soak(port, arguments.seconds, arguments.warm_up))
    print(f"grown by {growth / LIMIT:.2f} MiB")
    sys.exit(growth >= LIMIT)


if __name__ == "__main__":
    main()
