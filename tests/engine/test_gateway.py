"""The native API against a scripted toy venue over a real loopback socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from toy_venue import ToyServer, ToySpec, toy

import tradewire
from tradewire import Diagnostics, Gap, LinkState, Trade, Trades
from tradewire.testing.hygiene import run_tidy
from tradewire.venues.spec import Heartbeat, Role

BTC, ETH, SOL = Trades("BTC/USDT"), Trades("ETH/USDT"), Trades("SOL/USDT")


class Collector:
    """A synchronous handler that can be waited on."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self._wake = asyncio.Event()

    def __call__(self, event: Any) -> None:
        self.events.append(event)
        self._wake.set()

    async def until(self, condition: Callable[[list[Any]], bool]) -> None:
        while not condition(self.events):
            self._wake.clear()
            await self._wake.wait()

    @property
    def numbers(self) -> list[int]:
        return [event.trade_id for event in self.events if isinstance(event, Trade)]

    @property
    def gaps(self) -> list[Gap]:
        return [event for event in self.events if isinstance(event, Gap)]


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


def test_two_handlers_share_one_subscription() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            first, second = Collector(), Collector()
            one = await gateway.on(BTC, first)
            two = await gateway.on(BTC, second)
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1)
            await second.until(lambda events: len(events) == 1)
            assert first.numbers == [1]
            await one.unsubscribe()
            await peer.trade("BTC/USDT", 2)
            await second.until(lambda events: len(events) == 2)
            assert first.numbers == [1]
            await two.unsubscribe()
            assert [frame for frame in peer.received if "hello" not in frame] == [{"sub": "BTC/USDT"}, {"unsub": "BTC/USDT"}]
            assert two.state is tradewire.SubscriptionState.ENDED

    run_tidy(scenario())


def test_a_refused_subscription_raises_the_venues_reason_and_can_be_asked_for_again() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            server.refuse.add("BTC/USDT")
            statuses: list[object] = []
            with pytest.raises(tradewire.SubscriptionRefused, match="no such market"):
                await gateway.on(BTC, print, on_status=lambda state, error: statuses.append(state))
            assert statuses == [tradewire.SubscriptionState.REFUSED]
            server.refuse.clear()
            assert (await gateway.on(BTC, print)).state is tradewire.SubscriptionState.CONFIRMED

    run_tidy(scenario())


def test_a_misspelt_symbol_is_answered_with_the_nearest_ones() -> None:
    async def scenario() -> None:
        async with toy() as (_, gateway):
            with pytest.raises(tradewire.UnknownSymbol, match="did you mean BTC/USDT"):
                await gateway.on(Trades("BTC/USTD"), print)
            with pytest.raises(tradewire.Unsupported, match="it has Trades"):
                gateway.stream(tradewire.Quotes("BTC/USDT"))

    run_tidy(scenario())


def test_a_cut_is_healed_announced_and_nothing_comes_twice() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen, states = Collector(), Collector()
            await gateway.on(BTC, seen)
            await gateway.on(Diagnostics(), states)
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1, 2)
            await seen.until(lambda events: len(events) == 2)
            peer.drop()
            again = await server.peer(1)
            await again.heard("sub", "BTC/USDT")
            await again.trade("BTC/USDT", 6)
            await seen.until(lambda events: len(seen.numbers) == 3)
            assert seen.numbers == [1, 2, 6]
            assert [gap.missed for gap in seen.gaps] == [3]
            assert seen.events.index(seen.gaps[0]) == 2, "the gap comes before what follows it"
            figures = gateway.statistics()
            assert len(figures.reconnects) == 1
            assert "without a close frame" in figures.reconnects[0].reason
            await states.until(lambda events: len(events) == 2)
            assert [event.state for event in states.events] == [LinkState.RECONNECTING, LinkState.LIVE]

    run_tidy(scenario())


def test_a_cut_in_which_nothing_was_traded_is_no_gap() -> None:
    async def scenario() -> None:
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
            assert seen.gaps == []

    run_tidy(scenario())


def test_a_connection_that_the_venue_will_end_is_replaced_before_it_is_given_up() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen)
            old = await server.peer(0)
            await old.trade("BTC/USDT", 1)
            server.mute.add("sub")  # hold the successor back
            await old.send({"leaving": "maintenance"})
            new = await server.peer(1)
            await new.heard("sub", "BTC/USDT")
            await old.trade("BTC/USDT", 2, 3)
            await new.trade("BTC/USDT", 2, 3, 4)
            await seen.until(lambda events: len(events) == 3)
            assert seen.numbers == [1, 2, 3], "the successor is held back until it carries everything"
            await new.send({"ok": "BTC/USDT"})
            await seen.until(lambda events: len(events) == 4)
            await new.trade("BTC/USDT", 5)
            await seen.until(lambda events: len(events) == 5)
            assert seen.numbers == [1, 2, 3, 4, 5]
            assert seen.gaps == []
            assert gateway.statistics().reconnects == ()
            assert gateway.state is LinkState.LIVE

    run_tidy(scenario())


def test_a_connection_that_reaches_its_lifetime_is_replaced() -> None:
    async def scenario() -> None:
        async with toy(role=Role("feed", lifetime=0.05)) as (server, gateway):
            await gateway.on(BTC, print)
            again = await server.peer(1)
            await again.heard("sub", "BTC/USDT")

    run_tidy(scenario())


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


def test_a_handler_that_raises_ends_its_own_subscription_only() -> None:
    async def scenario() -> None:
        def broken(event: object) -> None:
            raise ZeroDivisionError("mine")

        async with ToyServer().running() as server:
            gateway = tradewire.connect(ToySpec(), endpoints=server.endpoints)
            await gateway.connect()
            seen = Collector()
            bad = await gateway.on(BTC, broken)
            await gateway.on(BTC, seen)
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1, 2)
            await seen.until(lambda events: len(events) == 2)
            assert bad.state is tradewire.SubscriptionState.ENDED
            assert isinstance(bad.error, ZeroDivisionError)
            with pytest.raises(ZeroDivisionError):
                await gateway.closed()
            await gateway.close()

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


def test_a_handler_may_unsubscribe_itself_and_close_the_gateway() -> None:
    async def scenario() -> None:
        async with ToyServer().running() as server:
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            done = asyncio.Event()
            seen: list[object] = []

            async def once(event: object) -> None:
                seen.append(event)
                await handle.unsubscribe()
                await gateway.close()
                done.set()

            handle = await gateway.on(BTC, once)
            await (await server.peer(0)).trade("BTC/USDT", 1, 2, 3)
            await done.wait()
            assert len(seen) == 1
            assert gateway.state is LinkState.CLOSED
            await gateway.close()
            with pytest.raises(tradewire.NotConnected):
                gateway.on(BTC, print)

    run_tidy(scenario())


def test_a_stream_carries_events_and_gaps_in_order_and_leaves_nothing_when_left() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            async with gateway.stream(BTC, ETH) as stream:
                peer = await server.peer(0)
                await peer.trade("BTC/USDT", 1)
                await peer.trade("ETH/USDT", 9)
                first, second = await anext(stream), await anext(stream)
                assert isinstance(first, Trade)
                assert isinstance(second, Trade)
                assert (first.symbol, second.symbol) == ("BTC/USDT", "ETH/USDT")
                peer.drop()
                again = await server.peer(1)
                await again.heard("sub", "ETH/USDT")
                await again.trade("BTC/USDT", 5)
                assert isinstance(await anext(stream), Gap)
                assert isinstance(await anext(stream), Trade)
            await again.heard("unsub", "BTC/USDT")
            await again.heard("unsub", "ETH/USDT")

    run_tidy(scenario())


def test_a_stream_that_was_forgotten_gives_its_channels_back() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            peer = await server.peer(0)

            async def first() -> None:
                async for _ in gateway.stream(BTC):
                    break

            reading = asyncio.ensure_future(first())
            await peer.heard("sub", "BTC/USDT")
            await peer.trade("BTC/USDT", 1)
            await reading
            await peer.heard("unsub", "BTC/USDT")

    run_tidy(scenario())


def test_questions_get_their_own_answers_or_typed_errors() -> None:
    async def scenario() -> None:
        async with toy(request_timeout=0.05) as (server, gateway):
            assert await gateway.request(b"{}", key=1) == b'{"answer": 1}'
            server.mute.add("ask")
            with pytest.raises(tradewire.RequestTimeout):
                await gateway.request("{}")
            asking = asyncio.ensure_future(gateway.execute(tradewire.ListSubscriptions(), timeout=60))
            peer = await server.peer(0)
            await peer.heard("ask", 3)
            await peer.send({"error": 3})
            with pytest.raises(tradewire.Rejected):
                await asking
            asking = asyncio.ensure_future(gateway.execute(tradewire.ListSubscriptions(), timeout=60))
            await peer.heard("ask", 4)
            peer.drop()
            with pytest.raises(tradewire.LinkLost):
                await asking

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


def test_a_login_that_is_refused_for_good_while_reconnecting_ends_the_gateway() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            stream = gateway.stream(BTC)
            await stream.open()
            server.refuse_login = "Invalid API key"
            (await server.peer(0)).drop()
            with pytest.raises(tradewire.NotConnected, match="Invalid API key; not reconnecting"):
                await gateway.closed()
            with pytest.raises(tradewire.NotConnected):
                await anext(stream)
            with pytest.raises(tradewire.NotConnected):
                gateway.execute_nowait(tradewire.ListSubscriptions())

    run_tidy(scenario())


def test_a_policy_that_gives_up_says_so() -> None:
    async def scenario() -> None:
        async with ToyServer().running() as server:
            policy = tradewire.Backoff(initial=0.0, attempts=2)
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints, reconnect=policy)
            server.mute.add("hello")
            peer = await server.peer(0)
            gateway.runtime.login_timeout = 0.01
            peer.drop()
            with pytest.raises(tradewire.NotConnected, match="Max reconnection attempts reached"):
                await gateway.closed()
            assert gateway.state is LinkState.CLOSED
            assert len(server.peers) == 3
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
