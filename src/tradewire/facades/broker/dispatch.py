"""Where handlers run: off the reading path, one at a time, in the order in which things came."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from tradewire.errors import TradewireError

#: One frame, parsed, whole: ``{"ch": "balances", "data": [...]}``.
Message: TypeAlias = dict[str, Any]
#: Takes a message: a function, a coroutine function, a lambda, a partial, any callable. An awaitable result is awaited.
Handler: TypeAlias = Callable[[Message], object]
#: Takes the error that ended a connection for good; may be a coroutine function too.
ErrorHandler: TypeAlias = Callable[[TradewireError], object]

#: So many undelivered messages are worth a warning: a handler is slower than its channel.
HIGH_WATER: Final = 10_000


class Dispatcher:
    """One queue and the one task that empties it. Made inside a running event loop.

    The queue is unbounded, because account messages must not be lost; a backlog is logged.

    Args:
        recipients: Who gets a message; asked when the message is delivered, not when it came.
        logger: Where failures of handlers are reported.
    """

    def __init__(self, recipients: Callable[[Message], Iterable[Handler]], logger: logging.Logger) -> None:
        self._recipients = recipients
        self._logger = logger
        self._queue: asyncio.Queue[Message | tuple[ErrorHandler, TradewireError]] = asyncio.Queue()
        self._warned = False
        self._stopped = False
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"{logger.name} handlers")

    def put(self, message: Message) -> None:
        """Deliver ``message`` after everything that came before it."""
        self._queue.put_nowait(message)
        if self._queue.qsize() < HIGH_WATER:
            self._warned = False
        elif not self._warned:
            self._warned = True
            self._logger.warning("%d messages wait for handlers: one of them is too slow", HIGH_WATER)

    def finish(self, error: TradewireError, on_error: ErrorHandler) -> None:
        """Deliver what is waiting, then ``error``, then nothing more."""
        self._queue.put_nowait((on_error, error))

    async def close(self) -> None:
        """Stop. What was not delivered is dropped; a handler that is waiting is cancelled.

        A handler may call this: then it ends undisturbed, and nothing is delivered after it.
        """
        self._stopped = True
        if self._task is asyncio.current_task():
            return
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        while not self._stopped:
            match await self._queue.get():
                case (on_error, error):
                    await self._call(on_error, error)
                    return
                case dict(message):
                    # A copy, because a handler may subscribe and unsubscribe.
                    for handler in tuple(self._recipients(message)):
                        if not self._stopped:
                            await self._call(handler, message)

    async def _call(self, handler: Callable[[Any], object], argument: object) -> None:
        try:
            result = handler(argument)
            if inspect.isawaitable(result):
                await result
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self._logger.exception("%s waited for something that was cancelled; going on", _name(handler))
        except Exception:  # a documented promise: one broken handler stops neither the client nor the others
            self._logger.exception("%s failed; going on", _name(handler))


def _name(handler: Callable[..., object]) -> str:
    return f"handler {getattr(handler, '__qualname__', type(handler).__name__)}"
