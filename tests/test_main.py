"""``python -m tradewire`` is the command."""

from __future__ import annotations

import subprocess
import sys

import tradewire


def test_the_module_runs_the_command() -> None:
    shown = subprocess.run([sys.executable, "-m", "tradewire", "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == f"tradewire {tradewire.__version__}"
