"""Loopback venues: matching, ledger, order flow, faults, server.

What programs use is here, loaded when it is first used: ``tradewire.sim.Simulator``, ``ReplayServer``, ``FaultScript``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewire.sim.faults import FaultScript
    from tradewire.sim.replay import ReplayServer
    from tradewire.sim.simulator import Simulator

_HOMES = {"FaultScript": "faults", "ReplayServer": "replay", "Simulator": "simulator"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'tradewire.sim' has no attribute {name!r}")
    return getattr(importlib.import_module(f"tradewire.sim.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


__all__ = ["FaultScript", "ReplayServer", "Simulator"]
