"""Venues on loopback and gateways into them, for testing programs that trade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewire.sim.simulator import Simulator
from tradewire.wire.signing import Hmac

if TYPE_CHECKING:
    from tradewire.engine.gateway import Gateway


class SimulatedVenue(Simulator):
    """A ``Simulator`` that also connects to itself; it takes the same arguments, the venues first.

    ::

        async with SimulatedVenue("binance", seed=7) as sim, sim.connect() as gateway:
            await sim.market("BTC/USDT").move_to("63000")
    """

    def connect(self, venue: str | None = None, *, account: str | None = None, **options: Any) -> Gateway:
        """Return a gateway into ``venue`` (default: the first), logged in as a published test account.

        Args:
            venue: Name of a simulated venue.
            account: Name of the account (default: the first).
            options: As ``tradewire.connect``; they win over what is set here.

        Raises:
            UnknownVenue: The venue is not simulated here.
            ConfigurationError: There is no such account, or an option is wrong.
        """
        from tradewire import connect  # noqa: PLC0415 - the engine is not needed for simulating alone

        view = self.account(venue, account)
        options = {"endpoints": self.endpoints(venue), "credentials": Hmac(view.key, view.secret), **options}
        return connect(venue or self.venues[0], **options)
