"""Channels are spread over connections within the limit, each on exactly one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.errors import ConfigurationError
from tradewire.model.channels import Channel, Trades
from tradewire.wire.plan import Plan

CHANNELS: list[Channel] = [Trades(f"C{number}/USDT") for number in range(30)]


@given(st.integers(1, 7), st.lists(st.tuples(st.booleans(), st.sampled_from(CHANNELS)), max_size=120))
def test_no_shard_is_overfull_and_no_channel_is_on_two(limit: int, steps: list[tuple[bool, Channel]]) -> None:
    plan = Plan(limit)
    wanted: dict[Channel, int] = {}
    for assign, channel in steps:
        if assign:
            room = [shard for shard in range(len(CHANNELS)) if len(plan.channels(shard)) < limit]
            shard = plan.assign(channel)
            assert shard == wanted.get(channel, room[0])
            wanted[channel] = shard
        else:
            assert plan.release(channel) == wanted.pop(channel, None)
        carried = [(channel, shard) for shard in plan.shards for channel in plan.channels(shard)]
        assert len(carried) == len(wanted)
        assert dict(carried) == wanted
        assert all(plan.shard_of(channel) == wanted.get(channel) for channel in CHANNELS)
        assert all(1 <= len(plan.channels(shard)) <= limit for shard in plan.shards)


def test_without_a_limit_one_connection_carries_all() -> None:
    plan = Plan(None)
    assert {plan.assign(channel) for channel in CHANNELS} == {0}
    assert plan.channels(0) == tuple(CHANNELS)


def test_room_that_becomes_free_is_used_first() -> None:
    plan = Plan(2)
    for channel in CHANNELS[:5]:
        plan.assign(channel)
    assert plan.shards == (0, 1, 2)
    plan.release(CHANNELS[0])
    assert plan.assign(CHANNELS[5]) == 0
    assert plan.channels(0) == (CHANNELS[1], CHANNELS[5])


def test_an_emptied_shard_is_not_listed() -> None:
    plan = Plan(1)
    plan.assign(CHANNELS[0])
    plan.assign(CHANNELS[1])
    plan.release(CHANNELS[0])
    assert plan.shards == (1,)
    assert plan.channels(0) == plan.channels(9) == plan.channels(-1) == ()


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        Plan(0)
