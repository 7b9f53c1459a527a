"""Nothing is left behind: no task, no thread, no open socket."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

#: Turns of the event loop in which closed transports may finish.
_TURNS = 10
_DESCRIPTORS = Path("/proc/self/fd")


def run_tidy(scenario: Coroutine[Any, Any, T]) -> T:
    """Run ``scenario`` like ``asyncio.run`` and check that it cleaned up after itself.

    Raises:
        AssertionError: A task was still running at its end, or a thread or an open socket is left. The text names them.
    """
    with leaves_nothing():
        return asyncio.run(_without_tasks(scenario))


@contextmanager
def leaves_nothing() -> Iterator[None]:
    """Check that the block leaves no thread and no open socket behind that was not there before.

    Raises:
        AssertionError: It does. The text names them.
    """
    threads, sockets = set(threading.enumerate()), _open_sockets()
    yield
    left = [f"thread {thread.name!r}" for thread in threading.enumerate() if thread not in threads]
    left += [f"socket {name}" for name in sorted(_open_sockets() - sockets)]
    _assert_none(left)


async def _without_tasks(scenario: Coroutine[Any, Any, T]) -> T:
    result = await scenario
    left: set[asyncio.Task[Any]] = set()
    for _ in range(_TURNS):
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if not left:
            break
        await asyncio.sleep(0)
    _assert_none([f"task {task.get_name()!r} running {task.get_coro()}" for task in left])
    return result


def _open_sockets() -> set[str]:
    if _DESCRIPTORS.is_dir():  # Linux: also finds sockets that Python code has no object for
        return {name for name in map(_target, _DESCRIPTORS.iterdir()) if name.startswith("socket:")}
    return {repr(thing) for thing in gc.get_objects() if isinstance(thing, socket.socket) and thing.fileno() != -1}


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:  # the one that listed the folder
        return ""


def _assert_none(left: list[str]) -> None:
    if left:
        raise AssertionError("left behind: " + ", ".join(left))
