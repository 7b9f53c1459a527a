"""REST requests taken apart."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tradewire.model.time import Nanos
from tradewire.venues.kraken.server.market import Market
from tradewire.venues.kraken.server.names import spellings


class ApiError(Exception):
    """An error to answer with, in the venue's words: ``EQuery:Unknown asset pair``."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Call(msgspec.Struct, frozen=True):
    """A REST request, ready to be answered.

    Attributes:
        markets: By symbol.
        system: State of the trading engine.
    """

    params: Mapping[str, str]
    markets: Mapping[str, Market]
    system: str
    now: Nanos

    def market(self) -> Market:
        """Return the market of the mandatory parameter ``pair``."""
        if not self.params.get("pair"):
            raise ApiError("EGeneral:Invalid arguments")
        return self._listed(self.params["pair"])

    def chosen(self) -> list[Market]:
        """Return the markets that ``pair`` names, separated by commas, or all."""
        if "pair" not in self.params:
            return list(self.markets.values())
        return [self._listed(name) for name in self.params["pair"].split(",")]

    def number(self, name: str, default: int) -> int:
        """Return an optional whole number that is not negative."""
        value = self.params.get(name, str(default))
        if not (value.isascii() and value.isdecimal()):
            raise ApiError(f"EGeneral:Invalid arguments:{name}")
        return int(value)

    def _listed(self, name: str) -> Market:
        for market in self.markets.values():
            if name in spellings(market.instrument):
                return market
        raise ApiError("EQuery:Unknown asset pair")
