"""Who waits for which acknowledgement."""

from __future__ import annotations

import asyncio

import pytest
from toy_venue import BTC, ETH, SOL

from tradewire import NotConnected, RateLimited, RequestTimeout, SubscriptionRefused, SubscriptionState
from tradewire.engine.acknowledgements import Acknowledgements
from tradewire.wire.control import Confirmed, Denied, Withdrawn
from tradewire.wire.subscriptions import Ledger


def test_a_confirmation_wakes_everybody_who_waits_for_the_channel() -> None:
    async def scenario() -> None:
        ledger = Ledger()
        ledger.want(BTC)
        table = Acknowledgements("toy", ledger)
        one, two, other = table.joining(BTC), table.joining(BTC), table.joining(ETH)
        table.confirmed(Confirmed((BTC,)))
        await one
        await two
        assert not other.done()
        assert ledger.state(BTC) is SubscriptionState.CONFIRMED

    asyncio.run(scenario())


def test_a_refusal_ends_the_wish_and_silence_does_not() -> None:
    async def scenario() -> None:
        ledger = Ledger()
        for channel in (BTC, ETH):
            ledger.want(channel)
        table = Acknowledgements("toy", ledger)
        ledger.want(SOL)
        refused, unheard, later = table.joining(BTC), table.joining(ETH), table.joining(SOL)
        table.denied(Denied((BTC,), SubscriptionRefused("no")))
        table.denied(Denied((ETH,), RequestTimeout("nothing")))
        table.denied(Denied((SOL,), RateLimited("not now")))
        with pytest.raises(SubscriptionRefused):
            await refused
        with pytest.raises(RequestTimeout):
            await unheard
        with pytest.raises(RateLimited):
            await later
        assert ledger.replay() == (ETH, SOL)

    asyncio.run(scenario())


def test_a_lost_connection_frees_those_who_leave_and_keeps_those_who_join() -> None:
    async def scenario() -> None:
        table = Acknowledgements("toy", Ledger())
        leaving, joining = table.leaving(BTC), table.joining(BTC)
        table.lost()
        await leaving
        assert not joining.done()
        table.give_up(NotConnected("over"))
        with pytest.raises(NotConnected):
            await joining

    asyncio.run(scenario())


def test_whoever_has_stopped_waiting_is_not_woken() -> None:
    async def scenario() -> None:
        table = Acknowledgements("toy", Ledger())
        gone = table.leaving(BTC)
        gone.cancel()
        table.withdrawn(Withdrawn((BTC,)))
        assert gone.cancelled()

    asyncio.run(scenario())
