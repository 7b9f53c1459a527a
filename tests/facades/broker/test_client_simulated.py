"""The client against the simulated broker, over sockets that fail."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tradewire.errors import InsufficientBalance, LoginRefused, OutcomeUnknown
from tradewire.facades.broker import APIError, BrokerClient, BrokerWSClient, Limits, Message
from tradewire.model.events import SwapStatus
from tradewire.sim.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable

    Until = Callable[[BrokerWSClient, Callable[[], bool]], Any]


def simulator() -> Simulator:
    """A broker that accepts a signature only if it holds under both possible server rules."""
    return Simulator(venues=("theone",), options={"theone": {"body_rule": "both"}})


def client_of(sim: Simulator, **options: Any) -> BrokerWSClient:
    client = BrokerWSClient("test_key_1", "test_secret_1", sim.endpoints().ws["stream"], **options)
    client.reconnect_delay = 0.001
    return client


def test_a_swap_moves_the_documented_balances() -> None:
    async def scenario() -> None:
        async with simulator() as sim, client_of(sim) as client:
            pushes: asyncio.Queue[Message] = asyncio.Queue()
            await client.subscribe("balances", pushes.put_nowait)
            assert (await client.fetch_estimate("1.5", "ETH", "USDT", ["binance", "gate"])).expected_out
            update = await client.swap_and_wait("1.5", "ETH", "USDT", slippage_bps=30, client_order_id="<замовлення & 1>")
            assert (update.status, str(update.filled_out)) == (SwapStatus.FILLED, "3245.67")
            pending, filled = await pushes.get(), await pushes.get()
            assert {row["asset"]: (row["total"], row["locked"]) for row in pending["data"]}["ETH"] == ("2.5", "2")
            assert {row["asset"]: (row["total"], row["locked"]) for row in filled["data"]}["USDT"] == ("3345.67", "0")
            with pytest.raises(InsufficientBalance):
                await client.execute_swap("100", "ETH", "USDT")

    asyncio.run(scenario())


@pytest.mark.parametrize("cut", ["drop_connection", "reset_connection", "half_open"])
def test_however_the_connection_ends_pushes_go_on(cut: str, until: Until) -> None:
    async def scenario() -> None:
        async with simulator() as sim, client_of(sim, limits=Limits(heartbeat=0.05, pong=0.05)) as client:
            pushes: asyncio.Queue[Message] = asyncio.Queue()
            await client.subscribe("balances", pushes.put_nowait)
            getattr(sim.faults, cut)()
            await until(client, lambda: not client.is_connected())
            await until(client, client.is_connected)
            await client.do_swap("0.1", "ETH", "USDT")
            assert (await pushes.get())["ch"] == "balances"

    asyncio.run(scenario())


def test_a_restart_of_the_broker_is_survived(until: Until) -> None:
    async def scenario() -> None:
        async with simulator() as sim, client_of(sim) as client:
            client.max_reconnect_attempts = 12
            sim.faults.restart(down_for=0.05)
            await until(client, lambda: not client.is_connected())
            await until(client, client.is_connected)
            assert await client.fetch_balances()

    asyncio.run(scenario())


def test_a_swap_whose_answer_is_lost_is_unknown_and_can_be_found() -> None:
    async def scenario() -> None:
        async with simulator() as sim, client_of(sim, limits=Limits(answer=0.1)) as client:
            sim.faults.lose_answers("swap")
            with pytest.raises(OutcomeUnknown):
                await client.execute_swap("0.1", "ETH", "USDT", client_order_id="mine")
            rest = BrokerClient("test_key_1", "test_secret_1", sim.endpoints().http)
            found = await asyncio.to_thread(rest.get_order_status, "mine")
            assert found["clientOrderId"] == "mine"

    asyncio.run(scenario())


def test_rest_and_stream_are_one_account() -> None:
    async def scenario() -> None:
        async with simulator() as sim, client_of(sim) as client:
            pushes: asyncio.Queue[Message] = asyncio.Queue()
            await client.subscribe("balances", pushes.put_nowait)
            rest = BrokerClient("test_key_1", "test_secret_1", sim.endpoints().http)
            assert (await asyncio.to_thread(rest.get_balances))[0].asset == "USDT"
            assert (await asyncio.to_thread(rest.estimate_swap, "ETH", "USDT", "1.5"))["expectedOut"] == "3245.67"
            first = await asyncio.to_thread(rest.swap, "ETH", "USDT", "0.1", None, 30, "key_1")
            assert await asyncio.to_thread(rest.swap, "ETH", "USDT", "0.1", None, 30, "key_1") == first
            assert (await pushes.get())["ch"] == "balances"
            with pytest.raises(APIError, match=r"API Error \[DUPLICATE_REQUEST\]"):
                await asyncio.to_thread(rest.swap, "ETH", "USDT", "0.2", None, 30, "key_1")

    asyncio.run(scenario())


def test_the_other_key_mode_is_refused_where_it_is_not_spoken() -> None:
    async def scenario() -> None:
        async with simulator() as sim:
            with pytest.raises(LoginRefused, match="Invalid signature"):
                await client_of(sim, key_mode="raw").connect()
        async with (
            Simulator(venues=("theone",), options={"theone": {"key_mode": "raw"}}) as sim,
            client_of(sim, key_mode="raw") as client,
        ):
            assert await client.fetch_balances()

    asyncio.run(scenario())


def test_a_broker_that_hangs_up_on_a_wrong_key_is_asked_once() -> None:
    async def scenario() -> None:
        async with Simulator(venues=("theone",), options={"theone": {"close_on_auth_error": True}}) as sim:
            client = BrokerWSClient("nobody", "test_secret_1", sim.endpoints().ws["stream"])
            with pytest.raises(LoginRefused, match="Invalid API key"):
                await client.connect()
            assert not client.running
            assert [record.kind for record in sim.records if record.kind != "closed"] == ["upgrade", "frame"]

    asyncio.run(scenario())
