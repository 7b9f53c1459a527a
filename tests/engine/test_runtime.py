"""What the parts of one gateway share."""

from __future__ import annotations

import asyncio

import pytest
from toy_venue import BTC, Collector, ToyServer, ToySpec, toy

import tradewire
from tradewire.testing.hygiene import run_tidy


def test_a_defect_in_a_task_is_logged_and_surfaces_where_the_gateway_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async def defect() -> None:
            raise ZeroDivisionError("a defect")

        async with ToyServer().running() as server:
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            gateway.runtime.spawn(defect(), "defect")
            with pytest.raises(ZeroDivisionError, match="a defect"):
                await gateway.closed()
            await gateway.close()

    run_tidy(scenario())
    assert "tradewire:toy:defect failed" in caplog.text


def test_a_task_that_ends_well_is_forgotten() -> None:
    async def scenario() -> None:
        async with toy() as (_, gateway):
            before = set(gateway.runtime.tasks)
            await gateway.runtime.spawn(asyncio.sleep(0), "nothing")
            assert gateway.runtime.tasks == before

    run_tidy(scenario())


def test_taps_cost_nothing_when_there_are_none() -> None:
    async def scenario() -> None:
        async with toy() as (_, gateway):
            gateway.runtime.tap("in", b"x", "ws://x")
            seen: list[tradewire.TapRecord] = []
            gateway.tap(seen.append)
            gateway.runtime.tap("in", b"x", "ws://x")
            assert [(record.direction, record.payload, record.connection) for record in seen] == [("in", b"x", "ws://x")]

    run_tidy(scenario())


def test_a_defect_in_a_task_ends_the_streams_with_it() -> None:
    async def scenario() -> None:
        async def defect() -> None:
            raise ZeroDivisionError("a defect")

        async with ToyServer().running() as server:
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            stream = await gateway.stream(BTC).open()
            gateway.runtime.spawn(defect(), "defect")
            with pytest.raises(ZeroDivisionError, match="a defect"):
                await anext(stream)
            with pytest.raises(ZeroDivisionError):
                await gateway.close()

    run_tidy(scenario())


@pytest.mark.parametrize("kind", [KeyError, asyncio.CancelledError])
def test_a_tap_that_raises_sees_nothing_more_and_trading_goes_on(
    kind: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        def broken(record: tradewire.TapRecord) -> None:
            raise kind("my tap")

        async with ToyServer().running() as server:
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            records: list[tradewire.TapRecord] = []
            gateway.tap(broken)
            gateway.tap(records.append)
            seen = Collector()
            await gateway.on(BTC, seen)
            await (await server.peer(0)).trade("BTC/USDT", 1, 2)
            await seen.until(lambda events: len(events) == 2)
            assert (len(server.peers), gateway.statistics().reconnects) == (1, ())
            assert records, "the other tap goes on"
            with pytest.raises(RuntimeError if kind is asyncio.CancelledError else KeyError):
                await gateway.close()

    run_tidy(scenario())
    assert len([record for record in caplog.records if "a tap raised" in record.message]) == 1
