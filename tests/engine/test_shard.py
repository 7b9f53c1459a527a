"""One connection that is kept alive: cuts, handovers, giving up."""

from __future__ import annotations

import asyncio

import pytest
from toy_venue import BTC, ETH, SOL, Collector, Peer, ToyServer, ToySpec, toy

import tradewire
from tradewire import Book, ConnectionState, Diagnostics, LinkState
from tradewire.sim.simulator import Simulator
from tradewire.testing.hygiene import run_tidy
from tradewire.venues.spec import ClientContext, Role
from tradewire.wire.protocol import ClientProtocol


def test_a_cut_is_healed_announced_and_nothing_comes_twice() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen, states = Collector(), Collector()
            await gateway.on(BTC, seen, on_status=seen.status)
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
            await states.until(lambda events: len(events) == 3)
            changes = [event.state for event in states.events if isinstance(event, ConnectionState)]
            assert changes == [LinkState.RECONNECTING, LinkState.LIVE]
            assert states.gaps == seen.gaps

    run_tidy(scenario())


def test_a_cut_in_which_nothing_was_traded_says_so() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen, on_status=seen.status)
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 1)
            await seen.until(lambda events: len(events) == 1)
            peer.drop()
            again = await server.peer(1)
            await again.heard("sub", "BTC/USDT")
            await again.trade("BTC/USDT", 2)
            await seen.until(lambda events: len(seen.numbers) == 2)
            assert [gap.missed for gap in seen.gaps] == [0]

    run_tidy(scenario())


def test_a_connection_that_the_venue_will_end_is_replaced_before_it_is_given_up() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen, on_status=seen.status)
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


async def handover(server: ToyServer, old: Peer) -> Peer:
    """Ask for a replacement and hold it back; returns the successor once it has asked for the channel."""
    server.mute.add("sub")
    await old.send({"leaving": "maintenance"})
    new = await server.peer(len(server.peers))
    await new.heard("sub", "BTC/USDT")
    return new


def test_a_hole_between_two_connections_is_told() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen, on_status=seen.status)
            old = await server.peer(0)
            await old.trade("BTC/USDT", 1, 2)
            await seen.until(lambda events: len(events) == 2)
            new = await handover(server, old)
            await new.trade("BTC/USDT", 6)
            await new.send({"ok": "BTC/USDT"})
            await seen.until(lambda events: len(seen.numbers) == 3)
            assert seen.numbers == [1, 2, 6]
            assert [gap.missed for gap in seen.gaps] == [3]

    run_tidy(scenario())


def test_a_successor_that_lags_behind_repeats_nothing() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen, on_status=seen.status)
            old = await server.peer(0)
            new = await handover(server, old)
            await old.trade("BTC/USDT", 1, 2, 3)
            await seen.until(lambda events: len(events) == 3)
            await new.send({"ok": "BTC/USDT"})
            await new.trade("BTC/USDT", 2, 3, 4)
            await seen.until(lambda events: 4 in seen.numbers)
            assert seen.numbers == [1, 2, 3, 4]
            assert seen.gaps == []

    run_tidy(scenario())


def test_a_connection_that_dies_while_it_is_replaced_is_lost_like_any_other() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen, on_status=seen.status)
            old = await server.peer(0)
            await old.trade("BTC/USDT", 1)
            await seen.until(lambda events: len(events) == 1)
            await handover(server, old)
            old.drop()
            server.mute.clear()
            third = await server.peer(2)
            await third.heard("sub", "BTC/USDT")
            await third.trade("BTC/USDT", 5)
            await seen.until(lambda events: 5 in seen.numbers)
            assert [gap.missed for gap in seen.gaps] == [3]
            assert len(gateway.statistics().reconnects) == 1

    run_tidy(scenario())


def test_a_replacement_that_fails_is_tried_again() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen, on_status=seen.status)
            old = await server.peer(0)
            server.refuse_login = "come back later"
            await old.send({"leaving": "maintenance"})
            await server.peer(2)
            await old.trade("BTC/USDT", 1)
            await seen.until(lambda events: len(events) == 1)
            assert gateway.state is LinkState.LIVE
            server.refuse_login = None
            last = len(server.peers)
            new = await server.peer(last)
            await new.heard("sub", "BTC/USDT")
            await new.trade("BTC/USDT", 2)
            await seen.until(lambda events: len(events) == 2)
            assert seen.gaps == []
            assert gateway.statistics().reconnects == ()

    run_tidy(scenario())


def test_two_cuts_in_a_row_are_one_loss_from_the_first() -> None:
    async def scenario() -> None:
        async with toy() as (server, gateway):
            seen = Collector()
            await gateway.on(BTC, seen, on_status=seen.status)
            peer = await server.peer(0)
            await peer.trade("BTC/USDT", 5)
            await seen.until(lambda events: len(events) == 1)
            peer.drop()
            again = await server.peer(1)
            await again.heard("sub", "BTC/USDT")
            again.drop()
            third = await server.peer(2)
            await third.heard("sub", "BTC/USDT")
            await third.trade("BTC/USDT", 106)
            await seen.until(lambda events: len(seen.numbers) == 2)
            assert [gap.missed for gap in seen.gaps] == [100]

    run_tidy(scenario())


def test_a_book_stays_with_the_old_connection_until_the_new_one_has_it_too() -> None:
    async def scenario() -> None:
        async with (
            Simulator("binance") as sim,
            tradewire.connect("binance", endpoints=sim.endpoints()) as gateway,
        ):
            seen, states = Collector(), Collector()
            await gateway.on(Book("BTC/USDT"), seen, on_status=states.status)
            await seen.until(lambda events: len(events) == 2)
            old = seen.events[-1].book
            sim.faults.http_status(503, count=1)
            sim.faults.shutdown_notice(after=30.0)
            await seen.until(lambda events: events[-1].book is not old)
            assert states.events == [], "nobody hears of the successor's troubles"
            assert seen.events[-1].book.best_bid.price > 0
            assert gateway.statistics().reconnects == ()

    run_tidy(scenario())


@pytest.mark.parametrize("defect", [ZeroDivisionError("signer"), TypeError("policy")])
def test_a_defect_while_connecting_reaches_the_caller(defect: Exception) -> None:
    class Broken(ToySpec):
        def client(self, role: str, context: ClientContext) -> ClientProtocol:
            raise defect

    async def scenario() -> None:
        async with ToyServer().running() as server:
            gateway = tradewire.connect(Broken(), endpoints=server.endpoints)
            with pytest.raises(type(defect)):
                await gateway.connect()

    run_tidy(scenario())


def test_what_is_wanted_and_given_up_during_a_handover_reaches_the_successor() -> None:
    async def scenario() -> None:
        async with toy(role=Role("feed", max_channels=3)) as (server, gateway), asyncio.timeout(10):
            seen = Collector()
            await gateway.on(BTC, seen)
            left = await gateway.on(SOL, seen)
            old = await server.peer(0)
            new = await handover(server, old)
            await left.unsubscribe()
            joining = asyncio.ensure_future(gateway.on(ETH, seen))
            await old.heard("sub", "ETH/USDT")
            await old.send({"ok": "ETH/USDT"})
            await joining
            await new.send({"ok": "BTC/USDT"})
            await new.send({"ok": "SOL/USDT"})
            await new.heard("sub", "ETH/USDT")
            await new.heard("unsub", "SOL/USDT")
            await new.trade("ETH/USDT", 1)
            await seen.until(lambda events: seen.numbers == [1])

    run_tidy(scenario())
