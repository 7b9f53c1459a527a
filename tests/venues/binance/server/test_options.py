"""What can be set."""

from __future__ import annotations

from typing import Any

import pytest

from tradewire.errors import ConfigurationError
from tradewire.venues.binance.server.options import ServerOptions, read_options


def test_the_defaults_are_the_venues_own() -> None:
    options = read_options(None)
    assert options == ServerOptions()
    assert (options.ping_interval, options.pong_timeout, options.lifetime) == (20.0, 60.0, 86_400.0)
    assert (options.frames_per_second, options.max_streams, options.weight_limit) == (5, 1024, 6000)


@pytest.mark.parametrize(
    "options",
    [{"ping": 1}, {"ping_interval": "soon"}, {"ping_interval": 0}, {"error_envelope": "round"}, {"frames_per_second": 0}],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="binance server option"):
        read_options(options)
