"""Control messages are addressed to the engine and to nobody else."""

import pytest

from tradewire.errors import Rejected
from tradewire.model.channels import CONTROL, Channel, Diagnostics, Trades
from tradewire.wire.control import Answered, BookState, Confirmed, Control, Denied, Failed, Ready

BTC = Trades("BTC/USDT")


@pytest.mark.parametrize(
    "control",
    [
        Ready(),
        Confirmed((BTC,)),
        Denied((BTC,), Rejected("no")),
        Answered(1, None),
        Failed(1, Rejected("no")),
        BookState(BTC, live=False, reason="ids 5 to 7 are missing"),
    ],
    ids=lambda control: type(control).__name__,
)
def test_all_go_to_the_control_channel(control: Control) -> None:
    assert control.channel is CONTROL
    assert control.channel not in {BTC, Diagnostics(), Channel()}


def test_they_are_values() -> None:
    assert Confirmed((BTC,)) == Confirmed((Trades("BTC/USDT"),))
    assert Confirmed((BTC,)) != Confirmed((BTC,), unconfirmed=True)
    with pytest.raises(AttributeError):
        Answered(1, None).result = 2  # type: ignore[misc]  # frozen
