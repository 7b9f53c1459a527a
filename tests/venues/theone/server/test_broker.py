from decimal import Decimal

from theone_desk import KEY, OTHER_KEY, START, FakeLedger, only

from tradewire.model.time import SECOND
from tradewire.venues.backend import Account
from tradewire.venues.theone.server.broker import Broker
from tradewire.venues.theone.server.fields import SwapFields
from tradewire.venues.theone.server.options import parse_options

OWNER = Account(KEY, KEY, "s")


class Listening:
    def __init__(self, key: str | None = KEY) -> None:
        self.key = key
        self.pushes: list[tuple[str, str]] = []

    def push(self, account: str, frame: bytes, channel: str) -> None:
        self.pushes.append((account, channel))

    def write(self, frame: bytes) -> None:
        raise AssertionError("pushes go by channel")


def broker_with(*listeners: Listening) -> Broker:
    broker = Broker(FakeLedger(), parse_options({}))
    broker.listeners.extend(listeners)
    return broker


def test_a_swap_is_announced_in_the_documented_order() -> None:
    listener = Listening()
    broker = broker_with(listener)
    receipt = broker.swap(OWNER, SwapFields(Decimal(1), "1", "ETH", "USDT"), START)
    assert receipt == {"orderId": "ord_1", "status": "PENDING"}
    assert listener.pushes == [], "the requester has its answer first"
    broker.announce_balances(KEY)
    broker.desk.tick(START + SECOND)
    assert listener.pushes == [(KEY, "balances"), (KEY, "orders:ord_1"), (KEY, "orders:ord_1"), (KEY, "balances")]


def test_changes_from_outside_are_announced_at_once() -> None:
    ledger = FakeLedger()
    broker = Broker(ledger, parse_options({}))
    listener = Listening()
    broker.listeners.append(listener)
    ledger.deposit(OTHER_KEY, "USDT", "1")
    assert only(listener.pushes) == (OTHER_KEY, "balances")


def test_connections_are_counted_by_key() -> None:
    broker = broker_with(Listening(), Listening(), Listening(OTHER_KEY), Listening(None))
    assert broker.connections_of(KEY) == 2
