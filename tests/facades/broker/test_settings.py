from __future__ import annotations

from types import SimpleNamespace

from tradewire.facades.broker import Limits
from tradewire.facades.broker.settings import DocumentedBackoff
from tradewire.wire.backoff import ReconnectPolicy


def uniform() -> float:
    raise AssertionError("no jitter")


def test_delays_double_from_the_documented_defaults_and_end() -> None:
    policy: ReconnectPolicy = DocumentedBackoff(SimpleNamespace(max_reconnect_attempts=5, reconnect_delay=1.0))
    assert [policy.delay(attempt, uniform) for attempt in range(1, 7)] == [1.0, 2.0, 4.0, 8.0, 16.0, None]
    assert policy.stable_after == 0


def test_settings_are_read_when_used() -> None:
    settings = SimpleNamespace(max_reconnect_attempts=5, reconnect_delay=1.0)
    policy = DocumentedBackoff(settings)
    settings.reconnect_delay = 0.5
    assert policy.delay(2, uniform) == 1.0
    assert policy.attempts == 2
    settings.max_reconnect_attempts = 0
    assert policy.delay(1, uniform) is None


def test_limits_are_the_documented_ones() -> None:
    limits = Limits()
    assert (limits.subscriptions, limits.authentication, limits.heartbeat) == (100, 10.0, 30.0)
