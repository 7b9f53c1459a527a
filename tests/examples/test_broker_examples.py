"""The examples of the broker's documents, run against the simulated broker."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import ModuleType

import programs
import pytest
from programs import assert_in_order, call, read_until

from tradewire.facades.broker import BrokerWSClient
from tradewire.sim.simulator import Simulator

EXAMPLES = programs.EXAMPLES / "broker"
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
BAD = (*programs.BAD, "Connection failed")


def program(name: str, url: str, **environment: str) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    return programs.program(EXAMPLES / f"{name}.py", **(KEYS | {"BROKER_WS_URL": url} | environment))


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
            assert_in_order(ENDING[name], text)
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
    return programs.load(EXAMPLES / f"{name}.py", monkeypatch, **(KEYS | {"BROKER_WS_URL": url}))


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
