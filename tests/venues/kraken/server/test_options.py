"""What can be set."""

from __future__ import annotations

from typing import Any

import pytest

from tradewire.errors import ConfigurationError
from tradewire.venues.kraken.server.options import ServerOptions, nanos, read_options


def test_defaults_are_the_venues_own() -> None:
    assert read_options(None) == read_options({}) == ServerOptions(heartbeat_interval=1.0, idle_timeout=60.0)


@pytest.mark.parametrize("options", [{"idle_timeout": 0}, {"idle_timeout": "1"}, {"already_subscribed": 1}, {"nonsense": 1}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="kraken server option: ") as caught:
        read_options(options)
    assert caught.value.venue == "kraken"


def test_seconds_become_nanoseconds() -> None:
    assert nanos(0.25) == 250_000_000
