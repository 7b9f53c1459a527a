"""The command ``tradewire``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit; Ctrl-C ends with 130 even while modules are still being loaded."""
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(130)  # Exit.INTERRUPTED, whose module may be what was being loaded


def _run() -> None:
    try:
        from tradewire.cli.app import run  # noqa: PLC0415 - needs the extra "cli"
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich", "dotenv"}:
            raise
        print(f"the command needs {error.name}: pip install 'tradewire[cli]'", file=sys.stderr)
        sys.exit(2)
    run()
