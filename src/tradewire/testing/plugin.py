"""The pytest plugin: one fixture. Nothing heavy is imported before a test asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tradewire.testing.simulator import SimulatedVenue


@pytest.fixture
def tradewire_sim() -> type[SimulatedVenue]:
    """Makes simulated venues; it takes the arguments of ``SimulatedVenue``.

    ``async with tradewire_sim("binance", seed=7) as sim, sim.connect() as gateway: ...``. No asyncio plugin is needed: a test
    may as well be ``def test_x(tradewire_sim): asyncio.run(scenario(tradewire_sim))``.
    """
    from tradewire.testing.simulator import SimulatedVenue  # noqa: PLC0415 - pytest itself must start fast

    return SimulatedVenue
