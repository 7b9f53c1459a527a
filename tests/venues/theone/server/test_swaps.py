from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from theone_desk import KEY, OTHER_KEY, START, START_MS, FakeLedger

from tradewire.model.events import SwapStatus
from tradewire.model.time import MILLISECOND
from tradewire.venues.backend import Account
from tradewire.venues.theone.server.balances import Balances
from tradewire.venues.theone.server.faults import ServerFaults
from tradewire.venues.theone.server.fields import SwapFields
from tradewire.venues.theone.server.options import parse_options
from tradewire.venues.theone.server.prices import Prices
from tradewire.venues.theone.server.refusal import Refusal
from tradewire.venues.theone.server.swaps import SwapDesk, SwapOrder

OWNER = Account(KEY, KEY, "s")
OTHER = Account(OTHER_KEY, OTHER_KEY, "s")


class Bench:
    def __init__(self, **options: Any) -> None:
        parsed = parse_options(options)
        self.ledger = FakeLedger()
        self.balances = Balances(self.ledger, lambda _: None)
        self.faults = ServerFaults()
        self.changes: list[tuple[str, SwapStatus, int]] = []
        self.desk = SwapDesk(self.balances, Prices(self.ledger, parsed), parsed, self.faults, self.note)

    def note(self, order: SwapOrder) -> None:
        self.changes.append((order.order_id, order.status, order.updated_at - START_MS))

    def place(self, amount: str = "1.5", *, account: Account = OWNER, client_order_id: str = "") -> SwapOrder:
        return self.desk.place(account, SwapFields(Decimal(amount), amount, "ETH", "USDT", client_order_id), START)

    def eth(self) -> tuple[Decimal, Decimal]:
        row = next(row for row in self.ledger.holdings(KEY) if row.asset == "ETH")
        return row.total, row.locked


def test_a_swap_locks_its_input_and_settles_when_it_is_filled() -> None:
    bench = Bench()
    order = bench.place()
    assert bench.desk.receipt(order) == {"orderId": "ord_1", "status": "PENDING"}
    assert bench.eth() == (Decimal("2.5"), Decimal("2.0"))
    bench.desk.tick(START + 50 * MILLISECOND)
    assert bench.desk.state(order) == {"orderId": "ord_1", "status": "PROCESSING", "updatedAt": START_MS + 50}
    bench.desk.tick(START + 100 * MILLISECOND)
    assert bench.eth() == (Decimal("1.0"), Decimal("0.5"))
    state = bench.desk.state(order)
    assert (state["status"], state["filledOut"], state["updatedAt"]) == ("FILLED", "3245.67", START_MS + 100)
    assert state["txHash"].startswith("0x")
    assert len(state["txHash"]) == 66
    assert bench.desk.next_tick() is None


@pytest.mark.parametrize("end", [SwapStatus.FAILED, SwapStatus.CANCELLED])
def test_a_swap_that_fails_gives_its_input_back(end: SwapStatus) -> None:
    bench = Bench()
    bench.faults.outcomes["mine"] = end
    order = bench.place(client_order_id="mine")
    bench.desk.tick(START + 1000 * MILLISECOND)
    assert bench.eth() == (Decimal("2.5"), Decimal("0.5"))
    assert bench.desk.state(order).keys() == {"orderId", "status", "updatedAt"}
    assert bench.desk.state(order)["status"] == end


def test_without_delays_all_happens_at_once_and_times_still_increase() -> None:
    bench = Bench(fill_delays_s=(0, 0))
    bench.place()
    assert bench.desk.next_tick() == START
    bench.desk.tick(START)
    assert bench.changes == [("ord_1", SwapStatus.PROCESSING, 1), ("ord_1", SwapStatus.FILLED, 2)]


def test_orders_are_found_by_either_handle_and_by_their_owner_alone() -> None:
    bench = Bench()
    order = bench.place("0.1", client_order_id="mine")
    assert bench.desk.find(OWNER, "ord_1") is order
    assert bench.desk.find(OWNER, "mine") is order
    assert bench.desk.find(OWNER, "unknown", "mine") is order
    assert bench.desk.state(order, client_order_id=True)["clientOrderId"] == "mine"
    for account, handle in ((OTHER, "ord_1"), (OTHER, "mine"), (OWNER, "ord_2")):
        with pytest.raises(Refusal, match="Order not found"):
            bench.desk.find(account, handle)


def test_what_is_refused_changes_nothing() -> None:
    bench = Bench()
    bench.place("0.1", client_order_id="mine")
    with pytest.raises(Refusal, match="Duplicate request"):
        bench.place("0.1", client_order_id="mine")
    with pytest.raises(Refusal, match="Insufficient balance for swap"):
        bench.place("1.90000001")
    with pytest.raises(Refusal, match="Unauthorized"):
        bench.place("0.1", account=Account(KEY, KEY, "s", frozenset({"read"})))
    assert bench.eth() == (Decimal("2.5"), Decimal("0.6"))
    bench.place("0.1", account=OTHER, client_order_id="mine")


@given(st.lists(st.tuples(st.decimals("0.00000001", "1", places=8), st.sampled_from(list(SwapStatus)[3:])), max_size=12))
def test_whatever_becomes_of_swaps_no_balance_is_lost(swaps: list[tuple[Decimal, SwapStatus]]) -> None:
    bench = Bench()
    filled = Decimal(0)
    for number, (amount, end) in enumerate(swaps):
        bench.faults.outcomes[f"c{number}"] = end
        try:
            bench.place(f"{amount:f}", client_order_id=f"c{number}")
        except Refusal:
            assert amount > bench.balances.free(KEY, "ETH")
        else:
            filled += amount if end is SwapStatus.FILLED else 0
    bench.desk.tick(START + 1000 * MILLISECOND)
    assert bench.eth() == (Decimal("2.5") - filled, Decimal("0.5"))
    assert bench.balances.free(KEY, "USDT") == 100 + filled * Decimal("2163.78")
