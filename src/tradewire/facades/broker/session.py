"""One connection of a broker client: a gateway of the engine, and the messages it brings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from tradewire.engine.gateway import Gateway
from tradewire.engine.runtime import TapRecord
from tradewire.errors import TradewireError
from tradewire.facades.broker.dispatch import Dispatcher, ErrorHandler, Handler, Message
from tradewire.model.events import LinkState

#: Acknowledgements name their channel and are no pushes all the same.
_ACKNOWLEDGED: Final = ("subscribe", "unsubscribe")


class Routes:
    """Who gets which message.

    Args:
        subscriptions: Handlers by channel name.

    Attributes:
        response_handler: Gets what answers an operation, logins and acknowledgements included, and every error that
            names no channel.
    """

    def __init__(self, subscriptions: Mapping[str, Sequence[Handler]]) -> None:
        self._subscriptions = subscriptions
        self.response_handler: Handler | None = None

    def recipients(self, message: Message) -> Iterable[Handler]:
        """Handlers for ``message``: a push goes to its channel, an answer to ``response_handler``.

        An error that names a channel goes to the channel's handlers, and to ``response_handler`` too if it answers
        an operation.
        """
        channel, op, error = message.get("ch"), message.get("op"), message.get("error")
        to_channel = isinstance(channel, str) and (bool(error) or op not in _ACKNOWLEDGED)
        if to_channel:
            yield from self._subscriptions.get(str(channel), ())
        answers = op is not None and (bool(error) or not to_channel)
        if self.response_handler is not None and (answers or (error and not to_channel)):
            yield self.response_handler


class Session:
    """Runs a gateway for a client: raw messages to handlers, its end to ``on_error``.

    Args:
        gateway: Not connected yet.
        routes: Who gets which message.
        logger: The client's.
        on_error: Called once with the error that ended the connection for good, after all messages.
    """

    def __init__(self, gateway: Gateway, routes: Routes, logger: logging.Logger, on_error: ErrorHandler) -> None:
        self.gateway = gateway
        self._logger = logger
        self._routes = routes
        self._on_error = on_error
        self._decode = msgspec.json.Decoder().decode
        self._dispatcher = Dispatcher(routes.recipients, logger)
        self._watcher: asyncio.Task[None] | None = None

    @property
    def live(self) -> bool:
        """Connected and authenticated."""
        return self.gateway.state is LinkState.LIVE

    @property
    def over(self) -> bool:
        """Ended for good."""
        return self.gateway.state is LinkState.CLOSED

    async def open(self) -> None:
        """Connect and log in. After a failure ``close`` is still due.

        Raises:
            ConnectFailed: No connection.
            LoginRefused: The broker refused the credentials; in its words.
            LoginTimeout: It said nothing in time.
        """
        self.gateway.tap(self._take)
        await self.gateway.connect()
        self._watcher = asyncio.get_running_loop().create_task(self._watch(), name=f"{self._logger.name} end")

    async def close(self) -> None:
        """End everything. Idempotent; may be called from a handler."""
        if self._watcher is not None:
            self._watcher.cancel()
        await self.gateway.close()
        if self._watcher is not None:
            await asyncio.wait([self._watcher])
        await self._dispatcher.close()

    async def _watch(self) -> None:
        try:
            await self.gateway.closed()
        except TradewireError as error:
            self._logger.error("the connection has ended for good: %s", error)  # noqa: TRY400 - the reason is the whole story
            self._dispatcher.finish(error, self._on_error)

    def _take(self, record: TapRecord) -> None:
        if record.direction == "event":
            self._logger.info("%s", record.payload.decode())
            return
        try:
            message = self._decode(record.payload)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            self._logger.warning("dropped a frame that is no JSON object (%d bytes)", len(record.payload))
            return
        if record.direction == "out":
            self._logger.debug("sent op=%s ch=%s", message.get("op"), message.get("ch"))
            return
        self._logger.debug("received op=%s ch=%s", message.get("op"), message.get("ch"))
        if message.get("error") and self.live and not list(self._routes.recipients(message)):
            self._logger.warning("the broker reports an error: %s", message["error"])
        self._dispatcher.put(message)
