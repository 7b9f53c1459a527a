"""The table from channels to targets."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from tradewire import BUY, Gap, Trade, Trades
from tradewire.engine.sinks import Sinks, Target, own_error
from tradewire.model.channels import DIAGNOSTICS, Channel

BTC = Trades("BTC/USDT")
EVENT = Trade("BTC/USDT", Decimal(1), Decimal(1), BUY, 1, venue="toy", venue_time=None, received=0, channel=BTC)


def test_every_target_gets_the_event_in_order_of_addition() -> None:
    sinks, seen = Sinks(), list[str]()
    sinks.add(BTC, lambda event: seen.append("first"))
    sinks.add(BTC, lambda event: seen.append("second"))
    assert sinks.publish(EVENT)
    assert seen == ["first", "second"]
    assert sinks.count(BTC) == 1


def test_an_event_that_nobody_wants_is_told() -> None:
    sinks = Sinks()
    assert not sinks.publish(EVENT)
    assert sinks.count(BTC) == 0


def test_a_target_added_twice_is_removed_once() -> None:
    sinks, seen = Sinks(), list[object]()
    sinks.add(BTC, seen.append)
    sinks.add(BTC, seen.append)
    assert sinks.remove(BTC, seen.append)
    sinks.publish(EVENT)
    assert seen == [EVENT]
    assert sinks.remove(BTC, seen.append)
    assert not sinks.remove(BTC, seen.append)
    sinks.forget(BTC)
    assert BTC not in sinks.table


def test_the_last_event_of_a_channel_is_remembered_as_long_as_it_is_wanted() -> None:
    sinks = Sinks()
    sinks.add(BTC, print)
    assert sinks.latest(BTC) is None
    sinks.publish(EVENT)
    assert sinks.latest(BTC) is EVENT
    sinks.remove(BTC, print)
    sinks.forget(BTC)
    assert sinks.latest(BTC) is None


def test_forgetting_spares_channels_that_are_wanted() -> None:
    sinks = Sinks()
    sinks.add(BTC, print)
    sinks.forget(BTC)
    assert BTC in sinks.table


def test_a_target_that_raises_does_not_keep_the_others_from_the_event() -> None:
    sinks, seen, failures = Sinks(), list[object](), list[tuple[Channel, str]]()

    def broken(event: object) -> None:
        raise ValueError("mine")

    def failed(channel: Channel, target: Target, error: BaseException) -> None:
        assert target is broken
        failures.append((channel, str(error)))

    sinks.on_failure = failed
    sinks.add(BTC, broken)
    sinks.add(BTC, seen.append)
    sinks.publish(EVENT)
    assert failures == [(BTC, "mine")]
    assert seen == [EVENT]


def test_a_cancelled_error_of_a_target_is_an_error_like_any_other() -> None:
    sinks, seen, failures = Sinks(), list[object](), list[BaseException]()

    def broken(event: object) -> None:
        raise asyncio.CancelledError("mine")

    sinks.on_failure = lambda channel, target, error: failures.append(error)
    sinks.add(BTC, broken)
    sinks.add(BTC, seen.append)
    sinks.publish(EVENT)
    assert (seen, len(failures)) == ([EVENT], 1)
    own = own_error(failures[0])
    assert isinstance(own, RuntimeError)
    assert own.__cause__ is failures[0]
    assert own_error(own) is own


def test_one_target_of_two_handles_is_told_apart_by_its_notice() -> None:
    sinks, seen, first, second = Sinks(), list[object](), list[object](), list[object]()
    sinks.add(BTC, seen.append, first.append)
    sinks.add(BTC, seen.append, second.append)
    assert sinks.remove(BTC, seen.append, first.append)
    assert not sinks.remove(BTC, seen.append, first.append)
    sinks.publish(EVENT)
    assert seen == [EVENT]


def test_without_a_failure_handler_errors_are_not_swallowed() -> None:
    sinks = Sinks()
    sinks.add(BTC, lambda event: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sinks.publish(EVENT)


def test_notices_reach_those_who_asked_for_them_and_the_diagnostics_only() -> None:
    sinks, data, notices, diagnostics = Sinks(), list[object](), list[object](), list[object]()
    gap = Gap("BTC/USDT", "cut", None, None, healed=False, venue="toy", received=0, channel=BTC)
    sinks.notify(gap)
    sinks.add(BTC, data.append, notices.append)
    sinks.add(DIAGNOSTICS, diagnostics.append)
    sinks.notify(gap)
    assert (data, notices, diagnostics) == ([], [gap], [gap])
    assert sinks.count(BTC) == 0, "a notice is no data"
    sinks.remove(BTC, data.append, notices.append)
    sinks.notify(gap)
    assert notices == [gap]
