"""What is left behind is found and named."""

import asyncio
import socket
import threading

import pytest

from tradewire.testing.hygiene import leaves_nothing, run_tidy


def test_a_tidy_scenario_returns_its_result() -> None:
    async def scenario() -> int:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(asyncio.sleep(0, 7))
        return task.result()

    assert run_tidy(scenario()) == 7


def test_a_task_that_ends_by_itself_in_a_few_turns_is_no_leak() -> None:
    async def scenario() -> None:
        tasks.append(asyncio.create_task(asyncio.sleep(0)))

    tasks: list[asyncio.Task[None]] = []
    run_tidy(scenario())
    assert tasks[0].done()


def test_a_forgotten_task_is_named() -> None:
    async def scenario() -> None:
        tasks.append(asyncio.create_task(asyncio.Event().wait(), name="the watcher"))

    tasks: list[asyncio.Task[bool]] = []
    with pytest.raises(AssertionError, match=r"left behind: task 'the watcher' running .*wait"):
        run_tidy(scenario())
    assert tasks[0].cancelled()


def test_an_error_of_the_scenario_is_not_hidden() -> None:
    async def scenario() -> None:
        tasks.append(asyncio.create_task(asyncio.Event().wait()))
        raise LookupError("mine")

    tasks: list[asyncio.Task[bool]] = []
    with pytest.raises(LookupError, match="mine"):
        run_tidy(scenario())


def test_an_open_socket_is_found() -> None:
    kept: list[socket.socket] = []
    with pytest.raises(AssertionError, match="left behind: socket "), leaves_nothing():
        kept.append(socket.socket())
    kept[0].close()


def test_a_running_thread_is_named() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="the pump")
    with pytest.raises(AssertionError, match="left behind: thread 'the pump'"), leaves_nothing():
        thread.start()
    release.set()
    thread.join()


def test_what_was_there_before_is_not_held_against_the_block() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    with socket.socket(), leaves_nothing(), socket.socket():
        pass
    release.set()
    thread.join()
