"""What a client does when its connection is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tradewire.errors import LinkLost, LoginRefused, NotConnected, OutcomeUnknown, TradewireError
from tradewire.facades.broker import BrokerWSClient, Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.facades.broker.conftest import Broker, Frame

    Run = Callable[[], AbstractAsyncContextManager[Broker]]
    Until = Callable[[BrokerWSClient, Callable[[], bool]], Any]


def client_of(url: str, **options: Any) -> BrokerWSClient:
    client = BrokerWSClient("test_key_1", "test_secret_1", url, **options)
    client.reconnect_delay = 0.001
    return client


@pytest.mark.parametrize("code", [1000, 1001, 1011])
def test_however_the_broker_closes_the_subscriptions_come_back(broker: Run, until: Until, code: int) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            got: asyncio.Queue[str] = asyncio.Queue()
            await client.subscribe("balances", lambda message: got.put_nowait("first"))
            await client.subscribe("balances", lambda message: got.put_nowait("second"))
            await client.subscribe("orders:1", lambda message: got.put_nowait("order"))
            await server.close(code)
            await until(client, lambda: not client.is_connected())
            await until(client, client.is_connected)
            assert server.ops()[-3:] == ["auth", "subscribe", "subscribe"]
            assert len({frame["nonce"] for frame in server.sent("auth")}) == 2
            await server.push({"ch": "balances", "data": []}, {"ch": "orders:1", "data": {}})
            assert [await got.get() for _ in range(3)] == ["first", "second", "order"]
            assert client.reconnect_attempts == 0

    asyncio.run(scenario())


def test_while_reconnecting_calls_say_not_authenticated(broker: Run, until: Until) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            client.reconnect_delay = 60
            await client.subscribe("balances", print)
            await server.close()
            await until(client, lambda: client.reconnect_attempts == 1)
            assert not client.is_connected()
            assert client.running
            for call in (client.get_balances(), client.subscribe("balances", print), client.do_swap("1", "ETH", "USDT")):
                with pytest.raises(NotConnected, match="Not authenticated"):
                    await call
            await client.unsubscribe("balances")
            assert client.subscriptions == {}

    asyncio.run(scenario())


def test_close_during_the_wait_is_final(broker: Run, until: Until) -> None:
    async def scenario() -> None:
        async with broker() as server:
            client = client_of(server.url)
            client.reconnect_delay = 60
            await client.connect()
            await server.close()
            await until(client, lambda: client.reconnect_attempts == 1)
            await client.close()
            assert not client.running
            assert len(server.sockets) == 1

    asyncio.run(scenario())


def test_connect_during_the_wait_tries_at_once(broker: Run, until: Until) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            client.reconnect_delay = 60
            await client.subscribe("balances", print)
            await server.close()
            await until(client, lambda: client.reconnect_attempts == 1)
            await client.connect()
            assert server.ops() == ["auth", "subscribe", "auth", "subscribe"]

    asyncio.run(scenario())


def test_after_the_last_attempt_on_error_is_told_once_and_the_client_is_over(broker: Run, until: Until) -> None:
    async def scenario() -> None:
        async with broker() as server:
            errors: list[TradewireError] = []
            over = asyncio.Event()

            async def on_error(error: TradewireError) -> None:
                errors.append(error)
                over.set()

            client = client_of(server.url, on_error=on_error)
            client.max_reconnect_attempts = 3
            await client.connect()
            await server.refuse()
            await over.wait()
            assert server.refused == 3
            assert not client.is_connected()
            assert not client.running
            with pytest.raises(NotConnected, match="Not authenticated"):
                await client.get_balances()
            await client.close()
            assert len(errors) == 1
            assert "Max reconnection attempts reached" in str(errors[0])

    asyncio.run(scenario())


def test_on_error_may_connect_again(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            back = asyncio.Event()
            client = client_of(server.url)

            async def on_error(error: TradewireError) -> None:
                server.refusing = False
                await client.connect()
                back.set()

            client.on_error = on_error
            client.max_reconnect_attempts = 0
            await client.connect()
            await client.subscribe("balances", print)
            await server.refuse()
            await back.wait()
            assert client.is_connected()
            assert server.ops() == ["auth", "subscribe", "auth", "subscribe"]
            await client.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(("text", "retried"), [("Invalid API key", False), ("Request timestamp outside allowed window", True)])
def test_only_a_refusal_that_a_fresh_stamp_may_cure_is_retried(broker: Run, text: str, retried: bool) -> None:
    async def scenario() -> None:
        async with broker() as server:
            ended: asyncio.Future[TradewireError] = asyncio.get_running_loop().create_future()
            client = client_of(server.url, on_error=ended.set_result)
            client.max_reconnect_attempts = 2
            await client.connect()
            server.answer = lambda frame: {"error": text}
            await server.close()
            error = await ended
            assert isinstance(error.__cause__, LoginRefused)
            assert str(error.__cause__) == text
            assert len(server.sent("auth")) == (3 if retried else 2)
            await client.close()

    asyncio.run(scenario())


def test_attempts_count_on_until_the_subscriptions_are_restored(broker: Run) -> None:
    def no_acknowledgement(frame: Frame) -> Frame | None:
        return {"op": "auth", "data": {}} if frame["op"] == "auth" else None

    async def scenario() -> None:
        async with broker() as server:
            ended: asyncio.Future[TradewireError] = asyncio.get_running_loop().create_future()
            client = client_of(server.url, on_error=ended.set_result, limits=Limits(acknowledgement=0.02))
            client.max_reconnect_attempts = 2
            await client.connect()
            await client.subscribe("balances", print)
            server.answer = no_acknowledgement
            await server.close()
            await ended
            assert len(server.sent("auth")) == 3
            await client.close()

    asyncio.run(scenario())


def test_a_broker_that_stops_answering_pings_is_left(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            server.pong = False
            async with client_of(server.url, limits=Limits(heartbeat=0.02, pong=0.02)):
                await server.until(lambda: len(server.sent("auth")) >= 2)

    asyncio.run(scenario())


def test_a_lost_answer_is_unknown_for_a_swap_and_harmless_for_a_question(broker: Run, until: Until) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            usual = server.answer
            server.answer = lambda frame: None
            swap = asyncio.ensure_future(client.execute_swap("1", "ETH", "USDT"))
            await server.until(lambda: "swap" in server.ops())
            server.answer = usual
            await server.close()
            with pytest.raises(OutcomeUnknown):
                await swap
            await until(client, client.is_connected)

            server.answer = lambda frame: None
            question = asyncio.ensure_future(client.fetch_balances())
            await server.until(lambda: "balances" in server.ops())
            server.answer = usual
            await server.close()
            with pytest.raises(LinkLost):
                await question
            await until(client, client.is_connected)
            # Nothing was sent again behind the caller's back.
            assert len(server.sent("swap")) == len(server.sent("balances")) == 1

    asyncio.run(scenario())


def test_close_fails_what_is_still_unanswered(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            client = client_of(server.url)
            await client.connect()
            server.answer = lambda frame: None
            question = asyncio.ensure_future(client.fetch_balances())
            swap = asyncio.ensure_future(client.execute_swap("1", "ETH", "USDT"))
            subscription = asyncio.ensure_future(client.subscribe("balances", print))
            await server.until(lambda: "balances" in server.ops())
            await client.close()
            for unanswered in (question, swap, subscription):
                with pytest.raises(TradewireError):
                    await unanswered
            assert client.subscriptions == {}

    asyncio.run(scenario())
