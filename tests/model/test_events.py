"""Events are frozen values with a repr of one tidy line."""

from decimal import Decimal

import msgspec
import pytest

from tradewire.model import events
from tradewire.model.channels import DIAGNOSTICS, Balances, SwapOrders, Trades
from tradewire.model.events import (
    BUY,
    SELL,
    Balance,
    BalanceUpdate,
    ConnectionState,
    Event,
    LinkState,
    Side,
    SwapStatus,
    SwapUpdate,
    Trade,
)

TRADE = Trade(
    symbol="BTC/USDT",
    price=Decimal("80000.10"),
    quantity=Decimal("0.00500"),
    side=BUY,
    trade_id=7,
    venue="binance",
    venue_time=None,
    received=5,
    channel=Trades("BTC/USDT"),
)
KINDS = sorted(
    (kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event),
    key=lambda kind: kind.__name__,
)


def test_the_repr_is_one_line_without_bookkeeping() -> None:
    assert repr(TRADE) == (
        "Trade(symbol='BTC/USDT', price=Decimal('80000.10'), quantity=Decimal('0.00500'), side=BUY, trade_id=7, venue='binance')"
    )


def test_the_repr_names_enums_and_leaves_out_what_is_unknown() -> None:
    update = SwapUpdate(
        order_id="ord_1",
        status=SwapStatus.PENDING,
        filled_out=None,
        transaction="",
        venue="theone",
        venue_time=None,
        received=1,
        channel=SwapOrders("ord_1"),
    )
    assert repr(update) == "SwapUpdate(order_id='ord_1', status=PENDING, transaction='', venue='theone')"
    state = ConnectionState(state=LinkState.LOGGING_IN, connection="stream", reason="a\nb", venue="theone", received=1)
    assert repr(state) == r"ConnectionState(state=LOGGING_IN, connection='stream', reason='a\nb', venue='theone')"
    assert state.channel == DIAGNOSTICS


def test_money_keeps_its_digits() -> None:
    assert str(TRADE.quantity) == "0.00500"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_is_frozen_light_and_says_where_it_belongs(kind: type[Event]) -> None:
    config = kind.__struct_config__
    assert config.frozen
    assert not config.gc
    assert {"venue", "received", "channel"} <= set(kind.__struct_fields__)


def test_events_cannot_be_changed_but_replaced() -> None:
    with pytest.raises(AttributeError):
        TRADE.price = Decimal(1)  # type: ignore[misc]  # frozen
    assert msgspec.structs.replace(TRADE, trade_id=8) != TRADE


def test_free_is_total_less_locked() -> None:
    balance = Balance("ETH", Decimal("2.50"), Decimal("0.5"))
    assert str(balance.free) == "2.00"
    update = BalanceUpdate(balances=(balance,), venue="theone", venue_time=None, received=1, channel=Balances())
    assert "Balance(asset='ETH'" in repr(update)


def test_three_swap_states_are_final() -> None:
    assert [status.value for status in SwapStatus if status.final] == ["FILLED", "FAILED", "CANCELLED"]


def test_sides_are_their_words() -> None:
    assert [Side("buy"), Side("sell")] == [BUY, SELL]
    assert f"{BUY}" == "buy"
