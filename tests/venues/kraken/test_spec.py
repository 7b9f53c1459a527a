"""What the venue declares."""

from __future__ import annotations

import pytest

from tradewire.errors import Unsupported
from tradewire.model.channels import Book, Quotes, Tickers, Trades
from tradewire.sim.accounts import default_accounts
from tradewire.venues.kraken.client import PING_AFTER, PublicClient
from tradewire.venues.kraken.spec import SPEC
from tradewire.venues.kraken.verify import CaptureVerifier
from tradewire.venues.registry import venue_spec
from tradewire.venues.spec import ClientContext
from tradewire.wire.protocol import HttpResponse


def test_it_is_installed() -> None:
    assert venue_spec("kraken") is SPEC


def test_every_environment_has_its_sockets() -> None:
    assert set(SPEC.environments) == {"live", "sim"}
    for places in SPEC.environments.values():
        assert set(places.ws) == {"public", "private", "level3"}
        assert all(url.endswith("/v2") for url in places.ws.values())
        assert set(SPEC.roles) <= set(places.ws)


def test_the_published_account_is_the_simulators() -> None:
    account = default_accounts("kraken")[0].account
    assert SPEC.published_account == (account.key, account.secret)


def test_silence_cuts_only_after_the_client_has_asked() -> None:
    heartbeat = SPEC.roles["public"].heartbeat
    assert heartbeat.ping_every is None
    assert heartbeat.silence is not None
    assert heartbeat.silence * 1_000_000_000 > 2 * PING_AFTER


def test_there_is_one_role() -> None:
    context = ClientContext(credentials=None, nonce=str, clock_offset=int, instruments={}, options=SPEC.options)
    assert SPEC.role_of(Trades("BTC/USD")) == "public"
    assert isinstance(SPEC.client("public", context), PublicClient)
    with pytest.raises(Unsupported, match="private"):
        SPEC.client("private", context)


def test_channels_resolve_and_are_named() -> None:
    assert SPEC.resolve(Book("XBT/USD", 20)) == Book("BTC/USD", 25)
    assert SPEC.channels_named("ticker BTC/USD", {}) == (Quotes("BTC/USD"), Tickers("BTC/USD"))
    assert SPEC.channels_named("*", {}) == ()


def test_recordings_can_be_verified() -> None:
    assert isinstance(SPEC.verifier(), CaptureVerifier)


def test_errors_and_silence() -> None:
    assert str(SPEC.error_of(HttpResponse(502, b"bad"))) == "HTTP 502: bad"
    assert SPEC.cadence(Trades("BTC/USD")) is None
