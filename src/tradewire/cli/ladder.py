"""``tradewire book``: a live ladder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from rich.bar import Bar
from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tradewire.cli.render import aligned, counted, number, rate
from tradewire.errors import BookNotLive
from tradewire.model.events import BookUpdate, Event, Gap, Stale

if TYPE_CHECKING:
    from tradewire.engine.subscription import Stream
    from tradewire.model.book import BookReader, Level, OrderBook

#: Screen updates a second.
_FRAMES = 5
#: Lines above the levels, and one below for the cursor.
_HEAD = 4
#: In characters: bars that go on and on say no more.
_WIDEST = 100


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

    def draw(self, height: int | None = None) -> Group:
        """Draw the ladder as it is now, no higher than ``height`` lines."""
        depth = self._depth if height is None else max(1, min(self._depth, (height - _HEAD) // 2))
        if self.book is None:
            return self._not_live("building", self._trouble)
        try:
            spread, imbalance = self.book.spread, self.book.imbalance(depth)
            levels = draw_levels(self.book, depth)
        except BookNotLive:
            return self._not_live(self.book.status.value, self.book.reason)
        market = f"spread {number(spread)}  imbalance {imbalance:+.2f}"
        return Group(self._headline("live", "green"), Text(market, no_wrap=True, overflow="ellipsis"), levels)

    def _headline(self, state: str, style: str) -> Text:
        line = Text(f"{self._venue} {self._symbol}  ", style="bold", no_wrap=True, overflow="ellipsis")
        line.append(state, style=style)
        if self.rate:
            line.append(f"  {rate(self.rate)} updates/s", style="not bold")
        return line.append(f"  {counted(self.gaps, 'gap')}", style="not bold")

    def _not_live(self, state: str, reason: str) -> Group:
        return Group(self._headline(state, "yellow"), Text(reason, style="yellow"))


def draw_levels(book: BookReader, depth: int) -> RenderableType:
    """Draw the best ``depth`` levels a side: price, quantity, quantity up to there, and that as a bar.

    Raises:
        BookNotLive: There is nothing to rely on.
    """
    bids, asks = book.bids(depth), book.asks(depth)
    totals = [*reversed(_running(asks)), *_running(bids)]
    levels = [*reversed(asks), *bids]
    deepest = float(max(totals, default=Decimal(1)))
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    for name in ("price", "quantity", "total"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, ratio=1)
    prices, quantities = aligned(level.price for level in levels), aligned(level.quantity for level in levels)
    for row, figures in enumerate(zip(prices, quantities, aligned(totals), strict=True)):
        colour = "red" if row < len(asks) else "green"
        price, quantity, total = figures
        table.add_row(Text(price, style=colour), quantity, total, Bar(deepest, 0.0, float(totals[row]), color=colour))
    return Constrain(table, _WIDEST)


def _running(levels: Iterable[Level]) -> list[Decimal]:
    return list(accumulate(level.quantity for level in levels))


async def show_ladder(stream: Stream[Event], ladder: Ladder, *, once: bool) -> None:
    """Follow the book on a terminal until cancelled; elsewhere, or with ``once``, print the first picture and return."""
    console = Console(highlight=False)
    if once or not console.is_terminal:
        async for event in stream:
            ladder.take(event)
            if ladder.book is not None:
                console.print(ladder.draw())
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
        live.update(ladder.draw(live.console.height), refresh=True)
