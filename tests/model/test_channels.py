"""Channels are values: equal ones are the same subscription."""

import pytest

from tradewire.model import channels
from tradewire.model.channels import (
    CONTROL,
    DIAGNOSTICS,
    Balances,
    Book,
    Candles,
    Channel,
    MiniTickers,
    SwapOrders,
    Tickers,
    Trades,
)

SAMPLES: list[Channel] = [
    Trades("BTC/USDT"),
    channels.AggregateTrades("BTC/USDT"),
    channels.Quotes("BTC/USDT"),
    Book("BTC/USDT"),
    channels.PartialBook("BTC/USDT"),
    Candles("BTC/USDT"),
    Tickers("BTC/USDT"),
    MiniTickers(),
    channels.AveragePrices("BTC/USDT"),
    Balances(),
    SwapOrders("ord_1"),
    DIAGNOSTICS,
    CONTROL,
]


def test_equal_channels_are_one_key() -> None:
    assert {Book("BTC/USDT", depth=0): 1}[Book(symbol="BTC/USDT")] == 1
    assert Candles("BTC/USDT", "1m") != Candles("BTC/USDT", "1M")
    assert Trades("BTC/USDT") != Trades("BTC/USDT:USDT")


def test_channels_of_different_kinds_are_never_equal() -> None:
    assert len(set(SAMPLES)) == len(SAMPLES)
    assert Balances() != Channel()


@pytest.mark.parametrize("channel", SAMPLES, ids=lambda channel: type(channel).__name__)
def test_only_account_channels_are_private(channel: Channel) -> None:
    assert channel.private is isinstance(channel, Balances | SwapOrders)


@pytest.mark.parametrize("channel", SAMPLES, ids=lambda channel: type(channel).__name__)
def test_channels_are_frozen(channel: Channel) -> None:
    for field in channel.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(channel, field, "x")
    assert type(channel).__struct_config__.frozen


def test_every_public_channel_class_is_sampled() -> None:
    public = {thing for name, thing in vars(channels).items() if isinstance(thing, type) and issubclass(thing, Channel)}
    abstract = {Channel, channels.ChannelOf, channels.MarketChannel}
    assert public - abstract == {type(sample) for sample in SAMPLES}
