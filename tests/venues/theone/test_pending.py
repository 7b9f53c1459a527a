import pytest
from theone_desk import only

from tradewire.errors import InsufficientBalance, LinkLost, OutcomeUnknown, RateLimited, RequestTimeout
from tradewire.model.channels import Balances, Channel
from tradewire.model.events import Event
from tradewire.model.operations import ExecuteSwap, GetBalances, Operation, Request
from tradewire.venues.theone.pending import Asking, KeepAlive, Subscribing, Unsubscribing
from tradewire.wire.control import Control, Denied, Failed, Withdrawn
from tradewire.wire.protocol import Frame

FRAME = Frame(b"{}")
SWAP = ExecuteSwap("1", "ETH", "USDT")


def asking(operation: Operation) -> Asking:
    return Asking("op", "", FRAME, Request(7, operation, 5, awaited=False))


def test_a_request_brings_its_own_deadline() -> None:
    pending = asking(SWAP)
    assert (pending.deadline, pending.awaited) == (5, False)


@pytest.mark.parametrize(
    ("operation", "sent", "expired", "lost"),
    [
        (SWAP, True, OutcomeUnknown, OutcomeUnknown),
        (SWAP, False, RequestTimeout, LinkLost),
        (GetBalances(), True, RequestTimeout, LinkLost),
        (GetBalances(), False, RequestTimeout, LinkLost),
    ],
)
def test_only_a_write_that_was_sent_is_unknown(operation: Operation, sent: bool, expired: type, lost: type) -> None:
    emitted: list[Event | Control] = []
    asking(operation).expired(emitted.append, sent=sent)
    asking(operation).lost(LinkLost("gone", code=1006), emitted.append, sent=sent)
    errors = [item.error for item in emitted if isinstance(item, Failed)]
    assert [type(error) for error in errors] == [expired, lost]
    assert [error.outcome_known for error in errors] == [not (sent and operation.writes)] * 2


def test_a_guessed_refusal_carries_the_doubt() -> None:
    emitted: list[Event | Control] = []
    asking(SWAP).refused("Insufficient balance for swap", "perhaps", emitted.append)
    item = only(emitted)
    assert isinstance(item, Failed)
    assert isinstance(item.error, InsufficientBalance)
    assert item.error.__notes__ == ["perhaps"]


def test_a_denied_channel_is_no_longer_held() -> None:
    emitted: list[Event | Control] = []
    held: set[Channel] = {Balances()}
    Subscribing("subscribe", "balances", FRAME, Balances(), held).refused("Rate limit exceeded", "", emitted.append)
    assert held == set()
    item = only(emitted)
    assert isinstance(item, Denied)
    assert isinstance(item.error, RateLimited)


def test_the_end_of_a_connection_denies_no_channel() -> None:
    """A denial would end the wish; it is to be fulfilled on the next connection."""
    emitted: list[Event | Control] = []
    for kind in (Subscribing, Unsubscribing):
        kind("subscribe", "balances", FRAME, Balances(), {Balances()}).lost(LinkLost("gone"), emitted.append, sent=True)
    assert emitted == []


def test_an_unsubscription_is_over_in_any_case() -> None:
    emitted: list[Event | Control] = []
    pending = Unsubscribing("unsubscribe", "balances", FRAME, Balances(), set())
    pending.refused("no", "", emitted.append)
    pending.expired(emitted.append, sent=True)
    assert emitted == [Withdrawn((Balances(),))] * 2


def test_a_keep_alive_tells_nothing() -> None:
    emitted: list[Event | Control] = []
    pending = KeepAlive("balances", "", FRAME)
    pending.refused("no", "", emitted.append)
    pending.expired(emitted.append, sent=True)
    pending.lost(LinkLost("gone"), emitted.append, sent=True)
    assert emitted == []
