"""Trading over WebSockets: live market data, account streams and swaps, with loopback venues included.

Everything public is here, loaded when it is first used (PEP 562), so that ``import tradewire`` costs next to nothing::

    async with tradewire.connect("binance") as gateway:
        async for event in gateway.stream(tradewire.Trades("BTC/USDT")):
            print(event)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradewire import errors, sim
    from tradewire.engine.connect import connect
    from tradewire.engine.gateway import Gateway
    from tradewire.engine.merge import merge
    from tradewire.engine.queues import Overflow, QueuePolicy
    from tradewire.engine.runtime import TapRecord
    from tradewire.engine.statistics import Latency, Reconnect, Statistics
    from tradewire.engine.subscription import Stream, Subscription
    from tradewire.errors import (
        BookNotLive,
        CaptureError,
        CommandError,
        ConfigurationError,
        ConnectFailed,
        InsufficientBalance,
        InvalidOrder,
        LinkError,
        LinkLost,
        LinkSilent,
        LocalProtocolError,
        LoginRefused,
        LoginTimeout,
        NotConnected,
        OutcomeUnknown,
        ProtocolError,
        RateLimited,
        Rejected,
        RemoteProtocolError,
        RequestTimeout,
        SlowConsumer,
        SubscriptionRefused,
        TradewireError,
        UnknownOrder,
        UnknownSymbol,
        UnknownVenue,
        Unsupported,
    )
    from tradewire.model.book import BookStatus, BookView, Level, OrderBook
    from tradewire.model.channels import (
        AggregateTrades,
        AveragePrices,
        Balances,
        Book,
        Candles,
        Channel,
        ChannelOf,
        Diagnostics,
        MiniTickers,
        PartialBook,
        Quotes,
        SwapOrders,
        Tickers,
        Trades,
    )
    from tradewire.model.events import (
        BUY,
        SELL,
        AggregateTrade,
        AveragePrice,
        Balance,
        BalanceUpdate,
        BookSnapshot,
        BookUpdate,
        Candle,
        ConnectionState,
        Event,
        Gap,
        LinkState,
        MiniTicker,
        Quote,
        Side,
        Stale,
        SwapStatus,
        SwapUpdate,
        Ticker,
        Trade,
        Unrecognised,
        VenueStatus,
    )
    from tradewire.model.instrument import Instrument
    from tradewire.model.operations import (
        EstimateSwap,
        ExecuteSwap,
        GetBalances,
        GetSwap,
        ListSubscriptions,
        SwapEstimate,
        SwapReceipt,
    )
    from tradewire.model.secret import Secret
    from tradewire.model.time import utc
    from tradewire.replaying import replay
    from tradewire.venues.spec import Endpoints, Heartbeat
    from tradewire.wire.backoff import Backoff, ReconnectPolicy
    from tradewire.wire.signing import Credentials, Ed25519, ExternalSigner, Hmac, Rsa
    from tradewire.wire.subscriptions import SubscriptionState

__version__ = "0.1.0"

_HOMES = {
    "engine.connect": "connect",
    "engine.gateway": "Gateway",
    "engine.merge": "merge",
    "engine.queues": "Overflow QueuePolicy",
    "engine.runtime": "TapRecord",
    "engine.statistics": "Latency Reconnect Statistics",
    "engine.subscription": "Stream Subscription",
    "errors": (
        "BookNotLive CaptureError CommandError ConfigurationError ConnectFailed InsufficientBalance "
        "InvalidOrder LinkError LinkLost LinkLost LinkSilent LocalProtocolError LoginRefused LoginTimeout NotConnected "
        "OutcomeUnknown ProtocolError RateLimited Rejected RemoteProtocolError RequestTimeout SlowConsumer "
        "SubscriptionRefused TradewireError UnknownOrder UnknownSymbol UnknownVenue Unsupported"
    ),
    "model.book": "BookStatus BookView Level OrderBook",
    "model.channels": (
        "AggregateTrades AveragePrices Balances Book Candles Channel ChannelOf Diagnostics MiniTickers "
        "PartialBook Quotes SwapOrders Tickers Trades"
    ),
    "model.events": (
        "AggregateTrade AveragePrice BUY Balance BalanceUpdate BookSnapshot BookUpdate Candle ConnectionState "
        "Event Gap LinkState MiniTicker Quote SELL Side Stale SwapStatus SwapUpdate Ticker Trade Unrecognised "
        "VenueStatus"
    ),
    "model.instrument": "Instrument",
    "model.operations": "EstimateSwap ExecuteSwap GetBalances GetSwap ListSubscriptions SwapEstimate SwapReceipt",
    "model.secret": "Secret",
    "model.time": "utc",
    "replaying": "replay",
    "venues.spec": "Endpoints Heartbeat",
    "wire.backoff": "Backoff ReconnectPolicy",
    "wire.signing": "Credentials Ed25519 ExternalSigner Hmac Rsa",
    "wire.subscriptions": "SubscriptionState",
}
_HOME_OF = {name: f"tradewire.{home}" for home, names in _HOMES.items() for name in names.split()}
_MODULES = ("errors", "sim")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"tradewire.{name}")
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'tradewire' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF, *_MODULES})


__all__ = [
    "BUY",
    "SELL",
    "AggregateTrade",
    "AggregateTrades",
    "AveragePrice",
    "AveragePrices",
    "Backoff",
    "Balance",
    "BalanceUpdate",
    "Balances",
    "Book",
    "BookNotLive",
    "BookSnapshot",
    "BookStatus",
    "BookUpdate",
    "BookView",
    "Candle",
    "Candles",
    "CaptureError",
    "Channel",
    "ChannelOf",
    "CommandError",
    "ConfigurationError",
    "ConnectFailed",
    "ConnectionState",
    "Credentials",
    "Diagnostics",
    "Ed25519",
    "Endpoints",
    "EstimateSwap",
    "Event",
    "ExecuteSwap",
    "ExternalSigner",
    "Gap",
    "Gateway",
    "GetBalances",
    "GetSwap",
    "Heartbeat",
    "Hmac",
    "Instrument",
    "InsufficientBalance",
    "InvalidOrder",
    "Latency",
    "Level",
    "LinkError",
    "LinkLost",
    "LinkSilent",
    "LinkState",
    "ListSubscriptions",
    "LocalProtocolError",
    "LoginRefused",
    "LoginTimeout",
    "MiniTicker",
    "MiniTickers",
    "NotConnected",
    "OrderBook",
    "OutcomeUnknown",
    "Overflow",
    "PartialBook",
    "ProtocolError",
    "QueuePolicy",
    "Quote",
    "Quotes",
    "RateLimited",
    "Reconnect",
    "ReconnectPolicy",
    "Rejected",
    "RemoteProtocolError",
    "RequestTimeout",
    "Rsa",
    "Secret",
    "Side",
    "SlowConsumer",
    "Stale",
    "Statistics",
    "Stream",
    "Subscription",
    "SubscriptionRefused",
    "SubscriptionState",
    "SwapEstimate",
    "SwapOrders",
    "SwapReceipt",
    "SwapStatus",
    "SwapUpdate",
    "TapRecord",
    "Ticker",
    "Tickers",
    "Trade",
    "Trades",
    "TradewireError",
    "UnknownOrder",
    "UnknownSymbol",
    "UnknownVenue",
    "Unrecognised",
    "Unsupported",
    "VenueStatus",
    "connect",
    "errors",
    "merge",
    "replay",
    "sim",
    "utc",
]
