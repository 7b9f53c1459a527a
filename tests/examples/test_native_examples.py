"""The examples of the native API, run unchanged against a simulator."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import programs
import pytest
from programs import BAD, assert_in_order, call, load, read_until

from tradewire.sim import Simulator

EXAMPLES = programs.EXAMPLES / "native"

#: What each program that ends by itself prints, in this order.
ENDING = {
    "book_helpers": ["bid ", "spread ", "ten levels: 10 bids", "buying 2 costs", "imbalance", "resting at the best bid"],
    "custom_endpoints": ["Trade(symbol='BTC/USDT'"] * 3,
    "error_handling": [
        "venue: no venue 'binanse'",
        "connection: cannot connect to ws://127.0.0.1:1/stream",
        "did you mean BTC/USDT",
        "channel: binance has no Balances",
        "refused: -1120 HTTP 400: Invalid interval.",
    ],
    "how_it_is_doing": ["Statistics(venue='binance', state=<LinkState.LIVE", "reconnects: []", "decoding takes", "closed"],
    "keys": [
        "None",
        "USDT 100.00 of 100.00",
        "Hmac(key='test…'",
        "ETH 2.0 of 2.5",
        "ExternalSigner(key='test…'",
        "BTC 0.1 of 0.1",
    ],
    "notebook": ["Quote(symbol='BTC/USDT'", "Gateway('binance', sim, live)"],
    "raw_frames": ["event b'live'", "btcusdt@trade", "('btcusdt@trade',)", '"id":"mine"}'],
    "record_and_replay": ["the same trades in the same order: True"],
    "swap": ["expected: 216.378 USDT at 2163.78", "FILLED 216.378"],
}
#: What each program that runs until it is stopped prints first.
ENDLESS = {
    "async_handler": ["status: confirmed", "stored "],
    "fastest_path": ["ETH/USDT 0.0"],
    "several_gateways": ["binance BTC/USDT 64", "binance ETH/USDT 21"],
    "several_symbols": ["BTC/USDT tick 0.01", "BNB/USDT 58"],
    "trusted_book": ["Level(price=Decimal('64"],
    "watch_market": ["Trade(symbol='BTC/USDT', price=Decimal('64", "Quote(symbol='BTC/USDT', bid=Decimal('64"],
}
OTHERS = {"test_my_bot", "web_service"}


def environment(sim: Simulator) -> dict[str, str]:
    """How any program is pointed at a simulator that is not on the usual ports."""
    return {"TRADEWIRE_ENV": "sim"} | {f"TRADEWIRE_{venue.upper()}_URL": sim.endpoints(venue).http for venue in sim.venues}


def simulated(scenario: Callable[[Simulator], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Simulator() as sim, asyncio.timeout(45):
            await scenario(sim)

    asyncio.run(run())


def program(name: str, sim: Simulator, *arguments: str) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    return programs.program(EXAMPLES / f"{name}.py", *arguments, **environment(sim))


def test_every_example_is_run() -> None:
    assert set(ENDING) | set(ENDLESS) | OTHERS == {path.stem for path in EXAMPLES.glob("*.py")}


@pytest.mark.parametrize("name", ENDING)
def test_programs_that_end(name: str, tmp_path: Path) -> None:
    arguments = [str(tmp_path / "incident.jsonl.gz")] if name == "record_and_replay" else []

    async def scenario(sim: Simulator) -> None:
        async with program(name, sim, *arguments) as process:
            output, _ = await process.communicate()
            text = output.decode()
            assert process.returncode == 0, text
            assert_in_order(ENDING[name], text)
            assert not [bad for bad in BAD if bad in text], text

    simulated(scenario)


@pytest.mark.skipif(sys.platform == "win32", reason="a child cannot be sent Ctrl-C there")
@pytest.mark.parametrize("name", ENDLESS)
def test_programs_without_an_end(name: str) -> None:
    async def scenario(sim: Simulator) -> None:
        async with program(name, sim) as process:
            text = await read_until(process, ENDLESS[name])
            assert all(part in text for part in ENDLESS[name]), text
            process.send_signal(signal.SIGINT)
            rest, _ = await process.communicate()
            assert process.returncode in {0, -signal.SIGINT}, rest.decode()
            assert not [bad for bad in BAD if bad in text + rest.decode()], rest.decode()

    simulated(scenario)


def test_a_book_that_is_cut_says_so_and_goes_on() -> None:
    async def scenario(sim: Simulator) -> None:
        async with program("trusted_book", sim) as process:
            await read_until(process, ["Level("])
            sim.faults.drop_connection(venue="binance")
            text = await read_until(process, ["not live: connection lost without a close frame"])
            assert "not live: connection lost without a close frame" in text
            assert "Level(" in await read_until(process, ["Level("])

    simulated(scenario)


def test_the_web_service(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(sim: Simulator) -> None:
        app = load(EXAMPLES / "web_service.py", monkeypatch, **environment(sim)).app
        async with app.router.lifespan_context(app):
            quote = json.loads(await call(app, "GET", "/quote/ETH/USDT"))
            assert quote["symbol"] == "ETH/USDT"
            assert quote["bid"] < quote["ask"]
            health = json.loads(await call(app, "GET", "/health"))
            assert health["state"] == "live"
            assert health["messages"] > 0

    simulated(scenario)


def test_the_bot_is_tested_by_the_fixture_alone(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "test_my_bot.py", tmp_path)

    async def run() -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_my_bot.py"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    code, text = asyncio.run(run())
    assert code == 0, text
    assert "1 passed" in text
