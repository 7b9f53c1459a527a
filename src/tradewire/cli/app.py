"""The tree of subcommands."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import Annotated, Any

import typer
from dotenv import load_dotenv
from typer.core import TyperGroup

import tradewire
from tradewire.cli import broker, demo, market, recording, simulate
from tradewire.cli.exits import Exit, fail
from tradewire.errors import TradewireError


class Commands(TyperGroup):
    """Turns what a subcommand raises into one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand."""
        try:
            return super().invoke(ctx)
        except TradewireError as error:
            fail(error)
        except BrokenPipeError:
            # The reader of our pipe has left (`| head`): that is its right. Nothing more may be flushed into the pipe.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(Exit.OK) from None


app = typer.Typer(
    cls=Commands,
    name="tradewire",
    help="Trading over WebSockets: live data, account streams, order entry, and loopback venues to try it all offline.",
    epilog="Start with: tradewire demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)
demo.register(app)
simulate.register(app)
market.register(app)
recording.register(app)
broker.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"tradewire {tradewire.__version__}")
        raise typer.Exit


@app.callback()
def common(
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="Log to stderr: -v what happens, -vv everything.")
    ] = 0,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,  # noqa: ARG001 - typer calls back
) -> None:
    """Options of every subcommand, before its name."""
    levels = (logging.WARNING, logging.INFO, logging.DEBUG)
    logging.basicConfig(level=levels[min(verbose, 2)], format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    if verbose == 0:
        # What a command shows, it shows itself.
        logging.getLogger("tradewire").setLevel(logging.ERROR)
    load_dotenv(".env")


def run() -> None:
    """Run, and exit with one of ``Exit``; Ctrl-C ends with 130, as shells expect."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A pipe with a small character set gets question marks for bars and frames, not an exception.
            stream.reconfigure(errors="replace")
    app()
