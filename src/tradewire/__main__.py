"""``python -m tradewire``: the command."""

from __future__ import annotations

from tradewire.cli import main

main()
