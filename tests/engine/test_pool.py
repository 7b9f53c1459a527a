"""The connections of one gateway."""

from __future__ import annotations

from toy_venue import BTC, ETH, SOL, Collector, toy

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
            assert gateway.statistics().connections == 1, "an empty connection is closed"

    run_tidy(scenario())
