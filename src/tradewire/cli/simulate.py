"""``tradewire sim``: venues on loopback until Ctrl-C."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table

from tradewire.cli.texts import paragraphs
from tradewire.model.channels import Trades
from tradewire.sim.places import fixed_endpoints
from tradewire.sim.simulator import Simulator
from tradewire.venues.registry import venue_names, venue_spec

_HELP = """
Serve venues on loopback: real WebSockets and REST, a matching engine behind them, and a published test account.

\b
Examples:
    tradewire sim                               every venue on its fixed port
    tradewire sim --venue binance --port 9000   one venue, port 9000
    tradewire sim --json                        URLs and accounts, for scripts
    tradewire sim --faults cuts.jsonl           with scripted faults

\b
Use it from another shell:
    tradewire watch binance trades:BTC/USDT --env sim
"""


def register(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command("sim", help=paragraphs(_HELP))(sim)


def sim(
    venue: Annotated[list[str] | None, typer.Option("--venue", help="Repeatable; else all.", metavar="VENUE")] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="N means N, N+1, …; 0 free ones; else the fixed ports.", metavar="N"),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the order flow: the same seed makes the same market.")] = 7,
    rate: Annotated[float, typer.Option("--rate", min=0.01, help="Makes the order flow this many times as busy.")] = 1.0,
    faults: Annotated[Path | None, typer.Option("--faults", help="Fault script: JSON lines.", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON once all listen, and nothing else.")] = False,
) -> None:
    """Run it."""
    simulator = Simulator(tuple(venue or _every_venue()), ports=port, seed=seed, rate=rate, faults=faults)
    asyncio.run(_serve(simulator, as_json=as_json, fixed=port is None))


def _every_venue() -> list[str]:
    """All venues, in the order of their fixed ports."""
    return sorted(venue_names(), key=lambda name: urlsplit(fixed_endpoints(name).http).port or 0)


async def _serve(simulator: Simulator, *, as_json: bool, fixed: bool) -> None:
    async with simulator:
        discovery = simulator.discovery()
        if as_json:
            print(json.dumps(discovery), flush=True)
        else:
            _show(discovery, fixed=fixed)
        await asyncio.get_running_loop().create_future()


def _show(discovery: dict[str, Any], *, fixed: bool) -> None:
    console = Console(highlight=False)
    for venue, place in discovery["venues"].items():
        table = Table(title=venue, title_justify="left", show_header=False, box=None, pad_edge=False)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row("REST", place["http"])
        for name, url in place["ws"].items():
            table.add_row(name, url)
        for account in place["accounts"]:
            assets = ", ".join(f"{amount} {asset}" for asset, amount in list(account["balances"].items())[:4])
            table.add_row(account["name"], f"key {account['key']}  secret {account['secret']}\n{assets}, …")
        console.print(table)
        console.print()
    venues = discovery["venues"]
    public = next((name for name in venues if Trades in venue_spec(name).channels), None)
    venue, channel = (public, "trades:BTC/USDT") if public else (next(iter(venues)), "balances")
    url = "" if fixed else f" --url {venues[venue]['http']}"
    print(f"Ctrl-C ends it. Try in another shell:\n  tradewire watch {venue} {channel} --env sim{url}", file=sys.stderr)
