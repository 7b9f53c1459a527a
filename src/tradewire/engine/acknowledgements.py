"""Who waits for which acknowledgement."""

from __future__ import annotations

import asyncio
import logging

from tradewire.errors import RequestTimeout, TradewireError
from tradewire.model.channels import Channel
from tradewire.wire.control import Confirmed, Denied, Withdrawn
from tradewire.wire.subscriptions import Ledger

_logger = logging.getLogger("tradewire.subscriptions")


class Acknowledgements:
    """Keeps the ledger of one connection true to what the venue says, and wakes whoever waited for it.

    Args:
        venue: For log lines.
        ledger: Outlives sockets, as this does.
    """

    def __init__(self, venue: str, ledger: Ledger) -> None:
        self._venue = venue
        self._ledger = ledger
        self._joining: dict[Channel, list[asyncio.Future[None]]] = {}
        self._leaving: dict[Channel, list[asyncio.Future[None]]] = {}

    def joining(self, channel: Channel) -> asyncio.Future[None]:
        """A future that ends when ``channel`` is confirmed, or raises why it was denied."""
        return _added(self._joining, channel)

    def leaving(self, channel: Channel) -> asyncio.Future[None]:
        """A future that ends when the venue has acknowledged the end of ``channel``."""
        return _added(self._leaving, channel)

    def confirmed(self, message: Confirmed) -> None:
        """The venue said yes."""
        self._ledger.confirmed(message.channels, unconfirmed=message.unconfirmed)
        for channel in message.channels:
            _wake(self._joining, channel, None)

    def denied(self, message: Denied) -> None:
        """The venue said no, which ends the wish, or not now, or nothing in time, which do not."""
        for channel in message.channels:
            if not (isinstance(message.error, RequestTimeout) or message.error.retryable):
                self._ledger.refused(channel)
                _logger.warning("%s: %r refused: %s", self._venue, channel, message.error)
            _wake(self._joining, channel, message.error)

    def withdrawn(self, message: Withdrawn) -> None:
        """The venue has ended these channels."""
        for channel in message.channels:
            _wake(self._leaving, channel, None)

    def give_up(self, error: TradewireError) -> None:
        """There will be no more connection."""
        for channel in tuple(self._joining):
            _wake(self._joining, channel, error)
        self.lost()

    def lost(self) -> None:
        """The connection is gone, and with it what was being left; who joins waits for the next one."""
        for channel in tuple(self._leaving):
            _wake(self._leaving, channel, None)


def _added(table: dict[Channel, list[asyncio.Future[None]]], channel: Channel) -> asyncio.Future[None]:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    table.setdefault(channel, []).append(future)
    return future


def _wake(table: dict[Channel, list[asyncio.Future[None]]], channel: Channel, error: TradewireError | None) -> None:
    for future in table.pop(channel, ()):
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
            future.exception()  # retrieved: whoever waited may have been cancelled meanwhile
