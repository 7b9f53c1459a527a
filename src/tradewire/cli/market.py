"""``tradewire watch``, ``book`` and ``symbols``: public data."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from tradewire.cli.channels import grammar, parse_channel
from tradewire.cli.ladder import Ladder, show_ladder
from tradewire.cli.render import number
from tradewire.cli.session import EnvOption, UrlOption, opened
from tradewire.cli.texts import paragraphs
from tradewire.cli.watch import from_now_on, watch_lines, watch_table
from tradewire.errors import BookNotLive, Unsupported
from tradewire.model.channels import Book, Channel
from tradewire.model.instrument import Instrument
from tradewire.venues.registry import venue_spec

_WATCH = f"""
Show channels live: a table on a terminal, one line of JSON per event on a pipe or with --json.

A channel is written NAME[.PARAMETER]:SYMBOL. There are: {grammar()}.

Each line of JSON has "type" (Trade, Quote, BookUpdate, Gap, …), "channel" as written here, and the event's fields: prices and
quantities as text with the venue's digits, times ("venue_time", "received") in nanoseconds since the epoch. Balances and orders
begin with how they stand.

\b
Examples:
    tradewire watch binance trades:BTC/USDT quotes:ETH/USDT
    tradewire watch binance book.5:BTC/USDT --json | jq .bids
    tradewire watch binance candles.1m:BTC/USDT --env sim --count 10
"""
_BOOK = """
Show a live order book as a ladder; on a pipe, one picture of it.

\b
Examples:
    tradewire book binance BTC/USDT
    tradewire book binance ETH/USDT --depth 20 --env sim
    tradewire book binance ETH/USDT --once > book.txt
"""
_SYMBOLS = """
List what a venue trades: symbol, price tick, quantity step, minimums.

\b
Examples:
    tradewire symbols binance
    tradewire symbols binance eth --env sim
    tradewire symbols binance --json | jq -r .symbol
"""

VenueArgument = Annotated[str, typer.Argument(metavar="VENUE", help="Name of a venue, for example binance.", show_default=False)]
ForOption = Annotated[float | None, typer.Option("--for", min=0, help="Stop after so many seconds.", metavar="SECONDS")]


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.command("watch", help=paragraphs(_WATCH))(watch)
    app.command("book", help=paragraphs(_BOOK))(book)
    app.command("symbols", help=paragraphs(_SYMBOLS))(symbols)


def watch(
    venue: VenueArgument,
    channels: Annotated[list[str], typer.Argument(metavar="CHANNEL:SYMBOL...", help="What to watch.", show_default=False)],
    env: EnvOption = None,
    url: UrlOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON per event, also on a terminal.")] = False,
    count: Annotated[int | None, typer.Option("--count", min=1, help="Stop after so many events.")] = None,
    seconds: ForOption = None,
) -> None:
    """Run it."""
    asked = [parse_channel(text) for text in channels]
    plain = as_json or not sys.stdout.isatty()
    asyncio.run(_watch(venue, asked, env, url, plain=plain, count=count, seconds=seconds))


async def _watch(
    venue: str, asked: list[Channel], env: str | None, url: str | None, *, plain: bool, count: int | None, seconds: float | None
) -> None:
    async with opened(venue, env, url=url) as gateway:
        channels = {gateway.spec.resolve(channel): channel for channel in asked}
        async with gateway.stream(*asked) as stream, contextlib.aclosing(from_now_on(gateway, stream, channels)) as events:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    if plain:
                        await watch_lines(events, channels, count)
                    else:
                        await watch_table(gateway, events, channels, count)


def book(
    venue: VenueArgument,
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="BASE/QUOTE.", show_default=False)],
    env: EnvOption = None,
    url: UrlOption = None,
    depth: Annotated[int, typer.Option("--depth", min=1, help="Levels a side.")] = 10,
    once: Annotated[bool, typer.Option("--once", help="Print one picture and stop, also on a terminal.")] = False,
    seconds: ForOption = None,
) -> None:
    """Run it."""
    asyncio.run(_book(venue, symbol, env, url, depth=depth, once=once, seconds=seconds))


async def _book(
    venue: str, symbol: str, env: str | None, url: str | None, *, depth: int, once: bool, seconds: float | None
) -> None:
    async with opened(venue, env, url=url) as gateway, gateway.stream(Book(symbol, depth=depth)) as stream:
        ladder = Ladder(venue, symbol, depth)
        try:
            async with asyncio.timeout(seconds):
                await show_ladder(stream, ladder, once=once)
        except TimeoutError:
            if ladder.book is None:
                raise BookNotLive(f"no book of {symbol} came within {seconds:g} s", venue=venue) from None


def symbols(
    venue: VenueArgument,
    part: Annotated[str, typer.Argument(metavar="FILTER", help="Only symbols that contain this, in any case.")] = "",
    env: EnvOption = None,
    url: UrlOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON per symbol.")] = False,
) -> None:
    """Run it."""
    found = asyncio.run(_symbols(venue, env, url))
    wanted = [found[name] for name in sorted(found) if part.upper() in name]
    if as_json:
        for instrument in wanted:
            print(msgspec.json.encode(instrument).decode())
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("symbol", "tick", "step", "minimum", "notional", "trading"):
        table.add_column(name, justify="left" if name == "symbol" else "right", no_wrap=True)
    for each in wanted:
        figures = (each.tick, each.step, each.minimum_quantity, each.minimum_notional)
        table.add_row(each.symbol, *(number(value) for value in figures), "yes" if each.active else "no")
    Console().print(table)
    print(f"{len(wanted)} of {len(found)} symbols", file=sys.stderr)


async def _symbols(venue: str, env: str | None, url: str | None) -> dict[str, Instrument]:
    if "instruments" not in venue_spec(venue).rest:
        raise Unsupported(f"{venue} does not publish symbols", venue=venue)
    async with opened(venue, env, url=url) as gateway:
        return dict(await gateway.instruments())
