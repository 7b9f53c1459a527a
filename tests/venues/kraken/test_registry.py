"""Who listens to what."""

from __future__ import annotations

import pytest

from tradewire.errors import SubscriptionRefused, Unsupported
from tradewire.model.channels import Balances, Book, Candles, Channel, Quotes, Tickers, Trades
from tradewire.venues.kraken.registry import Registry


def test_quotes_and_tickers_ride_together() -> None:
    registry = Registry()
    quotes, first = registry.board(Quotes("A/B"))
    tickers, second = registry.board(Tickers("A/B"))
    assert (first, second) == (True, False)
    assert quotes is tickers
    assert quotes.channels == (Quotes("A/B"), Tickers("A/B"))
    assert registry.of(Tickers("A/B")) is quotes
    quotes.remove(Tickers("A/B"))
    assert registry.of(Tickers("A/B")) is None


@pytest.mark.parametrize("channel", [Trades("A/B"), Quotes("A/B"), Book("A/B", 10), Candles("A/B", "5m")])
def test_who_has_left_is_not_found_but_no_surprise(channel: Channel) -> None:
    registry = Registry()
    feed, _ = registry.board(channel)
    tables = (registry.trades, registry.tickers, registry.books, registry.candles)
    assert registry.holds(feed)
    assert [feed in table.values() for table in tables].count(True) == 1
    registry.leave(feed)
    assert not registry.holds(feed)
    assert not any(tables)
    registry.missed(feed.stream.kind, "A/B")
    with pytest.raises(ValueError, match="was not subscribed"):
        registry.missed(feed.stream.kind, "C/D")
    again, fresh = registry.board(channel)
    assert fresh
    assert again is not feed
    assert not registry.holds(feed)


def test_candles_of_several_intervals_are_several_feeds() -> None:
    registry = Registry()
    registry.board(Candles("A/B", "1m"))
    registry.board(Candles("A/B", "5m"))
    assert set(registry.candles) == {("A/B", 1), ("A/B", 5)}


def test_a_symbol_has_one_book() -> None:
    registry = Registry()
    registry.board(Book("A/B", 10))
    with pytest.raises(SubscriptionRefused, match="A/B has 10 levels"):
        registry.board(Book("A/B", 25))
    assert registry.of(Book("A/B", 25)) is None
    registry.board(Book("C/D", 25))


def test_other_channels_have_no_feed() -> None:
    with pytest.raises(Unsupported):
        Registry().board(Balances())
