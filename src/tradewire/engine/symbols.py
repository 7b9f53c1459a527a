"""The venue's instruments, and a clear word about a misspelt symbol before it goes to a venue that would stay silent."""

from __future__ import annotations

import asyncio
import difflib
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tradewire.errors import TradewireError, UnknownSymbol
from tradewire.model.channels import Channel
from tradewire.model.instrument import Instrument

if TYPE_CHECKING:
    from tradewire.engine.runtime import Runtime

_logger = logging.getLogger("tradewire.symbols")


class Symbols:
    """Instruments of one gateway, loaded when first needed, once.

    Args:
        runtime: What the gateway shares; its context's mapping by venue symbol is filled too.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[str, Instrument] = {}
        self._loading: asyncio.Task[None] | None = None

    async def load(self) -> Mapping[str, Instrument]:
        """Return all instruments by unified symbol.

        Raises:
            Unsupported: The venue does not publish them.
            TradewireError: They could not be had.
        """
        if not self._known:
            if self._loading is None or (self._loading.done() and not self._known):
                self._loading = self._runtime.spawn(self._fetch(), "instruments")
            await asyncio.shield(self._loading)
        return self._known

    async def _fetch(self) -> None:
        instruments: tuple[Instrument, ...] = await self._runtime.rest.call("instruments", {})
        by_venue_symbol = self._runtime.context.instruments
        for instrument in instruments:
            self._known[instrument.symbol] = instrument
            by_venue_symbol[instrument.venue_symbol] = instrument

    async def check(self, channel: Channel) -> None:
        """Refuse a symbol that the venue does not list. If its list cannot be had, warn and let the venue decide.

        Raises:
            UnknownSymbol: With the nearest listed symbols.
        """
        symbol: str = getattr(channel, "symbol", "")
        if not symbol or "instruments" not in self._runtime.spec.rest or symbol in self._known:
            return
        try:
            known = await self.load()
        except TradewireError as error:
            _logger.warning(
                "%s: the list of symbols could not be loaded (%s); %s is taken as it is", self._runtime.spec.name, error, symbol
            )
            return
        if symbol in known:
            return
        near = difflib.get_close_matches(symbol.upper(), known, n=3, cutoff=0.6)
        hint = f"did you mean {' or '.join(near)}?" if near else "symbols are written BASE/QUOTE, for example BTC/USDT"
        raise UnknownSymbol(f"{self._runtime.spec.name} does not list {symbol!r}; {hint}", venue=self._runtime.spec.name)
