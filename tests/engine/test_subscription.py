"""Handles: handlers and streams, shared, refused, failing, left."""

from __future__ import annotations

import asyncio

import pytest
from toy_venue import BTC, ETH, SOL, Collector, ToyServer, ToySpec, toy

import tradewire
from tradewire import Gap, LinkState, SubscriptionState, Trade
from tradewire.testing.hygiene import run_tidy


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
                await gateway.on(BTC, print, on_status=statuses.append)
            assert statuses == [tradewire.SubscriptionState.REFUSED]
            server.refuse.clear()
            assert (await gateway.on(BTC, print)).state is tradewire.SubscriptionState.CONFIRMED

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


def test_a_stream_that_is_refused_one_channel_keeps_none_and_leaves_other_wishes_alone() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen)
            server.refuse.add("SOL/USDT")
            with pytest.raises(tradewire.SubscriptionRefused):
                await gateway.stream(BTC, ETH, SOL).open()
            first, second = await server.peer(0), await server.peer(1)
            await first.heard("unsub", "ETH/USDT")
            assert {"unsub": "BTC/USDT"} not in first.received
            await first.trade("BTC/USDT", 1)
            await seen.until(lambda events: len(events) == 1)
            assert {"sub": "SOL/USDT"} in second.received
            assert gateway.statistics().connections == 1

    run_tidy(scenario())


def test_a_subscription_that_is_given_up_while_it_is_made_is_taken_back() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            server.mute.add("sub")
            opening = asyncio.ensure_future(gateway.subscribe(BTC))
            peer = await server.peer(0)
            await peer.heard("sub", "BTC/USDT")
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
            await peer.heard("unsub", "BTC/USDT")

    run_tidy(scenario())


def test_a_slow_coroutine_handler_is_told_of_dropped_events_by_its_status_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = tradewire.QueuePolicy(tradewire.Overflow.DROP_OLDEST, size=1)
    monkeypatch.setattr("tradewire.engine.subscription.checked_policy", lambda channel, policy: tiny)

    async def scenario() -> None:
        begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()
        handled: list[int] = []
        statuses: list[object] = []

        async def slow(trade: Trade) -> None:
            handled.append(trade.trade_id)
            begun.set()
            await go_on.wait()
            if trade.trade_id == 4:
                done.set()

        async with toy() as (server, gateway):
            await gateway.on(BTC, slow, on_status=statuses.append)
            everything = Collector()
            await gateway.on(BTC, everything)
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1)
            await begun.wait()
            for number in (2, 3, 4):
                await peer.trade("BTC/USDT", number)
            await everything.until(lambda events: len(events) == 4)
            go_on.set()
            await done.wait()
            assert handled == [1, 4]
            assert [(status.missed, status.healed) for status in statuses if isinstance(status, Gap)] == [(2, False)]

    run_tidy(scenario())


def test_a_status_handler_that_raises_ends_its_own_subscription_only(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        def handler(event: object) -> None:
            raise ValueError("the handler")

        def status(status: object) -> None:
            if status is SubscriptionState.ENDED:
                raise KeyError("the status handler")

        async with ToyServer().running() as server:
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            seen = Collector()
            bad = await gateway.on(BTC, handler, on_status=status)
            await gateway.on(BTC, seen)
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1, 2)
            await seen.until(lambda events: len(events) == 2)
            assert (bad.state, gateway.state, len(server.peers)) == (SubscriptionState.ENDED, LinkState.LIVE, 1)
            assert isinstance(bad.error, ValueError)
            with pytest.raises(ValueError, match="the handler"):  # the cause, not what followed from it
                await gateway.close()

    run_tidy(scenario())
    assert len([record for record in caplog.records if "a handler of" in record.message]) == 2


def test_a_status_handler_that_raises_at_the_confirmation_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        def status(status: object) -> None:
            raise KeyError("mine")

        async with ToyServer().running() as server:
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            handle = await gateway.on(BTC, print, on_status=status)
            assert (handle.state, BTC in gateway.runtime.sinks.table) == (SubscriptionState.ENDED, False)
            await (await server.peer(0)).heard("unsub", "BTC/USDT")
            with pytest.raises(KeyError, match="mine"):
                await gateway.close()

    run_tidy(scenario())


def test_a_handler_of_two_channels_that_fails_on_one_keeps_the_other() -> None:
    async def scenario() -> None:
        seen = Collector()

        def picky(trade: Trade) -> None:
            seen(trade)
            if trade.symbol == "BTC/USDT":
                raise ValueError("not this one")

        async with ToyServer().running() as server:
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            bitcoin, ether = await gateway.on(BTC, picky), await gateway.on(ETH, picky)
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1, 2)
            await peer.trade("ETH/USDT", 3)
            await seen.until(lambda events: len(events) == 2)
            assert seen.numbers == [1, 3]
            assert (bitcoin.state, ether.state) == (SubscriptionState.ENDED, SubscriptionState.CONFIRMED)
            with pytest.raises(ValueError, match="not this one"):
                await gateway.close()

    run_tidy(scenario())


def test_a_cancelled_error_that_a_coroutine_handler_makes_up_ends_its_subscription() -> None:
    async def scenario() -> None:
        over = asyncio.Event()

        async def handler(event: object) -> None:
            raise asyncio.CancelledError("mine")

        def status(status: object) -> None:
            if status is SubscriptionState.ENDED:
                over.set()

        async with ToyServer().running() as server:
            gateway = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            await gateway.on(BTC, handler, on_status=status)
            await (await server.peer(0)).trade("BTC/USDT", 1)
            await over.wait()
            with pytest.raises(RuntimeError, match="nobody had cancelled it"):
                await gateway.close()

    run_tidy(scenario())


def test_a_handle_that_is_ended_while_it_is_opened_is_told_once_and_takes_back_its_own_wish_only() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            server.mute.add("sub")
            statuses: list[object] = []
            keeper = gateway.on(BTC, print)
            quitter = gateway.on(BTC, print, on_status=statuses.append)
            peer = await server.peer(0)
            await peer.heard("sub", "BTC/USDT")
            waiting = asyncio.ensure_future(_awaited(quitter))
            await asyncio.sleep(0)
            await quitter.unsubscribe()
            with pytest.raises(tradewire.NotConnected, match="given up"):
                await waiting
            assert statuses == [SubscriptionState.ENDED]
            await peer.send({"ok": "BTC/USDT"})
            assert (await keeper).state is SubscriptionState.CONFIRMED
            assert {"unsub": "BTC/USDT"} not in peer.received

    run_tidy(scenario())


async def _awaited(handle: tradewire.Subscription) -> None:
    await handle


def test_a_stream_whose_first_event_was_not_waited_for_stays_usable() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            server.mute.add("sub")
            stream = gateway.stream(BTC)
            first = asyncio.ensure_future(anext(stream))
            peer = await server.peer(0)
            await peer.heard("sub", "BTC/USDT")
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            await peer.send({"ok": "BTC/USDT"})
            await peer.trade("BTC/USDT", 7)
            event = await anext(stream)
            assert isinstance(event, Trade)
            assert event.trade_id == 7
            assert {"unsub": "BTC/USDT"} not in peer.received
            await stream.aclose()
            with pytest.raises(StopAsyncIteration):
                await anext(stream)

    run_tidy(scenario())


def test_a_stream_that_is_closed_while_it_is_opened_ends_for_its_reader() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            server.mute.add("sub")
            stream = gateway.stream(BTC)
            reading = asyncio.ensure_future(anext(stream))
            peer = await server.peer(0)
            await peer.heard("sub", "BTC/USDT")
            await stream.aclose()
            with pytest.raises(StopAsyncIteration):
                await reading
            await peer.heard("unsub", "BTC/USDT")
            assert BTC not in gateway.runtime.sinks.table

    run_tidy(scenario())


def test_two_tasks_cannot_read_one_stream() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            stream = gateway.stream(BTC)
            first = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="another task is reading"):
                await anext(stream)
            peer = await server.peer(0)
            await peer.heard("sub", "BTC/USDT")
            await peer.trade("BTC/USDT", 1)
            assert isinstance(await first, Trade)
            await stream.aclose()

    run_tidy(scenario())


def test_a_stream_that_must_not_lose_anything_gives_its_channels_back_when_it_fails() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            policy = tradewire.QueuePolicy(tradewire.Overflow.FAIL, size=2)
            stream = await gateway.stream(BTC, ETH, queue=policy).open()
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1, 2, 3, 4, 5)
            await peer.heard("unsub", "ETH/USDT")
            assert not {BTC, ETH} & set(gateway.runtime.sinks.table)
            assert [event.trade_id for event in (await anext(stream), await anext(stream)) if isinstance(event, Trade)] == [1, 2]
            with pytest.raises(tradewire.SlowConsumer):
                await anext(stream)

    run_tidy(scenario())
