"""``tradewire book``: a live ladder."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tradewire.cli.render import number, rate
from tradewire.errors import BookNotLive
from tradewire.model.events import BookUpdate, Event, Gap, Stale

if TYPE_CHECKING:
    from tradewire.engine.subscription import Stream
    from tradewire.model.book import Level, OrderBook

_FRAMES = 5
_BAR = 24


class Ladder:
    """What the screen shows of one book.

    Args:
        venue: For the headline.
        symbol: Likewise.
        depth: Levels a side.
    """

    def __init__(self, venue: str, symbol: str, depth: int) -> None:
        self.book: OrderBook | None = None
        self.updates = 0
        self.gaps = 0
        self.rate = 0.0
        self._venue = venue
        self._symbol = symbol
        self._depth = depth
        self._trouble = "waiting for the first snapshot"
        self._counted = (0, time.monotonic())

    def take(self, event: Event) -> None:
        """Note one event of the book's channel."""
        match event:
            case BookUpdate(book=book):
                self.book = book
                self.updates += 1
            case Gap():
                self.gaps += 1
            case Stale(reason=reason):
                self._trouble = reason

    def measure(self) -> None:
        """Bring the updates per second up to date."""
        updates, moment = self._counted
        now = time.monotonic()
        self.rate += ((self.updates - updates) / max(now - moment, 1e-6) - self.rate) / _FRAMES
        self._counted = (self.updates, now)

    def draw(self) -> Group:
        """Draw the ladder as it is now."""
        if self.book is None:
            return _not_live(self._venue, self._symbol, self._trouble)
        try:
            bids, asks = self.book.bids(self._depth), self.book.asks(self._depth)
            imbalance = self.book.imbalance(self._depth)
        except BookNotLive as error:
            return _not_live(self._venue, self._symbol, str(error))
        spread = asks[0].price - bids[0].price if asks and bids else Decimal(0)
        head = (
            f"{self._venue} {self._symbol}  spread {number(spread)}  imbalance {imbalance:+.2f}  "
            f"{rate(self.rate)} updates/s  {self.gaps} gaps"
        )
        return Group(Text(head, style="bold", no_wrap=True, overflow="ellipsis"), self._table(bids, asks))

    def _table(self, bids: tuple[Level, ...], asks: tuple[Level, ...]) -> Table:
        table = Table(box=None, pad_edge=False)
        table.add_column("price", justify="right", no_wrap=True)
        table.add_column("quantity", justify="right", no_wrap=True)
        table.add_column("total", justify="right", no_wrap=True)
        table.add_column("", no_wrap=True, width=_BAR)
        deepest = max((sum(level.quantity for level in side) for side in (bids, asks)), default=Decimal(0)) or Decimal(1)
        rows: list[tuple[Level, Decimal]] = []
        total = Decimal(0)
        for level in asks:
            total += level.quantity
            rows.append((level, total))
        for level, running in reversed(rows):
            _row(table, level, running, deepest, "red")
        table.add_section()
        total = Decimal(0)
        for level in bids:
            total += level.quantity
            _row(table, level, total, deepest, "green")
        return table


def _not_live(venue: str, symbol: str, reason: str) -> Group:
    return Group(Text(f"{venue} {symbol}: not live: {reason}", style="yellow"))


def _row(table: Table, level: Level, running: Decimal, deepest: Decimal, colour: str) -> None:
    bar = "█" * max(1, round(running / deepest * _BAR))
    table.add_row(number(level.price), number(level.quantity), number(running), bar, style=colour)


async def show_ladder(stream: Stream, ladder: Ladder, *, updates: int | None) -> None:
    """Follow the book on a terminal; elsewhere print the ladder after ``updates`` updates (default 1) and return."""
    console = Console()
    if not console.is_terminal or updates is not None:
        async for event in stream:
            ladder.take(event)
            if ladder.updates >= (updates or 1):
                ladder.measure()
                console.print(ladder.draw())
                return
        return
    with Live(ladder.draw(), console=console, auto_refresh=False) as live:
        drawing = asyncio.ensure_future(_draw(ladder, live))
        try:
            async for event in stream:
                ladder.take(event)
        finally:
            drawing.cancel()
            await asyncio.gather(drawing, return_exceptions=True)


async def _draw(ladder: Ladder, live: Live) -> None:
    while True:
        await asyncio.sleep(1 / _FRAMES)
        ladder.measure()
        live.update(ladder.draw(), refresh=True)
