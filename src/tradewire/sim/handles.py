"""What a test holds in its hands: one market to steer, one account to look at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from tradewire.model.events import Balance, Side
from tradewire.sim.exchange import Exchange
from tradewire.sim.listing import Listing
from tradewire.sim.orders import Order
from tradewire.venues.backend import Account


class MarketHandle:
    """Steers one symbol at one or several venues.

    Args:
        places: The market at each venue, with what hands on what happens there.
    """

    def __init__(self, places: Sequence[tuple[Listing, Callable[[], None]]]) -> None:
        self._places = places

    async def move_to(self, price: Decimal | str | int) -> None:
        """Walk the market to ``price`` by trades; returns when what it led to has been handed to the connections.

        Raises:
            InvalidOrder: The price is not a positive multiple of the tick.
        """
        for listing, settle in self._places:
            settle()
            listing.move_to(price)
            settle()
        await asyncio.sleep(0)

    async def trade(self, side: Side, quantity: Decimal | str | int) -> None:
        """Let somebody trade ``quantity`` (base currency) at the market; returns as ``move_to`` does.

        Raises:
            InvalidOrder: The quantity is not a positive multiple of the step.
        """
        for listing, settle in self._places:
            settle()
            listing.trade(side, quantity)
            settle()
        await asyncio.sleep(0)

    def pause(self) -> None:
        """Stop the synthetic flow; the book stays as it is."""
        for listing, _ in self._places:
            listing.pause()

    def resume(self) -> None:
        """Let the synthetic flow go on."""
        for listing, settle in self._places:
            listing.resume()
            settle()

    def set_rate(self, factor: float) -> None:
        """Make the synthetic flow ``factor`` times as busy as the market declares.

        Raises:
            ValueError: The factor is not positive.
        """
        for listing, settle in self._places:
            listing.set_rate(factor)
            settle()


class AccountView:
    """One account as the venue sees it, always as of now.

    Args:
        exchange: Where it is.
        account: Which.
    """

    def __init__(self, exchange: Exchange, account: Account) -> None:
        self._exchange = exchange
        self.name = account.name
        self.key = account.key
        self.secret = account.secret

    def __repr__(self) -> str:
        return f"AccountView({self.name!r})"

    @property
    def balances(self) -> Mapping[str, Balance]:
        """Balances by asset."""
        return {
            holding.asset: Balance(holding.asset, holding.total, holding.locked) for holding in self._exchange.holdings(self.name)
        }

    @property
    def open_orders(self) -> tuple[Order, ...]:
        """Resting orders, oldest first."""
        return self._exchange.open_orders(self.name)
