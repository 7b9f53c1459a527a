"""The weight budget."""

from __future__ import annotations

from tradewire.model.time import MILLISECOND, SECOND
from tradewire.venues.binance.server.limits import WeightBudget
from tradewire.venues.binance.server.options import ServerOptions


def test_the_wait_ends_with_the_clock_minute() -> None:
    budget = WeightBudget(ServerOptions(weight_limit=10))
    now = 1659142907531 * MILLISECOND
    assert budget.spend(10, now)
    assert not budget.spend(1, now)
    assert budget.retry_after(now) == 13
    assert not budget.spend(1, 1659142919999 * MILLISECOND)
    assert budget.spend(1, 1659142920000 * MILLISECOND)


def test_bans_double_up_to_three_days() -> None:
    budget = WeightBudget(ServerOptions(weight_limit=1, ban_after=0, ban_seconds=120))
    now, lengths = 0, []
    for _ in range(14):
        assert not budget.spend(2, now)
        until = budget.banned_until(now)
        assert until is not None
        lengths.append((until - now) // SECOND)
        now = until
        assert budget.banned_until(now) is None
    assert lengths[:3] == [120, 240, 480]
    assert lengths[-2:] == [259_200, 259_200]
