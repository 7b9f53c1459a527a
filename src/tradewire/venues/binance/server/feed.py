"""The exchange's events, fanned out to the streams that somebody listens to."""

from __future__ import annotations

from tradewire.model.time import Nanos
from tradewire.venues.backend import Backend, LevelChange, MarketEvent, TradeTick
from tradewire.venues.binance.server.catalogue import make_stream
from tradewire.venues.binance.server.faults import ServerFaults
from tradewire.venues.binance.server.market import Market
from tradewire.venues.binance.server.names import parse_name
from tradewire.venues.binance.server.snapshots import Snapshots
from tradewire.venues.binance.server.streams import Stream, Subscriber


class Feed:
    """All streams of the venue.

    Args:
        backend: The exchange; the feed registers itself.
        faults: What may go wrong on the way out.

    Attributes:
        markets: By the wire's symbol.
        connections: All that are open.
    """

    def __init__(self, backend: Backend, faults: ServerFaults) -> None:
        self.connections: dict[Subscriber, None] = {}
        self.snapshots = Snapshots(faults)
        self._faults = faults
        markets = [Market(instrument, backend) for instrument in backend.instruments.values()]
        self.markets = {market.symbol: market for market in markets}
        self._by_unified = {market.instrument.symbol: market for market in markets}
        self._by_stream_symbol = {market.symbol.lower(): market for market in markets}
        self._streams: dict[str, Stream] = {}
        self._due: dict[Nanos, Nanos] = {}
        backend.listen(self._hear)

    def subscribe(self, name: str, subscriber: Subscriber, now: Nanos) -> None:
        """Add ``subscriber`` to the stream ``name``. A name that nothing is known about stays silent."""
        stream = self._streams.get(name) or self._open(name, now)
        if stream:
            stream.subscribers[subscriber] = None
            stream.joined(now)

    def unsubscribe(self, name: str, subscriber: Subscriber) -> None:
        """Take ``subscriber`` off; a stream that nobody listens to ends."""
        stream = self._streams.get(name)
        if stream is None:
            return
        stream.subscribers.pop(subscriber, None)
        if not stream.subscribers:
            self._close(stream)

    def tick(self, now: Nanos) -> None:
        """Flush what is due and end the open aggregates."""
        for market in self.markets.values():
            market.finish_aggregate()
        for period, due in list(self._due.items()):
            if now >= due:
                self._due[period] = _next_multiple(period, now)
                for stream in list(self._streams.values()):
                    if stream.period == period:
                        stream.flush(now)

    def next_tick(self) -> Nanos | None:
        """When something is due."""
        open_aggregates = (market.open_aggregate() for market in self.markets.values())
        moments = [aggregate.time for aggregate in open_aggregates if aggregate]
        return min([*moments, *self._due.values()], default=None)

    def _hear(self, event: MarketEvent) -> None:
        if isinstance(event, TradeTick):
            self._by_unified[event.symbol].on_trade(event)
        elif isinstance(event, LevelChange):
            market = self._by_unified[event.symbol]
            market.on_level(event)
            self.snapshots.changed(market)

    def _open(self, text: str, now: Nanos) -> Stream | None:
        name = parse_name(text)
        stream = make_stream(name, self._faults, self._by_stream_symbol) if name else None
        if name is None or stream is None:
            return None
        self._streams[text] = stream
        if market := self._by_stream_symbol.get(name.symbol):
            market.listeners.append(stream)
        if stream.period:
            self._due.setdefault(stream.period, _next_multiple(stream.period, now))
        return stream

    def _close(self, stream: Stream) -> None:
        del self._streams[stream.name]
        for market in self.markets.values():
            if stream in market.listeners:
                market.listeners.remove(stream)
        if all(other.period != stream.period for other in self._streams.values()):
            self._due.pop(stream.period, None)


def _next_multiple(period: Nanos, now: Nanos) -> Nanos:
    return (now // period + 1) * period
