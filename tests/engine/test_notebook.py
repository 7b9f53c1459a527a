"""Comfort in notebooks."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from toy_venue import ToyServer, ToySpec, toy

import tradewire
from tradewire import LinkState
from tradewire.engine import notebook
from tradewire.testing.hygiene import run_tidy


def test_running_a_cell_again_replaces_its_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = ModuleType("IPython")
    shell.get_ipython = object  # type: ignore[attr-defined]  # a stand-in for the real one
    monkeypatch.setitem(sys.modules, "IPython", shell)

    async def scenario() -> None:
        async with ToyServer().running() as server:
            first = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            second = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            assert first.state is LinkState.CLOSED
            assert second.state is LinkState.LIVE
            await second.close()

    run_tidy(scenario())


def test_outside_a_notebook_gateways_stand_side_by_side() -> None:
    async def scenario() -> None:
        assert not notebook.in_notebook()
        async with ToyServer().running() as server:
            first = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            second = await tradewire.connect(ToySpec(), endpoints=server.endpoints)
            assert first.state is second.state is LinkState.LIVE
            await first.close()
            await second.close()

    run_tidy(scenario())


def test_a_gateway_shows_itself_as_a_table() -> None:
    async def scenario() -> None:
        async with toy() as (_, gateway):
            shown = notebook.table(gateway)
            assert "<th>venue</th><td>toy</td>" in shown
            assert "<th>messages</th>" in shown
        idle = tradewire.connect(ToySpec())
        assert "<td>idle</td>" in notebook.table(idle)

    run_tidy(scenario())
