"""The matching engine against a naive one, and the rules of the trade one by one."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.errors import UnknownOrder
from tradewire.model.events import BUY, SELL, Side
from tradewire.sim.matching import (
    Disposition,
    Execution,
    Intent,
    LevelTotal,
    MatchingEngine,
    SelfTrade,
    TimeInForce,
)


class Cancel(NamedTuple):
    """Cancel the nth order ever submitted, if it still rests."""

    nth: int


class Reduce(NamedTuple):
    """Shrink the nth order ever submitted, if it rests and is larger than that."""

    nth: int
    by: int


Step = Intent | Cancel | Reduce

prices = st.integers(1, 9)
quantities = st.integers(1, 12)
sides = st.sampled_from([BUY, SELL])
owners = st.sampled_from(["", "", "ann", "bob"])
limit_orders = st.builds(
    Intent,
    side=sides,
    quantity=quantities,
    price=prices,
    time_in_force=st.sampled_from(TimeInForce),
    owner=owners,
    self_trade=st.sampled_from(SelfTrade),
)
market_orders = st.builds(Intent, side=sides, quantity=quantities, owner=owners, self_trade=st.sampled_from(SelfTrade))
amount_orders = st.builds(Intent, side=sides, quantity=st.none(), amount=st.integers(1, 60), owner=owners)
steps = st.lists(
    st.one_of(
        limit_orders,
        limit_orders,
        market_orders,
        amount_orders,
        st.builds(Cancel, st.integers(1, 40)),
        st.builds(Reduce, st.integers(1, 40), st.integers(1, 6)),
    ),
    max_size=40,
)


def perform(engine: MatchingEngine, step: Step) -> Execution | LevelTotal | None:
    match step:
        case Intent():
            return engine.submit(step)
        case Cancel(nth):
            try:
                return engine.cancel(nth)
            except UnknownOrder:
                return None
        case Reduce(nth, by):
            try:
                return engine.reduce(nth, by) if engine.order(nth).remaining >= by else None
            except UnknownOrder:
                return None


def picture(engine: MatchingEngine) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    return list(engine.levels(BUY)), list(engine.levels(SELL))


class Naive:
    """The rules, written down as plainly as possible: one list, searched anew for every trade."""

    def __init__(self) -> None:
        self.book: dict[int, tuple[Side, int, int, str]] = {}  # id -> side, price, remaining, owner; in order of arrival
        self.last = 0

    def next_maker(self, intent: Intent, book: dict[int, tuple[Side, int, int, str]]) -> int | None:
        """The best price first, the oldest of it first."""
        found: list[tuple[int, int]] = []
        for number, (side, price, _, _) in book.items():
            crosses = intent.price is None or (price <= intent.price if intent.side is BUY else price >= intent.price)
            if side is not intent.side and crosses:
                found.append((price if intent.side is BUY else -price, number))
        return min(found)[1] if found else None

    def submit(self, intent: Intent) -> tuple[Disposition, list[tuple[int, int, int]]]:
        self.last += 1
        book = dict(self.book)
        left = 10**9 if intent.quantity is None else intent.quantity
        budget = 10**9 if intent.amount is None else intent.amount
        trades: list[tuple[int, int, int]] = []
        met_own = halted = False
        while left and (number := self.next_maker(intent, book)) is not None:
            side, price, remaining, owner = book[number]
            if owner and owner == intent.owner and intent.self_trade is not SelfTrade.ALLOW:
                met_own = True
                if intent.self_trade in {SelfTrade.EXPIRE_MAKER, SelfTrade.EXPIRE_BOTH}:
                    del book[number]
                if intent.self_trade in {SelfTrade.EXPIRE_TAKER, SelfTrade.EXPIRE_BOTH}:
                    halted = True
                    break
                continue
            quantity = min(left, remaining, budget // price)
            if not quantity:
                break
            trades.append((number, price, quantity))
            left -= quantity
            budget -= quantity * price
            if quantity == remaining:
                del book[number]
            else:
                book[number] = (side, price, remaining - quantity, owner)
            if budget < price:
                break
        whole = left == 0 or (intent.amount is not None and bool(trades) and budget < trades[-1][1])
        if intent.time_in_force is TimeInForce.POST_ONLY and (trades or met_own):
            return Disposition.REFUSED, []
        if intent.time_in_force is TimeInForce.FOK and not whole:
            return Disposition.EXPIRED, []
        self.book = book
        if whole:
            return Disposition.FILLED, trades
        if intent.price is None or halted or intent.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
            return Disposition.EXPIRED, trades
        book[self.last] = (intent.side, intent.price, left, intent.owner)
        return Disposition.RESTING, trades

    def shrink(self, number: int, by: int | None) -> None:
        if number in self.book:
            side, price, remaining, owner = self.book[number]
            left = 0 if by is None else remaining - by
            if left > 0:
                self.book[number] = (side, price, left, owner)
            elif left == 0:
                del self.book[number]

    def picture(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        totals: dict[tuple[Side, int], int] = {}
        for side, price, remaining, _ in self.book.values():
            totals[side, price] = totals.get((side, price), 0) + remaining
        bids = sorted(((p, q) for (s, p), q in totals.items() if s is BUY), reverse=True)
        return bids, sorted((p, q) for (s, p), q in totals.items() if s is SELL)


@given(steps)
def test_it_does_what_the_naive_engine_does(schedule: list[Step]) -> None:
    engine, naive = MatchingEngine(), Naive()
    for step in schedule:
        done = perform(engine, step)
        match step:
            case Intent():
                assert isinstance(done, Execution)
                disposition, trades = naive.submit(step)
                assert done.disposition is disposition
                assert [(fill.maker.order_id, fill.maker.price, fill.quantity) for fill in done.fills] == trades
            case Cancel(nth):
                naive.shrink(nth, None)
            case Reduce(nth, by):
                naive.shrink(nth, by)
        assert picture(engine) == naive.picture()


@given(steps)
def test_the_book_is_never_crossed(schedule: list[Step]) -> None:
    engine = MatchingEngine()
    for step in schedule:
        perform(engine, step)
        bid, ask = engine.best(BUY), engine.best(SELL)
        assert bid is None or ask is None or bid < ask


@given(steps)
def test_the_levels_told_add_up_to_the_book(schedule: list[Step]) -> None:
    engine = MatchingEngine()
    told: dict[tuple[Side, int], int] = {}
    for step in schedule:
        done = perform(engine, step)
        changes = done.levels if isinstance(done, Execution) else [done] if done else []
        assert len({(change.side, change.price) for change in changes}) == len(changes)
        for side, price, total in changes:
            assert told.get((side, price), 0) != total
            told[side, price] = total
    for side in (BUY, SELL):
        expected = sorted(((p, q) for (s, p), q in told.items() if s is side and q), reverse=side is BUY)
        assert list(engine.levels(side)) == expected
        assert engine.level_count(side) == len(expected)


@given(steps)
def test_nothing_is_made_or_lost(schedule: list[Step]) -> None:
    """What was submitted rests, traded (on both sides), expired or was cancelled."""
    engine = MatchingEngine()
    resting: dict[int, int] = {}
    for step in schedule:
        done = perform(engine, step)
        if isinstance(done, Execution) and isinstance(step, Intent):
            for maker, quantity in done.fills:
                resting[maker.order_id] -= quantity
            for maker in done.expired:
                resting[maker.order_id] = 0
            traded = sum(quantity for _, quantity in done.fills)
            if step.quantity is not None:
                assert traded + done.resting <= step.quantity
                assert (traded + done.resting == step.quantity) == (done.disposition in {Disposition.FILLED, Disposition.RESTING})
            resting[done.order_id] = done.resting
        elif isinstance(step, Cancel) and done is not None:
            resting[step.nth] = 0
        elif isinstance(step, Reduce) and done is not None:
            resting[step.nth] -= step.by
    assert all(left >= 0 for left in resting.values())
    assert sum(resting.values()) == sum(total for side in (BUY, SELL) for _, total in engine.levels(side))


@given(steps)
def test_a_replay_does_the_same(schedule: list[Step]) -> None:
    def run() -> list[object]:
        engine = MatchingEngine()
        results: list[object] = []
        for step in schedule:
            done = perform(engine, step)
            if isinstance(done, Execution):
                trades = [(maker.order_id, quantity) for maker, quantity in done.fills]
                results.append((done.order_id, done.disposition, trades, done.levels, done.resting))
            else:
                results.append(done)
        return [*results, picture(engine)]

    assert run() == run()


@given(steps, limit_orders)
def test_fill_or_kill_is_all_or_nothing(schedule: list[Step], intent: Intent) -> None:
    engine = MatchingEngine()
    for step in schedule:
        perform(engine, step)
    before = picture(engine)
    killer = Intent(intent.side, intent.quantity, price=intent.price, time_in_force=TimeInForce.FOK, owner=intent.owner)
    done = engine.submit(killer)
    if done.disposition is Disposition.FILLED:
        assert sum(quantity for _, quantity in done.fills) == intent.quantity
    else:
        assert done.disposition is Disposition.EXPIRED
        assert not done.fills
        assert picture(engine) == before


@given(steps, st.one_of(limit_orders, market_orders, amount_orders))
def test_a_preview_changes_nothing_and_comes_true(schedule: list[Step], intent: Intent) -> None:
    engine = MatchingEngine()
    for step in schedule:
        perform(engine, step)
    before = picture(engine)
    plan = engine.preview(intent)
    foreseen = [(maker.order_id, maker.price, quantity) for maker, quantity in plan.fills]
    assert picture(engine) == before
    assert plan.cost == sum(price * quantity for _, price, quantity in foreseen)
    assert intent.amount is None or plan.cost <= intent.amount
    done = engine.submit(intent)
    if done.fills:
        assert [(maker.order_id, maker.price, quantity) for maker, quantity in done.fills] == foreseen


def test_the_older_order_at_a_price_trades_first_and_a_shrunk_one_keeps_its_place() -> None:
    engine = MatchingEngine()
    first = engine.submit(Intent(SELL, 5, price=100)).order_id
    second = engine.submit(Intent(SELL, 5, price=100)).order_id
    assert engine.reduce(first, 3) == LevelTotal(SELL, 100, 7)
    done = engine.submit(Intent(BUY, 4, price=101))
    assert [(fill.maker.order_id, fill.quantity) for fill in done.fills] == [(first, 2), (second, 2)]
    assert done.levels == [LevelTotal(SELL, 100, 3)]


def test_a_taker_gets_the_makers_price_and_its_rest_becomes_a_maker() -> None:
    engine = MatchingEngine()
    engine.submit(Intent(SELL, 2, price=100))
    engine.submit(Intent(SELL, 2, price=101))
    done = engine.submit(Intent(BUY, 5, price=105))
    assert [(fill.maker.price, fill.quantity) for fill in done.fills] == [(100, 2), (101, 2)]
    assert (done.disposition, done.resting) == (Disposition.RESTING, 1)
    assert done.levels == [LevelTotal(SELL, 100, 0), LevelTotal(SELL, 101, 0), LevelTotal(BUY, 105, 1)]


def test_an_amount_buys_as_much_as_it_pays_for() -> None:
    engine = MatchingEngine()
    engine.submit(Intent(SELL, 2, price=100))
    engine.submit(Intent(SELL, 5, price=110))
    done = engine.submit(Intent(BUY, None, amount=450))
    assert [(fill.maker.price, fill.quantity) for fill in done.fills] == [(100, 2), (110, 2)]
    assert done.disposition is Disposition.FILLED


def test_post_only_rests_or_is_refused() -> None:
    engine = MatchingEngine()
    engine.submit(Intent(SELL, 2, price=100))
    refused = engine.submit(Intent(BUY, 1, price=100, time_in_force=TimeInForce.POST_ONLY))
    assert (refused.disposition, refused.levels) == (Disposition.REFUSED, [])
    assert engine.submit(Intent(BUY, 1, price=99, time_in_force=TimeInForce.POST_ONLY)).disposition is Disposition.RESTING


@pytest.mark.parametrize(
    ("kind", "traded", "taker_rests", "maker_rests"),
    [
        (SelfTrade.ALLOW, [1, 2], False, False),
        (SelfTrade.EXPIRE_TAKER, [], False, True),
        (SelfTrade.EXPIRE_MAKER, [2], True, False),
        (SelfTrade.EXPIRE_BOTH, [], False, False),
    ],
)
def test_self_trade_prevention(kind: SelfTrade, traded: list[int], taker_rests: bool, maker_rests: bool) -> None:
    engine = MatchingEngine()
    own = engine.submit(Intent(SELL, 2, price=100, owner="ann")).order_id
    engine.submit(Intent(SELL, 2, price=101, owner="bob"))
    done = engine.submit(Intent(BUY, 4, price=101, owner="ann", self_trade=kind))
    assert [fill.maker.order_id for fill in done.fills] == traded
    assert (done.resting > 0) is taker_rests
    assert bool(engine.orders_at(SELL, 100)) is maker_rests
    assert [order.order_id for order in done.expired] == (
        [own] if kind in {SelfTrade.EXPIRE_MAKER, SelfTrade.EXPIRE_BOTH} else []
    )


@pytest.mark.parametrize(
    "intent",
    [
        Intent(BUY, 0, price=1),
        Intent(BUY, 1, price=0),
        Intent(BUY, None),
        Intent(BUY, None, price=5, amount=5),
        Intent(BUY, None, amount=-1),
    ],
)
def test_nonsense_is_refused(intent: Intent) -> None:
    with pytest.raises(ValueError, match=r"positive|quantity"):
        MatchingEngine().submit(intent)


def test_what_does_not_rest_cannot_be_cancelled_or_shrunk_too_far() -> None:
    engine = MatchingEngine()
    with pytest.raises(UnknownOrder):
        engine.cancel(1)
    number = engine.submit(Intent(BUY, 3, price=5)).order_id
    with pytest.raises(ValueError, match="3 steps left"):
        engine.reduce(number, 4)


def test_levels_are_read_from_the_touch() -> None:
    engine = MatchingEngine()
    for price in (5, 7, 6):
        engine.submit(Intent(BUY, price, price=price))
    assert list(engine.levels(BUY, 2)) == [(7, 7), (6, 6)]
    assert list(engine.levels(BUY, 0)) == []
    assert list(engine.prices(BUY)) == [7, 6, 5]
    assert engine.price_at(BUY, 1) == 6
    assert engine.orders_at(BUY, 4) == ()
