"""Queues: what each policy keeps, and that nothing is lost without a word."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire import (
    BUY,
    Balances,
    Book,
    ConfigurationError,
    Gap,
    Overflow,
    QueuePolicy,
    Quote,
    Quotes,
    SlowConsumer,
    Trade,
    Trades,
)
from tradewire.engine.queues import EventQueue, checked_policy, default_policy
from tradewire.model.channels import Channel

BTC, QUOTES = Trades("BTC/USDT"), Quotes("BTC/USDT")


def trade(number: int, channel: Channel = BTC) -> Trade:
    return Trade("BTC/USDT", Decimal(1), Decimal(1), BUY, number, venue="toy", venue_time=None, received=0, channel=channel)


def quote(number: int) -> Quote:
    one = Decimal(1)
    return Quote("BTC/USDT", one, one, one, one, number, venue="toy", venue_time=None, received=0, channel=QUOTES)


def new_queue(policy: QueuePolicy, *channels: Channel) -> tuple[EventQueue, list[None]]:
    drops: list[None] = []
    queue = EventQueue("toy", lambda: 42, lambda: drops.append(None))
    for channel in channels:
        queue.add(channel, policy)
    return queue, drops


def drain(queue: EventQueue) -> list[object]:
    async def reading() -> list[object]:
        queue.end()
        items: list[object] = []
        while True:
            try:
                items.append(await queue.get())
            except StopAsyncIteration:
                return items

    return asyncio.run(reading())


def test_conflation_keeps_the_newest_of_each_channel_in_the_place_of_the_first() -> None:
    queue, drops = new_queue(QueuePolicy(Overflow.CONFLATE), QUOTES)
    for number in range(5):
        queue.put(quote(number))
    assert [event.update_id for event in drain(queue) if isinstance(event, Quote)] == [4]
    assert drops == []


def test_conflation_never_swallows_a_gap() -> None:
    queue, _ = new_queue(QueuePolicy(Overflow.CONFLATE), QUOTES)
    gap = Gap("BTC/USDT", "cut", None, None, healed=False, venue="toy", received=0, channel=QUOTES)
    for event in (quote(1), gap, quote(2)):
        queue.put(event)
    kinds = [type(event) for event in drain(queue)]
    assert Gap in kinds


@given(st.integers(1, 5), st.integers(0, 20))
def test_dropping_the_oldest_is_counted_and_announced(size: int, count: int) -> None:
    queue, drops = new_queue(QueuePolicy(Overflow.DROP_OLDEST, size), BTC)
    for number in range(count):
        queue.put(trade(number))
    events = drain(queue)
    kept = [event.trade_id for event in events if isinstance(event, Trade)]
    gaps = [event for event in events if isinstance(event, Gap)]
    assert kept == list(range(max(0, count - size), count))
    assert sum(gap.missed or 0 for gap in gaps) == len(drops) == max(0, count - size)
    if gaps:
        assert events[0] is gaps[0], "the loss is told before what follows it"


def test_fail_hands_out_what_it_holds_and_then_raises() -> None:
    async def scenario() -> None:
        queue, _ = new_queue(QueuePolicy(Overflow.FAIL, 1), BTC)
        queue.put(trade(1))
        queue.put(trade(2))
        assert isinstance(await queue.get(), Trade)
        await queue.get()
        with pytest.raises(SlowConsumer, match="more than 1 events"):
            await queue.get()

    asyncio.run(scenario())


def test_an_unbounded_queue_keeps_everything_and_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    queue, drops = new_queue(QueuePolicy(Overflow.UNBOUNDED, 3), BTC)
    for number in range(10):
        queue.put(trade(number))
    assert len(drain(queue)) == 10
    assert drops == []
    assert len([record for record in caplog.records if "slow consumer" in record.message]) == 1


def test_getting_waits_for_the_next_event() -> None:
    async def scenario() -> None:
        queue, _ = new_queue(QueuePolicy(Overflow.DROP_OLDEST), BTC)
        getting = asyncio.ensure_future(queue.get())
        await asyncio.sleep(0)
        assert not getting.done()
        queue.put(trade(1))
        assert (await getting).channel is BTC
        assert len(queue) == 0

    asyncio.run(scenario())


def test_defaults_fit_the_channel() -> None:
    assert default_policy(BTC).overflow is Overflow.DROP_OLDEST
    assert default_policy(Book("BTC/USDT")).overflow is Overflow.CONFLATE
    assert default_policy(Balances()).overflow is Overflow.UNBOUNDED


@pytest.mark.parametrize("overflow", [Overflow.CONFLATE, Overflow.DROP_OLDEST])
def test_account_data_is_never_dropped(overflow: Overflow) -> None:
    with pytest.raises(ConfigurationError, match="account data"):
        checked_policy(Balances(), QueuePolicy(overflow))
    with pytest.raises(ConfigurationError, match="at least 1"):
        QueuePolicy(overflow, 0)
