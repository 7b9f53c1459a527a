"""The channels: from a market's events to messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from zlib import crc32

from tradewire.model.rollup import Bar
from tradewire.model.time import Nanos, iso
from tradewire.venues.backend import Level, TradeTick
from tradewire.venues.kraken.server.faults import ServerFaults
from tradewire.venues.kraken.server.market import Market
from tradewire.venues.kraken.server.messages import (
    BookItem,
    CandleItem,
    CandleMessage,
    ChannelMessage,
    LevelItem,
    Message,
    TickerItem,
    TradeItem,
    encode,
    iso_nanos,
    number,
)
from tradewire.venues.kraken.server.requests import Channel
from tradewire.wire.protocol import Frame

#: Trades in the snapshot of the trade channel.
SNAPSHOT_TRADES = 50


class Subscriber(Protocol):
    """A connection, as a stream sees it."""

    def deliver(self, frame: Frame) -> None:
        """Queue ``frame``."""

    def announce(self) -> None:
        """Tell the state of the trading engine."""

    def end(self, code: int, reason: str) -> None:
        """Close the connection."""


class Stream:
    """One channel with its parameters, and the connections that listen to it.

    Attributes:
        name: For faults.
    """

    def __init__(self, name: str, faults: ServerFaults) -> None:
        self.name = name
        self.subscribers: dict[Subscriber, None] = {}
        self._faults = faults

    def snapshot(self, now: Nanos) -> Any:
        """Return the message that a new subscriber is shown first, or ``None``."""
        raise NotImplementedError

    def on_instant(self, trades: Sequence[TradeTick], now: Nanos) -> None:
        """React to what happened in the market."""

    def publish(self, value: Any) -> None:
        """Send ``value`` to all subscribers."""
        for message in self._faults.frames.pass_on(Message(self.name, encode(value))):
            for subscriber in self.subscribers:
                subscriber.deliver(message.frame)


class MarketStream(Stream):
    """A stream about one market."""

    channel: Channel

    def __init__(self, market: Market, faults: ServerFaults) -> None:
        super().__init__(f"{self.channel} {market.symbol}", faults)
        self._market = market
        self._book = market.depth  # looked at even by those who want trades only: see there
        self._symbol = market.symbol
        self._price_decimals = market.price_decimals
        self._quantity_decimals = market.quantity_decimals


class BookStream(MarketStream):
    """The best ``depth`` levels a side: once whole, then what changes (Book)."""

    channel = Channel.BOOK

    def __init__(self, market: Market, faults: ServerFaults, depth: int) -> None:
        super().__init__(market, faults)
        self._depth = depth
        self._edges = self._now_ending()

    def snapshot(self, now: Nanos) -> ChannelMessage:
        """Return the window, best levels first."""
        book = self._book
        item = self._item(book.bids.best(self._depth), book.asks.best(self._depth), self._checksum(), now)
        return ChannelMessage(self.channel, "snapshot", [item])

    def on_instant(self, trades: Sequence[TradeTick], now: Nanos) -> None:
        """Send what differs from the window as last sent, if anything."""
        book, (bid_edge, ask_edge) = self._book, self._edges
        bids, asks = book.bids.changes(self._depth, bid_edge), book.asks.changes(self._depth, ask_edge)
        self._edges = self._now_ending()
        if not bids and not asks:
            return
        checksum = self._checksum() ^ int(self._faults.broken_checksums.take())
        if self._faults.repeated_entries.take():
            bids, asks = _twice(bids), _twice(asks)
        item = self._item(bids, asks, checksum, now)
        # The venue sends entries in no order; here it is arbitrary, but always the same.
        item.bids.sort(key=_scramble)
        item.asks.sort(key=_scramble)
        self.publish(ChannelMessage(self.channel, "update", [item]))

    def _now_ending(self) -> tuple[Any, Any]:
        return self._book.bids.edge(self._depth), self._book.asks.edge(self._depth)

    def _checksum(self) -> int:
        return self._book.checksum(self._price_decimals, self._quantity_decimals)

    def _item(self, bids: Sequence[Level], asks: Sequence[Level], checksum: int, now: Nanos) -> BookItem:
        return BookItem(self._symbol, self._levels(bids), self._levels(asks), checksum, iso(now))

    def _levels(self, levels: Sequence[Level]) -> list[LevelItem]:
        return [
            LevelItem(number(price, self._price_decimals), number(quantity, self._quantity_decimals))
            for price, quantity in levels
        ]


def _scramble(level: LevelItem) -> int:
    return crc32(level.price)


def _twice(levels: Sequence[Level]) -> list[Level]:
    """Put an entry that does not count before each."""
    return [(price, wrong) for price, quantity in levels for wrong in (quantity + 1, quantity)]


class TickerStream(MarketStream):
    """Figures of the last 24 hours with the best bid and ask (Ticker). Before a first trade there are none to send.

    Args:
        trigger: ``trades``: sent when something traded; ``bbo``: when price or quantity of the best bid or ask changed.
    """

    channel = Channel.TICKER

    def __init__(self, market: Market, faults: ServerFaults, trigger: str) -> None:
        super().__init__(market, faults)
        self._follows_top = trigger == "bbo"
        self._top = self._book.top()

    def snapshot(self, now: Nanos) -> ChannelMessage | None:
        """Return the figures."""
        item = self._item(now)
        return ChannelMessage(self.channel, "snapshot", [item]) if item else None

    def on_instant(self, trades: Sequence[TradeTick], now: Nanos) -> None:
        """Send the figures if the trigger went off."""
        before, self._top = self._top, self._book.top()
        is_news = before != self._top if self._follows_top else trades
        if is_news and (item := self._item(now)):
            self.publish(ChannelMessage(self.channel, "update", [item]))

    def _item(self, now: Nanos) -> TickerItem | None:
        day = self._market.day.read(now)
        if not day.last_time:
            return None
        (bid, bid_quantity), (ask, ask_quantity) = self._book.top()
        price_decimals, quantity_decimals = self._price_decimals, self._quantity_decimals
        return TickerItem(
            symbol=self._symbol,
            bid=number(bid, price_decimals),
            bid_qty=number(bid_quantity, quantity_decimals),
            ask=number(ask, price_decimals),
            ask_qty=number(ask_quantity, quantity_decimals),
            last=number(day.last, price_decimals),
            volume=number(day.volume, quantity_decimals),
            vwap=number(day.average, price_decimals),
            low=number(day.low, price_decimals),
            high=number(day.high, price_decimals),
            change=number(day.change, price_decimals),
            change_pct=number(day.change_percent, 2),
            trades=day.count,
            timestamp=iso(now),
        )


class TradeStream(MarketStream):
    """Trades, those of one taker order in one message (Trade)."""

    channel = Channel.TRADE

    def snapshot(self, now: Nanos) -> ChannelMessage:
        """Return the latest trades, oldest first."""
        return ChannelMessage(self.channel, "snapshot", self._items(self._market.trades(SNAPSHOT_TRADES)))

    def on_instant(self, trades: Sequence[TradeTick], now: Nanos) -> None:
        """Send them."""
        if trades:
            self.publish(ChannelMessage(self.channel, "update", self._items(trades)))

    def _items(self, trades: Sequence[TradeTick]) -> list[TradeItem]:
        return [
            TradeItem(
                symbol=self._symbol,
                side=tick.taker.value,
                price=number(tick.price, self._price_decimals),
                qty=number(tick.quantity, self._quantity_decimals),
                ord_type="market",
                trade_id=tick.trade_id,
                timestamp=iso(tick.time),
            )
            for tick in trades
        ]


class CandleStream(MarketStream):
    """Candles: the running one whenever something traded (OHLC). Nothing says that one is closed but its successor."""

    channel = Channel.OHLC

    def __init__(self, market: Market, faults: ServerFaults, interval: int) -> None:
        super().__init__(market, faults)
        self._interval = interval
        self._candles = market.candles(interval)

    def snapshot(self, now: Nanos) -> CandleMessage:
        """Return the latest candles, oldest first."""
        return CandleMessage("ohlc", "snapshot", iso_nanos(now), [self._item(bar) for bar in self._candles.bars])

    def on_instant(self, trades: Sequence[TradeTick], now: Nanos) -> None:
        """Send the running candle."""
        if trades:
            self.publish(CandleMessage("ohlc", "update", iso_nanos(now), [self._item(self._candles.bars[-1])]))

    def _item(self, bar: Bar) -> CandleItem:
        price_decimals, quantity_decimals = self._price_decimals, self._quantity_decimals
        return CandleItem(
            symbol=self._symbol,
            open=number(bar.open, price_decimals),
            high=number(bar.high, price_decimals),
            low=number(bar.low, price_decimals),
            close=number(bar.close, price_decimals),
            trades=bar.count,
            volume=number(bar.volume, quantity_decimals),
            vwap=number(bar.quote_volume / bar.volume, price_decimals),
            interval_begin=iso_nanos(bar.start),
            interval=self._interval,
            timestamp=iso(bar.end),
        )
