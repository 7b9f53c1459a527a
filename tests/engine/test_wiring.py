"""What handles hold on to."""

from __future__ import annotations

import pytest
from toy_venue import BTC, Collector, toy

import tradewire
from tradewire.model.channels import DIAGNOSTICS
from tradewire.testing.hygiene import run_tidy


def test_what_fails_to_attach_leaves_no_target_behind() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            server.refuse.add("BTC/USDT")
            with pytest.raises(tradewire.SubscriptionRefused):
                await gateway.subscribe(BTC)
            assert BTC not in gateway.runtime.sinks.table

    run_tidy(scenario())


def test_diagnostics_never_reach_the_venue() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            handle = await gateway.on(DIAGNOSTICS, print)
            assert handle.state is tradewire.SubscriptionState.CONFIRMED
            await handle.unsubscribe()
            assert (await server.peer(0)).received == [{"hello": "anonymous"}]

    run_tidy(scenario())


def test_a_flood_of_nonsense_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(DIAGNOSTICS, seen)
            peer = await server.peer(0)
            for _ in range(100):
                await peer.socket.send_str("nonsense")
            await seen.until(lambda events: len(events) == 100)
            assert gateway.statistics().unrecognised == 100

    run_tidy(scenario())
    assert len([record for record in caplog.records if "unrecognised" in record.getMessage()]) == 7
