"""Raw messages to the right handlers, beside the reading of the socket."""

from __future__ import annotations

import asyncio
import functools
import logging
from typing import TYPE_CHECKING, Any

import pytest

from tradewire.engine.connect import connect
from tradewire.engine.runtime import TapRecord
from tradewire.facades.broker import BrokerWSClient, Message
from tradewire.facades.broker.session import Routes, Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.facades.broker.conftest import Broker, Frame

    Run = Callable[[], AbstractAsyncContextManager[Broker]]

PUSH: Message = {"ch": "balances", "data": []}


def client_of(url: str) -> BrokerWSClient:
    return BrokerWSClient("test_key_1", "test_secret_1", url, name="session")


@pytest.mark.parametrize(
    ("message", "channel", "caller"),
    [
        (PUSH, True, False),
        ({"ch": "balances", "error": "stopped"}, True, False),
        ({"op": "update", "ch": "balances", "data": []}, True, False),
        ({"ch": "orders:1", "data": {}}, False, False),
        ({"op": "subscribe", "ch": "balances", "data": {"status": "subscribed"}}, False, True),
        ({"op": "subscribe", "ch": "balances", "error": "no"}, True, True),
        ({"op": "balances", "data": {"balances": []}}, False, True),
        ({"op": "balances", "error": ""}, False, True),
        ({"error": "Invalid signature"}, False, True),
        ({"op": "swap", "error": "Insufficient balance for swap"}, False, True),
        ({"data": 1}, False, False),
        ({"ch": 7, "data": 1}, False, False),
    ],
)
def test_who_gets_what(message: Message, channel: bool, caller: bool) -> None:
    routes = Routes({"balances": [print]})
    routes.response_handler = repr
    assert (print in list(routes.recipients(message)), repr in list(routes.recipients(message))) == (channel, caller)


def test_answers_go_to_the_response_handler_and_pushes_whole_to_the_channel(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            client = client_of(server.url)
            answers: list[Message] = []
            pushes: asyncio.Queue[Message] = asyncio.Queue()
            client.response_handler = answers.append
            async with client:
                await client.subscribe("balances", pushes.put_nowait)
                await client.get_balances()
                await server.until(lambda: "balances" in server.ops())
                await server.push({"error": "Order not found"}, PUSH)
                assert await pushes.get() == PUSH
                assert [answer.get("op", answer.get("error")) for answer in answers] == [
                    "auth",
                    "subscribe",
                    "balances",
                    "Order not found",
                ]

    asyncio.run(scenario())


def test_an_error_that_names_a_channel_reaches_its_handlers(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            got: asyncio.Queue[Message] = asyncio.Queue()
            await client.subscribe("balances", got.put_nowait)
            await server.push({"ch": "balances", "error": "stopped"})
            assert (await got.get())["error"] == "stopped"
            assert client.is_connected()

    asyncio.run(scenario())


def test_frames_that_are_no_objects_are_dropped_and_the_client_goes_on(broker: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            got: asyncio.Queue[Message] = asyncio.Queue()
            await client.subscribe("balances", got.put_nowait)
            await server.push([1], "text", 7, None)
            await server.sockets[-1].send_str('{"ch": "balances", "data"')
            await server.push(PUSH)
            assert await got.get() == PUSH

    asyncio.run(scenario())
    assert sum("no JSON object" in record.getMessage() for record in caplog.records) == 5


def test_every_kind_of_handler_is_called_and_awaited(broker: Run) -> None:
    class Desk:
        def __init__(self, got: asyncio.Queue[str]) -> None:
            self.got = got

        async def method(self, message: Message) -> None:
            self.got.put_nowait("method")

        async def __call__(self, message: Message) -> None:
            self.got.put_nowait("object")

    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            got: asyncio.Queue[str] = asyncio.Queue()
            desk = Desk(got)

            def plain(message: Message) -> None:
                got.put_nowait("plain")

            async def coroutine(message: Message, name: str = "coroutine") -> None:
                got.put_nowait(name)

            for handler in (
                plain,
                coroutine,
                lambda message: got.put_nowait("lambda"),
                lambda message: coroutine(message, "lambda of a coroutine"),
                functools.partial(coroutine, name="partial"),
                desk.method,
                desk,
            ):
                await client.subscribe("balances", handler)
            await server.push(PUSH)
            assert [await got.get() for _ in range(7)] == [
                "plain",
                "coroutine",
                "lambda",
                "lambda of a coroutine",
                "partial",
                "method",
                "object",
            ]

    asyncio.run(scenario())


def test_a_handler_that_raises_is_logged_and_the_others_go_on(broker: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            got: asyncio.Queue[Message] = asyncio.Queue()

            async def broken(message: Message) -> None:
                raise KeyError("data")

            await client.subscribe("balances", broken)
            await client.subscribe("balances", got.put_nowait)
            await server.push(PUSH, PUSH)
            assert [await got.get(), await got.get()] == [PUSH, PUSH]
            assert client.is_connected()

    asyncio.run(scenario())
    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.name for record in failures] == ["tradewire.broker.session"] * 2
    assert "broken failed" in failures[0].getMessage()


def test_handlers_may_ask_subscribe_unsubscribe_and_close(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            client = client_of(server.url)
            closed = asyncio.Event()

            async def on_order(message: Message) -> None:
                await client.close()
                closed.set()

            async def on_balances(message: Message) -> None:
                # Answers arrive while this handler waits: it does not stand in the way of reading.
                assert await client.fetch_balances()
                await client.unsubscribe("balances")
                await client.subscribe("orders:1", on_order)
                await server.push(PUSH, {"ch": "orders:1", "data": {}}, {"ch": "orders:1", "data": {}})

            await client.connect()
            await client.subscribe("balances", on_balances)
            await server.push(PUSH)
            await closed.wait()
            assert not client.is_connected()
            assert server.ops() == ["auth", "subscribe", "balances", "unsubscribe", "subscribe"]

    asyncio.run(scenario())


def test_one_handler_on_two_channels_sees_all_messages_in_order_of_arrival(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            got: list[Any] = []
            done = asyncio.Event()

            async def debug_handler(message: Message) -> None:
                await asyncio.sleep(0)
                got.append(message["data"])
                if message["data"] == 199:
                    done.set()

            await client.subscribe("balances", debug_handler)
            await client.subscribe("orders:test_order", debug_handler)
            frames: list[Frame] = [{"ch": ("balances", "orders:test_order")[number % 2], "data": number} for number in range(200)]
            await server.push(*frames)
            await done.wait()
            assert got == list(range(200))

    asyncio.run(scenario())


def test_close_cancels_a_handler_that_waits_for_ever(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            client = client_of(server.url)
            waiting, cancelled = asyncio.Event(), asyncio.Event()

            async def stuck(message: Message) -> None:
                waiting.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    cancelled.set()

            async with client:
                await client.subscribe("balances", stuck)
                await server.push(PUSH)
                await waiting.wait()
            assert cancelled.is_set()

    asyncio.run(scenario())


@pytest.mark.parametrize("payload", [b"\xff", b'"\xff"', b"[" * 100_000, b"", b"NaN", b'{"a":' * 50_000])
def test_no_bytes_at_all_can_break_the_reading(payload: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        gateway = connect("theone", endpoints={"stream": "ws://127.0.0.1:9/ws"})
        session = Session(gateway, Routes({}), logging.getLogger("tradewire.broker.session"), print)
        session._take(TapRecord("in", payload, 0, "ws://127.0.0.1:9/ws#1"))
        await session.close()

    asyncio.run(scenario())
    assert "no JSON object" in caplog.text


def test_a_push_of_almost_a_mebibyte_is_taken(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            got: asyncio.Queue[Message] = asyncio.Queue()
            await client.subscribe("balances", got.put_nowait)
            await server.push({"ch": "balances", "data": "x" * 1_048_000})
            assert len((await got.get())["data"]) == 1_048_000

    asyncio.run(scenario())
