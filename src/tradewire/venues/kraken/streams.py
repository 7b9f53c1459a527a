"""Channels and the venue's subscriptions, both ways. Sources: the pages Book, Trade, Ticker and OHLC of the v2 API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tradewire.errors import UnknownSymbol, Unsupported
from tradewire.model.channels import Book, Candles, Channel, Quotes, Tickers, Trades

VENUE = "kraken"
CHANNELS: tuple[type[Channel], ...] = (Trades, Quotes, Book, Tickers, Candles)
DEPTHS = (10, 25, 100, 500, 1000)
#: Candle intervals and their minutes.
INTERVALS: Mapping[str, int] = {
    "1m": 1,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "4h": 240,
    "1d": 1440,
    "1w": 10080,
    "15d": 21600,
}
#: The names that assets still have in REST and had on WebSocket v1.
_LEGACY = {"XBT": "BTC", "XDG": "DOGE"}
_NAME = re.compile(r"(book|trade|ticker|ohlc)(?:-([0-9]{1,5}))? (\S+)", re.ASCII).fullmatch


class Stream(msgspec.Struct, frozen=True, cache_hash=True):
    """One subscription as the venue keeps it.

    Quotes and tickers are one of them: the venue's ticker carries both, and its messages do not say what triggered them.

    Attributes:
        kind: The venue's name of the channel.
        symbol: ``BASE/QUOTE``.
        number: Depth of a book, minutes of a candle, else 0.
    """

    kind: str
    symbol: str
    number: int = 0

    @property
    def name(self) -> str:
        """How recordings and logs call it: ``book-10 BTC/USD``, ``trade BTC/USD``."""
        return f"{self.kind}-{self.number} {self.symbol}" if self.number else f"{self.kind} {self.symbol}"

    @property
    def options(self) -> Mapping[str, Any]:
        """What stands beside channel and symbols in the ``params`` of a request, both to subscribe and to unsubscribe."""
        match self.kind:
            case "book":
                return {"depth": self.number}
            case "ohlc":
                return {"interval": self.number}
            case "ticker":
                return {"event_trigger": "bbo"}
        return {}

    @property
    def snapshot(self) -> bool:
        """Whether a snapshot is asked for. One of trades or candles would repeat what has been seen before a reconnect."""
        return self.kind in {"book", "ticker"}


def resolve(channel: Channel) -> Channel:
    """Return ``channel`` as the venue has it: a book of the next depth there is.

    Raises:
        Unsupported: There is no such channel; the text names what there is.
        UnknownSymbol: The symbol is not written ``BASE/QUOTE``.
    """
    match channel:
        case Trades() | Quotes():
            pass
        case Book(depth=depth, interval_ms=cadence):
            if cadence:
                raise Unsupported(f"kraken sends every change of a book at once, not every {cadence} ms", venue=VENUE)
            return Book(_symbol(channel.symbol), _depth(depth))
        case Tickers(window=window):
            _check("ticker window", window, ("24h",))
        case Candles(interval=interval, utc_offset=offset):
            _check("candle interval", interval, tuple(INTERVALS))
            _check("candle offset", offset, ("",))
        case _:
            offered = ", ".join(kind.__name__ for kind in CHANNELS)
            raise Unsupported(f"kraken has no {type(channel).__name__}; it has {offered}", venue=VENUE)
    return msgspec.structs.replace(channel, symbol=_symbol(channel.symbol))


def _depth(wanted: int) -> int:
    if not 0 <= wanted <= DEPTHS[-1]:
        raise Unsupported(f"kraken gives at most {DEPTHS[-1]} levels a side, not {wanted}", venue=VENUE)
    return next(depth for depth in DEPTHS if depth >= (wanted or DEPTHS[-1]))


def _check(what: str, value: str, legal: Sequence[str]) -> None:
    if value not in legal:
        offered = ", ".join(each or "none" for each in legal)
        raise Unsupported(f"kraken has no {what} {value}; it has {offered}", venue=VENUE)


def _symbol(text: str) -> str:
    base, _, quote = text.upper().partition("/")
    if not (base and quote) or "/" in quote:
        raise UnknownSymbol(f"{text!r} is no symbol; write BASE/QUOTE, for example BTC/USD", venue=VENUE)
    if ":" in quote:
        raise Unsupported(f"{text!r} is a derivative and this is Kraken Spot; write BASE/QUOTE", venue=VENUE)
    return modern(f"{base}/{quote}")


def modern(pair: str) -> str:
    """Return a pair ``BASE/QUOTE`` with today's names of its assets: ``BTC/USD`` for ``XBT/USD``."""
    return "/".join(_LEGACY.get(asset, asset) for asset in pair.split("/"))


def stream_of(channel: Channel) -> Stream:
    """Return the subscription that carries a resolved ``channel``.

    Raises:
        Unsupported: There is none.
    """
    match channel:
        case Trades(symbol=symbol):
            return Stream("trade", symbol)
        case Quotes(symbol=symbol) | Tickers(symbol=symbol):
            return Stream("ticker", symbol)
        case Book(symbol=symbol, depth=depth):
            return Stream("book", symbol, depth)
        case Candles(symbol=symbol, interval=interval):
            return Stream("ohlc", symbol, INTERVALS[interval])
    raise Unsupported(f"kraken has no stream for {channel!r}", venue=VENUE)


def channels_of(name: str) -> tuple[Channel, ...]:
    """Return the resolved channels that a stream of this name serves; none if there is no such stream."""
    match = _NAME(name)
    if match is None:
        return ()
    kind, digits, symbol = match.groups("0")
    number = int(digits)
    match kind:
        case "trade":
            return (Trades(symbol),)
        case "ticker":
            return (Quotes(symbol), Tickers(symbol))
        case "book":
            return (Book(symbol, number),) if number in DEPTHS else ()
    return tuple(Candles(symbol, interval) for interval, minutes in INTERVALS.items() if minutes == number)
