"""What handles hold on to."""

from __future__ import annotations

import asyncio

import pytest
from toy_venue import BTC, ETH, Collector, ToyServer, ToySpec, toy

import tradewire
from tradewire import LinkState, SubscriptionState
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


def test_what_the_venue_refuses_when_a_connection_is_restored_ends_what_hangs_on_it() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            statuses: list[object] = []
            seen = Collector()
            refused = await gateway.on(BTC, print, on_status=statuses.append)
            await gateway.on(ETH, seen)
            stream = await gateway.stream(BTC, ETH).open()
            other = await gateway.stream(ETH).open()
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1)
            assert isinstance(await anext(stream), tradewire.Trade)
            server.refuse.add("BTC/USDT")
            peer.drop()
            with pytest.raises(tradewire.SubscriptionRefused, match="no such market"):
                async for _ in stream:
                    pass
            assert (refused.state, statuses[-1]) == (SubscriptionState.REFUSED, SubscriptionState.REFUSED)
            assert isinstance(refused.error, tradewire.SubscriptionRefused)
            assert BTC not in gateway.runtime.sinks.table
            again = await server.peer(1)
            await again.trade("ETH/USDT", 2)
            await seen.until(lambda events: len(events) == 1)
            await other.aclose()
            assert gateway.state is LinkState.LIVE

    run_tidy(scenario())


def test_a_status_handler_that_raises_cancelled_error_cancels_nobody() -> None:
    async def scenario() -> None:
        async with ToyServer().running() as server:
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            statuses: list[object] = []

            def broken(status: object) -> None:
                statuses.append(status)
                raise asyncio.CancelledError("mine")

            seen = Collector()
            handle = await gateway.on(BTC, seen, on_status=broken)
            assert (handle.state, statuses) == (SubscriptionState.ENDED, [SubscriptionState.CONFIRMED])
            with pytest.raises(RuntimeError, match="nobody had cancelled it"):
                await gateway.close()

    run_tidy(scenario())


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("trades:BTC/USDT", "a channel is expected, such as Trades"),
        (tradewire.Trades, "a channel is expected"),
        ([BTC], "a channel is expected"),
        (tradewire.Trades(None), "a symbol is a text"),  # type: ignore[arg-type]  # the point
    ],
)
def test_what_is_no_channel_is_refused_with_an_example(wish: object, words: str) -> None:
    async def scenario() -> None:
        async with toy() as (_, gateway):
            with pytest.raises(tradewire.ConfigurationError, match=words):
                gateway.stream(wish)  # type: ignore[call-overload]  # the point

    run_tidy(scenario())
