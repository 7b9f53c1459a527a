"""The streams of rolling figures: tickers and average prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tradewire.model.rollup import DAY, HOUR, MINUTE, Summary
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.backend import Level
from tradewire.venues.binance.server.faults import ServerFaults
from tradewire.venues.binance.server.market import Market
from tradewire.venues.binance.server.messages import Build
from tradewire.venues.binance.server.names import Kind, StreamName
from tradewire.venues.binance.server.payloads import (
    AveragePricePayload,
    MiniTickerPayload,
    TickerPayload,
    WindowTickerPayload,
    text,
)
from tradewire.venues.binance.server.streams import MarketStream, Stream

#: Windows of ticker streams; ``""`` is the rolling day of the plain ticker.
WINDOWS = {"": DAY, "1h": HOUR, "4h": 4 * HOUR, "1d": DAY}
#: Of the average price.
AVERAGE_WINDOW = 5 * MINUTE


class AveragePriceStream(MarketStream):
    """``<symbol>@avgPrice``: once a second, when it changed."""

    period = SECOND

    def __init__(self, name: StreamName, faults: ServerFaults, market: Market) -> None:
        super().__init__(name, faults, market)
        self._rolling = market.rolling(AVERAGE_WINDOW)
        self._sent: tuple[Decimal, Nanos] | None = None

    def joined(self, now: Nanos) -> None:
        """A newcomer has no picture yet."""
        self._sent = None

    def flush(self, now: Nanos) -> None:
        """Send the average."""
        summary = self._rolling.read(now)
        average, time = summary.average, summary.last_time
        if time and (average, time) != self._sent:
            self._sent = average, time
            self.publish(
                lambda unit: AveragePricePayload(
                    event_time=now // unit, symbol=self._symbol, average=text(average), time=time // unit
                )
            )


class TickerStream(Stream):
    """``<symbol>@ticker``, ``@ticker_<window>`` and ``@miniTicker``: once a second, when anything in it changed.

    The forms for all markets (``!miniTicker@arr``, ``!ticker_<window>@arr``) are arrays of those that changed.
    """

    period = SECOND

    def __init__(self, name: StreamName, faults: ServerFaults, markets: Iterable[Market]) -> None:
        super().__init__(name.text, faults)
        self._is_array = not name.symbol
        self._tickers = [Ticker(name, market) for market in markets]

    def joined(self, now: Nanos) -> None:
        """A newcomer has no picture yet."""
        for ticker in self._tickers:
            ticker.forget()

    def flush(self, now: Nanos) -> None:
        """Send what changed."""
        changed = [build for ticker in self._tickers if (build := ticker.changed(now))]
        if self._is_array and changed:
            self.publish(lambda unit: [build(unit) for build in changed])
        elif changed:
            self.publish(changed[0])


class Ticker:
    """One market's figures in the form that a ticker stream asks for."""

    def __init__(self, name: StreamName, market: Market) -> None:
        self._market = market
        self._window = name.window
        self._is_mini = name.kind is Kind.MINI_TICKER
        self._rolling = market.rolling(WINDOWS[name.window])
        self._sent: tuple[object, ...] | None = None

    def forget(self) -> None:
        """Make the figures news again."""
        self._sent = None

    def changed(self, now: Nanos) -> Build | None:
        """Return what builds the payload, or ``None`` if there is nothing new (or never was a trade)."""
        summary = self._rolling.read(now)
        top = None if self._is_mini or self._window else self._market.top()
        if not summary.last_time or self._sent == (summary, top):
            return None
        self._sent = summary, top
        symbol, window, start = self._market.symbol, self._window, self._rolling.start(now)
        if self._is_mini:
            return lambda unit: _mini_ticker(summary, symbol, now, unit)
        if top:
            return lambda unit: _ticker(summary, symbol, top, now, unit)
        return lambda unit: _window_ticker(summary, symbol, window, (start, now), unit)


def _mini_ticker(summary: Summary, symbol: str, now: Nanos, unit: int) -> MiniTickerPayload:
    return MiniTickerPayload(
        event_time=now // unit,
        symbol=symbol,
        close=text(summary.last),
        open=text(summary.open),
        high=text(summary.high),
        low=text(summary.low),
        volume=text(summary.volume),
        quote_volume=text(summary.quote_volume),
    )


def _ticker(summary: Summary, symbol: str, top: tuple[Level, Level], now: Nanos, unit: int) -> TickerPayload:
    (bid, bid_quantity), (ask, ask_quantity) = top
    return TickerPayload(
        **_figures(summary),
        event_time=now // unit,
        symbol=symbol,
        previous_close=text(summary.previous_close),
        last_quantity=text(summary.last_quantity),
        bid=text(bid),
        bid_quantity=text(bid_quantity),
        ask=text(ask),
        ask_quantity=text(ask_quantity),
        open_time=(now - DAY) // unit,
        close_time=now // unit,
    )


def _window_ticker(summary: Summary, symbol: str, window: str, span: tuple[Nanos, Nanos], unit: int) -> WindowTickerPayload:
    """``span`` is what is counted: it begins at a full minute."""
    start, now = span
    return WindowTickerPayload(
        **_figures(summary),
        event=f"{window}Ticker",
        event_time=now // unit,
        symbol=symbol,
        open_time=start // unit,
        close_time=now // unit,
    )


def _figures(summary: Summary) -> dict[str, Any]:
    """What both forms of the ticker have in common."""
    return {
        "change": text(summary.change),
        "change_percent": f"{summary.change_percent:.3f}",
        "average": text(summary.average),
        "open": text(summary.open),
        "high": text(summary.high),
        "low": text(summary.low),
        "last": text(summary.last),
        "volume": text(summary.volume),
        "quote_volume": text(summary.quote_volume),
        "first": summary.first,
        "last_id": summary.last_id,
        "count": summary.count,
    }
