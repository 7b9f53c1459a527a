"""What can be set about the Kraken server half."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from tradewire.errors import ConfigurationError
from tradewire.model.time import SECOND, Nanos

Seconds = Annotated[float, msgspec.Meta(gt=0)]


class ServerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Clocks and disputed words; the defaults are the venue's own where it publishes them.

    Attributes:
        heartbeat_interval: Seconds between heartbeats of a connection that has subscribed to something.
        idle_timeout: Seconds after which a connection ends that has no subscription and says nothing.
        already_subscribed: Answer to a subscription that exists (the words of the first version of the protocol).
        not_subscribed: Answer to the end of a subscription that does not exist (likewise).
    """

    heartbeat_interval: Seconds = 1.0
    idle_timeout: Seconds = 60.0
    already_subscribed: str = "Already subscribed"
    not_subscribed: str = "Subscription Not Found"


def read_options(options: Mapping[str, Any] | None) -> ServerOptions:
    """Turn a plain mapping into options.

    Raises:
        ConfigurationError: A name is unknown, or a value has the wrong type or makes no sense.
    """
    try:
        return msgspec.convert(dict(options or {}), ServerOptions)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"kraken server option: {error}", venue="kraken") from error


def nanos(seconds: float) -> Nanos:
    """Seconds as nanoseconds."""
    return round(seconds * SECOND)
