"""The environment, read when asked."""

from __future__ import annotations

import pytest

from tradewire.errors import ConfigurationError
from tradewire.settings import base_url, documented_url, environment_name, key_and_secret


def test_the_argument_beats_the_variable_beats_live() -> None:
    assert environment_name("sim", {"TRADEWIRE_ENV": "testnet"}) == "sim"
    assert environment_name(None, {"TRADEWIRE_ENV": "testnet"}) == "testnet"
    assert environment_name(None, {}) == "live"


def test_a_venue_can_be_moved_by_a_variable() -> None:
    assert base_url("binance", {"TRADEWIRE_BINANCE_URL": "ws://127.0.0.1:9000"}) == "ws://127.0.0.1:9000"
    assert base_url("my-venue", {"TRADEWIRE_MY_VENUE_URL": "http://x"}) == "http://x"
    assert base_url("binance", {"TRADEWIRE_BINANCE_URL": ""}) is None
    assert base_url("binance", {}) is None


def test_key_and_secret_come_together_or_not_at_all() -> None:
    names = ("A_KEY", "A_SECRET", "A_URL")
    assert key_and_secret(names, {}) is None
    assert key_and_secret((), {"A_KEY": "k"}) is None
    assert key_and_secret(names, {"A_KEY": "k", "A_SECRET": "s"}) == ("k", "s")
    for present, missing in (("A_KEY", "A_SECRET"), ("A_SECRET", "A_KEY")):
        with pytest.raises(ConfigurationError, match=f"{present} is set but {missing} is not"):
            key_and_secret(names, {present: "x"})


def test_the_third_variable_of_a_venue_is_its_base_url() -> None:
    names = ("A_KEY", "A_SECRET", "A_URL")
    assert documented_url(names, {"A_URL": "https://x"}) == "https://x"
    assert documented_url(names, {}) is None
    assert documented_url(names[:2], {"A_URL": "https://x"}) is None
