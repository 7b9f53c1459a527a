"""``tradewire record`` and ``replay``: what went over the wire, kept and played again."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from tradewire.cli.channels import grammar, parse_channel
from tradewire.cli.exits import Exit
from tradewire.cli.market import ForOption, VenueArgument
from tradewire.cli.playback import show_playback
from tradewire.cli.session import EnvOption, UrlOption, handle, opened
from tradewire.cli.tally import Tally
from tradewire.cli.texts import paragraphs
from tradewire.errors import ConfigurationError

_RECORD = f"""
Record channels to a file: everything that goes over the wire, both ways, book snapshots included, keys and secrets replaced.

The file is lines of JSON (ts, dir, conn, raw), gzipped where its name ends in .gz. Ctrl-C ends a recording in good order.

A channel is written NAME[.PARAMETER]:SYMBOL. There are: {grammar()}.

\b
Examples:
    tradewire record binance trades:BTC/USDT quotes:BTC/USDT book:BTC/USDT -o btc.jsonl.gz --for 60
    tradewire record binance book:ETH/USDT -o eth.jsonl.gz --env sim --count 1000
    tradewire replay btc.jsonl.gz --speed max --verify
"""
_REPLAY = """
Play recordings through the same code as the live market: a loopback venue serves them, a gateway reads them. It shows a table
on a terminal, one line of JSON per event on a pipe or with --json.

With --verify it checks instead, twice, and shows what it found:

First directly, line by line, by the venue's client. Ids of trades and book changes must have no hole; a file goes on where an
earlier one ended if their ids connect. Every book with a recorded snapshot is rebuilt from it and must not break. Wherever a
quote carries an update id of the book, its best prices and quantities must be the book's; where the venue sends checksums,
every one must be the book's.

Then over loopback: the gateway must deliver every recorded event, in step to the last id, and its books must agree with the
same quotes or checksums.

A book without a recorded snapshot cannot be rebuilt: it is called unanchored, which is no failure.

Exit code 1: a hole, a mismatch, or nothing that could be compared; 2: a file that cannot be read, with file and line.

\b
Examples:
    tradewire replay btc.jsonl.gz
    tradewire replay mon.jsonl.gz tue.jsonl.gz --speed 10 --channel trades:BTC/USDT --json | jq .price
    tradewire replay *.jsonl.gz --verify
"""

FilesArgument = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Recordings of one venue, in order.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.command("record", help=paragraphs(_RECORD))(record)
    app.command("replay", help=paragraphs(_REPLAY))(replay)


def record(
    venue: VenueArgument,
    channels: Annotated[list[str], typer.Argument(metavar="CHANNEL:SYMBOL...", help="What to record.", show_default=False)],
    file: Annotated[Path, typer.Option("--output", "-o", help="File to write.", metavar="FILE", show_default=False)],
    env: EnvOption = None,
    url: UrlOption = None,
    seconds: ForOption = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="Stop after so many messages from the venue.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if there is one.")] = False,
) -> None:
    """Run it."""
    asked = [parse_channel(text) for text in channels]
    if file.exists() and not force:
        raise ConfigurationError(f"{file} exists; --force overwrites it")
    tally = Tally(asked, count)
    try:
        asyncio.run(_record(venue, file, tally, env, url, seconds))
    except (KeyboardInterrupt, asyncio.CancelledError):
        # The ordinary end of a recording; before it began, an interruption.
        if not tally.begun:
            raise typer.Exit(Exit.INTERRUPTED) from None
    finally:
        if tally.begun:
            tally.show(file)
        else:
            file.unlink(missing_ok=True)


async def _record(venue: str, file: Path, tally: Tally, env: str | None, url: str | None, seconds: float | None) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - run by asyncio.run
    with contextlib.suppress(NotImplementedError):  # Windows
        # A service manager's way to say Ctrl-C.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with opened(venue, env, url=url, record=file) as gateway:
        gateway.tap(tally.tap)
        await handle(gateway, {channel: tally.handler(channel) for channel in tally.channels})
        tally.begun = True
        print(f"recording to {file}; Ctrl-C ends it", file=sys.stderr, flush=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await tally.wait(gateway)


def replay(
    files: FilesArgument,
    speed: Annotated[
        str, typer.Option("--speed", help="1 is the original timing, 10 ten times as fast, or max; 1, or max with --verify.")
    ] = "",
    channels: Annotated[
        list[str] | None, typer.Option("--channel", help="Repeatable; else all.", metavar="CHANNEL:SYMBOL")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Check the recordings instead of showing them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Lines of JSON, also on a terminal.")] = False,
) -> None:
    """Run it."""
    asked = [parse_channel(text) for text in channels or ()]
    factor = _factor(speed or ("max" if verify else "1"))
    if not verify:
        asyncio.run(show_playback(files, factor, asked, plain=as_json or not sys.stdout.isatty()))
        return
    if asked:
        raise ConfigurationError("--verify looks at all channels; leave --channel out")
    from tradewire.cli import findings  # noqa: PLC0415 - no other subcommand needs to load it
    from tradewire.cli.verification import verify_files  # noqa: PLC0415 - likewise

    sessions = verify_files(files, factor)
    findings.show(sessions, as_json=as_json)
    if not findings.ok(sessions):
        raise typer.Exit(Exit.CHECK_FAILED)


def _factor(text: str) -> float | None:
    if text == "max":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise ConfigurationError(f"--speed {text}: give a positive number or max")
    return factor
