"""A loopback port: taken, freed, restarted, left clean."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from tradewire.errors import ConfigurationError
from tradewire.sim.listener import Listener, is_upgrade, line_behind, read_request
from tradewire.wire.protocol import HttpRequest

Seen = list[tuple[HttpRequest, bool]]


def listener(seen: Seen, port: int = 0) -> Listener:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        seen.append((await read_request(request), is_upgrade(request)))
        assert line_behind(request) is not None
        return web.Response(text="fine")

    return Listener("test", handle, port=port)


async def get(port: int) -> str:
    async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}/a%20b?c=1") as response:
        return await response.text()


def test_it_serves_on_a_free_port_and_leaves_nothing() -> None:
    async def scenario() -> None:
        seen: Seen = []
        before = asyncio.all_tasks()
        server = listener(seen)
        await server.start()
        assert await get(server.port) == "fine"
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)  # an idle one
        await server.stop()
        assert asyncio.all_tasks() == before
        assert not server.lines
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
        await server.stop()
        ((request, upgrade),) = seen
        assert request.target == "/a%20b?c=1"
        assert not upgrade

    asyncio.run(scenario())


@pytest.mark.parametrize("port", [None, 70_000])
def test_a_port_that_cannot_be_had_is_an_error_with_the_remedy(port: int | None) -> None:
    async def scenario() -> None:
        first = listener([])
        await first.start()
        second = listener([], first.port if port is None else port)
        with pytest.raises(
            ConfigurationError, match=r"port \d+ on 127\.0\.0\.1 .*, so test cannot be served there: .*0 takes free"
        ):
            await second.start()
        await second.stop()
        await first.stop()

    asyncio.run(scenario())


def test_a_restart_comes_back_on_the_same_port() -> None:
    async def scenario() -> None:
        server = listener([])
        await server.start()
        port = server.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        restart = asyncio.create_task(server.restart(0.02))
        with pytest.raises(ConnectionResetError):
            await reader.read()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await restart
        assert server.port == port
        assert await get(port) == "fine"
        writer.close()
        await server.stop()

    asyncio.run(scenario())
