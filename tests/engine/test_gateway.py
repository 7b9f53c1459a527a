"""The native API against a scripted toy venue over a real loopback socket."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from toy_venue import BTC, Collector, ToyServer, ToySpec, toy

import tradewire
from tradewire.testing.hygiene import run_tidy


def test_a_synchronous_handler_gets_each_event_once() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            subscription = await gateway.on(BTC, seen)
            assert subscription.state is tradewire.SubscriptionState.CONFIRMED
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1, 2, 3)
            await seen.until(lambda events: len(events) == 3)
            assert seen.numbers == [1, 2, 3]
            assert seen.events[0].channel is seen.events[1].channel

    run_tidy(scenario())


def test_the_error_of_a_handler_surfaces_where_the_gateway_is_closed() -> None:
    async def scenario() -> None:
        failed = asyncio.Event()

        async def broken(event: object) -> None:
            failed.set()
            raise ZeroDivisionError("mine")

        async with toy() as (server, gateway):
            await gateway.on(BTC, broken)
            await (await server.peer(0)).trade("BTC/USDT", 1)
            await failed.wait()
            await asyncio.sleep(0)

    with pytest.raises(ZeroDivisionError, match="mine"):
        run_tidy(scenario())


def test_a_refused_login_is_one_attempt_and_leaves_nothing() -> None:
    async def scenario() -> None:
        server = ToyServer()
        server.refuse_login = "Invalid API key"
        async with server.running():
            gateway = tradewire.connect(ToySpec(), endpoints=server.endpoints)
            with pytest.raises(tradewire.LoginRefused, match="Invalid API key"):
                await gateway.connect()
            assert len(server.peers) == 1
            assert gateway.state.value == "idle"
            server.refuse_login = None
            await gateway.connect()
            assert gateway.state.value == "live"
            await gateway.close()

    run_tidy(scenario())


def test_nothing_listens() -> None:
    async def scenario() -> None:
        async with ToyServer().running() as server:
            endpoints = server.endpoints
        with pytest.raises(tradewire.ConnectFailed, match="nothing listens there"):
            async with tradewire.connect(ToySpec(), endpoints=endpoints):
                pass

    run_tidy(scenario())


def test_a_tap_sees_both_directions_and_a_recording_redacts(tmp_path: Path) -> None:
    async def scenario() -> None:
        recording = tmp_path / "capture.jsonl"
        credentials = tradewire.Hmac("the-public-key", "the-secret")
        async with toy(credentials=credentials, record=recording) as (_, gateway):
            records: list[tradewire.TapRecord] = []
            remove = gateway.tap(records.append)
            await gateway.subscribe(BTC)
            await gateway.unsubscribe(BTC)
            remove()
            await gateway.subscribe(BTC)
            assert [
                record.direction for record in records if "127.0.0.1" in record.connection and "/feed" in record.connection
            ] == [
                "out",
                "in",
                "out",
                "in",
            ]
        text = recording.read_text()
        assert "the-public-key" not in text
        assert '\\"hello\\": \\"***\\"' in text
        assert '"dir":"event"' in text

    run_tidy(scenario())


def test_the_repr_and_the_notebook_table_are_plain() -> None:
    async def scenario() -> None:
        async with toy(env="live") as (_, gateway):
            assert repr(gateway) == "Gateway('toy', live, live)"
            assert "<td>live</td>" in gateway._repr_html_()

    run_tidy(scenario())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_full_disk_ends_the_recording_only() -> None:
    async def scenario() -> None:
        async with toy(record="/dev/full") as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen)
            peer = await server.peer(0)
            for number in range(200):
                await peer.trade("BTC/USDT", number)
            await seen.until(lambda events: len(events) == 200)
            assert (len(server.peers), gateway.state) == (1, tradewire.LinkState.LIVE)

    with pytest.raises(tradewire.ConfigurationError, match="cannot record to /dev/full"):
        run_tidy(scenario())


def test_nothing_can_be_asked_of_a_closed_gateway() -> None:
    async def scenario() -> None:
        async with ToyServer().running() as server:
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            early = gateway.stream(BTC)
            await gateway.close()
            with pytest.raises(tradewire.NotConnected):
                gateway.on(BTC, print)
            with pytest.raises(tradewire.NotConnected):
                gateway.stream(BTC)
            for call in (
                gateway.connect(),
                gateway.subscribe(BTC),
                gateway.instruments(),
                gateway.rest("instruments"),
                gateway.request(b"{}"),
            ):
                with pytest.raises(tradewire.NotConnected):
                    await call
            with pytest.raises(StopAsyncIteration):
                await anext(early)
            gateway.tap(print)()
            await gateway.unsubscribe(BTC)
            assert gateway.statistics().state is tradewire.LinkState.CLOSED
            assert not gateway.runtime.tasks

    run_tidy(scenario())


def test_another_event_loop_is_refused_and_does_no_harm() -> None:
    async def foreign(
        gateway: tradewire.Gateway, stream: tradewire.Stream[tradewire.Event], handle: tradewire.Subscription
    ) -> None:
        calls = (
            gateway.connect(),
            gateway.close(),
            gateway.closed(),
            gateway.subscribe(BTC),
            gateway.unsubscribe(BTC),
            gateway.instruments(),
            gateway.request(b"{}"),
            stream.aclose(),
            anext(stream),
            handle.unsubscribe(),
        )
        for call in calls:
            with pytest.raises(tradewire.ConfigurationError, match="belongs to the event loop that opened it"):
                await call
        with pytest.raises(tradewire.ConfigurationError, match="belongs to the event loop"):
            gateway.on(BTC, print)

    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            handle = await gateway.on(BTC, seen)
            stream = await gateway.stream(BTC).open()
            await asyncio.to_thread(lambda: asyncio.run(foreign(gateway, stream, handle)))
            with pytest.raises(tradewire.ConfigurationError, match="belongs to the event loop"):
                await asyncio.to_thread(gateway.stream, BTC)
            await (await server.peer(0)).trade("BTC/USDT", 1)
            await seen.until(lambda events: len(events) == 1)
            assert isinstance(await anext(stream), tradewire.Trade)
            await gateway.close()
            await asyncio.to_thread(lambda: asyncio.run(gateway.close()))
            assert gateway.state is tradewire.LinkState.CLOSED

    run_tidy(scenario())


def test_closing_while_it_connects_ends_both() -> None:
    async def scenario() -> None:
        server = ToyServer()
        server.mute.add("hello")
        async with server.running():
            gateway = tradewire.connect(ToySpec(), endpoints=server.endpoints)
            connecting = asyncio.ensure_future(gateway.connect())
            await (await server.peer(0)).heard("hello", "anonymous")
            await gateway.close()
            with pytest.raises(tradewire.NotConnected, match="closed"):
                await connecting
            assert gateway.state is tradewire.LinkState.CLOSED
            with pytest.raises(tradewire.NotConnected, match="make a new one"):
                await gateway.connect()

    run_tidy(scenario())


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not for Windows")
def test_it_runs_on_uvloop_too() -> None:
    import uvloop  # noqa: PLC0415 - not for Windows

    async def scenario() -> list[int]:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen)
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1)
            await seen.until(lambda events: len(events) == 1)
            peer.drop()
            again = await server.peer(1)
            await again.heard("sub", "BTC/USDT")
            await again.trade("BTC/USDT", 2)
            await seen.until(lambda events: len(events) == 2)
            return seen.numbers

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(scenario()) == [1, 2]
