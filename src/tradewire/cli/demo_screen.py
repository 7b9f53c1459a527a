"""Draws the demo: panels on a terminal, lines elsewhere, and the same summary in both."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from rich.console import Console, ConsoleOptions, RenderResult
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tradewire.cli.demo_figures import Figures
from tradewire.cli.demo_scenario import SYMBOL, Demo, Note
from tradewire.cli.ladder import draw_levels
from tradewire.cli.render import aligned, number
from tradewire.errors import BookNotLive
from tradewire.model.events import BUY, Trade

#: Drawings a second.
_FRAMES = 8
#: Lines kept for each panel.
_KEPT = 100


class Screen(Protocol):
    """Where the demo is shown."""

    def tell(self, note: Note) -> None:
        """Show a line of the story."""

    def draw(self, demo: Demo) -> None:
        """Show where the markets are."""

    @property
    def every(self) -> float:
        """Seconds between two drawings."""
        ...


@asynccontextmanager
async def shown(screen: Screen, demo: Demo) -> AsyncIterator[None]:
    """Draw ``demo`` again and again while the block runs."""
    drawing = asyncio.ensure_future(_draw(screen, demo))
    try:
        yield
    finally:
        drawing.cancel()
        await asyncio.gather(drawing, return_exceptions=True)


async def _draw(screen: Screen, demo: Demo) -> None:
    while True:
        screen.draw(demo)
        await asyncio.sleep(screen.every)


class Lines:
    """Plain ASCII lines: for pipes, logs and tests.

    Args:
        write: Takes one line without its end.
    """

    every = 1.0

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def tell(self, note: Note) -> None:
        """Show a line of the story."""
        self._write(f"{note.at:6.2f} s  {note.source:<10}  {note.text}")

    def draw(self, demo: Demo) -> None:
        """Show where the market is, once there is one."""
        if demo.trades and demo.book is not None:
            self.tell(Note(demo.elapsed, "market", f"{SYMBOL} {_top(demo)}  {_counts(demo.figures)}"))


class Panels:
    """Trades, ladder, broker and connection side by side.

    Args:
        live: Where to draw.
    """

    every = 1 / _FRAMES

    def __init__(self, live: Live) -> None:
        self._live = live
        self._notes: deque[Note] = deque(maxlen=_KEPT)

    def tell(self, note: Note) -> None:
        """Show a line of the story."""
        self._notes.append(note)

    def draw(self, demo: Demo) -> None:
        """Draw everything."""
        self._live.update(self.picture(demo), refresh=True)

    def picture(self, demo: Demo) -> Layout:
        """Lay everything out."""
        upper, lower = Layout(ratio=3), Layout(ratio=2)
        upper.split_row(
            Layout(Panel(_Tape(demo.trades), title=f"trades {SYMBOL}"), ratio=2),
            Layout(Panel(_Levels(demo), title=f"book {SYMBOL}", subtitle=_counts(demo.figures)), ratio=3),
        )
        lower.split_row(
            Layout(Panel(_Tail(note for note in self._notes if note.source == "broker"), title="broker"), ratio=2),
            Layout(Panel(_Tail(note for note in self._notes if note.source != "broker"), title="connection"), ratio=3),
        )
        whole = Layout()
        whole.split_column(Layout(_headline(demo), size=1), upper, lower)
        return whole


def _headline(demo: Demo) -> Table:
    line = Table.grid(padding=(0, 2), expand=True)
    line.add_column(no_wrap=True)
    line.add_column(ratio=1)
    line.add_column(no_wrap=True, justify="right")
    progress = ProgressBar(total=demo.seconds, completed=min(demo.elapsed, demo.seconds))
    line.add_row(Text("tradewire demo", style="bold"), progress, f"{demo.elapsed:4.1f} of {demo.seconds:.0f} s")
    return line


class _Tape:
    """The trades that fit, newest first."""

    def __init__(self, trades: Iterable[Trade]) -> None:
        self._trades = trades

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        trades = list(self._trades)[: max(0, (options.height or 1) - 1)]
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name in ("price", "quantity"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("taker", no_wrap=True)
        prices, quantities = aligned(trade.price for trade in trades), aligned(trade.quantity for trade in trades)
        for price, quantity, trade in zip(prices, quantities, trades, strict=True):
            table.add_row(price, quantity, trade.side.value, style="green" if trade.side is BUY else "red")
        yield table


class _Levels:
    """The levels that fit."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        book = self._demo.book
        if book is None:
            yield Text("waiting for the first snapshot", style="yellow")
            return
        try:
            yield draw_levels(book, max(1, ((options.height or 4) - 2) // 2))
        except BookNotLive:
            yield Text(f"{book.status.value}: {book.reason}", style="yellow")


class _Tail:
    """The last notes that fit, long ones wrapped."""

    def __init__(self, notes: Iterable[Note]) -> None:
        self._notes = tuple(notes)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines: list[Text] = []
        for note in self._notes:
            margin = f"{note.at:5.1f} "
            for part in Text(note.text, style=_style(note)).wrap(console, max(10, options.max_width - len(margin))):
                lines.append(Text.assemble((margin, "dim"), part))
                margin = " " * len(margin)
        yield from lines[-(options.height or len(lines)) :]


def _style(note: Note) -> str:
    words = note.text.split(":", 1)[0]
    if "trouble" in words:
        return "bold red"
    if "now the simulator" in words:
        return "bold"
    if any(word in note.text for word in ("not live", "reconnecting", "missed")):
        return "yellow"
    return "green" if any(word in note.text for word in ("FILLED", "healed", "rebuilt", "connected again")) else ""


def _top(demo: Demo) -> str:
    book = demo.book
    if book is None:
        return "no book yet"
    try:
        return f"{number(book.best_bid.price)} | {number(book.best_ask.price)}"
    except BookNotLive:
        return f"book {book.status.value}"


def _counts(figures: Figures) -> str:
    return f"{figures.tape.arrived} trades, {figures.book_updates} book updates"


def conclusion(figures: Figures) -> Text:
    """What was measured, and what was claimed and checked."""
    text = Text("\nmeasured\n", style="")
    for line in _measured(figures):
        text.append(f"  {line}\n")
    text.append("\nclaimed and checked\n")
    for claim in figures.claims():
        text.append("  ok      " if claim.holds else "  FAILED  ", style="green" if claim.holds else "bold red")
        text.append(f"{claim.text}: {claim.shown}\n")
    for trouble in figures.troubles:
        text.append(f"  trouble: {trouble}\n", style="bold red")
    return text


def _measured(figures: Figures) -> list[str]:
    latency, tape, audit, swap = figures.latency.latency(), figures.tape, figures.audit, figures.swap
    out = "nothing" if swap.filled_out is None else f"{number(swap.filled_out)} {swap.asset_out}"
    return [
        f"events      {figures.events:,}: {tape.arrived:,} trades, {figures.book_updates:,} book updates",
        (
            f"latency     p50 {latency.p50_us / 1000:.2f} ms, p99 {latency.p99_us / 1000:.2f} ms "
            f"(venue to handler, {latency.samples:,} samples)"
        ),
        f"books       {audit.compared:,} compared with the venue's at the same update id, {audit.equal:,} equal",
        (
            f"gaps        {figures.book_gaps} in the book, {figures.book_gaps_healed} healed; "
            f"{tape.lost} trades lost, {tape.announced} announced"
        ),
        f"connection  cut {figures.cuts}, restored {figures.restored}, {figures.outage:.2f} s without",
        f"swap        {number(swap.amount_in)} {swap.asset_in} for {out}: {swap.course}",
    ]
