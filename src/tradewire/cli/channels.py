"""Channels as they are written on the command line: ``trades:BTC/USDT``, ``book.50:BTC/USDT``, ``candles.5m:ETH/USDT``."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from tradewire.errors import ConfigurationError
from tradewire.model.channels import (
    AggregateTrades,
    AveragePrices,
    Balances,
    Book,
    Candles,
    Channel,
    MiniTickers,
    PartialBook,
    Quotes,
    SwapOrders,
    Tickers,
    Trades,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One word that names a channel.

    Attributes:
        make: From subject (a symbol, an order id) and parameter, both possibly empty, to the channel.
        subject: What stands behind the colon, for help texts; empty where nothing does.
        parameter: What may stand behind the dot, for help texts; empty where nothing may.
    """

    make: Callable[[str, str], Channel]
    subject: str = "SYMBOL"
    parameter: str = ""


KINDS: dict[str, Kind] = {
    "trades": Kind(lambda symbol, _: Trades(symbol)),
    "aggtrades": Kind(lambda symbol, _: AggregateTrades(symbol)),
    "quotes": Kind(lambda symbol, _: Quotes(symbol)),
    "book": Kind(lambda symbol, depth: Book(symbol, depth=_number("book", depth, 0)), parameter="DEPTH"),
    "partial": Kind(lambda symbol, levels: PartialBook(symbol, levels=_number("partial", levels, 20)), parameter="LEVELS"),
    "candles": Kind(lambda symbol, interval: Candles(symbol, interval=interval or "1m"), parameter="INTERVAL"),
    "ticker": Kind(lambda symbol, window: Tickers(symbol, window=window or "24h"), parameter="WINDOW"),
    "miniticker": Kind(lambda symbol, _: MiniTickers(symbol), subject="[SYMBOL]"),
    "avgprice": Kind(lambda symbol, _: AveragePrices(symbol)),
    "balances": Kind(lambda _, __: Balances(), subject=""),
    "swap": Kind(lambda order, _: SwapOrders(order), subject="ORDER_ID"),
}


def grammar() -> str:
    """All forms, for help texts."""
    forms = []
    for name, kind in KINDS.items():
        dot = f"[.{kind.parameter}]" if kind.parameter else ""
        colon = f":{kind.subject}" if kind.subject else ""
        forms.append(name + dot + colon)
    return ", ".join(forms)


def parse_channel(text: str) -> Channel:
    """Return the channel that ``text`` names.

    Raises:
        ConfigurationError: With the nearest word, or the form that is expected.
    """
    head, _, subject = text.partition(":")
    name, _, parameter = head.partition(".")
    kind = KINDS.get(name.lower())
    if kind is None:
        near = difflib.get_close_matches(name.lower(), KINDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {grammar()}"
        raise ConfigurationError(f"no channel {name!r}; {hint}")
    if bool(subject) < bool(kind.subject and not kind.subject.startswith("[")):
        raise ConfigurationError(f"{text!r} lacks its {kind.subject.lower().replace('_', ' ')}: write {name}:{_example(kind)}")
    if subject and not kind.subject:
        raise ConfigurationError(f"{name!r} takes nothing behind the colon, not {subject!r}")
    if parameter and not kind.parameter:
        raise ConfigurationError(f"{name!r} takes nothing behind the dot, not {parameter!r}")
    return kind.make(subject, parameter)


def spell(channel: Channel) -> str:
    """Write ``channel`` as the command line does."""
    word = _WORDS[type(channel)]
    subject: str = getattr(channel, "symbol", getattr(channel, "order_id", ""))
    parameter = _parameter(channel)
    return word + (f".{parameter}" if parameter else "") + (f":{subject}" if subject else "")


def _parameter(channel: Channel) -> str:
    match channel:
        case Book(depth=number) | PartialBook(levels=number):
            return str(number or "")
        case Candles(interval=interval):
            return interval
        case Tickers(window=window):
            return "" if window == "24h" else window
    return ""


def _example(kind: Kind) -> str:
    return "BTC/USDT" if kind.subject == "SYMBOL" else kind.subject


def _number(name: str, text: str, default: int) -> int:
    if not text:
        return default
    if not text.isdecimal():
        raise ConfigurationError(f"{name}.{text}: a number of levels is expected behind the dot, for example {name}.20")
    return int(text)


_WORDS: dict[type[Channel], str] = {type(kind.make("", "")): word for word, kind in KINDS.items()}
