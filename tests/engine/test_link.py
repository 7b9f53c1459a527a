"""One socket and its protocol."""

from __future__ import annotations

import asyncio

import pytest
from toy_venue import BTC, Collector, ToyServer, ToySpec, toy

import tradewire
from tradewire import Diagnostics
from tradewire.testing.hygiene import run_tidy
from tradewire.venues.spec import Heartbeat


def test_connecting_can_be_cancelled() -> None:
    async def scenario() -> None:
        server = ToyServer()
        server.mute.add("hello")
        async with server.running():
            connecting = asyncio.ensure_future(tradewire.connect(ToySpec(), endpoints=server.endpoints).connect())
            peer = await server.peer(0)
            await peer.heard("hello", "anonymous")
            connecting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await connecting

    run_tidy(scenario())


def test_a_venue_that_stops_answering_pings_is_cut_and_reconnected() -> None:
    async def scenario() -> None:
        beat = Heartbeat(ping_every=0.02, pong_within=0.02, any_frame=False)
        async with toy(heartbeat=beat) as (server, gateway):
            peer = await server.peer(0)
            peer.socket._autoping = False
            await server.peer(1)
            assert "no answer to a ping" in gateway.statistics().reconnects[0].reason

    run_tidy(scenario())


def test_a_frame_that_makes_no_sense_is_an_event_with_its_bytes() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            odd, seen = Collector(), Collector()
            await gateway.on(Diagnostics(), odd)
            await gateway.on(BTC, seen)
            peer = await server.peer(0)
            await peer.socket.send_str("nonsense")
            await peer.socket.send_bytes(b"\x00binary")
            await peer.trade("BTC/USDT", 1)
            await seen.until(lambda events: len(events) == 1)
            assert [event.raw for event in odd.events] == [b"nonsense", b"\x00binary"]
            assert gateway.statistics().unrecognised == 2

    run_tidy(scenario())
