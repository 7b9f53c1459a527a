"""Counts what is recorded."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tradewire.cli.channels import spell
from tradewire.engine.runtime import TapRecord
from tradewire.model.channels import Channel
from tradewire.model.events import Event, Gap, Stale

if TYPE_CHECKING:
    from tradewire.engine.gateway import Gateway


class Tally:
    """What came in while a recording was made.

    Args:
        channels: As asked for.
        count: Messages from the venue after which it is enough, or ``None``.

    Attributes:
        begun: Whether all channels were subscribed, so that there is something to keep.
    """

    def __init__(self, channels: Sequence[Channel], count: int | None) -> None:
        self.channels = tuple(dict.fromkeys(channels))
        self.begun = False
        self._count = count
        self._enough = asyncio.Event()
        self._started = time.monotonic()
        self._messages = 0
        self._events: Counter[Channel] = Counter()
        self._gaps: Counter[Channel] = Counter()

    def tap(self, record: TapRecord) -> None:
        """Count a payload."""
        self._messages += record.direction == "in"
        if self._count is not None and self._messages >= self._count:
            self._enough.set()

    def handler(self, channel: Channel) -> Callable[[Event], None]:
        """Return what counts the events of ``channel``."""

        def take(event: Event) -> None:
            if isinstance(event, Gap):
                self._gaps[channel] += 1
            elif not isinstance(event, Stale):
                self._events[channel] += 1

        return take

    async def wait(self, gateway: Gateway) -> None:
        """Wait until it is enough, or the gateway has given up.

        Raises:
            NotConnected: It has.
        """
        waits = [asyncio.ensure_future(gateway.closed()), asyncio.ensure_future(self._enough.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        if not waits[0].cancelled():
            waits[0].result()

    def show(self, file: Path) -> None:
        """Print what was recorded."""
        table = Table(box=None, header_style="bold", pad_edge=False)
        table.add_column("channel", no_wrap=True)
        table.add_column("events", justify="right")
        table.add_column("gaps", justify="right")
        for channel in self.channels:
            table.add_row(spell(channel), f"{self._events[channel]:,}", f"{self._gaps[channel]:,}")
        Console().print(table)
        seconds = time.monotonic() - self._started
        print(f"{file}: {self._messages:,} messages from the venue in {seconds:.1f} s, {file.stat().st_size:,} bytes")
