"""The environment, read when asked."""

from __future__ import annotations

import pytest

from tradewire.errors import ConfigurationError
from tradewire.settings import environment_name, key_and_secret


def test_the_argument_beats_the_variable_beats_live() -> None:
    assert environment_name("sim", {"TRADEWIRE_ENV": "testnet"}) == "sim"
    assert environment_name(None, {"TRADEWIRE_ENV": "testnet"}) == "testnet"
    assert environment_name(None, {}) == "live"


def test_key_and_secret_come_together_or_not_at_all() -> None:
    names = ("A_KEY", "A_SECRET", "A_URL")
    assert key_and_secret(names, {}) is None
    assert key_and_secret((), {"A_KEY": "k"}) is None
    assert key_and_secret(names, {"A_KEY": "k", "A_SECRET": "s"}) == ("k", "s")
    for present, missing in (("A_KEY", "A_SECRET"), ("A_SECRET", "A_KEY")):
        with pytest.raises(ConfigurationError, match=f"{present} is set but {missing} is not"):
            key_and_secret(names, {present: "x"})
