"""REST: the endpoint table over a real loopback server, with a budget that waits by a manual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from aiohttp import web
from toy_venue import ToySpec

import tradewire
from tradewire.engine.rest import Rest, fresh_nonce
from tradewire.errors import TradewireError
from tradewire.net.http import HttpClient
from tradewire.testing.clock import ManualClock
from tradewire.testing.hygiene import run_tidy
from tradewire.venues.spec import Endpoint, RestContext, WeightLimit
from tradewire.wire.protocol import HttpRequest, HttpResponse


def echo(name: str, *, idempotent: bool = True, signed: bool = False) -> Endpoint:
    def build(params: Mapping[str, Any], context: RestContext) -> HttpRequest:
        return HttpRequest("GET", f"/{name}?{params.get('q', '')}")

    def parse(response: HttpResponse) -> Any:
        return int(response.body) if name == "time" else response.body

    return Endpoint(name, build, parse, idempotent=idempotent, signed=signed, weight=lambda params: 40)


class Spec(ToySpec):
    rest: ClassVar[Mapping[str, Endpoint]] = {
        "time": echo("time"),
        "read": echo("read"),
        "write": echo("write", idempotent=False),
        "account": echo("account", signed=True),
    }
    weight_limit = WeightLimit(100, 60)

    def error_of(self, response: HttpResponse) -> TradewireError:
        if response.status == 429:
            return tradewire.RateLimited("slow down", venue="toy", code=429, retry_after=7.0)
        return super().error_of(response)

    def used_weight(self, response: HttpResponse) -> int | None:
        used = response.headers.get("X-Used")
        return int(used) if used is not None else None


@asynccontextmanager
async def serving(answer: Callable[[web.Request], Any]) -> AsyncIterator[tuple[Rest, ManualClock, list[float]]]:
    async def handle(request: web.Request) -> web.Response:
        response: web.Response = await answer(request)
        return response

    application = web.Application()
    application.router.add_get("/{name}", handle)
    runner = web.AppRunner(application, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    clock, waits = ManualClock(), list[float]()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.advance(seconds)

    http = HttpClient(f"http://127.0.0.1:{runner.addresses[0][1]}", venue="toy", timeout=0.2)
    rest = Rest(Spec(), http, clock=clock, credentials=None, options={}, observe=lambda request, response: None, sleep=sleep)
    try:
        yield rest, clock, waits
    finally:
        await rest.close()
        await runner.cleanup()


def test_a_call_returns_its_parsed_result() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path)

    async def scenario() -> None:
        async with serving(answer) as (rest, _, _):
            assert await rest.call("read", {"q": "a=%2F"}) == b"/read?a=%2F", "the target is sent untouched"
            with pytest.raises(tradewire.Unsupported, match="no REST call 'raed'; it has: account, read, time, write"):
                await rest.call("raed", {})
            with pytest.raises(tradewire.ConfigurationError, match="set TOY_KEY and TOY_SECRET"):
                await rest.call("account", {})

    run_tidy(scenario())


def test_the_weight_budget_waits_for_the_next_window_and_learns_from_the_venue() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text="x", headers={"X-Used": "90"} if request.query_string == "full" else {})

    async def scenario() -> None:
        async with serving(answer) as (rest, _, waits):
            await rest.call("read", {})
            await rest.call("read", {})
            assert waits == []
            await rest.call("read", {"q": "full"})
            assert len(waits) == 1, "40 + 40 + 40 exceed 100"
            await rest.call("read", {})
            assert len(waits) == 2, "40 + 40 would fit, but others at this address have used 90 already"

    run_tidy(scenario())


def test_after_a_429_nothing_is_sent_before_its_time() -> None:
    statuses = [429, 200]

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=statuses.pop(0))

    async def scenario() -> None:
        async with serving(answer) as (rest, _, waits):
            with pytest.raises(tradewire.RateLimited):
                await rest.call("read", {})
            await rest.call("read", {})
            assert sum(waits) == pytest.approx(7.0)

    run_tidy(scenario())


def test_a_lost_answer_is_a_timeout_for_a_read_and_unknown_for_a_write() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def scenario() -> None:
        async with serving(answer) as (rest, _, _):
            with pytest.raises(tradewire.RequestTimeout):
                await rest.call("read", {})
            with pytest.raises(tradewire.OutcomeUnknown) as caught:
                await rest.call("write", {})
            assert not caught.value.outcome_known
            assert "q=" not in str(caught.value)

    run_tidy(scenario())


def test_nothing_listening_is_not_unknown() -> None:
    async def scenario() -> None:
        http = HttpClient("http://127.0.0.1:1", venue="toy")
        rest = Rest(Spec(), http, clock=ManualClock(), credentials=None, options={}, observe=lambda request, response: None)
        with pytest.raises(tradewire.ConnectFailed, match="nothing listens there"):
            await rest.call("write", {})
        await rest.close()

    run_tidy(scenario())


def test_the_venues_clock_is_learnt_from_its_time() -> None:
    async def scenario() -> None:
        clock_now = ManualClock().now()

        async def answer(request: web.Request) -> web.Response:
            return web.Response(text=str(clock_now + 5_000_000_000))

        async with serving(answer) as (rest, _, _):
            await rest.call("time", {})
            assert rest.offset.offset() == 5_000_000_000

    run_tidy(scenario())


def test_nonces_never_repeat() -> None:
    clock = ManualClock()
    assert len({fresh_nonce(clock) for _ in range(100)}) == 100
