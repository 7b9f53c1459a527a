"""Starting and stopping the blaster."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def blaster(rate: int = 0) -> Iterator[int]:
    """Run a blaster in a process of its own; yields its port."""
    command = [sys.executable, "-m", "benchmarks.blaster", "--rate", str(rate)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
