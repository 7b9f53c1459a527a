"""What rich draws, as text."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType


def drawn(what: RenderableType, width: int = 80, height: int | None = None, *, styled: bool = False) -> list[str]:
    """Return the lines, without trailing blanks; with escape sequences if ``styled``."""
    paper = io.StringIO()
    system = "standard" if styled else None
    console = Console(width=width, height=height, file=paper, force_terminal=styled, color_system=system, legacy_windows=False)  # type: ignore[arg-type] # a literal
    console.print(what)
    return [line.rstrip() for line in paper.getvalue().splitlines()]
