"""Questions to the venue and their answers."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

from tradewire.model.operations import Operation, Request
from tradewire.model.time import SECOND
from tradewire.wire.control import Answered, Failed

if TYPE_CHECKING:
    from tradewire.engine.pool import Pool
    from tradewire.wire.clock import Clock


class Requests:
    """Numbers the requests of one gateway and hands each answer to whoever asked.

    Args:
        clock: For deadlines.
        default_timeout: Seconds.
    """

    def __init__(self, clock: Clock, default_timeout: float) -> None:
        self._clock = clock
        self._default_timeout = default_timeout
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}

    async def execute(self, pool: Pool, operation: Operation, seconds: float | None) -> Any:
        """Send and wait for the answer; errors as ``Gateway.execute``."""
        request = self._numbered(operation, seconds, awaited=True)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[request.request_id] = answer
        try:
            pool.submit(request)
            return await answer
        finally:
            self._answers.pop(request.request_id, None)

    def execute_nowait(self, pool: Pool, operation: Operation) -> None:
        """Send and forget; what is refused before it is sent raises here."""
        request = self._numbered(operation, None, awaited=False)
        refusal: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[request.request_id] = refusal
        try:
            pool.submit(request)
            if refusal.done():
                refusal.result()
        finally:
            self._answers.pop(request.request_id, None)

    def answered(self, message: Answered | Failed) -> None:
        """Wake whoever asked; an answer that nobody waits for any more is dropped."""
        answer = self._answers.get(message.request_id)
        if answer is None or answer.done():
            return
        if isinstance(message, Answered):
            answer.set_result(message.result)
        else:
            answer.set_exception(message.error)

    def _numbered(self, operation: Operation, seconds: float | None, *, awaited: bool) -> Request:
        limit = seconds if seconds is not None else self._default_timeout
        deadline = self._clock.now() + round(limit * SECOND)
        return Request(request_id=next(self._ids), operation=operation, deadline=deadline, awaited=awaited)
