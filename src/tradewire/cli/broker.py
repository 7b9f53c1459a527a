"""``tradewire broker``: balances, estimates and swaps at TheOne."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from tradewire.cli.exits import Exit
from tradewire.cli.render import as_json, number
from tradewire.cli.session import EnvOption, UrlOption, opened
from tradewire.cli.texts import paragraphs
from tradewire.engine.gateway import Gateway
from tradewire.errors import ConfigurationError, InvalidOrder, LinkError, NotConnected, OutcomeUnknown, TradewireError
from tradewire.facades.broker.trading import follow
from tradewire.model.events import SwapStatus, SwapUpdate
from tradewire.model.operations import Balance, EstimateSwap, ExecuteSwap, GetBalances, SwapEstimate, SwapReceipt
from tradewire.model.time import utc
from tradewire.settings import base_url, documented_url, environment_name, key_and_secret
from tradewire.venues.registry import venue_spec
from tradewire.venues.theone.operations import REST_FIELDS, build
from tradewire.wire.signing import Credentials, Hmac

VENUE: Final = "theone"
#: All that the broker says where it does not know an asset or a pair.
_REFUSED_ASSETS = "Invalid request"

_KEYS = """
Keys come from BROKER_API_KEY and BROKER_SECRET_KEY, the place from BROKER_BASE_URL where it is not the live one; a file .env
in the current folder may hold all three. With --env sim the published test account is used, and none of them is looked at.
"""
_BROKER = f"""
Look at an account of the swap broker TheOne, and swap.

{_KEYS}

\b
Examples:
    tradewire broker balances --env sim
    tradewire broker estimate 1.5 ETH USDT
    tradewire broker swap 1.5 ETH USDT --slippage-bps 50
    tradewire broker order ord_123 --follow
"""
_SWAP = f"""
Swap, and follow the order to its end: one line per change.

Without --env sim or testnet it shows what will be sent and asks first. Every swap carries a client order id (made up unless
given) by which the order can be found again if the answer is lost. Exit code 4: the broker refused or the order failed; 5:
the swap was sent and what became of it is not known.

{_KEYS}
"""

JsonOption = Annotated[bool, typer.Option("--json", help="Lines of JSON.")]
AmountArgument = Annotated[str, typer.Argument(metavar="AMOUNT", help="In ASSET_IN, for example 1.5.", show_default=False)]
InArgument = Annotated[str, typer.Argument(metavar="ASSET_IN", help="What is given.", show_default=False)]
OutArgument = Annotated[str, typer.Argument(metavar="ASSET_OUT", help="What is received.", show_default=False)]

broker = typer.Typer(help=paragraphs(_BROKER), no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the subcommands."""
    app.add_typer(broker, name="broker")


@broker.command("balances", help=paragraphs(f"Show what the account holds.\n\n{_KEYS}"))
def balances(env: EnvOption = None, url: UrlOption = None, as_lines: JsonOption = False) -> None:
    """Run it."""
    held: tuple[Balance, ...] = asyncio.run(_ask(GetBalances(), env, url))
    if as_lines:
        for balance in held:
            _print_json({"asset": balance.asset, "total": balance.total, "locked": balance.locked, "free": balance.free})
        return
    table = _table("asset", "total", "locked", "free")
    for balance in held:
        table.add_row(balance.asset, *(number(value) for value in (balance.total, balance.locked, balance.free)))
    Console().print(table)


@broker.command("estimate", help=paragraphs(f"Ask what a swap would yield. Nothing is traded.\n\n{_KEYS}"))
def estimate(
    amount: AmountArgument,
    asset_in: InArgument,
    asset_out: OutArgument,
    env: EnvOption = None,
    url: UrlOption = None,
    as_lines: JsonOption = False,
) -> None:
    """Run it."""
    wish = EstimateSwap(amount, asset_in, asset_out)
    with _checked(wish):
        found: SwapEstimate = asyncio.run(_ask(wish, env, url))
    if as_lines:
        print(msgspec.json.encode(found).decode())
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("price", f"{number(found.price)} {asset_out} per {asset_in}")
    table.add_row("expected", f"{number(found.expected_out)} {asset_out}")
    table.add_row("fee", number(found.fee))
    table.add_row("held until", "-" if found.expires is None else f"{utc(found.expires):%H:%M:%S} UTC")
    for step in found.route:
        hop = f"{number(step.amount_in)} {step.asset_in} to {number(step.amount_out)} {step.asset_out}"
        table.add_row("route", " ".join(filter(None, (hop, step.exchange, step.pool))))
    Console().print(table)


@broker.command("swap", help=paragraphs(_SWAP))
def swap(
    amount: AmountArgument,
    asset_in: InArgument,
    asset_out: OutArgument,
    slippage_bps: Annotated[
        int | None, typer.Option("--slippage-bps", help="Largest slippage, basis points; else the broker's.")
    ] = None,
    client_order_id: Annotated[str, typer.Option("--client-order-id", help="Your own id of the order.", metavar="ID")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")] = False,
    seconds: Annotated[
        float, typer.Option("--timeout", help="How long to wait for the broker's answer.", metavar="SECONDS")
    ] = 10.0,
    env: EnvOption = None,
    url: UrlOption = None,
    as_lines: JsonOption = False,
) -> None:
    """Run it."""
    wish = ExecuteSwap(amount, asset_in, asset_out, slippage_bps=slippage_bps, client_order_id=client_order_id)
    with _checked(wish):
        if not client_order_id:
            wish = msgspec.structs.replace(wish, client_order_id=f"tradewire-{uuid.uuid4().hex[:16]}")
        if environment_name(env) == "live" and not yes:
            _confirm(wish, url)
        update = asyncio.run(_swap(wish, env, url, seconds, as_lines=as_lines))
    _end(update)


@broker.command("order", help=paragraphs(f"Show the state of an order.\n\n{_KEYS}"))
def order(
    order_id: Annotated[str, typer.Argument(metavar="ID", help="The broker's order id, or your own.", show_default=False)],
    follow_it: Annotated[bool, typer.Option("--follow", "-f", help="Follow it to its end.")] = False,
    env: EnvOption = None,
    url: UrlOption = None,
    as_lines: JsonOption = False,
) -> None:
    """Run it."""
    update = asyncio.run(_order(order_id, env, url, as_lines=as_lines, follow_it=follow_it))
    if follow_it:
        _end(update)


@contextmanager
def _checked(wish: EstimateSwap | ExecuteSwap) -> Iterator[None]:
    """Refuse what no broker could take before anything is done, and say more than the broker does where it refuses the assets."""
    try:
        build(wish, REST_FIELDS)
    except InvalidOrder as error:
        raise ConfigurationError(error.text, venue=VENUE) from error
    try:
        yield
    except InvalidOrder as error:
        if error.text != _REFUSED_ASSETS:
            raise
        sent = f"{wish.amount_in} {wish.asset_in} to {wish.asset_out}"
        text = f"{error.text}; sent was {sent}, and assets are written in upper case, such as ETH"
        raise InvalidOrder(text, venue=VENUE, code=error.code, request_id=error.request_id) from error


async def _ask(operation: Any, env: str | None, url: str | None) -> Any:
    async with _opened(env, url) as gateway:
        return await gateway.execute(operation)


async def _swap(wish: ExecuteSwap, env: str | None, url: str | None, seconds: float, *, as_lines: bool) -> SwapUpdate:
    async with _opened(env, url) as gateway:
        print(f"client order id {wish.client_order_id}", file=sys.stderr)
        try:
            receipt: SwapReceipt = await gateway.execute(wish, timeout=seconds)
        except OutcomeUnknown as error:
            raise _unknown(error, wish.client_order_id, env) from error
        try:
            return await _shown(gateway, receipt.order_id, as_lines=as_lines)
        except (LinkError, NotConnected) as error:
            raise _unknown(error, receipt.order_id, env) from error


async def _order(order_id: str, env: str | None, url: str | None, *, as_lines: bool, follow_it: bool) -> SwapUpdate:
    async with _opened(env, url) as gateway:
        # Over REST the broker takes its own ids and client order ids alike.
        update: SwapUpdate = await gateway.rest("order_status", order_id=order_id)
        if follow_it:
            return await _shown(gateway, update.order_id, as_lines=as_lines)
        update = msgspec.structs.replace(update, received=gateway.runtime.clock.now())
        _show(update, as_lines=as_lines)
        return update


async def _shown(gateway: Gateway, order_id: str, *, as_lines: bool) -> SwapUpdate:
    """Show every change of an order and return its end."""
    shown = None
    async with aclosing(follow(gateway, order_id)) as updates:
        async for update in updates:
            news = (update.status, update.filled_out, update.transaction)
            if news != shown:
                _show(update, as_lines=as_lines)
                shown = news
            if update.status.final:
                return update
    raise NotConnected("the connection was closed before the order had ended", venue=VENUE)


@asynccontextmanager
async def _opened(env: str | None, url: str | None) -> AsyncIterator[Gateway]:
    name = environment_name(env)
    async with opened(VENUE, name, url=url, credentials=_credentials(name)) as gateway:
        yield gateway


def _credentials(env: str) -> Credentials:
    spec = venue_spec(VENUE)
    pair = spec.published_account if env == "sim" else key_and_secret(spec.credential_variables)
    if pair is None:
        key, secret, _ = spec.credential_variables
        text = f"{key} and {secret} are not set: set them, write them into a file .env, or try it offline: --env sim"
        raise ConfigurationError(text, venue=VENUE)
    return Hmac(*pair)


def _confirm(wish: ExecuteSwap, url: str | None) -> None:
    spec = venue_spec(VENUE)
    place = url or base_url(VENUE) or documented_url(spec.credential_variables) or spec.environments["live"].http
    slippage = "the broker's slippage" if wish.slippage_bps is None else f"at most {wish.slippage_bps} bps slippage"
    what = f"swap {wish.amount_in} {wish.asset_in} to {wish.asset_out}, {slippage}, at {place}"
    try:
        agreed = typer.confirm(f"{what}\nclient order id {wish.client_order_id}\nSend it?", err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise ConfigurationError("not confirmed, so nothing was sent; --yes sends without asking")


def _unknown(error: TradewireError, order_id: str, env: str | None) -> OutcomeUnknown:
    text = f"{error}; find out with: tradewire broker order {order_id} --env {environment_name(env)}"
    return OutcomeUnknown(text, venue=VENUE, code=error.code, request_id=order_id)


def _show(update: SwapUpdate, *, as_lines: bool) -> None:
    if as_lines:
        print(as_json(update).decode(), flush=True)
        return
    moment = "" if update.venue_time is None else f"{utc(update.venue_time):%H:%M:%S} "
    filled = "" if update.filled_out is None else f"  received {number(update.filled_out)}"
    transaction = f"  transaction {update.transaction}" if update.transaction else ""
    print(f"{moment}{update.order_id} {update.status.value}{filled}{transaction}", flush=True)


def _end(update: SwapUpdate) -> None:
    if update.status is not SwapStatus.FILLED:
        raise typer.Exit(Exit.REFUSED)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _print_json(fields: dict[str, Any]) -> None:
    print(msgspec.json.encode(fields).decode())
