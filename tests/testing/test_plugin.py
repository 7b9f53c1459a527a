"""The pytest plugin: the fixture is there, and costs nothing until used."""

import asyncio
import subprocess
import sys

from tradewire.model.channels import Quotes
from tradewire.model.events import Quote
from tradewire.testing.simulator import SimulatedVenue


def test_the_fixture_makes_simulated_venues(tradewire_sim: type[SimulatedVenue]) -> None:
    async def scenario() -> None:
        async with tradewire_sim("binance", seed=7) as sim, sim.connect() as gateway:
            async for event in gateway.stream(Quotes("BTC/USDT")):
                assert isinstance(event, Quote)
                return

    asyncio.run(scenario())


def test_nothing_heavy_is_imported_at_start_up() -> None:
    program = (
        "import sys, tradewire.testing.plugin; sys.exit(any(name in sys.modules for name in ('aiohttp', 'picows', 'msgspec')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
