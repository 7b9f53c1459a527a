from decimal import Decimal
from typing import Any

import pytest

from tradewire.errors import ConfigurationError
from tradewire.venues.theone.server.options import ServerOptions, parse_options


def test_the_defaults_are_the_documented_figures() -> None:
    options = parse_options(None)
    assert options == ServerOptions()
    assert (options.ts_window_ms, options.nonce_ttl_s, options.auth_timeout_s) == (30_000, 60, 10)
    assert (options.max_subscriptions, options.max_message_bytes, options.max_messages_per_s) == (100, 65_536, 100)
    assert (options.idle_timeout_s, options.ping_interval_s, options.max_connections_per_key) == (300, 30, 100)


def test_options_are_read_leniently_in_form() -> None:
    options = parse_options({"prices": {"ETH/USDT": "2000.5"}, "fill_delays_s": [0, 1], "idle_timeout_s": 5})
    assert options.prices == {"ETH/USDT": Decimal("2000.5")}
    assert options.fill_delays_s == (0, 1)


@pytest.mark.parametrize("options", [{"no_such": 1}, {"key_mode": "md5"}, {"body_rule": ""}, {"max_subscriptions": "many"}])
def test_wrong_options_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"{next(iter(options))}.*the options are key_mode"):
        parse_options(options)
