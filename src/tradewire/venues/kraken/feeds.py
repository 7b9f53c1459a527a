"""From the items of one subscription to events: trades, quotes and tickers, candles.

A feed is made when its stream is wanted. Several channels may ride on one, and every event carries the channel it is for.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tradewire.model.channels import Candles, Channel, Quotes
from tradewire.model.events import BUY, SELL, Candle, Quote, Ticker, Trade
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.kraken.messages import CandleItem, TickerItem, TradeItem
from tradewire.venues.kraken.streams import VENUE, Stream
from tradewire.venues.kraken.values import Moments, Numbers
from tradewire.wire.control import Missed
from tradewire.wire.protocol import Emit

_MINUTE: Nanos = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Reading:
    """What all feeds of a connection read with."""

    numbers: Numbers
    moments: Moments


class Feed:
    """One subscription and who rides on it.

    Attributes:
        channels: In the order in which they came.
        confirmed: Whether the venue has acknowledged it.
        position: Sequence number of the last event emitted, or ``None``.
    """

    __slots__ = ("channels", "confirmed", "moments", "numbers", "position", "stream", "symbol")

    def __init__(self, stream: Stream, reading: Reading) -> None:
        self.stream = stream
        self.symbol = stream.symbol
        self.numbers = reading.numbers
        self.moments = reading.moments
        self.channels: tuple[Channel, ...] = ()
        self.confirmed = False
        self.position: int | None = None

    def add(self, channel: Channel) -> None:
        """Let ``channel`` ride along."""
        if channel not in self.channels:
            self.channels = (*self.channels, channel)

    def remove(self, channel: Channel) -> None:
        """Let ``channel`` get off."""
        self.channels = tuple(each for each in self.channels if each != channel)


class TradeFeed(Feed):
    """Channel ``trade``."""

    __slots__ = ()

    def take(self, item: TradeItem, now: Nanos, emit: Emit) -> None:
        """Emit ``Trade``; ids rise by one, so one that was seen is dropped and one that is missing is told.

        Raises:
            ValueError: A number or the time cannot be read.
        """
        number, last = item.trade_id, self.position
        trade = Trade(
            self.symbol,
            self.numbers.read(item.price),
            self.numbers.read(item.qty),
            BUY if item.side == "buy" else SELL,
            number,
            VENUE,
            self.moments.read(item.timestamp),
            now,
            self.channels[0],
        )
        if last is not None:
            if number <= last:
                return
            if number != last + 1:
                emit(Missed(self.channels[0], number - last - 1))
        self.position = number
        emit(trade)


class TickerFeed(Feed):
    """Channel ``ticker``, which serves quotes and tickers."""

    __slots__ = ()

    def take(self, item: TickerItem, now: Nanos, emit: Emit) -> None:
        """Emit ``Quote`` or ``Ticker`` or both.

        Raises:
            ValueError: A number or the time cannot be read.
        """
        time = self.moments.maybe(item.timestamp)
        events = [
            self._quote(item, time, now, channel) if isinstance(channel, Quotes) else self._ticker(item, time, now, channel)
            for channel in self.channels
        ]
        for event in events:
            emit(event)

    def _quote(self, item: TickerItem, time: Nanos | None, now: Nanos, channel: Channel) -> Quote:
        read = self.numbers.read
        return Quote(
            self.symbol, read(item.bid), read(item.bid_qty), read(item.ask), read(item.ask_qty), 0, VENUE, time, now, channel
        )

    def _ticker(self, item: TickerItem, time: Nanos | None, now: Nanos, channel: Channel) -> Ticker:
        read = self.numbers.read
        last, change = read(item.last), read(item.change)
        return Ticker(
            symbol=self.symbol,
            window="24h",
            last=last,
            last_quantity=None,
            open=last - change,
            high=read(item.high),
            low=read(item.low),
            change=change,
            change_percent=read(item.change_pct),
            average=read(item.vwap),
            volume=read(item.volume),
            quote_volume=None,
            trade_count=item.trades,
            open_time=None,
            close_time=None,
            bid=read(item.bid),
            bid_quantity=read(item.bid_qty),
            ask=read(item.ask),
            ask_quantity=read(item.ask_qty),
            venue=VENUE,
            venue_time=time,
            received=now,
            channel=channel,
        )


class CandleFeed(Feed):
    """Channel ``ohlc``. The venue marks no candle as final: the first trade of the next one shows it."""

    __slots__ = ("_running", "interval")

    def __init__(self, stream: Stream, reading: Reading) -> None:
        super().__init__(stream, reading)
        self._running: Candle | None = None

    def add(self, channel: Channel) -> None:
        """Let ``channel`` ride along, which says how it calls its interval."""
        super().add(channel)
        if isinstance(channel, Candles):
            self.interval = channel.interval

    def take(self, item: CandleItem, sent: str, now: Nanos, emit: Emit) -> None:
        """Emit ``Candle``: the one before once more when it has become final, then the running one.

        Raises:
            ValueError: A number or a time cannot be read.
        """
        candle, running = self._candle(item, self.moments.maybe(sent), now), self._running
        if running is not None:
            if candle.open_time < running.open_time:
                return
            if candle.open_time > running.open_time:
                self._running = candle
                emit(_final(running, candle))
        self._running = candle
        emit(candle)

    def _candle(self, item: CandleItem, time: Nanos | None, now: Nanos) -> Candle:
        read = self.numbers.read
        begin = self.moments.read(item.interval_begin)
        return Candle(
            symbol=self.symbol,
            interval=self.interval,
            open_time=begin,
            close_time=begin + item.interval * _MINUTE,
            open=read(item.open),
            high=read(item.high),
            low=read(item.low),
            close=read(item.close),
            volume=read(item.volume),
            quote_volume=None,
            taker_buy_volume=None,
            trade_count=item.trades,
            closed=False,
            venue=VENUE,
            venue_time=time,
            received=now,
            channel=self.channels[0],
        )


def _final(candle: Candle, later: Candle) -> Candle:
    """``candle``, known to be final since ``later`` came."""
    return msgspec.structs.replace(candle, closed=True, venue_time=later.venue_time, received=later.received)
