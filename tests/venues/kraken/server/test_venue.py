"""The venue as a whole, and in the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tradewire.errors import ConfigurationError
from tradewire.sim import Simulator
from tradewire.sim.fault_kinds import BadChecksum
from tradewire.venues.kraken.server import make_server
from tradewire.wire.protocol import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from tests.venues.kraken.server.conftest import Rig


@pytest.mark.parametrize("target", ["/public/v2", "/v2", "/public/v2?x=1"])
def test_market_data_is_served(rig: Rig, target: str) -> None:
    assert rig.connect(target).ask({"method": "ping"}) == {"method": "pong"}


@pytest.mark.parametrize("target", ["/", "/public", "/private/v2", "/level3/v2", "/public/v1"])
def test_nothing_else_is(rig: Rig, target: str) -> None:
    response = rig.server.upgrade(HttpRequest("GET", target), rig.now)
    assert isinstance(response, HttpResponse)
    assert response.status == 404


def test_a_wrong_option_is_refused(rig: Rig) -> None:
    with pytest.raises(ConfigurationError, match="kraken server option"):
        make_server(rig.exchange, options={"heartbeat": 1})


def test_the_venue_sleeps_while_nothing_happens(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.connect().subscribe("trade", "BTC/USD")
    assert rig.server.next_tick() is None
    rig.exchange.trade("1", "1")
    assert rig.server.next_tick() == rig.now
    rig.settle()
    assert rig.server.next_tick() is None


def test_it_runs_in_the_simulator() -> None:
    async def scenario() -> None:
        async with Simulator(venues=("kraken",)) as sim, aiohttp.ClientSession() as http:
            places = sim.discovery()["venues"]["kraken"]
            assert list(places["ws"]) == ["public"]
            async with http.get(places["http"] + "/0/public/Time") as response:
                assert (await response.json())["error"] == []
            async with http.ws_connect(places["ws"]["public"]) as socket:
                params = {"channel": "book", "symbol": ["BTC/USD"], "depth": 10}
                await socket.send_json({"method": "subscribe", "params": params, "req_id": 1})
                heard = [await socket.receive_json() for _ in range(3)]
                assert [frame.get("channel") or frame["method"] for frame in heard] == ["status", "subscribe", "book"]
                sim.faults.add(BadChecksum(venue="kraken"))
                update = await socket.receive_json()
                while update.get("type") != "update":
                    update = await socket.receive_json()
                assert update["data"][0]["symbol"] == "BTC/USD"

    asyncio.run(scenario())
