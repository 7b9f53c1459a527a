"""Channels as they are written on the command line."""

from __future__ import annotations

import pytest

from tradewire import (
    AggregateTrades,
    AveragePrices,
    Balances,
    Book,
    Candles,
    ConfigurationError,
    MiniTickers,
    PartialBook,
    Quotes,
    SwapOrders,
    Tickers,
    Trades,
)
from tradewire.cli.channels import KINDS, grammar, parse_channel, spell
from tradewire.model.channels import Channel

WRITTEN: dict[str, Channel] = {
    "trades:BTC/USDT": Trades("BTC/USDT"),
    "aggtrades:BTC/USDT": AggregateTrades("BTC/USDT"),
    "quotes:BTC/USDT": Quotes("BTC/USDT"),
    "book:BTC/USDT": Book("BTC/USDT"),
    "book.50:BTC/USDT": Book("BTC/USDT", depth=50),
    "partial.5:BTC/USDT": PartialBook("BTC/USDT", levels=5),
    "candles.5m:BTC/USDT": Candles("BTC/USDT", interval="5m"),
    "ticker:BTC/USDT": Tickers("BTC/USDT"),
    "ticker.1h:BTC/USDT": Tickers("BTC/USDT", window="1h"),
    "miniticker": MiniTickers(),
    "miniticker:BTC/USDT": MiniTickers("BTC/USDT"),
    "avgprice:BTC/USDT": AveragePrices("BTC/USDT"),
    "balances": Balances(),
    "swap:ord_1": SwapOrders("ord_1"),
}


@pytest.mark.parametrize(("text", "channel"), WRITTEN.items())
def test_what_is_written_is_what_is_meant_and_back(text: str, channel: Channel) -> None:
    assert parse_channel(text) == channel
    assert spell(channel) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("trade:BTC/USDT", "no channel 'trade'; did you mean 'trades'"),
        ("zzz:BTC/USDT", "there are: trades:SYMBOL"),
        ("trades", "lacks its symbol: write trades:BTC/USDT"),
        ("swap", "lacks its order id"),
        ("balances:USDT", "takes nothing behind the colon"),
        ("trades.5:BTC/USDT", "takes nothing behind the dot"),
        ("book.ten:BTC/USDT", "number of levels"),
    ],
)
def test_what_is_wrong_is_answered_with_what_is_right(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        parse_channel(text)


def test_the_grammar_names_every_word() -> None:
    assert all(name in grammar() for name in KINDS)
