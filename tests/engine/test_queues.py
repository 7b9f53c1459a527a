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
    Stale,
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


def notice(number: int) -> Stale:
    return Stale("BTC/USDT", f"silent {number}", 1.0, venue="toy", received=0, channel=QUOTES)


def test_conflation_never_swallows_a_gap_nor_lets_newer_data_overtake_it() -> None:
    queue, _ = new_queue(QueuePolicy(Overflow.CONFLATE), QUOTES)
    gap = Gap("BTC/USDT", "cut", None, None, healed=False, venue="toy", received=0, channel=QUOTES)
    events = (quote(1), gap, quote(2), quote(3))
    for event in events:
        queue.put(event)
    assert drain(queue) == [gap, events[3]]


def test_notices_among_conflated_data_are_bounded_too() -> None:
    queue, drops = new_queue(QueuePolicy(Overflow.CONFLATE, 2), QUOTES)
    for number in range(50):
        queue.put(notice(number))
        queue.put(quote(number))
    events = drain(queue)
    assert [event.reason for event in events if isinstance(event, Stale)] == ["silent 48", "silent 49"]
    assert [event.update_id for event in events if isinstance(event, Quote)] == [49]
    assert len(drops) == 48


def test_a_burst_on_one_channel_costs_another_nothing() -> None:
    orders = Balances()
    queue, drops = new_queue(QueuePolicy(Overflow.DROP_OLDEST, 3), BTC)
    queue.add(QUOTES, QueuePolicy(Overflow.CONFLATE, 3))
    queue.add(orders, QueuePolicy(Overflow.UNBOUNDED, 3))
    account = [trade(number, orders) for number in range(5)]
    queue.put(quote(1))
    for event in account:
        queue.put(event)
    for number in range(10):
        queue.put(trade(number))
    queue.put(quote(2))

    async def scenario() -> list[object]:
        first = [await queue.get() for _ in range(len(queue) + 1)]
        queue.put(quote(3))
        return [*first, await queue.get()]

    events = asyncio.run(scenario())
    assert [event.update_id for event in events if isinstance(event, Quote)] == [2, 3], "quotes go on after the burst"
    assert [event for event in events if isinstance(event, Trade) and event.channel == orders] == account
    assert [event.trade_id for event in events if isinstance(event, Trade) and event.channel == BTC] == [7, 8, 9]
    gap = next(event for event in events if isinstance(event, Gap))
    assert (gap.channel, gap.missed, len(drops)) == (BTC, 7, 7)
    assert events[events.index(gap) + 1] == trade(7), "told once, before what follows it"


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
        with pytest.raises(SlowConsumer, match="more than 1 events"):
            await queue.get()

    asyncio.run(scenario())


def test_what_has_failed_takes_no_more_and_says_so_once() -> None:
    queue, _ = new_queue(QueuePolicy(Overflow.FAIL, 2), BTC)
    overflows: list[None] = []
    queue.on_overflow = lambda: overflows.append(None)
    for number in range(10):
        queue.put(trade(number))
    queue.fail(ZeroDivisionError("too late"))
    assert (len(queue), len(overflows)) == (2, 1)


def test_a_second_reader_is_refused_rather_than_forgotten() -> None:
    async def scenario() -> None:
        queue, _ = new_queue(QueuePolicy(Overflow.DROP_OLDEST), BTC)
        first = asyncio.ensure_future(queue.get())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="another task is reading"):
            await queue.get()
        queue.put(trade(1))
        assert (await first).channel is BTC

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
