"""Putting a gateway together."""

from __future__ import annotations

from toy_venue import ToySpec

import tradewire
from tradewire.engine.setup import new_runtime, secrets_of


def test_nothing_is_opened_and_everything_is_shared() -> None:
    gateway = tradewire.connect(ToySpec(), credentials=tradewire.Hmac("key", "hidden"), connect_timeout=3.0)
    runtime = new_runtime(gateway.spec, gateway._options)
    assert runtime.connect_timeout == 3.0
    assert runtime.context.credentials is not None
    assert runtime.urls() == {"feed": "ws://127.0.0.1:1/feed"}
    assert runtime.context.nonce() != runtime.context.nonce()
    assert not runtime.tasks


def test_secrets_are_what_a_recording_must_not_hold() -> None:
    assert secrets_of(None) == ()
    assert secrets_of(tradewire.Hmac("key", "hidden")) == ("key", "hidden")
    assert secrets_of(tradewire.ExternalSigner("key", lambda message: message)) == ("key",)
