"""Aggregates of any tape add up to the tape."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby, pairwise

from hypothesis import given
from hypothesis import strategies as st

from tradewire.model.events import Side
from tradewire.venues.backend import TradeTick
from tradewire.venues.binance.server.folding import AggregateFolder

tapes = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 2), st.integers(1, 5), st.sampled_from(Side)), max_size=40)


@given(tapes, st.integers(0, 40))
def test_aggregates_are_the_runs_of_the_tape(steps: list[tuple[int, int, int, Side]], past: int) -> None:
    tape: list[TradeTick] = []
    time = 0
    for trade_id, (pause, price, quantity, taker) in enumerate(steps, 1):
        time += pause
        tape.append(TradeTick("BTC/USDT", trade_id, Decimal(price), Decimal(quantity), taker, time))
    folder = AggregateFolder(tape[:past])
    for tick in tape[past:]:
        folder.add(tick)
    folder.finish()
    assert folder.open is None
    runs = [
        list(run)
        for part in (tape[:past], tape[past:])
        for _, run in groupby(part, lambda tick: (tick.time, tick.taker, tick.price))
    ]
    found = list(folder.finished)
    assert [(one.first, one.last, one.quantity) for one in found] == [
        (run[0].trade_id, run[-1].trade_id, sum(tick.quantity for tick in run)) for run in runs
    ]
    assert all(later.aggregate_id == earlier.aggregate_id + 1 for earlier, later in pairwise(found))
