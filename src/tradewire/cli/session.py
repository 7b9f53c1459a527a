"""Opens gateways for commands, starting a simulator where one is asked for and none listens."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradewire.engine.connect import connect
from tradewire.errors import ConnectFailed
from tradewire.model.events import Gap, Stale
from tradewire.settings import base_url, environment_name
from tradewire.sim.simulator import Simulator

if TYPE_CHECKING:
    from tradewire.engine.gateway import Gateway
    from tradewire.engine.subscription import Handler, StatusHandler
    from tradewire.model.channels import Channel
    from tradewire.wire.subscriptions import SubscriptionState

EnvOption = Annotated[
    str | None,
    typer.Option("--env", help="live, testnet or sim; else the variable TRADEWIRE_ENV; else live.", metavar="ENV"),
]
UrlOption = Annotated[str | None, typer.Option("--url", help="Base URL of the venue, instead of the environment's.")]


async def handle(gateway: Gateway, handlers: Mapping[Channel, Handler]) -> None:
    """Subscribe to all channels at once, a handler for each, which gets the gaps and silences too.

    Raises:
        TradewireError: The first of what the subscriptions ended in.
    """
    # One frame asks for all; the handlers, a moment later, find their channels asked for. So none misses its first events.
    asking = asyncio.create_task(gateway.subscribe(*handlers))
    handles = [gateway.on(channel, handler, on_status=_troubles(handler)) for channel, handler in handlers.items()]
    for result in await asyncio.gather(asking, *handles, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


def _troubles(handler: Handler) -> StatusHandler:
    def told(status: SubscriptionState | Gap | Stale) -> None:
        if isinstance(status, Gap | Stale):
            handler(status)

    return told


@asynccontextmanager
async def opened(venue: str, env: str | None, *, url: str | None = None, **options: Any) -> AsyncIterator[Gateway]:
    """Yield a connected gateway.

    In the environment ``sim`` with nothing listening, an in-process simulator is started, and stderr says so.
    """
    name = environment_name(env)
    async with AsyncExitStack() as stack:
        try:
            gateway = await stack.enter_async_context(connect(venue, env=name, endpoints=url, **options))
        except ConnectFailed:
            if name != "sim" or (url or base_url(venue)):
                raise
            print(f"no simulator is running; starting one for {venue} in this process", file=sys.stderr)
            simulator = await stack.enter_async_context(Simulator(venues=(venue,), ports=0))
            places = simulator.endpoints(venue)
            gateway = await stack.enter_async_context(connect(venue, env=name, endpoints=places, **options))
        yield gateway
