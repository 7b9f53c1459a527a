"""One market as it trades, and the handle that steers it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewire.errors import InvalidOrder
from tradewire.model.events import BUY, SELL
from tradewire.model.time import SECOND, Nanos
from tradewire.sim.bulletin import Bulletin
from tradewire.sim.flow import Flow
from tradewire.sim.listing import Listing
from tradewire.sim.markets import DEFAULT_MARKETS
from tradewire.sim.matching import Execution, Intent
from tradewire.venues.backend import LevelChange, MarketEvent, TradeTick

START = 1_700_000_000 * SECOND
MARKETS = {market.symbol: market for market in DEFAULT_MARKETS}


class Fixture:
    """A listing with a clock that the test turns."""

    def __init__(self, symbol: str = "ETH/USDT") -> None:
        self.now = START
        self.events: list[MarketEvent] = []
        self.settled: list[tuple[Execution, Sequence[TradeTick]]] = []
        self.bulletin = Bulletin()
        self.bulletin.listen(self.events.append)
        self.listing = Listing(
            MARKETS[symbol],
            Flow(MARKETS[symbol], 7),
            bulletin=self.bulletin,
            settle=lambda listing, execution, trades: self.settled.append((execution, trades)),
            clock=lambda: self.now,
        )
        self.listing.open()

    def run(self, seconds: float) -> None:
        end: Nanos = self.now + int(seconds * SECOND)
        while (due := self.listing.due) is not None and due <= end:
            self.now = due
            self.listing.step()
            self.bulletin.deliver()
        self.now = end

    def due(self) -> Nanos | None:
        return self.listing.due

    def trades(self) -> list[TradeTick]:
        return [event for event in self.events if isinstance(event, TradeTick)]

    def changes(self) -> list[LevelChange]:
        return [event for event in self.events if isinstance(event, LevelChange)]


def test_opening_is_silent_and_the_book_is_full() -> None:
    fixture = Fixture()
    book = fixture.listing.book(5000)
    assert not fixture.events
    assert len(book.bids) == len(book.asks) == 1000
    assert book.update_id == 2000
    assert list(book.bids) == sorted(book.bids, reverse=True)
    assert list(book.asks) == sorted(book.asks)
    assert abs(book.bids[0][0] - Decimal("2163.78")) < 1


def test_a_snapshot_and_the_changes_after_it_make_the_book() -> None:
    fixture = Fixture()
    fixture.run(5)
    snapshot = fixture.listing.book(5000)
    seen = len(fixture.changes())
    fixture.run(20)
    replica = {BUY: dict(snapshot.bids), SELL: dict(snapshot.asks)}
    update_id = snapshot.update_id
    for change in fixture.changes()[seen:]:
        assert change.update_id == update_id + 1
        update_id = change.update_id
        replica[change.side][change.price] = change.quantity
    book = fixture.listing.book(5000)
    assert book.update_id == update_id
    assert sorted((level for level in replica[BUY].items() if level[1]), reverse=True) == list(book.bids)
    assert sorted(level for level in replica[SELL].items() if level[1]) == list(book.asks)


def test_trades_are_numbered_without_gaps_and_stay_on_the_tape() -> None:
    fixture = Fixture()
    fixture.run(60)
    trades = fixture.trades()
    assert len(trades) > 100
    assert [trade.trade_id for trade in trades] == list(range(1, len(trades) + 1))
    assert all(before.time <= after.time for before, after in pairwise(trades))
    assert list(fixture.listing.recent_trades(10)) == trades[-10:]
    assert list(fixture.listing.recent_trades(0)) == []


def test_prices_and_quantities_have_the_digits_of_tick_and_step() -> None:
    fixture = Fixture()
    fixture.run(10)
    for trade in fixture.trades():
        assert trade.price.as_tuple().exponent == -2
        assert trade.quantity.as_tuple().exponent == -4


@settings(max_examples=8)
@given(st.lists(st.integers(200_000, 240_000), min_size=1, max_size=3))
def test_the_market_moves_to_a_price_by_trades(targets: list[int]) -> None:
    fixture = Fixture()
    for ticks in targets:
        target = Decimal(ticks) / 100
        before = len(fixture.trades())
        fixture.listing.move_to(target)
        assert fixture.listing.recent_trades(1)[0].price == target
        assert len(fixture.trades()) > before
        book = fixture.listing.book(5000)
        assert book.bids[0][0] <= target <= book.asks[0][0]
        assert book.asks[0][0] - book.bids[0][0] <= Decimal("0.05")
        assert min(len(book.bids), len(book.asks)) >= 800


def test_a_long_way_is_walked_in_stops() -> None:
    fixture = Fixture()
    fixture.listing.move_to("3000")
    prices = [trade.price for trade in fixture.trades()]
    assert prices == sorted(prices)
    assert all(after - before < 125 for before, after in pairwise(prices))


def test_the_market_stays_where_it_was_moved() -> None:
    fixture = Fixture()
    fixture.listing.move_to("2500")
    fixture.run(60)
    last = fixture.listing.recent_trades(1)[0].price
    assert abs(last - 2500) < 25


def test_resting_orders_on_the_way_trade() -> None:
    fixture = Fixture()
    mine = fixture.listing.engine.submit(Intent(SELL, 10, price=217_000, owner="me")).order_id
    fixture.listing.move_to("2180.00")
    met = [fill.maker.order_id for execution, _ in fixture.settled for fill in execution.fills]
    assert mine in met


@pytest.mark.parametrize("price", ["2163.785", "0", "-1", "NaN", "Infinity"])
def test_a_price_off_the_tick_is_refused(price: str) -> None:
    with pytest.raises(InvalidOrder):
        Fixture().listing.move_to(price)


def test_the_refusal_names_the_nearest_prices() -> None:
    with pytest.raises(InvalidOrder, match=r"2163\.78 and 2163\.79") as caught:
        Fixture().listing.ticks(Decimal("2163.785"))
    assert caught.value.code == "tick"


def test_a_paused_market_stands_still_and_a_resumed_one_goes_on_from_now() -> None:
    fixture = Fixture()
    fixture.listing.pause()
    fixture.run(10)
    assert not fixture.events
    assert fixture.due() is None
    fixture.listing.resume()
    due = fixture.due()
    assert due is not None
    assert due > fixture.now
    fixture.run(10)
    assert fixture.events


def test_the_rate_is_a_factor() -> None:
    slow, fast = Fixture("USDT/USD"), Fixture("USDT/USD")
    fast.listing.set_rate(20)
    slow.run(20)
    fast.run(20)
    assert len(fast.events) > 10 * len(slow.events)
    with pytest.raises(ValueError, match="not positive"):
        fast.listing.set_rate(0)


def test_the_crowd_trades_on_request() -> None:
    fixture = Fixture()
    ask = fixture.listing.book(1).asks[0][0]
    trades = fixture.listing.trade(BUY, "0.0500")
    assert sum(trade.quantity for trade in trades) == Decimal("0.05")
    assert (trades[0].price, trades[0].taker) == (ask, BUY)
    assert fixture.trades() == list(trades)
    with pytest.raises(InvalidOrder, match=r"multiple of 0\.0001"):
        fixture.listing.trade(BUY, "0.00001")
