"""A scripted broker on a loopback socket: it answers as it is told, and remembers what it was sent."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import pytest
from aiohttp import WSCloseCode, WSMsgType, web

from tradewire.facades.broker import BrokerWSClient

Frame: TypeAlias = dict[str, Any]
#: Answers one frame: with a frame, several, or none.
Answer: TypeAlias = Callable[[Frame], Frame | list[Frame] | None]

BALANCES = [{"asset": "USDT", "total": "100.00", "locked": "0"}, {"asset": "ETH", "total": "2.5", "locked": "0.5"}]
ANSWERS: dict[str, Frame] = {
    "auth": {"op": "auth", "data": {"status": "authenticated"}},
    "balances": {"op": "balances", "data": {"balances": BALANCES}},
    "estimate": {
        "op": "estimate",
        "data": {"route": [], "price": "2163.78", "expectedOut": "216378", "expiresAt": 1732526400000},
    },
    "swap": {"op": "swap", "data": {"orderId": "ord_1", "status": "PENDING"}},
    "order_status": {"op": "order_status", "data": {"orderId": "ord_1", "status": "FILLED", "filledOut": "216378"}},
}


def usual(frame: Frame) -> Frame:
    """Answer as a broker does to whom nothing is wrong."""
    if frame["op"] in {"subscribe", "unsubscribe"}:
        return {"op": frame["op"], "ch": frame["ch"], "data": {"status": f"{frame['op']}d"}}
    return ANSWERS[frame["op"]]


class Broker:
    """Answers each frame as ``answer`` says; with ``refusing`` it opens no socket, without ``pong`` it ignores pings."""

    def __init__(self) -> None:
        self.url = ""
        self.answer: Answer = usual
        self.refusing = False
        self.pong = True
        self.frames: list[Frame] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.refused = 0
        self._changed = asyncio.Condition()

    def ops(self) -> list[str]:
        return [frame["op"] for frame in self.frames]

    def sent(self, op: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["op"] == op]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(condition)

    async def push(self, *frames: Any) -> None:
        for frame in frames:
            await self.sockets[-1].send_str(json.dumps(frame))

    async def close(self, code: int = WSCloseCode.OK) -> None:
        await self.sockets[-1].close(code=code)

    async def refuse(self) -> None:
        """Be gone: close the connection, and take no other."""
        self.refusing = True
        await self.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            self.refused += 1
            await self._notify()
            return web.Response(status=503)
        socket = web.WebSocketResponse(autoping=self.pong)
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            self.frames.append(frame)
            answer = self.answer(frame)
            for part in [answer] if isinstance(answer, dict) else answer or []:
                await socket.send_str(json.dumps(part))
            await self._notify()
        await self._notify()
        return socket

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def run_broker() -> AsyncIterator[Broker]:
    """Run a broker; when it ends, so must everything that the test started."""
    before = asyncio.all_tasks()
    broker = Broker()
    app = web.Application()
    app.router.add_get("/{path:.*}", broker.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    broker.url = f"ws://{host}:{port}/ws"
    try:
        yield broker
    finally:
        for socket in broker.sockets:
            await socket.close()
        await runner.cleanup()
    left = {task.get_name() for task in asyncio.all_tasks() - before if "tradewire" in task.get_name()}
    assert not left, f"tasks left behind: {left}"


class _Bell(logging.Handler):
    """Rings at each record: a client logs every change of its connection's state."""

    def __init__(self) -> None:
        super().__init__()
        self.rung = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.rung.set()


async def wait_until(client: BrokerWSClient, condition: Callable[[], bool]) -> None:
    """Wait until a change of the client's connection makes ``condition`` true."""
    bell = _Bell()
    client.logger.setLevel(logging.INFO)
    client.logger.addHandler(bell)
    try:
        async with asyncio.timeout(10):
            while not condition():
                await bell.rung.wait()
                bell.rung.clear()
    finally:
        client.logger.removeHandler(bell)


@pytest.fixture
def until() -> Callable[[BrokerWSClient, Callable[[], bool]], Awaitable[None]]:
    return wait_until


@pytest.fixture
def broker() -> Callable[[], AbstractAsyncContextManager[Broker]]:
    return run_broker
