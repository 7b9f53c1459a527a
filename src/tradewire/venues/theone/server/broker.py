"""What both transports of a simulated TheOne share."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from tradewire.model.time import Nanos
from tradewire.venues.backend import Account, Backend
from tradewire.venues.theone.messages import BALANCES_CHANNEL, ORDERS_PREFIX
from tradewire.venues.theone.server.balances import Balances
from tradewire.venues.theone.server.faults import ServerFaults
from tradewire.venues.theone.server.fields import SwapFields
from tradewire.venues.theone.server.keys import Keys
from tradewire.venues.theone.server.options import ServerOptions
from tradewire.venues.theone.server.prices import Prices
from tradewire.venues.theone.server.swaps import SwapDesk, SwapOrder
from tradewire.venues.theone.server.verifier import Verifier


class Listener(Protocol):
    """A connection, as the broker sees it."""

    @property
    def key(self) -> str | None:
        """The key that it is logged in with."""

    def push(self, account: str, frame: bytes, channel: str) -> None:
        """Write a push, if the connection is the account's and has subscribed to the channel."""

    def write(self, frame: bytes) -> None:
        """Write a frame as it is."""


class Broker:
    """Accounts, orders and whoever listens to them.

    Args:
        backend: Keeps accounts, ledger and books.
        options: Of the simulated venue.

    Attributes:
        listeners: The open connections, oldest first.
    """

    def __init__(self, backend: Backend, options: ServerOptions) -> None:
        self.options = options
        self.faults = ServerFaults()
        self.verifier = Verifier(options)
        self.balances = Balances(backend, self.announce_balances)
        self.prices = Prices(backend, options)
        self.keys = Keys(backend, self.balances, options)
        self.desk = SwapDesk(self.balances, self.prices, options, self.faults, self._order_changed)
        self.listeners: list[Listener] = []

    def swap(self, account: Account, fields: SwapFields, now: Nanos) -> dict[str, Any]:
        """Take a swap and return its receipt; ``announce_balances`` is due once that has been written.

        Raises:
            Refusal: As ``SwapDesk.place``.
        """
        return self.desk.receipt(self.desk.place(account, fields, now))

    def announce_balances(self, account: str) -> None:
        """Push the account's balances to those who listen."""
        self._push(account, BALANCES_CHANNEL, self.balances.rows(account))

    def connections_of(self, key: str) -> int:
        """How many connections are logged in with ``key``."""
        return sum(listener.key == key for listener in self.listeners)

    def _order_changed(self, order: SwapOrder) -> None:
        self._push(order.account, f"{ORDERS_PREFIX}{order.order_id}", self.desk.state(order))
        if order.status.final:
            self.announce_balances(order.account)

    def _push(self, account: str, channel: str, data: Any) -> None:
        frame = msgspec.json.encode({"ch": channel, "data": data})
        for listener in self.listeners:
            listener.push(account, frame, channel)
