"""Runs the command as a process of its own: on pipes, or on a terminal of a given size."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from command import CLEAN

_PYTHON = (sys.executable, "-m", "tradewire")
_HOME = re.compile(r"\x1b\[H")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x07")


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what concerns the command."""
    return {name: value for name, value in os.environ.items() if name not in CLEAN} | more


@contextmanager
def process(*arguments: object, encoding: str = "utf-8") -> Iterator[subprocess.Popen[str]]:
    """Start ``tradewire`` on pipes; it is killed if it still runs at the end of the block."""
    with subprocess.Popen(
        [*_PYTHON, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding=encoding,
        env=environment(PYTHONIOENCODING=encoding),
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def on_terminal(*arguments: object, columns: int, rows: int = 40) -> tuple[int, str]:
    """Run ``tradewire`` on a terminal; return its exit code and all that was written there.

    Control sequences are removed; what was drawn over is there, too, on lines of its own.
    """
    import pty  # noqa: PLC0415 - not on Windows

    master, slave = pty.openpty()
    size = environment(COLUMNS=str(columns), LINES=str(rows), TERM="xterm")
    with subprocess.Popen([*_PYTHON, *map(str, arguments)], stdin=slave, stdout=slave, stderr=slave, env=size) as started:
        os.close(slave)
        written = b"".join(_read(master))
        os.close(master)
        code = started.wait()
    text = _HOME.sub("\n", written.decode("utf-8", "replace")).replace("\r\n", "\n").replace("\r", "\n")
    return code, _CONTROL.sub("", text)


def _read(master: int) -> Iterator[bytes]:
    while select.select([master], [], [], 30)[0]:
        try:
            piece = os.read(master, 65536)
        except OSError:  # how Linux says that the other side is closed
            return
        if not piece:
            return
        yield piece
