"""The simulator's front door."""

import subprocess
import sys

import pytest

import tradewire.sim
from tradewire.sim.simulator import Simulator


def test_names_are_loaded_when_used() -> None:
    assert tradewire.sim.Simulator is Simulator
    assert set(tradewire.sim.__all__) <= set(dir(tradewire.sim))
    with pytest.raises(AttributeError, match=r"'tradewire\.sim' has no attribute 'Nothing'"):
        tradewire.sim.Nothing  # noqa: B018 - looking is the point


def test_looking_in_costs_nothing() -> None:
    program = "import sys, tradewire.sim; sys.exit(any(name in sys.modules for name in ('aiohttp', 'asyncio', 'picows')))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
