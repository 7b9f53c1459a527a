"""Operations say whether they may change anything, so that a lost answer is judged rightly."""

import pytest

from tradewire.model import operations
from tradewire.model.channels import Trades
from tradewire.model.operations import (
    EstimateSwap,
    ExecuteSwap,
    GetBalances,
    GetSwap,
    ListSubscriptions,
    Operation,
    RawOperation,
    Request,
    Subscribe,
    Unsubscribe,
)


@pytest.mark.parametrize(
    ("operation", "writes"),
    [
        (GetBalances(), False),
        (GetSwap("ord_1"), False),
        (ListSubscriptions(), False),
        (EstimateSwap("1", "ETH", "USDT"), False),
        (ExecuteSwap("1", "ETH", "USDT"), True),
        (RawOperation(b"{}"), True),
        (RawOperation(b"{}", modifies=False), False),
    ],
    ids=repr,
)
def test_only_what_may_change_something_writes(operation: Operation, writes: bool) -> None:
    assert operation.writes is writes


def test_a_request_is_awaited_and_endless_unless_said_otherwise() -> None:
    request = Request(7, GetBalances())
    assert (request.awaited, request.deadline) == (True, None)


def test_commands_are_values() -> None:
    assert Subscribe((Trades("BTC/USDT"),)) == Subscribe((Trades("BTC/USDT"),))
    assert len({Subscribe(()), Unsubscribe(())}) == 2


def test_all_names_exist_and_none_is_forgotten() -> None:
    defined = {
        name
        for name, thing in vars(operations).items()
        if isinstance(thing, type) and thing.__module__ == operations.__name__ and not name.startswith("_")
    }
    assert defined <= set(operations.__all__)
    assert all(hasattr(operations, name) for name in operations.__all__)
