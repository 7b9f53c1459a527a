"""``tradewire watch``: a live table, or a line of JSON per event."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.live import Live
from rich.table import Table

from tradewire.cli.channels import spell
from tradewire.cli.render import aligned, as_json, counted, number, rate
from tradewire.errors import BookNotLive
from tradewire.model.channels import Balances, Book, Channel, SwapOrders
from tradewire.model.events import (
    AggregateTrade,
    AveragePrice,
    BalanceUpdate,
    BookSnapshot,
    BookUpdate,
    Candle,
    Event,
    Gap,
    MiniTicker,
    Quote,
    Stale,
    SwapUpdate,
    Ticker,
    Trade,
)
from tradewire.model.operations import GetBalances, GetSwap

if TYPE_CHECKING:
    from tradewire.engine.gateway import Gateway

#: Screen updates a second.
_FRAMES = 5


@dataclass(slots=True)
class Row:
    """What the table shows of one channel.

    Attributes:
        gist: The latest event in words, as of its arrival: the book of an update goes on changing, and closes.
    """

    channel: Channel
    gist: str = "-"
    events: int = 0
    gaps: int = 0
    state: str = "waiting"
    rate: float = 0.0
    counted: int = field(default=0, repr=False)

    def take(self, event: Event) -> None:
        """Note one event."""
        if isinstance(event, Gap):
            self.gaps += 1
        elif isinstance(event, Stale):
            self.state = event.reason
        else:
            self.gist = facts(event)
            self.events += 1
            self.state = "live"


def facts(event: Event) -> str:  # noqa: C901, PLR0911 - one line for each kind of event
    """The gist of an event, for people."""
    match event:
        case Trade() | AggregateTrade():
            return f"{event.side.value} {number(event.quantity)} @ {number(event.price)}"
        case Quote():
            bid, ask = aligned((event.bid, event.ask))
            sizes = f"{number(event.bid_quantity)} x {number(event.ask_quantity)}"
            return f"{bid} | {ask}  spread {number(event.ask - event.bid)}  {sizes}"
        case BookUpdate(book=book):
            try:
                bid, ask = aligned((book.best_bid.price, book.best_ask.price))
                return f"{bid} | {ask}  spread {number(book.spread)}  imbalance {book.imbalance(5):+.2f}"
            except BookNotLive as error:
                return str(error)
        case BookSnapshot(bids=bids, asks=asks) if bids and asks:
            bid, ask = aligned((bids[0][0], asks[0][0]))
            return f"{bid} | {ask}  spread {number(asks[0][0] - bids[0][0])}  {len(bids)}+{len(asks)} levels"
        case Candle():
            ended = "closed" if event.closed else "open"
            return f"o {number(event.open)} h {number(event.high)} l {number(event.low)} c {number(event.close)} ({ended})"
        case Ticker():
            return f"{number(event.last)}  {event.change_percent:+f} %  volume {number(event.volume)}"
        case MiniTicker():
            return f"{event.symbol} {number(event.close)}  volume {number(event.volume)}"
        case AveragePrice():
            return f"{number(event.price)} over {event.window}"
        case BalanceUpdate(balances=balances):
            return ", ".join(f"{number(balance.total)} {balance.asset}" for balance in balances)
        case SwapUpdate():
            return f"{event.status.value} {number(event.filled_out)}"
    return "-"


def table(gateway: Gateway, rows: list[Row], *, replayed: bool = False) -> Table:
    """Draw all rows, none of them as live unless the gateway is.

    Args:
        gateway: Whose figures stand above.
        rows: One for each channel.
        replayed: Whether they come out of a recording, whose times say nothing about a lag.
    """
    figures = gateway.statistics()
    lag = f"{figures.lag.p50_us / 1000:.1f} ms" if figures.lag.samples else "-"
    heading = [figures.state.value, f"{figures.messages:,} messages", *([] if replayed else [f"lag {lag}"])]
    title = f"{gateway.venue}: {', '.join((*heading, counted(len(figures.reconnects), 'reconnect')))}"
    drawn = Table(title=title, title_justify="left", expand=True, box=None, header_style="bold")
    drawn.add_column("channel", no_wrap=True)
    drawn.add_column("latest", ratio=1, overflow="ellipsis", no_wrap=True)
    drawn.add_column("ev/s", justify="right", no_wrap=True)
    drawn.add_column("gaps", justify="right", no_wrap=True)
    drawn.add_column("state", overflow="ellipsis", no_wrap=True, max_width=24)
    for row in rows:
        state = figures.state.value if row.state == "live" else row.state
        style = "" if state == "live" else "yellow"
        drawn.add_row(spell(row.channel), row.gist, rate(row.rate), str(row.gaps), state, style=style)
    return drawn


async def from_now_on(gateway: Gateway, stream: AsyncIterable[Event], channels: Iterable[Channel]) -> AsyncGenerator[Event, None]:
    """Yield how things stand, where a venue pushes nothing until they change, and then the stream's events.

    Args:
        gateway: To ask.
        stream: Of these channels.
        channels: As the venue serves them.

    Raises:
        UnknownOrder: A channel is about an order that the venue does not know.
    """
    for channel in channels:
        if isinstance(channel, Balances):
            held = await gateway.execute(GetBalances())
            yield BalanceUpdate(held, gateway.venue, None, gateway.runtime.clock.now(), channel)
        elif isinstance(channel, SwapOrders):
            yield msgspec.structs.replace(await gateway.execute(GetSwap(channel.order_id)), channel=channel)
    async for event in stream:
        yield event


async def watch_lines(events: AsyncIterator[Event], channels: dict[Channel, Channel], count: int | None) -> None:
    """Print one line of JSON per event, until cancelled or ``count`` are printed.

    Args:
        events: Of these channels.
        channels: As asked for, by the channel that serves them.
        count: ``None`` is without end.
    """
    shown, levels = 0, depths(channels)
    async for event in events:
        asked, depth = channels[event.channel], levels.get(event.channel, 0)
        line = as_json(event, depth, channel=asked) if depth else as_json(event, channel=asked)
        sys.stdout.write(line.decode() + "\n")
        sys.stdout.flush()
        shown += 1
        if count is not None and shown >= count:
            return


async def watch_table(
    gateway: Gateway, events: AsyncIterator[Event], channels: dict[Channel, Channel], count: int | None
) -> None:
    """Draw the live table, until cancelled or ``count`` events are shown; arguments as for ``watch_lines``."""
    rows = {wire: Row(asked) for wire, asked in channels.items()}
    console = Console()
    shown = 0
    with Live(table(gateway, list(rows.values())), console=console, auto_refresh=False, screen=False) as live:
        drawing = asyncio.ensure_future(keep_drawn(gateway, list(rows.values()), live))
        try:
            async for event in events:
                rows[event.channel].take(event)
                shown += 1
                if count is not None and shown >= count:
                    return
        finally:
            drawing.cancel()
            await asyncio.gather(drawing, return_exceptions=True)
            live.update(table(gateway, list(rows.values())), refresh=True)


async def keep_drawn(gateway: Gateway, rows: list[Row], live: Live, *, replayed: bool = False) -> None:
    """Redraw the rows until cancelled; arguments as for ``table``."""
    last = time.monotonic()
    while True:
        await asyncio.sleep(1 / _FRAMES)
        now = time.monotonic()
        for row in rows:
            # A running mean over about a second; the queue conflates quotes and books, so these are events seen.
            row.rate += ((row.events - row.counted) / (now - last) - row.rate) / _FRAMES
            row.counted = row.events
        last = now
        live.update(table(gateway, rows, replayed=replayed), refresh=True)


def depths(channels: dict[Channel, Channel]) -> dict[Channel, int]:
    """Levels to show, by the channel that serves it, where the one asked for names a depth."""
    return {wire: asked.depth for wire, asked in channels.items() if isinstance(asked, Book) and asked.depth}
