"""The candle streams."""

from __future__ import annotations

from copy import copy
from itertools import takewhile

from tradewire.model.rollup import Bar
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.binance.server.faults import ServerFaults
from tradewire.venues.binance.server.market import Market
from tradewire.venues.binance.server.names import StreamName
from tradewire.venues.binance.server.payloads import BarPayload, CandlePayload, text
from tradewire.venues.binance.server.streams import MarketStream


class CandleStream(MarketStream):
    """``<symbol>@kline_<interval>``: the running bar when something traded, and each bar once more when it is final."""

    def __init__(self, name: StreamName, faults: ServerFaults, market: Market) -> None:
        super().__init__(name, faults, market)
        self.period = SECOND if name.interval == "1s" else 2 * SECOND
        self._interval = name.interval
        self._candles = market.candles(name.interval, name.offset)
        self._final_until: Nanos | None = None
        self._sent: tuple[Nanos, int] | None = None

    def joined(self, now: Nanos) -> None:
        """A newcomer has no picture of the running bar yet, and does not care for earlier ones."""
        self._candles.roll(now)
        self._sent = None
        if self._final_until is None:
            self._final_until = self._candles.current.start if self._candles.current else now

    def flush(self, now: Nanos) -> None:
        """Send what is final and what has changed."""
        self._candles.roll(now)
        for bar in self._newly_final():
            self._send(bar, now, closed=True)
            self._final_until = bar.end
        current = self._candles.current
        if current and (self._sent is None or (current.count and self._sent != (current.start, current.count))):
            self._sent = current.start, current.count
            self._send(current, now, closed=False)

    def _newly_final(self) -> list[Bar]:
        until = self._final_until or 0
        fresh = takewhile(lambda bar: bar.end > until, reversed(self._candles.finished))
        return list(fresh)[::-1]

    def _send(self, bar: Bar, now: Nanos, *, closed: bool) -> None:
        bar = copy(bar)  # the running one goes on
        self.publish(lambda unit: _candle_payload(bar, self._symbol, self._interval, now, unit, closed=closed))


def _candle_payload(bar: Bar, symbol: str, interval: str, now: Nanos, unit: int, *, closed: bool) -> CandlePayload:
    return CandlePayload(
        event_time=now // unit,
        symbol=symbol,
        bar=BarPayload(
            open_time=bar.start // unit,
            close_time=bar.end // unit - 1,
            symbol=symbol,
            interval=interval,
            first=bar.first,
            last=bar.last,
            open=text(bar.open),
            close=text(bar.close),
            high=text(bar.high),
            low=text(bar.low),
            volume=text(bar.volume),
            count=bar.count,
            closed=closed,
            quote_volume=text(bar.quote_volume),
            taker_volume=text(bar.taker_volume),
            taker_quote_volume=text(bar.taker_quote_volume),
        ),
    )
