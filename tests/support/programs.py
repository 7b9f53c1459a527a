"""Runs programs of ``examples/`` as their users do: in processes of their own, or as applications of a server."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
#: Words on the output of a program that leaves something behind.
BAD = ("never awaited", "was destroyed", "Unclosed", "ResourceWarning")


@asynccontextmanager
async def program(path: Path, *arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run ``path`` with warnings as errors; what it writes comes out of ``stdout``. It does not outlive the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-u", "-X", "dev", "-W", "error"),
        str(path),
        *arguments,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def read_until(process: asyncio.subprocess.Process, expected: list[str]) -> str:
    """Read lines until each of ``expected`` has been seen, or to the end."""
    assert process.stdout is not None
    text = ""
    while not all(part in text for part in expected):
        line = await process.stdout.readline()
        if not line:
            break
        text += line.decode()
    return text


def assert_in_order(parts: list[str], text: str) -> None:
    """Check that ``text`` holds all ``parts``, one after the other."""
    position = 0
    for part in parts:
        assert part in text[position:], text
        position = text.index(part, position) + len(part)


def load(path: Path, monkeypatch: pytest.MonkeyPatch, **environment: str) -> ModuleType:
    """Import an example as a module of its own, beside its neighbours and in ``environment``."""
    monkeypatch.syspath_prepend(str(path.parent))
    monkeypatch.delitem(sys.modules, "placeholders", raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def call(app: Any, method: str, target: str) -> bytes:
    """Make one request of an ASGI application."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    body = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        body.extend(message.get("body", b""))

    await app(scope, receive, send)
    return bytes(body)
