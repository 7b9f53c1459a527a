"""The examples of the broker's documents, run against the simulated broker."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tradewire.facades.broker import BrokerWSClient
from tradewire.sim.simulator import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

EXAMPLES = Path(__file__).parents[2] / "examples" / "broker"
KEYS = {"BROKER_API_KEY": "test_key_1", "BROKER_SECRET_KEY": "test_secret_1"}

#: What each program that ends by itself prints.
ENDING = {
    "trading": ["Balances: (Balance(asset='USDT'", "Estimate: SwapEstimate(price=Decimal('2163.78')", "Response: swap", "FILLED"],
    "manual_management": ["Connected: True", "Connected: False"],
    "context_manager": ["Connected: False"],
    "logging_debug": ["tradewire.broker.1 - DEBUG - received op=balances"],
    "several_clients": ["Balances: ['USDT'", "Balances: ['USDT'"],
    "service": ["Balances: [{'asset': 'USDT'"],
    "environment": ["Connected: True"],
}
#: What each program that runs until it is stopped prints first, while the account trades elsewhere.
ENDLESS = {
    "simple_connection": ["Insufficient balance for swap", "Order not found", "Balances: [{'asset': 'USDT'"],
    "channels": ["Received balances: [{'asset': 'USDT'"],
    "error_handling": ["Data: [{'asset': 'USDT'"],
    "handlers": ["Sync handler: [", "Async handler: {"],
    "reconnection": ["Connected: True", "Balances: ["],
    "monitoring": ["Connected: True"],
    "debug_all": ["DEBUG: Received message: {'ch': 'balances'"],
    "ws_example": ["Estimate: 216.378 at 2163.78", "FILLED 216.378"],
}
BAD = ("never awaited", "was destroyed", "Unclosed", "ResourceWarning", "Connection failed")


@asynccontextmanager
async def program(name: str, url: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-u", "-X", "dev", "-W", "error"),
        str(EXAMPLES / f"{name}.py"),
        env={**os.environ, **KEYS, "BROKER_WS_URL": url, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def read_until(process: asyncio.subprocess.Process, expected: list[str]) -> str:
    """Read lines until each of ``expected`` has been seen, or to the end."""
    assert process.stdout is not None
    text = ""
    while not all(part in text for part in expected):
        line = await process.stdout.readline()
        if not line:
            break
        text += line.decode()
    return text


async def trade_for_ever(url: str) -> None:
    async with BrokerWSClient("test_key_1", "test_secret_1", url) as client:
        while True:
            await client.swap_and_wait("0.0001", "ETH", "USDT")


def simulated(scenario: Callable[[str], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Simulator(venues=("theone",), ports=0) as sim, asyncio.timeout(30):
            await scenario(sim.endpoints("theone").ws["stream"])

    asyncio.run(run())


def test_every_example_is_run() -> None:
    served = {"fastapi_app", "django_consumer"}
    assert set(ENDING) | set(ENDLESS) | served | {"placeholders"} == {path.stem for path in EXAMPLES.glob("*.py")}


@pytest.mark.parametrize("name", ENDING)
def test_programs_that_end(name: str) -> None:
    async def scenario(url: str) -> None:
        async with program(name, url) as process:
            output, _ = await process.communicate()
            text = output.decode()
            assert process.returncode == 0, text
            position = 0
            for part in ENDING[name]:
                assert part in text[position:], text
                position = text.index(part, position) + len(part)
            assert not [bad for bad in BAD if bad in text], text

    simulated(scenario)


@pytest.mark.skipif(sys.platform == "win32", reason="a child cannot be sent Ctrl-C there")
@pytest.mark.parametrize("name", ENDLESS)
def test_programs_without_an_end(name: str) -> None:
    async def scenario(url: str) -> None:
        activity = asyncio.ensure_future(trade_for_ever(url))
        try:
            async with program(name, url) as process:
                text = await read_until(process, ENDLESS[name])
                assert all(part in text for part in ENDLESS[name]), text
                process.send_signal(signal.SIGINT)
                rest, _ = await process.communicate()
                assert process.returncode in {0, -signal.SIGINT}, rest.decode()
                assert not [bad for bad in BAD if bad in text + rest.decode()], rest.decode()
        finally:
            activity.cancel()
            await asyncio.wait([activity])

    simulated(scenario)


def test_a_refused_login_is_what_the_error_example_prints() -> None:
    async def scenario(url: str) -> None:
        async with program("error_handling", url, BROKER_API_KEY="nobody") as process:
            output, _ = await process.communicate()
            assert (process.returncode, output.decode()) == (0, "Connection failed: Invalid API key\n")

    simulated(scenario)


def test_a_missing_variable_is_what_the_environment_example_prints() -> None:
    async def scenario(url: str) -> None:
        async with program("environment", url, BROKER_SECRET_KEY="") as process:
            output, _ = await process.communicate()
            assert "Connection failed: secret_key is missing" in output.decode()

    simulated(scenario)


# -- programs that live in a server ----------------------------------------------------------------------------------------


def load(name: str, url: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import an example as a module of its own, with its placeholders pointed at ``url``."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.delitem(sys.modules, "placeholders", raising=False)
    for variable, value in (KEYS | {"BROKER_WS_URL": url}).items():
        monkeypatch.setenv(variable, value)
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def call(app: Any, method: str, target: str) -> bytes:
    """Make one request of an ASGI application."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    body = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        body.extend(message.get("body", b""))

    await app(scope, receive, send)
    return bytes(body)


@pytest.mark.filterwarnings(r"ignore:\s*on_event is deprecated:DeprecationWarning")
def test_the_client_lives_in_a_fastapi_application(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(url: str) -> None:
        app = load("fastapi_app", url, monkeypatch).app
        swap = "/swap?amount={}&from_asset=ETH&to_asset=USDT"
        assert await call(app, "GET", "/status") == b'{"websocket_connected":false}'
        assert await call(app, "POST", swap.format("0.1")) == b'{"error":"WebSocket not connected"}'
        async with app.router.lifespan_context(app):
            assert await call(app, "GET", "/status") == b'{"websocket_connected":true}'
            assert await call(app, "POST", swap.format("0.1")) == b'{"success":true}'
            assert b"is no amount" in await call(app, "POST", swap.format("much"))
        assert await call(app, "GET", "/status") == b'{"websocket_connected":false}'

    simulated(scenario)


def test_the_client_lives_in_a_django_consumer(monkeypatch: pytest.MonkeyPatch) -> None:
    class AsyncWebsocketConsumer:
        """Stands in for the one of django-channels."""

        accepted = False

        async def accept(self) -> None:
            self.accepted = True

    for name in ("channels", "channels.generic", "channels.generic.websocket"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(
        sys.modules["channels.generic.websocket"], "AsyncWebsocketConsumer", AsyncWebsocketConsumer, raising=False
    )

    async def scenario(url: str) -> None:
        consumer = load("django_consumer", url, monkeypatch).TradingConsumer()
        await consumer.disconnect(1000)
        await consumer.connect()
        assert consumer.accepted
        assert consumer.ws_client.is_connected()
        await asyncio.ensure_future(consumer.disconnect(1000))
        assert not consumer.ws_client.is_connected()

    simulated(scenario)
