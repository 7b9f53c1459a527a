"""What the venue declares."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tradewire.errors import ConfigurationError, Unsupported
from tradewire.model.channels import AveragePrices, Trades
from tradewire.model.instrument import Instrument
from tradewire.venues.binance.spec import SPEC
from tradewire.venues.binance.verify import CaptureVerifier
from tradewire.venues.spec import ClientContext, Endpoints
from tradewire.wire.protocol import HttpResponse


def url(ws: str, **options: Any) -> str:
    return SPEC.url("market", Endpoints("http://x", {"market": ws}), {**SPEC.options, **options})


@pytest.mark.parametrize(
    ("given", "opened"),
    [
        ("ws://127.0.0.1:8702/stream", "ws://127.0.0.1:8702/stream"),
        ("ws://127.0.0.1:8702/ws", "ws://127.0.0.1:8702/ws"),
        ("ws://127.0.0.1:8702", "ws://127.0.0.1:8702/stream"),
        ("ws://127.0.0.1:8702/", "ws://127.0.0.1:8702/stream"),
        ("ws://host/stream?streams=btcusdt@trade", "ws://host/stream?streams=btcusdt@trade"),
    ],
)
def test_an_endpoint_with_a_path_is_opened_as_it_is(given: str, opened: str) -> None:
    assert url(given) == opened


def test_microseconds_are_asked_for_in_the_url() -> None:
    assert url("ws://host/ws", time_unit="us") == "ws://host/ws?timeUnit=MICROSECOND"
    assert url("ws://host/stream?streams=a", time_unit="us") == "ws://host/stream?streams=a&timeUnit=MICROSECOND"


def test_every_environment_has_its_market_socket() -> None:
    assert set(SPEC.environments) == {"live", "testnet", "demo", "sim"}
    for places in SPEC.environments.values():
        assert set(places.ws) == set(SPEC.roles) == {"market"}


def test_pongs_fit_into_the_frame_limit() -> None:
    role = SPEC.roles["market"]
    assert role.frames_per_second is not None
    assert role.frames_per_second < 5
    assert role.lifetime is not None
    assert role.lifetime < 24 * 3600


@pytest.mark.parametrize(
    "options", [{"snapshot_limit": 0}, {"snapshot_limit": 5001}, {"snapshot_limit": "5"}, {"time_unit": "µs"}]
)
def test_impossible_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        SPEC.check({**SPEC.options, **options})
    SPEC.check(SPEC.options)


def test_there_is_one_role() -> None:
    context = ClientContext(credentials=None, nonce=str, clock_offset=int, instruments={}, options=SPEC.options)
    assert SPEC.role_of(Trades("BTC/USDT")) == "market"
    with pytest.raises(Unsupported, match="trade"):
        SPEC.client("trade", context)


def test_used_weight_is_read_from_the_header() -> None:
    assert SPEC.used_weight(HttpResponse(200, b"", {"X-MBX-USED-WEIGHT-1M": "70"})) == 70
    assert SPEC.used_weight(HttpResponse(200, b"", {"x-mbx-used-weight-1m": "7"})) == 7
    assert SPEC.used_weight(HttpResponse(200, b"", {})) is None


def test_only_streams_with_a_cadence_can_be_too_silent() -> None:
    assert SPEC.cadence(AveragePrices("BTC/USDT")) == 10.0
    assert SPEC.cadence(Trades("BTC/USDT")) is None


def test_recorded_streams_have_the_venues_names() -> None:
    eth = Instrument("ETHUP/XY", "ETHUP", "XY", "ETHUPXY", Decimal(1), Decimal(1))
    assert SPEC.channels_named("ethupxy@trade", {"ETHUPXY": eth}) == (Trades("ETHUP/XY"),)
    assert SPEC.channels_named("btcusdt@referencePrice", {}) == ()


def test_recordings_can_be_verified() -> None:
    assert isinstance(SPEC.verifier(), CaptureVerifier)
