"""Orders of accounts: whatever happens, the money adds up and what is locked is what open orders need."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.errors import InsufficientBalance, InvalidOrder, Rejected, UnknownOrder
from tradewire.model.events import BUY, SELL, Side
from tradewire.sim.accounts import FundedAccount, holdings
from tradewire.sim.exchange import Exchange
from tradewire.sim.markets import market
from tradewire.sim.matching import SelfTrade, TimeInForce
from tradewire.sim.orders import FeeSchedule, Order, OrderRequest, OrderStatus
from tradewire.venues.backend import Account, BalanceChange, MarketEvent

SYMBOL = "ABC/USD"
#: Coarse steps, so that random orders meet.
COARSE = market(SYMBOL, "10.0", tick="0.5", step="0.25", minimum="0.5", notional="5", spread=(1, 2), depth=("1", "2"))
NAMES = ("ann", "bob")


def exchange(fees: FeeSchedule | None = None) -> Exchange:
    """Return an exchange without a crowd: its book is empty, and only accounts trade."""
    accounts = [FundedAccount(Account(name, name, "secret"), holdings({"ABC": "200", "USD": "2000.00"})) for name in NAMES]
    quiet = Exchange([COARSE], accounts, start=0, fees=fees)
    listing = quiet.market(SYMBOL)
    listing.pause()
    for side in (BUY, SELL):
        for price in list(listing.engine.prices(side)):
            for order in listing.engine.orders_at(side, price):
                listing.engine.cancel(order.order_id)
    return quiet


def limit(side: Side, quantity: str, price: str, tif: TimeInForce = TimeInForce.GTC, client_id: str = "") -> OrderRequest:
    return OrderRequest(
        symbol=SYMBOL,
        side=side,
        quantity=Decimal(quantity),
        price=Decimal(price),
        time_in_force=tif,
        client_order_id=client_id,
    )


def balance(book: Exchange, account: str, asset: str) -> tuple[Decimal, Decimal]:
    found = next(holding for holding in book.holdings(account) if holding.asset == asset)
    return found.total, found.locked


def money(*values: str | int) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, values))


requests = st.builds(
    OrderRequest,
    symbol=st.just(SYMBOL),
    side=st.sampled_from([BUY, SELL]),
    quantity=st.integers(2, 60).map(lambda n: n * Decimal("0.25")),
    price=st.none() | st.integers(16, 24).map(lambda n: n * Decimal("0.5")),
    time_in_force=st.sampled_from(TimeInForce),
    self_trade=st.sampled_from(SelfTrade),
)
by_amount = st.builds(
    OrderRequest,
    symbol=st.just(SYMBOL),
    side=st.sampled_from([BUY, SELL]),
    amount=st.decimals(min_value=5, max_value=300, places=2),
)
actions = st.lists(
    st.tuples(st.sampled_from(NAMES), st.one_of(requests, requests, by_amount, st.integers(1, 30))),
    max_size=30,
)


@given(actions, st.sampled_from([FeeSchedule(), FeeSchedule(Decimal(0), Decimal("7.5")), FeeSchedule(Decimal(0), Decimal(0))]))
def test_money_is_conserved_and_locked_is_what_open_orders_need(
    schedule: list[tuple[str, OrderRequest | int]], fees: FeeSchedule
) -> None:
    book = exchange(fees)
    for account, action in schedule:
        try:
            if isinstance(action, OrderRequest):
                book.place(account, action)
            else:
                book.cancel(account, action)
        except Rejected:
            pass
        for asset, total in (("ABC", Decimal(400)), ("USD", Decimal(4000))):
            held = sum(balance(book, name, asset)[0] for name in NAMES)
            assert held + book.fees_collected.get(asset, Decimal(0)) == total
            for name in NAMES:
                needed = sum((o.needed for o in book.open_orders(name) if o.hold_asset == asset), Decimal(0))
                assert balance(book, name, asset)[1] == needed
    check_orders(book)


def check_orders(book: Exchange) -> None:
    resting = {(price, total) for side in (BUY, SELL) for price, total in book.market(SYMBOL).engine.levels(side)}
    opened = [order for name in NAMES for order in book.open_orders(name)]
    assert sum(total for _, total in resting) * Decimal("0.25") == sum(order.remaining for order in opened)
    for order in opened:
        assert order.status is OrderStatus.OPEN
        assert order.hold == order.needed > 0
        assert order.filled_quantity == sum(fill.quantity for fill in order.fills)


def test_a_resting_order_locks_what_it_needs_and_a_cancel_frees_it() -> None:
    book = exchange()
    order = book.place("ann", limit(BUY, "2", "9.5"))
    assert (order.status, order.order_id) == (OrderStatus.OPEN, 1)
    assert balance(book, "ann", "USD") == money(2000, 19)
    assert book.cancel("ann", 1).status is OrderStatus.CANCELLED
    assert balance(book, "ann", "USD") == money(2000, 0)
    assert book.open_orders("ann") == ()


def test_a_better_price_gives_the_difference_back_and_the_rest_stays_locked() -> None:
    book = exchange(FeeSchedule(Decimal(10), Decimal(20)))
    sell = book.place("bob", limit(SELL, "2", "9.5"))
    buy = book.place("ann", limit(BUY, "3", "10"))
    assert (sell.status, buy.status) == (OrderStatus.FILLED, OrderStatus.OPEN)
    assert (buy.filled_quantity, buy.filled_amount, buy.remaining) == money(2, 19, 1)
    assert balance(book, "ann", "USD") == money(1981, 10)
    assert balance(book, "ann", "ABC") == money("201.996", 0)
    assert balance(book, "bob", "USD") == money("2018.981", 0)
    assert [(fill.maker, fill.fee, fill.fee_asset) for fill in (*sell.fills, *buy.fills)] == [
        (True, Decimal("0.019"), "USD"),
        (False, Decimal("0.004"), "ABC"),
    ]
    assert sell.fills[0].trade_id == buy.fills[0].trade_id == 1


def test_market_orders_by_quantity_and_by_amount() -> None:
    book = exchange(FeeSchedule(Decimal(0), Decimal(0)))
    book.place("bob", limit(SELL, "2", "10"))
    book.place("bob", limit(SELL, "2", "11"))
    by_quantity = book.place("ann", OrderRequest(symbol=SYMBOL, side=BUY, quantity=Decimal(1)))
    assert (by_quantity.status, by_quantity.filled_amount) == (OrderStatus.FILLED, Decimal(10))
    spend = book.place("ann", OrderRequest(symbol=SYMBOL, side=BUY, amount=Decimal("17.00")))
    assert (spend.status, spend.filled_quantity, spend.filled_amount) == (OrderStatus.FILLED, Decimal("1.50"), Decimal("15.50"))
    assert balance(book, "ann", "USD") == money("1974.50", 0)
    rest = book.place("ann", OrderRequest(symbol=SYMBOL, side=BUY, quantity=Decimal(50)))
    assert (rest.status, rest.filled_quantity) == (OrderStatus.EXPIRED, Decimal("1.50"))


@pytest.mark.parametrize(
    ("request_", "error", "code"),
    [
        (limit(BUY, "1", "9.7"), InvalidOrder, "tick"),
        (limit(BUY, "1.1", "9.5"), InvalidOrder, "step"),
        (limit(BUY, "0.25", "30"), InvalidOrder, "minimum_quantity"),
        (limit(BUY, "0.5", "9.5"), InvalidOrder, "minimum_notional"),
        (OrderRequest(symbol=SYMBOL, side=BUY), InvalidOrder, "quantity"),
        (OrderRequest(symbol=SYMBOL, side=BUY, amount=Decimal(9), quantity=Decimal(1)), InvalidOrder, "quantity"),
        (OrderRequest(symbol=SYMBOL, side=BUY, amount=Decimal(9), price=Decimal(1)), InvalidOrder, "quantity"),
        (OrderRequest(symbol=SYMBOL, side=BUY, amount=Decimal(4)), InvalidOrder, "minimum_notional"),
        (OrderRequest(symbol=SYMBOL, side=BUY, amount=Decimal("9.123456789")), InvalidOrder, "amount"),
        (OrderRequest(symbol=SYMBOL, side=BUY, amount=Decimal("0.1")), InvalidOrder, "amount"),
        (limit(BUY, "1E+30", "10"), InvalidOrder, "step"),
        (limit(BUY, "201", "10"), InsufficientBalance, "insufficient_balance"),
        (limit(SELL, "200.25", "12"), InsufficientBalance, "insufficient_balance"),
        (limit(BUY, "1", "12", TimeInForce.POST_ONLY), Rejected, "post_only"),
        (limit(BUY, "1", "9", client_id="mine"), Rejected, "duplicate_client_order_id"),
    ],
)
def test_a_refused_order_changes_nothing(request_: OrderRequest, error: type[Rejected], code: str) -> None:
    book = exchange()
    book.place("bob", limit(SELL, "1", "11"))
    book.place("ann", limit(BUY, "1", "8", client_id="mine"))
    before = (book.holdings("ann"), book.book(SYMBOL, 10))
    with pytest.raises(error) as caught:
        book.place("ann", request_)
    assert caught.value.code == code
    assert (book.holdings("ann"), book.book(SYMBOL, 10)) == before


def test_a_client_order_id_can_be_used_again_when_its_order_is_done() -> None:
    book = exchange()
    first = book.place("ann", limit(BUY, "1", "9", client_id="mine"))
    book.cancel("ann", first.order_id)
    assert book.place("ann", limit(BUY, "1", "9", client_id="mine")).status is OrderStatus.OPEN
    assert book.place("bob", limit(BUY, "1", "9", client_id="mine")).status is OrderStatus.OPEN


def test_only_the_owner_can_cancel_and_only_once() -> None:
    book = exchange()
    order = book.place("ann", limit(BUY, "1", "9"))
    with pytest.raises(UnknownOrder):
        book.cancel("bob", order.order_id)
    book.cancel("ann", order.order_id)
    with pytest.raises(UnknownOrder, match="cancelled"):
        book.cancel("ann", order.order_id)


def test_an_order_stopped_by_self_trade_prevention_frees_its_hold() -> None:
    book = exchange()
    own = book.place("ann", limit(SELL, "1", "10"))
    taker = OrderRequest(symbol=SYMBOL, side=BUY, quantity=Decimal(1), price=Decimal(10), self_trade=SelfTrade.EXPIRE_BOTH)
    assert book.place("ann", taker).status is OrderStatus.EXPIRED
    assert own.status is OrderStatus.EXPIRED
    assert balance(book, "ann", "ABC") == money(200, 0)
    assert balance(book, "ann", "USD") == money(2000, 0)


def test_both_sides_hear_of_their_balances_when_the_trade_is_complete() -> None:
    book = exchange()
    book.place("bob", limit(SELL, "1", "10"))
    heard: list[tuple[str, tuple[str, ...], Decimal]] = []

    def listen(event: MarketEvent) -> None:
        """At any event the whole trade is settled already."""
        heard_of = event.account if isinstance(event, BalanceChange) else ""
        assets = event.assets if isinstance(event, BalanceChange) else ()
        heard.append((heard_of, assets, balance(book, "ann", "USD")[0]))

    book.listen(listen)
    book.place("ann", limit(BUY, "1", "10"))
    assert heard == [
        ("", (), Decimal(1990)),  # the trade
        ("", (), Decimal(1990)),  # the level
        ("bob", ("ABC", "USD"), Decimal(1990)),
        ("ann", ("ABC", "USD"), Decimal(1990)),
    ]


def test_the_crowd_fills_a_resting_order() -> None:
    book = exchange(FeeSchedule(Decimal(0), Decimal(0)))
    order: Order = book.place("ann", limit(BUY, "1", "9"))
    book.market(SYMBOL).move_to("8.5")
    assert order.status is OrderStatus.FILLED
    assert order.fills[0].maker
    assert balance(book, "ann", "ABC") == money(201, 0)
