"""``tradewire demo``: everything at work, in about twenty seconds, without network and keys."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from tradewire.cli.demo_figures import Figures
from tradewire.cli.demo_scenario import USUAL, Demo, demo_simulator
from tradewire.cli.demo_screen import Lines, Panels, conclusion, shown
from tradewire.cli.exits import Exit
from tradewire.cli.texts import paragraphs

_HELP = """
Show everything at work in about 20 seconds, without network and keys.

Two simulated venues run in this process. One client follows trades and a book, another logs in at a broker and swaps; a
connection is cut and heals, an update is lost and noticed. Every claim it makes is checked; the exit code is 1 if one of
them does not hold.

\b
Examples:
    tradewire demo                     panels on a terminal
    tradewire demo --plain             readable lines, as on a pipe
    tradewire demo --seconds 5         in a hurry
"""


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("demo", help=paragraphs(_HELP))(demo)


def demo(
    seconds: Annotated[float, typer.Option("--seconds", min=1.0, max=600.0, help="How long it takes, about.")] = USUAL,
    plain: Annotated[bool, typer.Option("--plain", help="Lines of text, also on a terminal.")] = False,
) -> None:
    """Run it."""
    console = Console(highlight=False)
    figures = asyncio.run(_lines(seconds) if plain or not console.is_terminal else _panels(console, seconds))
    console.print(conclusion(figures), soft_wrap=not console.is_terminal)
    if figures.troubles or not all(claim.holds for claim in figures.claims()):
        raise typer.Exit(Exit.CHECK_FAILED)


async def _lines(seconds: float) -> Figures:
    screen = Lines(lambda line: print(line, flush=True))
    async with demo_simulator(seconds) as simulator:
        story = Demo(simulator, seconds, screen.tell)
        async with shown(screen, story):
            await story.run()
    return story.figures


async def _panels(console: Console, seconds: float) -> Figures:
    with Live(console=console, auto_refresh=False, screen=True) as live:
        screen = Panels(live)
        async with demo_simulator(seconds) as simulator:
            story = Demo(simulator, seconds, screen.tell)
            async with shown(screen, story):
                await story.run()
    return story.figures
