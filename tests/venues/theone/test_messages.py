import msgspec
import pytest

from tradewire.model.channels import Balances, Channel, SwapOrders, Trades
from tradewire.model.events import SwapStatus
from tradewire.venues.theone.messages import FromClient, FromServer, channel_name, channel_of, fold_status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        *((status.value, status) for status in SwapStatus),
        ("pending", SwapStatus.PENDING),
        ("partial_filled", SwapStatus.PARTIAL_FILLED),
        ("PARTIAL", SwapStatus.PARTIAL_FILLED),
        ("CANCELED", SwapStatus.CANCELLED),
        ("canceled", SwapStatus.CANCELLED),
        ("failed", SwapStatus.FAILED),
    ],
)
def test_statuses_are_folded_into_the_documented_ones(text: str, status: SwapStatus) -> None:
    assert fold_status(text) is status


@pytest.mark.parametrize("text", ["", "SETTLED", "null"])
def test_an_unknown_status_is_no_status(text: str) -> None:
    with pytest.raises(ValueError, match="SwapStatus"):
        fold_status(text)


@pytest.mark.parametrize(("channel", "name"), [(Balances(), "balances"), (SwapOrders("32588"), "orders:32588")])
def test_channels_have_names(channel: Channel, name: str) -> None:
    assert channel_name(channel) == name
    assert channel_of(name) == channel


@pytest.mark.parametrize("name", ["", "orders", "orders:", "trades", "Balances"])
def test_other_names_are_no_channel(name: str) -> None:
    assert channel_of(name) is None


@pytest.mark.parametrize("channel", [Trades("BTC/USDT"), SwapOrders("")])
def test_other_channels_have_no_name(channel: Channel) -> None:
    assert channel_name(channel) is None


@pytest.mark.parametrize("kind", [FromServer, FromClient])
def test_the_bytes_of_data_are_kept_as_they_came(kind: type[FromServer | FromClient]) -> None:
    message = msgspec.json.decode(b'{"op":"x", "data" : { "b": 1,"a":"\\u0437" } , "new":[]}\n', type=kind)
    assert bytes(message.data) == b'{ "b": 1,"a":"\\u0437" }'


def test_absent_data_has_no_bytes() -> None:
    assert bytes(msgspec.json.decode(b"{}", type=FromServer).data) == b""
