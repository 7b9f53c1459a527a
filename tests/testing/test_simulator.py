"""Venues that connect to themselves."""

import asyncio

import pytest

from tradewire.errors import ConfigurationError, LoginRefused, UnknownVenue
from tradewire.model.channels import Balances, Book, Diagnostics
from tradewire.model.events import BookUpdate, ConnectionState, LinkState
from tradewire.model.operations import ExecuteSwap, GetBalances
from tradewire.testing.simulator import SimulatedVenue
from tradewire.wire.signing import Hmac


def test_a_gateway_is_logged_in_as_a_published_account() -> None:
    async def scenario() -> None:
        before = asyncio.all_tasks()
        async with SimulatedVenue(("binance", "theone")) as sim, sim.connect("theone") as gateway:
            balances = await gateway.execute(GetBalances())
            assert {each.asset: each.total for each in balances} == {
                asset: balance.total for asset, balance in sim.account("theone").balances.items()
            }
            async with sim.connect("theone", account="test_2") as second:
                await second.execute(ExecuteSwap("0.5", "ETH", "USDT"))
            assert sim.account("theone", "test_2").balances["ETH"].locked == 1
            assert sim.account("theone").balances["ETH"].locked < 1
        assert asyncio.all_tasks() == before

    asyncio.run(scenario())


def test_options_win_over_what_is_set_here() -> None:
    async def scenario() -> None:
        async with SimulatedVenue("theone") as sim:
            with pytest.raises(LoginRefused, match="Invalid API key"):
                await sim.connect(credentials=Hmac("nobody", "secret")).connect()
            with pytest.raises(UnknownVenue, match="no venue 'binance' is simulated here; there is theone"):
                sim.connect("binance")
            with pytest.raises(ConfigurationError, match="no account 'ghost'"):
                sim.connect(account="ghost")

    asyncio.run(scenario())


def test_a_program_survives_a_cut_and_a_restart() -> None:
    """The story of the cookbook: the market moves, the line drops, the venue restarts; the book is right at the end."""

    async def scenario() -> None:
        states: asyncio.Queue[LinkState] = asyncio.Queue()

        def note(event: object) -> None:
            if isinstance(event, ConnectionState):
                states.put_nowait(event.state)

        async with SimulatedVenue("binance", seed=7) as sim, sim.connect() as gateway:
            await gateway.on(Diagnostics(), note)
            stream = gateway.stream(Book("BTC/USDT"))
            await anext(stream)
            sim.faults.drop_connection()
            while await states.get() is not LinkState.RECONNECTING:
                pass
            while await states.get() is not LinkState.LIVE:
                pass
            sim.faults.restart(down_for=0.02)
            while await states.get() is not LinkState.LIVE:
                pass
            market = sim.market("BTC/USDT")
            market.pause()
            await market.move_to("63000")
            async for event in stream:
                if isinstance(event, BookUpdate) and abs(event.book.best_bid.price - 63000) < 1:
                    state = sim.exchange().book("BTC/USDT", 5)
                    assert [level.price for level in event.book.bids(5)] == [price for price, _ in state.bids]
                    return

    asyncio.run(scenario())


def test_a_private_stream_is_pushed_to_its_owner() -> None:
    async def scenario() -> None:
        async with SimulatedVenue("theone") as sim, sim.connect() as gateway:
            stream = gateway.stream(Balances())
            await gateway.subscribe(Balances())
            await gateway.execute(ExecuteSwap("1.5", "ETH", "USDT"))
            async for event in stream:
                assert not isinstance(event, BookUpdate)
                break

    asyncio.run(scenario())
