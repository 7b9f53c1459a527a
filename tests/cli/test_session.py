"""Gateways for commands."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from command import simulating

from tradewire.cli.session import handle, opened
from tradewire.engine.connect import connect
from tradewire.engine.gateway import Gateway
from tradewire.errors import ConfigurationError, ConnectFailed, UnknownSymbol
from tradewire.model.channels import Quotes, Trades
from tradewire.model.events import LinkState
from tradewire.testing.hygiene import run_tidy

NOWHERE = "http://127.0.0.1:1"


def test_a_simulator_that_runs_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario(url: str) -> None:
        async with opened("binance", "sim", url=url) as gateway:
            assert gateway.state is LinkState.LIVE

    with simulating("binance") as sim:
        asyncio.run(scenario(sim.endpoints().http))
        assert [record.kind for record in sim.records if record.kind == "upgrade"] == ["upgrade"]
    assert capsys.readouterr().err == ""


def test_where_none_runs_one_is_started_and_that_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with opened("theone", "sim") as gateway:
            assert gateway.state is LinkState.LIVE  # logged in, too: with the published test account

    def nothing_listens(venue: str, *, endpoints: Any = None, **options: Any) -> Gateway:
        return connect(venue, endpoints=endpoints or NOWHERE, **options)

    monkeypatch.setattr("tradewire.cli.session.connect", nothing_listens)
    run_tidy(scenario())
    assert capsys.readouterr().err == "no simulator is running; starting one for theone in this process\n"


@pytest.mark.parametrize(("env", "url"), [("sim", NOWHERE), ("live", NOWHERE)])
def test_a_place_that_was_named_is_never_replaced(env: str, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        async with opened("binance", env, url=url):
            pytest.fail("nothing listens there")

    with pytest.raises(ConnectFailed):
        run_tidy(scenario())
    assert capsys.readouterr().err == ""


def test_the_environment_variable_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with opened("binance", None):
            pytest.fail("there is no such environment")

    monkeypatch.setenv("TRADEWIRE_ENV", "moon")
    with pytest.raises(ConfigurationError, match="no environment 'moon'"):
        run_tidy(scenario())


def test_handlers_of_several_channels_and_the_first_refusal() -> None:
    async def scenario(url: str) -> None:
        heard = asyncio.Event()
        async with opened("binance", "sim", url=url) as gateway:
            await handle(gateway, {Trades("BTC/USDT"): lambda _: heard.set(), Quotes("BTC/USDT"): lambda _: None})
            await asyncio.wait_for(heard.wait(), 10)
            with pytest.raises(UnknownSymbol, match=r"did you mean .*ETH/USDT"):
                await handle(gateway, {Trades("ETH/USTD"): lambda _: None})

    with simulating("binance", rate=4) as sim:
        asyncio.run(scenario(sim.endpoints().http))
