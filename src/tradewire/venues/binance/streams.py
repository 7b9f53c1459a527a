"""Channels and stream names, both ways.

A stream is named ``<symbol>@<kind>``, the symbol in lower case and without its slash. Symbols may hold any Unicode letters.
Source: web-socket-streams.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from tradewire.errors import UnknownSymbol, Unsupported
from tradewire.model.channels import (
    AggregateTrades,
    AveragePrices,
    Book,
    Candles,
    Channel,
    MiniTickers,
    PartialBook,
    Quotes,
    Tickers,
    Trades,
)
from tradewire.model.instrument import Instrument

CHANNELS: tuple[type[Channel], ...] = (
    Trades,
    AggregateTrades,
    Quotes,
    Book,
    PartialBook,
    Candles,
    Tickers,
    MiniTickers,
    AveragePrices,
)
INTERVALS = ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M")
WINDOWS = ("24h", "1h", "4h", "1d")
LEVELS = (5, 10, 20)
CADENCES_MS = (100, 1000)
UTC_OFFSETS = ("", "+08:00")
#: The REST snapshot goes no deeper.
MAX_DEPTH = 5000

#: Quote assets, longest first, for splitting a symbol that no instrument explains.
_QUOTES = sorted(
    (
        *("USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD1", "DAI", "BTC", "ETH", "BNB", "XRP", "TRX", "DOGE", "EUR", "TRY", "BRL"),
        *("GBP", "AUD", "JPY", "RUB", "UAH", "NGN", "ZAR", "PLN", "RON", "ARS", "MXN", "CZK", "COP", "IDRT", "USD"),
    ),
    key=len,
    reverse=True,
)


class Symbols:
    """Unified and venue spellings of symbols: by the instruments where they are known, else by rule.

    Args:
        instruments: By venue symbol; may be filled later.
    """

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._instruments = instruments

    def venue(self, symbol: str) -> str:
        """Return ``BTCUSDT`` for ``BTC/USDT``."""
        return symbol.replace("/", "").upper()

    def unified(self, venue_symbol: str) -> str:
        """Return ``BTC/USDT`` for ``BTCUSDT``; where no quote asset is recognised, the venue's own spelling."""
        if known := self._instruments.get(venue_symbol):
            return known.symbol
        for quote in _QUOTES:
            if venue_symbol.endswith(quote) and len(venue_symbol) > len(quote):
                return f"{venue_symbol.removesuffix(quote)}/{quote}"
        return venue_symbol


def resolve(channel: Channel) -> Channel:
    """Return ``channel`` as one stream of the venue.

    Raises:
        Unsupported: There is no such stream; the text names what there is.
        UnknownSymbol: The symbol is not written ``BASE/QUOTE``.
    """
    match channel:
        case Book(depth=depth, interval_ms=cadence):
            cadence = cadence or CADENCES_MS[0]
            _check("book interval (ms)", cadence, CADENCES_MS)
            if not 0 <= depth <= MAX_DEPTH:
                raise Unsupported(f"binance gives at most {MAX_DEPTH} levels a side, not {depth}", venue="binance")
            return Book(_symbol(channel.symbol), 0, cadence)
        case PartialBook(levels=levels, interval_ms=cadence):
            _check("partial book of levels", levels, LEVELS)
            _check("partial book interval (ms)", cadence, CADENCES_MS)
        case Candles(interval=interval, utc_offset=offset):
            _check("candle interval", interval, INTERVALS)
            _check("candle offset", offset, UTC_OFFSETS)
        case Tickers(symbol="", window=window):
            _check("ticker of all symbols with window", window, WINDOWS[1:])
            return channel
        case Tickers(window=window):
            _check("ticker window", window, WINDOWS)
        case MiniTickers(symbol=""):
            return channel
        case Trades() | AggregateTrades() | Quotes() | AveragePrices() | MiniTickers():
            pass
        case _:
            offered = ", ".join(kind.__name__ for kind in CHANNELS)
            raise Unsupported(f"binance has no {type(channel).__name__}; it has {offered}", venue="binance")
    return msgspec.structs.replace(channel, symbol=_symbol(channel.symbol))


def _check(what: str, value: object, legal: Iterable[object]) -> None:
    if value not in legal:
        offered = ", ".join(str(each) if each != "" else "none" for each in legal)
        raise Unsupported(f"binance has no {what} {value}; it has {offered}", venue="binance")


def _symbol(text: str) -> str:
    base, _, quote = text.upper().partition("/")
    if not (base and quote) or "@" in text or "/" in quote:
        raise UnknownSymbol(f"{text!r} is no symbol; write BASE/QUOTE, for example BTC/USDT", venue="binance")
    if ":" in quote:
        raise Unsupported(f"{text!r} is a derivative and this is Binance Spot; write BASE/QUOTE", venue="binance")
    return f"{base}/{quote}"


def stream_name(channel: Channel, symbols: Symbols) -> str:
    """Return the stream that carries a resolved ``channel``: ``btcusdt@depth@100ms``."""
    prefix = symbols.venue(getattr(channel, "symbol", "")).lower()
    suffix = _suffix(channel)
    return f"{prefix}@{suffix}" if prefix else f"!{suffix}@arr"


def _suffix(channel: Channel) -> str:  # noqa: PLR0911 - one line a stream
    match channel:
        case Trades():
            return "trade"
        case AggregateTrades():
            return "aggTrade"
        case Quotes():
            return "bookTicker"
        case AveragePrices():
            return "avgPrice"
        case MiniTickers():
            return "miniTicker"
        case Tickers(window=window):
            return "ticker" if window == "24h" else f"ticker_{window}"
        case Candles(interval=interval, utc_offset=offset):
            return f"kline_{interval}" + (f"@{offset}" if offset else "")
        case PartialBook(levels=levels, interval_ms=cadence):
            return f"depth{levels}" + _speed(cadence)
        case Book(interval_ms=cadence):
            return "depth" + _speed(cadence)
        case _:
            raise Unsupported(f"binance has no stream for {channel!r}", venue="binance")


def _speed(cadence_ms: int) -> str:
    return "@100ms" if cadence_ms == 100 else ""


#: Every stream, with the symbol left out, by what follows the symbol in its name.
_TEMPLATES: Mapping[str, Channel] = {
    _suffix(each): each
    for each in (
        *(Trades(""), AggregateTrades(""), Quotes(""), AveragePrices(""), MiniTickers()),
        *(Tickers("", window) for window in WINDOWS),
        *(Candles("", interval, offset) for interval in INTERVALS for offset in UTC_OFFSETS),
        *(PartialBook("", levels, cadence) for levels in LEVELS for cadence in CADENCES_MS),
        *(Book("", 0, cadence) for cadence in CADENCES_MS),
    )
}


def channel_of(name: str, symbols: Symbols) -> Channel | None:
    """Return the resolved channel that the stream ``name`` carries, or ``None`` for a stream that tradewire does not read."""
    if name.startswith("!"):
        every = _TEMPLATES.get(name[1:].removesuffix("@arr"))
        offered = isinstance(every, MiniTickers) or (isinstance(every, Tickers) and every.window != "24h")
        return every if offered and name.endswith("@arr") else None
    symbol, _, suffix = name.partition("@")
    template = _TEMPLATES.get(suffix)
    if template is None or not symbol:
        return None
    return msgspec.structs.replace(template, symbol=symbols.unified(symbol.upper()))
