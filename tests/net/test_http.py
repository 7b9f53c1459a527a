"""The HTTP client against a real loopback server."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from tradewire.errors import ConnectFailed, LinkLost
from tradewire.net.http import HttpClient
from tradewire.testing.hygiene import run_tidy
from tradewire.wire.protocol import HttpRequest


async def answer(request: web.Request) -> web.Response:
    if request.path == "/silent":
        await asyncio.get_running_loop().create_future()
    if request.path == "/abort":
        assert request.transport is not None
        request.transport.abort()
    body = await request.read()
    return web.Response(status=418, body=request.raw_path.encode() + b"|" + body, headers={"X-A": request.headers.get("X-B", "")})


async def exchange(request: HttpRequest, *, timeout: float = 5.0) -> tuple[int, bytes, str]:  # noqa: ASYNC109 - handed on
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.05, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with HttpClient(f"http://127.0.0.1:{runner.addresses[0][1]}/", venue="toy", timeout=timeout) as client:
            response = await client.send(request)
            return response.status, response.body, response.headers["X-A"]
    finally:
        await runner.cleanup()


def test_target_body_and_headers_arrive_untouched_and_any_status_is_a_response() -> None:
    request = HttpRequest("POST", "/a%2Fb?x=%20%2B&y=1", headers={"X-B": "yes"}, body=b'{"a":1}')
    assert run_tidy(exchange(request)) == (418, b'/a%2Fb?x=%20%2B&y=1|{"a":1}', "yes")


def test_silence_ends_in_an_error_that_names_the_path_but_not_the_query() -> None:
    with pytest.raises(LinkLost, match=r"no answer to GET /silent within 0\.05 s") as caught:
        run_tidy(exchange(HttpRequest("GET", "/silent?signature=secret"), timeout=0.05))
    assert "secret" not in str(caught.value)


def test_a_broken_answer_is_a_lost_one() -> None:
    with pytest.raises(LinkLost, match="GET /abort failed"):
        run_tidy(exchange(HttpRequest("GET", "/abort?signature=secret")))


def test_nothing_listens() -> None:
    async def scenario() -> None:
        async with HttpClient("http://127.0.0.1:1", venue="toy") as client:
            await client.send(HttpRequest("GET", "/"))

    with pytest.raises(ConnectFailed, match="nothing listens there"):
        run_tidy(scenario())
