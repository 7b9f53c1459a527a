"""A recording as a gateway: it is read by the same code, and it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import tradewire
from tradewire import CaptureError, Event, Gateway, LinkState, Trade, Trades
from tradewire.sim import Simulator
from tradewire.testing.hygiene import run_tidy

TRADES = Trades("BTC/USDT")


async def trade_ids(gateway: Gateway, count: int | None = None) -> list[int]:
    ids: list[int] = []
    async with gateway.stream(TRADES) as events:
        async for event in events:
            if isinstance(event, Trade):
                ids.append(event.trade_id)
            if len(ids) == count:
                break
    return ids


def replayed(path: Path, scenario: Callable[[list[int]], Awaitable[None]]) -> None:
    """Record fifteen trades to ``path`` and run ``scenario`` with their ids."""

    async def run() -> None:
        async with (
            Simulator("binance") as sim,
            tradewire.connect("binance", endpoints=sim.endpoints(), record=path) as gateway,
        ):
            recorded = await trade_ids(gateway, 15)
        async with asyncio.timeout(30):
            await scenario(recorded)

    run_tidy(run())


@pytest.mark.parametrize("speed", [100.0, None])
def test_a_stream_gets_what_was_recorded_and_ends(tmp_path: Path, speed: float | None) -> None:
    async def scenario(recorded: list[int]) -> None:
        async with tradewire.replay(tmp_path / "tape.jsonl.gz", speed=speed) as gateway:
            assert gateway.venue == "binance"
            assert (await trade_ids(gateway))[:15] == recorded
            await gateway.closed()
            assert gateway.state is LinkState.CLOSED

    replayed(tmp_path / "tape.jsonl.gz", scenario)


def test_closed_returns_at_the_end_for_programs_of_handlers(tmp_path: Path) -> None:
    async def scenario(recorded: list[int]) -> None:
        seen: list[Event] = []
        async with tradewire.replay(tmp_path / "tape.jsonl", speed=None) as gateway:
            await gateway.on(TRADES, seen.append)
            await gateway.closed()
        assert [event.trade_id for event in seen if isinstance(event, Trade)][:15] == recorded

    replayed(tmp_path / "tape.jsonl", scenario)


def test_leaving_early_leaves_nothing_behind(tmp_path: Path) -> None:
    async def scenario(recorded: list[int]) -> None:
        async with tradewire.replay(tmp_path / "tape.jsonl", speed=0.2) as gateway:
            assert await trade_ids(gateway, 1) == recorded[:1]

    replayed(tmp_path / "tape.jsonl", scenario)


def test_what_a_handler_raised_surfaces_when_the_replay_is_left(tmp_path: Path) -> None:
    async def program() -> None:
        raised = asyncio.Event()

        def handler(event: Event) -> None:
            raised.set()
            raise ZeroDivisionError

        async with tradewire.replay(tmp_path / "tape.jsonl", speed=None) as gateway:
            await gateway.on(TRADES, handler)
            await raised.wait()

    async def scenario(recorded: list[int]) -> None:
        with pytest.raises(ZeroDivisionError):
            await program()

    replayed(tmp_path / "tape.jsonl", scenario)


def test_what_the_program_raised_wins(tmp_path: Path) -> None:
    async def scenario(recorded: list[int]) -> None:
        with pytest.raises(KeyError):
            async with tradewire.replay(tmp_path / "tape.jsonl", speed=None):
                raise KeyError

    replayed(tmp_path / "tape.jsonl", scenario)


def test_a_file_that_is_no_recording_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no JSON")

    async def scenario() -> None:
        async with tradewire.replay(path):
            raise AssertionError

    with pytest.raises(CaptureError, match=r"notes\.txt, line 1"):
        run_tidy(scenario())
