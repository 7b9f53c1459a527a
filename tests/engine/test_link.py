"""One socket and its protocol."""

from __future__ import annotations

import asyncio
import json

import pytest
from toy_venue import BTC, Collector, ToyProtocol, ToyServer, ToySpec, toy

import tradewire
from tradewire import Diagnostics, Event
from tradewire.engine.link import Link
from tradewire.model.operations import Command, Request
from tradewire.model.time import Nanos
from tradewire.testing.hygiene import run_tidy
from tradewire.venues.spec import ClientContext, Heartbeat, Role
from tradewire.wire.protocol import ClientProtocol, Emit


def link_of(gateway: tradewire.Gateway) -> Link:
    """The first connection's."""
    assert gateway._pool is not None
    link = gateway._pool._shards["feed", 0].link
    assert link is not None
    return link


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


def test_the_pong_that_answers_a_ping_counts_against_the_frame_limit() -> None:
    async def scenario() -> None:
        async with toy(role=Role("feed", frames_per_second=10)) as (server, gateway):
            odd = Collector()
            await gateway.on(Diagnostics(), odd)
            sent = link_of(gateway)._pacer._sent
            assert sent is not None
            assert len(sent) == 1, "the login"
            peer = await server.peer(0)
            await peer.socket.ping(b"are you there?")
            await peer.socket.send_str("nonsense")
            await odd.until(lambda events: len(events) == 1)
            assert len(sent) == 2

    run_tidy(scenario())


class Traced(ToyProtocol):
    """Notes when frames are read and when requests come."""

    def __init__(self, trace: list[str]) -> None:
        super().__init__("anonymous")
        self._trace = trace

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        self._trace.append("begin")
        super().receive(payload, now, emit)
        self._trace.append("end")

    def submit(self, command: Command, now: Nanos, emit: Emit) -> None:
        if isinstance(command, Request):
            self._trace.append("request")
        super().submit(command, now, emit)


def test_what_a_handler_asks_for_waits_until_all_frames_of_the_read_are_done() -> None:
    trace: list[str] = []

    class TracedSpec(ToySpec):
        def client(self, role: str, context: ClientContext) -> ClientProtocol:
            return Traced(trace)

    async def scenario() -> None:
        async with ToyServer().running() as server, tradewire.connect(TracedSpec(), endpoints=server.endpoints) as gateway:
            seen = Collector()

            def ask(event: Event) -> None:
                seen(event)
                if len(seen.events) == 1:
                    gateway.execute_nowait(tradewire.ListSubscriptions())

            await gateway.on(BTC, ask)
            peer = await server.peer(0)
            trace.clear()
            transport = peer.socket._req.transport if peer.socket._req is not None else None
            assert transport is not None
            transport.write(frame({"trade": 1, "symbol": "BTC/USDT"}) + frame({"trade": 2, "symbol": "BTC/USDT"}))
            await peer.heard("ask", 1)
            assert trace[:5] == ["begin", "end", "begin", "end", "request"]

    run_tidy(scenario())


def frame(message: object) -> bytes:
    """A text frame of a server, short enough for a length of one byte (RFC 6455, 5.2)."""
    payload = json.dumps(message).encode()
    return bytes((0x81, len(payload))) + payload
