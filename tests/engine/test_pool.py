"""The connections of one gateway."""

from __future__ import annotations

import asyncio

from toy_venue import BTC, ETH, SOL, Collector, ToyServer, ToySpec, toy

import tradewire
from tradewire import LinkState, Stale
from tradewire.model.channels import Channel
from tradewire.model.time import Nanos
from tradewire.testing.hygiene import run_tidy


def test_channels_spread_over_as_many_connections_as_it_takes() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            handles = [await gateway.on(channel, seen) for channel in (BTC, ETH, SOL)]
            assert gateway.statistics().connections == 2
            second = await server.peer(1)
            await second.trade("SOL/USDT", 7)
            await seen.until(lambda events: len(events) == 1)
            await handles[2].unsubscribe()
            assert gateway.statistics().connections == 1
            async with asyncio.timeout(5):
                await second.ended.wait()
            assert second.socket.close_code == 1000, "an empty connection is closed"

    run_tidy(scenario())


class Paced(ToySpec):
    def cadence(self, channel: Channel) -> float | None:
        return 0.2


def test_a_channel_that_stays_silent_across_a_reconnect_is_stale() -> None:
    async def scenario() -> None:
        async with ToyServer().running() as server, tradewire.connect(Paced(), endpoints=server.endpoints) as gateway:
            pool, seen, found = gateway._pool, Collector(), asyncio.Event()
            assert pool is not None
            overdue = pool._cadence.overdue

            def noted(now: Nanos) -> list[tuple[Channel, float]]:
                silent = overdue(now)
                if silent and gateway.state is not LinkState.LIVE:
                    found.set()
                return silent

            pool._cadence.overdue = noted  # type: ignore[method-assign]
            await gateway.on(BTC, seen, on_status=seen.status)
            old = await server.peer(0)
            await old.trade("BTC/USDT", 1)
            await seen.until(lambda events: bool(seen.numbers))
            server.mute.add("hello")
            old.drop()
            async with asyncio.timeout(5):
                await found.wait()
                assert seen.events[1:] == [], "without a connection there is nothing to say about its channels"
                await (await server.peer(1)).send({"welcome": "anonymous"})
                await seen.until(lambda events: any(isinstance(event, Stale) for event in events))

    run_tidy(scenario())
