"""From the payload of one stream to the events of one channel.

A route is made when its channel is subscribed, so that nothing needs to be looked up or composed per message: it decodes
the whole envelope into a declared struct, builds one event and emits it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from tradewire.errors import Unsupported
from tradewire.model.channels import (
    AggregateTrades,
    AveragePrices,
    Candles,
    Channel,
    MiniTickers,
    PartialBook,
    Quotes,
    Tickers,
    Trades,
)
from tradewire.model.events import (
    BUY,
    SELL,
    AggregateTrade,
    AveragePrice,
    BookSnapshot,
    Candle,
    MiniTicker,
    Quote,
    Ticker,
    Trade,
)
from tradewire.model.number import DecimalCache, amount_of, decimal_of, positive_of
from tradewire.model.time import Nanos
from tradewire.venues.binance.messages import (
    AggregateTradeMessage,
    AveragePriceMessage,
    BookTickerMessage,
    Depth,
    KlineMessage,
    MiniTickerMessage,
    Pairs,
    TickerMessage,
    TradeMessage,
    Wrapped,
)
from tradewire.venues.binance.streams import Symbols
from tradewire.wire.control import Missed
from tradewire.wire.protocol import Emit

VENUE = "binance"

_trade = msgspec.json.Decoder(Wrapped[TradeMessage]).decode
_aggregate_trade = msgspec.json.Decoder(Wrapped[AggregateTradeMessage]).decode
_book_ticker = msgspec.json.Decoder(Wrapped[BookTickerMessage]).decode
_partial_depth = msgspec.json.Decoder(Wrapped[Depth]).decode
_kline = msgspec.json.Decoder(Wrapped[KlineMessage]).decode
_ticker = msgspec.json.Decoder(Wrapped[TickerMessage]).decode
_tickers = msgspec.json.Decoder(Wrapped[list[TickerMessage]]).decode
_mini_ticker = msgspec.json.Decoder(Wrapped[MiniTickerMessage]).decode
_mini_tickers = msgspec.json.Decoder(Wrapped[list[MiniTickerMessage]]).decode
_average_price = msgspec.json.Decoder(Wrapped[AveragePriceMessage]).decode


@dataclass(frozen=True, slots=True)
class Conversion:
    """What all routes of a connection share.

    Attributes:
        unit: Nanoseconds in one of the venue's time units (milliseconds or microseconds).
        prices: Text to ``Decimal`` above zero.
        amounts: Text to ``Decimal`` from zero on: volumes, and statistics of a market in which nothing was traded.
        symbols: For streams that carry many symbols.
    """

    unit: Nanos
    symbols: Symbols
    prices: DecimalCache = field(default_factory=lambda: DecimalCache(positive_of))
    amounts: DecimalCache = field(default_factory=lambda: DecimalCache(amount_of))


class Route:
    """One subscribed stream.

    Attributes:
        channel: The channel object that every event of this route carries.
        position: Sequence number of the last event emitted, or ``None``.
    """

    __slots__ = ("amounts", "channel", "position", "prices", "symbol", "symbols", "unit")

    def __init__(self, channel: Channel, conversion: Conversion) -> None:
        self.channel = channel
        self.symbol: str = getattr(channel, "symbol", "")
        self.unit = conversion.unit
        self.prices = conversion.prices
        self.amounts = conversion.amounts
        self.symbols = conversion.symbols
        self.position: int | None = None

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Take one frame in its envelope. Raises ``ValueError`` for what cannot be read; nothing has been emitted then."""
        raise NotImplementedError

    def follows(self, number: int, emit: Emit) -> bool:
        """Say whether an event that does not come right after the last one is news, and report what lies between."""
        if self.position is None:
            return True
        if number <= self.position:
            return False
        emit(Missed(self.channel, number - self.position - 1))
        return True


class TradeRoute(Route):
    """``<symbol>@trade``."""

    __slots__ = ()

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Emit ``Trade``; ids are contiguous, so one that was seen is dropped and one that is missing is told."""
        data = _trade(payload).data
        number = data.trade_id
        prices = self.prices
        trade = Trade(
            self.symbol,
            prices[data.price],
            prices[data.quantity],  # above zero, as prices are
            SELL if data.buyer_was_maker else BUY,
            number,
            VENUE,
            data.time * self.unit,
            now,
            self.channel,
        )
        if number - 1 != self.position and not self.follows(number, emit):
            return
        self.position = number
        emit(trade)


class AggregateTradeRoute(Route):
    """``<symbol>@aggTrade``."""

    __slots__ = ()

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Emit ``AggregateTrade``; ids are contiguous, as those of trades."""
        data = _aggregate_trade(payload).data
        number = data.aggregate_id
        prices = self.prices
        trade = AggregateTrade(
            self.symbol,
            prices[data.price],
            prices[data.quantity],  # above zero, as prices are
            SELL if data.buyer_was_maker else BUY,
            number,
            data.first,
            data.last,
            VENUE,
            data.time * self.unit,
            now,
            self.channel,
        )
        if number - 1 != self.position and not self.follows(number, emit):
            return
        self.position = number
        emit(trade)


class QuoteRoute(Route):
    """``<symbol>@bookTicker``.

    Most quotes repeat three of the four texts of the one before: comparing costs less than looking up. A quantity that is
    new seldom comes back, so remembering it would cost more than reading it again.
    """

    __slots__ = ("_data", "_quote")

    def __init__(self, channel: Channel, conversion: Conversion) -> None:
        super().__init__(channel, conversion)
        one = Decimal(1)
        self._data = BookTickerMessage(0, "1", "1", "1", "1")
        self._quote = Quote(self.symbol, one, one, one, one, 0, VENUE, None, 0, channel)

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Emit ``Quote``."""
        data = _book_ticker(payload).data
        prices, last, quote = self.prices, self._data, self._quote
        quote = Quote(
            self.symbol,
            quote.bid if data.bid == last.bid else prices[data.bid],
            quote.bid_quantity if data.bid_quantity == last.bid_quantity else positive_of(data.bid_quantity),
            quote.ask if data.ask == last.ask else prices[data.ask],
            quote.ask_quantity if data.ask_quantity == last.ask_quantity else positive_of(data.ask_quantity),
            data.update_id,
            VENUE,
            None,
            now,
            self.channel,
        )
        self._data, self._quote = data, quote
        self.position = data.update_id
        emit(quote)


class PartialBookRoute(Route):
    """``<symbol>@depth<levels>``: the top of the book, complete each time."""

    __slots__ = ()

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Emit ``BookSnapshot``."""
        data = _partial_depth(payload).data
        picture = BookSnapshot(
            self.symbol, self._levels(data.bids), self._levels(data.asks), data.last_update_id, VENUE, None, now, self.channel
        )
        self.position = data.last_update_id
        emit(picture)

    def _levels(self, pairs: Pairs) -> tuple[tuple[Decimal, Decimal], ...]:
        prices, amounts = self.prices, self.amounts
        return tuple([(prices[price], amounts[quantity]) for price, quantity in pairs])


class CandleRoute(Route):
    """``<symbol>@kline_<interval>``."""

    __slots__ = ("interval",)

    def __init__(self, channel: Candles, conversion: Conversion) -> None:
        super().__init__(channel, conversion)
        self.interval = channel.interval

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Emit ``Candle``."""
        data = _kline(payload).data
        bar, price, amount, unit = data.bar, self.prices, self.amounts, self.unit
        candle = Candle(
            symbol=self.symbol,
            interval=self.interval,
            open_time=bar.open_time * unit,
            close_time=bar.close_time * unit,
            open=price[bar.open],
            high=price[bar.high],
            low=price[bar.low],
            close=price[bar.close],
            volume=amount[bar.volume],
            quote_volume=amount[bar.quote_volume],
            taker_buy_volume=amount[bar.taker_buy_volume],
            trade_count=bar.trade_count,
            closed=bar.closed,
            venue=VENUE,
            venue_time=data.time * unit,
            received=now,
            channel=self.channel,
        )
        emit(candle)


class TickerRoute(Route):
    """``<symbol>@ticker``, ``<symbol>@ticker_<window>``."""

    __slots__ = ("window",)

    def __init__(self, channel: Tickers, conversion: Conversion) -> None:
        super().__init__(channel, conversion)
        self.window = channel.window

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Emit ``Ticker``."""
        emit(self._ticker(_ticker(payload).data, self.symbol, now))

    def _ticker(self, data: TickerMessage, symbol: str, now: Nanos) -> Ticker:
        amount, unit = self.amounts, self.unit
        return Ticker(
            symbol=symbol,
            window=self.window,
            last=amount[data.last],
            last_quantity=None if data.last_quantity is None else amount[data.last_quantity],
            open=amount[data.open],
            high=amount[data.high],
            low=amount[data.low],
            change=decimal_of(data.change),
            change_percent=decimal_of(data.change_percent),
            average=amount[data.average],
            volume=amount[data.volume],
            quote_volume=amount[data.quote_volume],
            trade_count=data.trade_count,
            open_time=data.open_time * unit,
            close_time=data.close_time * unit,
            bid=None if data.bid is None else amount[data.bid],
            bid_quantity=None if data.bid_quantity is None else amount[data.bid_quantity],
            ask=None if data.ask is None else amount[data.ask],
            ask_quantity=None if data.ask_quantity is None else amount[data.ask_quantity],
            venue=VENUE,
            venue_time=data.time * unit,
            received=now,
            channel=self.channel,
        )


class AllTickersRoute(TickerRoute):
    """``!ticker_<window>@arr``: the symbols that changed."""

    __slots__ = ()

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Emit a ``Ticker`` for each."""
        for ticker in [self._ticker(data, self.symbols.unified(data.symbol), now) for data in _tickers(payload).data]:
            emit(ticker)


class MiniTickerRoute(Route):
    """``<symbol>@miniTicker``."""

    __slots__ = ()

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Emit ``MiniTicker``."""
        emit(self._ticker(_mini_ticker(payload).data, self.symbol, now))

    def _ticker(self, data: MiniTickerMessage, symbol: str, now: Nanos) -> MiniTicker:
        amount = self.amounts
        return MiniTicker(
            symbol=symbol,
            close=amount[data.close],
            open=amount[data.open],
            high=amount[data.high],
            low=amount[data.low],
            volume=amount[data.volume],
            quote_volume=amount[data.quote_volume],
            venue=VENUE,
            venue_time=data.time * self.unit,
            received=now,
            channel=self.channel,
        )


class AllMiniTickersRoute(MiniTickerRoute):
    """``!miniTicker@arr``: the symbols that changed."""

    __slots__ = ()

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Emit a ``MiniTicker`` for each."""
        for ticker in [self._ticker(data, self.symbols.unified(data.symbol), now) for data in _mini_tickers(payload).data]:
            emit(ticker)


class AveragePriceRoute(Route):
    """``<symbol>@avgPrice``."""

    __slots__ = ()

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Emit ``AveragePrice``."""
        data = _average_price(payload).data
        price = self.amounts[data.price]
        emit(AveragePrice(self.symbol, data.window, price, VENUE, data.time * self.unit, now, self.channel))


def make_route(channel: Channel, conversion: Conversion) -> Route:
    """Return the route of a resolved ``channel`` (any but ``Book``, whose route needs snapshots).

    Raises:
        Unsupported: The venue has no such channel.
    """
    match channel:
        case Candles():
            return CandleRoute(channel, conversion)
        case Tickers(symbol=symbol):
            return (TickerRoute if symbol else AllTickersRoute)(channel, conversion)
        case MiniTickers(symbol=symbol):
            return (MiniTickerRoute if symbol else AllMiniTickersRoute)(channel, conversion)
    kind = _SIMPLE.get(type(channel))
    if kind is None:
        raise Unsupported(f"binance has no stream for {channel!r}", venue=VENUE)
    return kind(channel, conversion)


_SIMPLE: Mapping[type[Channel], type[Route]] = {
    Trades: TradeRoute,
    AggregateTrades: AggregateTradeRoute,
    Quotes: QuoteRoute,
    PartialBook: PartialBookRoute,
    AveragePrices: AveragePriceRoute,
}
