"""Comfort in notebooks: running a cell again replaces its gateway, and a gateway shows itself as a small table."""

from __future__ import annotations

import html
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewire.engine.gateway import Gateway

# The only module state: a notebook's cells have no scope in which an earlier gateway could be closed.
_open: dict[tuple[str, str], Gateway] = {}


def in_notebook() -> bool:
    """Whether this runs in an interactive IPython session."""
    module = sys.modules.get("IPython")
    return module is not None and module.get_ipython() is not None


async def replace(gateway: Gateway, place: tuple[str, str]) -> None:
    """Close the gateway that an earlier run of the cell opened to the same place. Does nothing outside notebooks."""
    if not in_notebook():
        return
    earlier = _open.get(place)
    if earlier is not None and earlier is not gateway:
        await earlier.close()
    _open[place] = gateway


def table(gateway: Gateway) -> str:
    """HTML of a few live figures."""
    rows = [("venue", gateway.venue), ("state", gateway.state.value)]
    if gateway.is_connected_once:
        figures = gateway.statistics()
        rows += [
            ("messages", f"{figures.messages:,}"),
            ("reconnects", str(len(figures.reconnects))),
            ("gaps", str(figures.gaps)),
            ("decode p99", f"{figures.decode.p99_us:.1f} µs"),
        ]
    cells = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"
