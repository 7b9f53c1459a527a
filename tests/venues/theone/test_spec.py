import pytest
from theone_desk import context

from tradewire.errors import InsufficientBalance, Unsupported
from tradewire.model.channels import Balances, SwapOrders, Trades
from tradewire.venues.theone.client import TheOneClient
from tradewire.venues.theone.spec import SPEC, ws_url_of
from tradewire.wire.protocol import HttpResponse


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://partner-api.the-one.io", "wss://partner-api.the-one.io/ws/v1/stream"),
        ("https://partner-api.the-one.io/", "wss://partner-api.the-one.io/ws/v1/stream"),
        ("http://localhost:8080", "ws://localhost:8080/ws/v1/stream"),
    ],
)
def test_the_stream_url_follows_from_the_rest_base(base: str, url: str) -> None:
    assert ws_url_of(base) == url


def test_environments() -> None:
    assert SPEC.environments["live"].ws["stream"] == "wss://partner-api.the-one.io/ws/v1/stream"
    assert SPEC.environments["testnet"].http == "https://partner-api-dev.the-one.io"
    assert SPEC.environments["sim"].ws["stream"] == "ws://127.0.0.1:8701/ws/v1/stream"


def test_the_documented_limits() -> None:
    (role,) = SPEC.roles.values()
    assert role.private
    assert (role.max_channels, role.frames_per_second, role.max_frame_out, role.max_frame_in) == (100, 95, 65_536, 1_048_576)
    assert (role.heartbeat.ping_every, role.login_timeout) == (30.0, 10.0)


def test_channels() -> None:
    for channel in (Balances(), SwapOrders("1")):
        assert SPEC.resolve(channel) is channel
        assert SPEC.role_of(channel) == "stream"
    with pytest.raises(Unsupported, match=r"Balances\(\) and SwapOrders"):
        SPEC.resolve(Trades("BTC/USDT"))


def test_the_client_half_takes_the_declared_options() -> None:
    assert isinstance(SPEC.client("stream", context(**SPEC.options)), TheOneClient)


def test_errors_keep_the_brokers_words() -> None:
    error = SPEC.error_of(HttpResponse(400, b'{"code":"INSUFFICIENT_BALANCE","message":"Insufficient balance for swap"}'))
    assert isinstance(error, InsufficientBalance)
    assert error.text == "Insufficient balance for swap"


def test_no_instruments_are_promised() -> None:
    assert "instruments" not in SPEC.rest


def test_recorded_channels_have_the_brokers_names_and_nothing_to_check() -> None:
    assert SPEC.channels_named("orders:1", {}) == (SwapOrders("1"),)
    assert SPEC.channels_named("*", {}) == ()
    assert SPEC.verifier() is None
