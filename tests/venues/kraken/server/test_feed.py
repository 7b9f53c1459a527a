"""Streams begin with their first subscriber and end with their last."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tradewire.model.events import Side
from tradewire.venues.backend import BalanceChange, LevelChange
from tradewire.venues.kraken.server.faults import ServerFaults
from tradewire.venues.kraken.server.feed import Feed
from tradewire.venues.kraken.server.requests import Channel, Subscription
from tradewire.wire.protocol import Frame

if TYPE_CHECKING:
    from tests.venues.kraken.server.conftest import Rig

TRADES = Subscription(Channel.TRADE, "BTC/USD")


class Subscriber:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def deliver(self, frame: Frame) -> None:
        self.frames.append(frame)

    def announce(self) -> None:
        raise NotImplementedError

    def end(self, code: int, reason: str) -> None:
        raise NotImplementedError


@pytest.fixture
def feed(rig: Rig) -> Feed:
    return Feed(rig.exchange, ServerFaults())


def test_subscribers_share_a_stream_that_ends_with_the_last(rig: Rig, feed: Feed) -> None:
    one, two = Subscriber(), Subscriber()
    stream = feed.join(TRADES, one)
    assert feed.join(TRADES, two) is stream
    rig.exchange.trade("1", "1")
    assert feed.next_tick() == rig.now
    feed.tick()
    assert one.frames == two.frames != []
    feed.leave(TRADES, one)
    assert feed.markets["BTC/USD"].listeners == [stream]
    feed.leave(TRADES, two)
    assert feed.markets["BTC/USD"].listeners == []
    assert feed.join(TRADES, one) is not stream


def test_what_is_pending_reaches_those_before_and_not_those_after(rig: Rig, feed: Feed) -> None:
    early, late = Subscriber(), Subscriber()
    feed.join(TRADES, early)
    rig.exchange.trade("1", "1")
    feed.join(TRADES, late)
    assert (len(early.frames), late.frames, feed.next_tick()) == (1, [], None)


def test_only_what_is_traded_is_listed(feed: Feed) -> None:
    assert feed.lists(TRADES)
    assert feed.lists(Subscription(Channel.INSTRUMENT))
    assert not feed.lists(Subscription(Channel.TRADE, "XBT/USD"))
    with pytest.raises(KeyError):
        feed.join(Subscription(Channel.TRADE, "XBT/USD"), Subscriber())


def test_money_is_no_news_of_the_market(rig: Rig, feed: Feed) -> None:
    rig.exchange.tell(BalanceChange("test_1", ("USD",), rig.now))
    assert feed.next_tick() is None


def test_level_changes_reach_the_market(rig: Rig, feed: Feed) -> None:
    top = feed.markets["BTC/USD"].depth.top
    rig.exchange.tell(LevelChange("BTC/USD", 1, Side.SELL, Decimal(3), Decimal(4), rig.now))
    assert top()[1] == (Decimal(3), Decimal(4))
