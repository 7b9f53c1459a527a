from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from tradewire.errors import NotConnected, TradewireError
from tradewire.facades.broker.dispatch import HIGH_WATER, Dispatcher, Handler, Message

if TYPE_CHECKING:
    import pytest

LOGGER = logging.getLogger("tradewire.broker.dispatch")


def test_recipients_are_asked_when_a_message_is_delivered() -> None:
    async def scenario() -> list[str]:
        got: list[str] = []
        handlers: list[Handler] = []

        def once(message: Message) -> None:
            got.append("first")
            handlers.clear()

        handlers.append(once)
        dispatcher = Dispatcher(lambda message: handlers, LOGGER)
        dispatcher.put({})
        dispatcher.put({})
        dispatcher.finish(NotConnected("over"), lambda error: got.append(str(error)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await dispatcher.close()
        return got

    assert asyncio.run(scenario()) == ["first", "over"]


def test_the_end_comes_last_and_once() -> None:
    async def scenario() -> None:
        got: list[object] = []
        ended: asyncio.Future[TradewireError] = asyncio.get_running_loop().create_future()
        dispatcher = Dispatcher(lambda message: [got.append], LOGGER)
        for number in range(3):
            dispatcher.put({"data": number})
        dispatcher.finish(NotConnected("over"), ended.set_result)
        dispatcher.put({"data": "too late"})
        assert str(await ended) == "over"
        await dispatcher.close()
        assert got == [{"data": 0}, {"data": 1}, {"data": 2}]

    asyncio.run(scenario())


def test_a_handler_that_waits_for_something_cancelled_does_not_take_the_others_with_it(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        done = asyncio.Event()

        async def unlucky(message: Message) -> None:
            gone = asyncio.get_running_loop().create_future()
            gone.cancel()
            await gone

        dispatcher = Dispatcher(lambda message: [unlucky, lambda message: done.set()], LOGGER)
        dispatcher.put({})
        await done.wait()
        await dispatcher.close()

    asyncio.run(scenario())
    assert "unlucky waited for something that was cancelled" in caplog.text


def test_a_backlog_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        dispatcher = Dispatcher(lambda message: [], LOGGER)
        for _ in range(HIGH_WATER + 5):
            dispatcher.put({})
        await dispatcher.close()

    asyncio.run(scenario())
    assert caplog.text.count("too slow") == 1


def test_nothing_is_delivered_after_a_handler_has_closed() -> None:
    async def scenario() -> list[str]:
        got: list[str] = []
        done = asyncio.Event()

        async def last(message: Message) -> None:
            await dispatcher.close()
            got.append("last")
            done.set()

        dispatcher = Dispatcher(lambda message: [last, lambda message: got.append("next handler")], LOGGER)
        dispatcher.put({})
        dispatcher.put({})
        await done.wait()
        await dispatcher.close()
        return got

    assert asyncio.run(scenario()) == ["last"]
