"""What the parts of one gateway share."""

from __future__ import annotations

import asyncio

import pytest
from toy_venue import ToyServer, ToySpec, toy

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
