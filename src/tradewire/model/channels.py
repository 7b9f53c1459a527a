"""What can be subscribed to.

A channel is a small frozen value: two equal channels are the same subscription. Symbols are ``BASE/QUOTE``
(``"BTC/USDT"``), perpetuals ``BASE/QUOTE:SETTLE``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    # Events name their channel, so these are only names here; type checkers resolve them.
    from tradewire.model.events import (  # noqa: F401 - the linter does not read a base's quoted parameters
        AggregateTrade,
        AveragePrice,
        BalanceUpdate,
        BookSnapshot,
        BookUpdate,
        Candle,
        ConnectionState,
        Event,
        Gap,
        MiniTicker,
        Quote,
        Stale,
        SwapUpdate,
        Ticker,
        Trade,
        Unrecognised,
        VenueStatus,
    )

E_co = TypeVar("E_co", bound="Event", covariant=True)


class Channel(msgspec.Struct, frozen=True, cache_hash=True):
    """Base of all channels."""

    @property
    def private(self) -> bool:
        """Whether the channel needs a login."""
        return False


class ChannelOf(Channel, Generic[E_co], frozen=True, cache_hash=True):
    """A channel that says what its events are, so that type checkers know what a handler or a loop gets: ``ChannelOf[Trade]``."""


class MarketChannel(ChannelOf[E_co], frozen=True, cache_hash=True):
    """A public channel about one symbol.

    Attributes:
        symbol: ``BASE/QUOTE``.
    """

    symbol: str


class Trades(MarketChannel["Trade"], frozen=True, cache_hash=True):
    """Every trade. Events: ``Trade``."""


class AggregateTrades(MarketChannel["AggregateTrade"], frozen=True, cache_hash=True):
    """Trades of one taker order at one price, folded into one. Events: ``AggregateTrade``."""


class Quotes(MarketChannel["Quote"], frozen=True, cache_hash=True):
    """Best bid and ask at every change. Events: ``Quote``."""


class Book(MarketChannel["BookUpdate"], frozen=True, cache_hash=True):
    """A local order book, kept in step with the venue's. Events: ``BookUpdate`` (and ``Gap``, ``Stale``).

    Attributes:
        depth: How many levels a side you need; 0 means all that the venue gives. The replica may hold more.
        interval_ms: How often the venue folds its changes into one update (milliseconds); 0 means its fastest.
    """

    depth: int = 0
    interval_ms: int = 0


class PartialBook(MarketChannel["BookSnapshot"], frozen=True, cache_hash=True):
    """The venue's own top-of-book picture, complete each time. Events: ``BookSnapshot``.

    Attributes:
        levels: Levels a side (Binance: 5, 10 or 20).
        interval_ms: Cadence in milliseconds (Binance: 100 or 1000).
    """

    levels: int = 20
    interval_ms: int = 100


class Candles(MarketChannel["Candle"], frozen=True, cache_hash=True):
    """Candlesticks, the running one included. Events: ``Candle``.

    Attributes:
        interval: ``1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M`` (case matters).
        utc_offset: ``""`` for bars aligned to UTC, or for example ``"+08:00"``.
    """

    interval: str = "1m"
    utc_offset: str = ""


class Tickers(MarketChannel["Ticker"], frozen=True, cache_hash=True):
    """Rolling statistics. Events: ``Ticker``.

    Attributes:
        window: ``24h`` (default), or ``1h``, ``4h``, ``1d`` where the venue has them.
    """

    window: str = "24h"


class MiniTickers(ChannelOf["MiniTicker"], frozen=True, cache_hash=True):
    """Rolling 24 h open, high, low, close and volume. Events: ``MiniTicker``.

    Attributes:
        symbol: ``BASE/QUOTE``, or ``""`` for every symbol that changed.
    """

    symbol: str = ""


class AveragePrices(MarketChannel["AveragePrice"], frozen=True, cache_hash=True):
    """The venue's short moving average price. Events: ``AveragePrice``."""


class Balances(ChannelOf["BalanceUpdate"], frozen=True, cache_hash=True):
    """Balances of the account. Events: ``BalanceUpdate``."""

    @property
    def private(self) -> bool:
        """True."""
        return True


class SwapOrders(ChannelOf["SwapUpdate"], frozen=True, cache_hash=True):
    """The life of one swap order at a broker. Events: ``SwapUpdate``.

    Attributes:
        order_id: The broker's order id.
    """

    order_id: str

    @property
    def private(self) -> bool:
        """True."""
        return True


class Diagnostics(ChannelOf["ConnectionState | VenueStatus | Unrecognised | Gap | Stale"], frozen=True, cache_hash=True):
    """What happens to the connection itself. Never sent to the venue.

    Events: ``ConnectionState``, ``VenueStatus``, ``Unrecognised``, ``Gap``, ``Stale``.
    """


class _Control(Channel, frozen=True, cache_hash=True):
    """Where protocols address what is meant for the engine."""


CONTROL = _Control()
DIAGNOSTICS = Diagnostics()
