"""Test a bot offline: ``pytest test_my_bot.py``. The fixture comes with tradewire; no plugin is needed."""

import asyncio
from decimal import Decimal

import pytest

import tradewire
from tradewire import Backoff, Gap, Trade, Trades
from tradewire.testing.simulator import SimulatedVenue


class MyBot:
    """Remembers the last price, and how often it was told that it had missed something."""

    def __init__(self, gateway: tradewire.Gateway) -> None:
        self.trades = gateway.stream(Trades("BTC/USDT"))
        self.price = Decimal(0)
        self.gaps = 0

    async def until_price(self, price: str) -> None:
        async for event in self.trades:
            match event:
                case Trade():
                    self.price = event.price
                    if self.price == Decimal(price):
                        return
                case Gap():
                    self.gaps += 1


@pytest.fixture
def simulated(tradewire_sim: type[SimulatedVenue]) -> SimulatedVenue:
    return tradewire_sim("binance", seed=7)


def test_bot_survives_a_cut(simulated: SimulatedVenue) -> None:
    async def scenario() -> None:
        async with simulated as sim, sim.connect(reconnect=Backoff(initial=0.01)) as gateway:
            bot = MyBot(gateway)
            await bot.trades.open()
            market = sim.market("BTC/USDT")
            market.pause()

            await market.move_to("63000")
            await bot.until_price("63000")
            sim.faults.drop_connection()
            await market.move_to("62900")
            market.resume()
            async for event in bot.trades:
                if isinstance(event, Gap):
                    break

            market.pause()
            await market.move_to("62800")
            await bot.until_price("62800")
            assert len(gateway.statistics().reconnects) == 1

    asyncio.run(scenario())
