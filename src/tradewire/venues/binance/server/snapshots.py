"""Depth snapshots, of now or (as a fault) of a while ago."""

from __future__ import annotations

from collections import deque

from tradewire.venues.backend import BookState
from tradewire.venues.binance.server.faults import ServerFaults
from tradewire.venues.binance.server.market import Market

#: Levels a side in the deepest snapshot (rest-api.md).
DEEPEST = 5000


class Snapshots:
    """Books as ``GET /api/v3/depth`` answers them.

    Old books are kept only for symbols whose snapshots the faults want aged.
    """

    def __init__(self, faults: ServerFaults) -> None:
        self._faults = faults
        self._kept: dict[str, deque[BookState]] = {}

    def changed(self, market: Market) -> None:
        """The book of ``market`` changed."""
        aged = self._faults.aged.get(market.symbol)
        if aged is None:
            self._kept.pop(market.symbol, None)
            return
        kept = self._kept.get(market.symbol)
        if kept is None or kept.maxlen != aged.updates + 1:
            kept = self._kept[market.symbol] = deque(kept or (), maxlen=aged.updates + 1)
        kept.append(market.book(DEEPEST))

    def take(self, market: Market, depth: int) -> BookState:
        """Return the book to answer with."""
        aged = self._faults.aged.get(market.symbol)
        kept = self._kept.get(market.symbol)
        if aged is None or not kept:
            return market.book(depth)
        aged.requests -= 1
        if aged.requests <= 0:
            del self._faults.aged[market.symbol]
        old = kept[0]
        return BookState(old.update_id, old.bids[:depth], old.asks[:depth])
