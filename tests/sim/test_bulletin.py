"""Every listener hears everything once and in order, whatever listeners do."""

from __future__ import annotations

import pytest

from tradewire.sim.bulletin import Bulletin
from tradewire.venues.backend import BalanceChange, MarketEvent


def event(name: str) -> BalanceChange:
    return BalanceChange(name, (), 0)


def names(events: list[MarketEvent]) -> list[str]:
    return [each.account for each in events if isinstance(each, BalanceChange)]


def test_events_wait_for_delivery() -> None:
    bulletin, heard = Bulletin(), list[MarketEvent]()
    bulletin.listen(heard.append)
    bulletin.post(event("a"))
    assert not heard
    bulletin.deliver()
    assert names(heard) == ["a"]


def test_what_a_listener_causes_comes_after_what_it_hears() -> None:
    bulletin, heard = Bulletin(), list[MarketEvent]()

    def answer(cause: MarketEvent) -> None:
        if cause == event("a"):
            bulletin.post(event("answer"))
            bulletin.deliver()

    bulletin.listen(answer)
    bulletin.listen(heard.append)
    bulletin.post(event("a"))
    bulletin.post(event("b"))
    bulletin.deliver()
    assert names(heard) == ["a", "b", "answer"]


def test_a_listener_that_raises_is_heard_and_delivery_goes_on_next_time() -> None:
    bulletin, heard = Bulletin(), list[MarketEvent]()

    def fail(cause: MarketEvent) -> None:
        if cause == event("a"):
            raise RuntimeError("broken listener")

    bulletin.listen(fail)
    bulletin.listen(heard.append)
    bulletin.post(event("a"))
    bulletin.post(event("b"))
    with pytest.raises(RuntimeError, match="broken listener"):
        bulletin.deliver()
    bulletin.deliver()
    assert names(heard) == ["b"]
