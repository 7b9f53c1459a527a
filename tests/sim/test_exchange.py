"""The exchange as a server half sees it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradewire.errors import UnknownSymbol
from tradewire.model.events import BUY, SELL
from tradewire.model.time import MILLISECOND, SECOND
from tradewire.sim.accounts import default_accounts
from tradewire.sim.exchange import Exchange
from tradewire.sim.orders import OrderRequest, OrderStatus
from tradewire.venues.backend import Account, Backend, BalanceChange, MarketEvent

START = 1_700_000_000 * SECOND


def make(venue: str = "binance", seed: int = 7) -> Exchange:
    return Exchange(accounts=default_accounts(venue), seed=seed, start=START)


def record(exchange: Exchange) -> list[MarketEvent]:
    events: list[MarketEvent] = []
    exchange.listen(events.append)
    return events


def test_it_is_a_backend() -> None:
    backend: Backend = make()
    assert backend.instruments["BTC/USDT"].venue_symbol == "BTCUSDT"
    assert backend.accounts["binance_test_key_1"].name == "test_1"


def test_nothing_happens_where_nobody_looks() -> None:
    exchange = make()
    events = record(exchange)
    assert exchange.next_event() is None
    exchange.advance(START + 60 * SECOND)
    assert not events
    exchange.watch("ETH/USDT")
    due = exchange.next_event()
    assert due is not None
    assert due > START + 60 * SECOND


def test_advancing_in_one_leap_or_in_many_steps_is_the_same() -> None:
    leap, steps = make(), make()
    heard = record(leap), record(steps)
    for exchange in (leap, steps):
        exchange.watch("ETH/USDT")
        exchange.watch("BTC/USDT")
    leap.advance(START + 5 * SECOND)
    for millisecond in range(0, 5001, 7):
        steps.advance(START + millisecond * MILLISECOND)
    steps.advance(START + 5 * SECOND)
    assert heard[0] == heard[1]
    assert len(heard[0]) > 100


def test_a_market_does_not_depend_on_the_others() -> None:
    alone, together = make(), make()
    alone.watch("ETH/USDT")
    for symbol in together.instruments:
        together.watch(symbol)
    for exchange in (alone, together):
        exchange.advance(START + 5 * SECOND)
    assert alone.book("ETH/USDT", 5000) == together.book("ETH/USDT", 5000)
    assert alone.recent_trades("ETH/USDT", 100) == together.recent_trades("ETH/USDT", 100)


def test_the_seed_decides() -> None:
    assert make(seed=7).book("ETH/USDT", 50) == make(seed=7).book("ETH/USDT", 50)
    assert make(seed=7).book("ETH/USDT", 50) != make(seed=8).book("ETH/USDT", 50)


def test_events_come_in_the_order_of_time() -> None:
    exchange = make()
    events = record(exchange)
    for symbol in exchange.instruments:
        exchange.watch(symbol)
    exchange.advance(START + 2 * SECOND)
    times = [event.time for event in events]
    assert times == sorted(times)
    assert times[0] > START
    assert times[-1] <= exchange.now
    assert exchange.now == START + 2 * SECOND


def test_time_never_goes_back() -> None:
    exchange = make()
    exchange.watch("ETH/USDT")
    exchange.advance(START + SECOND)
    events = record(exchange)
    exchange.advance(START)
    assert exchange.now == START + SECOND
    assert not events


def test_next_event_is_when_something_happens() -> None:
    exchange = make()
    exchange.watch("BTC/USDT")
    due = exchange.next_event()
    assert due is not None
    exchange.advance(due - 1)
    assert exchange.next_event() == due
    exchange.advance(due)
    assert exchange.next_event() != due


def test_a_paused_market_lets_the_others_go_on() -> None:
    exchange = make()
    exchange.watch("ETH/USDT")
    exchange.market("BTC/USDT").pause()
    book = exchange.book("BTC/USDT", 5000)
    exchange.advance(START + SECOND)
    assert exchange.book("BTC/USDT", 5000) == book
    assert exchange.next_event() is not None


def test_an_unknown_symbol_names_its_neighbours() -> None:
    with pytest.raises(UnknownSymbol, match="BTC/USDT"):
        make().book("BTC/USDTT", 5)


def test_a_listener_may_look_and_act() -> None:
    """What a listener sees is the world after the event, and what it causes is heard in its turn."""
    exchange = make()
    events: list[MarketEvent] = []

    def act(event: MarketEvent) -> None:
        if not events:
            exchange.place("test_1", OrderRequest(symbol="ETH/USDT", side=BUY, quantity=Decimal("0.1")))
        events.append(event)

    exchange.listen(act)
    exchange.market("ETH/USDT").trade(SELL, "0.1")
    assert any(isinstance(event, BalanceChange) and event.account == "test_1" for event in events)


def test_lock_unlock_and_settle_are_heard() -> None:
    exchange = make("theone")
    events = record(exchange)
    assert exchange.lock("test_1", "ETH", Decimal("1.5"))
    assert not exchange.lock("test_1", "ETH", Decimal("1.5"))
    exchange.unlock("test_1", "ETH", Decimal("0.5"))
    exchange.settle("test_1", spent=("ETH", Decimal(1)), received=("USDT", Decimal("2163.78")))
    exchange.deposit("test_1", "BTC", Decimal("0.4"))
    assert events == [
        BalanceChange("test_1", ("ETH",), START),
        BalanceChange("test_1", ("ETH",), START),
        BalanceChange("test_1", ("ETH", "USDT"), START),
        BalanceChange("test_1", ("BTC",), START),
    ]
    assert [(h.asset, str(h.total), str(h.locked)) for h in exchange.holdings("test_1")] == [
        ("USDT", "2263.78", "0"),
        ("ETH", "1.5", "0.5"),
        ("BTC", "0.5", "0"),
    ]


def test_an_account_is_added_and_replaced() -> None:
    exchange = make()
    exchange.add_account(Account("new", "key-1", "secret"), {"USDT": Decimal("50.0")})
    order = exchange.place("new", OrderRequest(symbol="ETH/USDT", side=BUY, quantity=Decimal("0.0100"), price=Decimal("1500.00")))
    assert exchange.open_orders("new") == (order,)
    exchange.add_account(Account("new", "key-2", "secret"), {"BTC": Decimal(1)})
    assert order.status is OrderStatus.CANCELLED
    assert exchange.order("new", order.order_id) is order
    assert "key-1" not in exchange.accounts
    assert exchange.accounts["key-2"].name == "new"
    assert [(h.asset, str(h.total), str(h.locked)) for h in exchange.holdings("new")] == [("BTC", "1", "0")]


def test_the_rate_of_all_markets_is_a_parameter() -> None:
    slow, fast = make(), Exchange(seed=7, start=START, rate=10)
    heard = record(slow), record(fast)
    for exchange in (slow, fast):
        exchange.watch("USDT/USD")
        exchange.advance(START + 10 * SECOND)
    assert len(heard[1]) > 5 * len(heard[0])


def test_the_crowd_has_no_account() -> None:
    with pytest.raises(ValueError, match="needs a name"):
        make().add_account(Account("", "key", "secret"), {})
