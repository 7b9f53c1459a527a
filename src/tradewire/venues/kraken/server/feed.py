"""The exchange's events, fanned out to the streams that somebody listens to."""

from __future__ import annotations

from tradewire.model.time import Nanos
from tradewire.venues.backend import Backend, LevelChange, MarketEvent, TradeTick
from tradewire.venues.kraken.server.faults import ServerFaults
from tradewire.venues.kraken.server.instruments import InstrumentStream
from tradewire.venues.kraken.server.market import Market
from tradewire.venues.kraken.server.requests import Channel, Subscription
from tradewire.venues.kraken.server.streams import (
    BookStream,
    CandleStream,
    MarketStream,
    Stream,
    Subscriber,
    TickerStream,
    TradeStream,
)


class Feed:
    """All streams of the venue.

    Args:
        backend: The exchange; the feed registers itself.
        faults: What may go wrong on the way out.

    Attributes:
        markets: By symbol.
        connections: All that are open.
    """

    def __init__(self, backend: Backend, faults: ServerFaults) -> None:
        self.markets = {symbol: Market(instrument, backend) for symbol, instrument in backend.instruments.items()}
        self.connections: dict[Subscriber, None] = {}
        self._faults = faults
        self._streams: dict[Subscription, Stream] = {}
        backend.listen(self._hear)

    def lists(self, subscription: Subscription) -> bool:
        """Whether the subscription's symbol, if it has one, is traded here."""
        return subscription.channel is Channel.INSTRUMENT or subscription.symbol in self.markets

    def join(self, subscription: Subscription, subscriber: Subscriber) -> Stream:
        """Add ``subscriber`` to the stream; updates of what happens from now on will follow.

        Raises:
            KeyError: Its symbol is not listed.
        """
        if market := self._market(subscription):
            market.finish()  # what is pending is news to those who listen already, and part of a newcomer's snapshot
        stream = self._streams.get(subscription) or self._open(subscription)
        stream.subscribers[subscriber] = None
        return stream

    def leave(self, subscription: Subscription, subscriber: Subscriber) -> None:
        """Take ``subscriber`` off; a stream that nobody listens to ends."""
        stream = self._streams[subscription]
        del stream.subscribers[subscriber]
        if stream.subscribers:
            return
        del self._streams[subscription]
        if market := self._market(subscription):
            market.listeners.remove(stream)

    def tick(self) -> None:
        """Tell what is pending."""
        for market in self.markets.values():
            market.finish()

    def next_tick(self) -> Nanos | None:
        """When something is pending, that moment."""
        return min((market.pending for market in self.markets.values() if market.pending is not None), default=None)

    def _hear(self, event: MarketEvent) -> None:
        if isinstance(event, TradeTick):
            self.markets[event.symbol].on_trade(event)
        elif isinstance(event, LevelChange):
            self.markets[event.symbol].on_level(event)

    def _open(self, subscription: Subscription) -> Stream:
        market = self._market(subscription)
        stream: Stream
        if market is None:
            stream = InstrumentStream((listed.instrument for listed in self.markets.values()), self._faults)
        else:
            stream = _make_stream(subscription, market, self._faults)
            market.listeners.append(stream)
        self._streams[subscription] = stream
        return stream

    def _market(self, subscription: Subscription) -> Market | None:
        return self.markets[subscription.symbol] if isinstance(subscription.symbol, str) else None


def _make_stream(subscription: Subscription, market: Market, faults: ServerFaults) -> MarketStream:
    match subscription:
        case Subscription(channel=Channel.BOOK, depth=int(depth)):
            return BookStream(market, faults, depth)
        case Subscription(channel=Channel.OHLC, interval=int(interval)):
            return CandleStream(market, faults, interval)
        case Subscription(channel=Channel.TICKER, event_trigger=str(trigger)):
            return TickerStream(market, faults, trigger)
        case _:
            return TradeStream(market, faults)
