"""What can be set about the Binance server half."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from tradewire.errors import ConfigurationError
from tradewire.model.time import SECOND, Nanos

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class ServerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Windows and limits; the defaults are the venue's own (web-socket-streams.md, rest-api.md).

    Attributes:
        error_envelope: How control errors are wrapped: ``nested`` (``{"error":{…},"id":…}``, as live servers answer) or
            ``flat`` (``{"code":…,"msg":…}``, as documented).
        ping_interval: Seconds between the server's WebSocket pings.
        pong_timeout: Seconds a ping may stay unanswered.
        lifetime: Seconds after which the server ends a connection.
        frames_per_second: Client frames (text, ping, pong) that one second may hold.
        max_streams: Streams that one connection may carry.
        weight_limit: REST request weight that one aligned minute may hold.
        ban_after: Calls refused with 429 in one minute that are tolerated; the next one bans.
        ban_seconds: Length of the first ban; each later one is twice as long, up to three days.
    """

    error_envelope: Literal["nested", "flat"] = "nested"
    ping_interval: Seconds = 20.0
    pong_timeout: Seconds = 60.0
    lifetime: Seconds = 86_400.0
    frames_per_second: Count = 5
    max_streams: Count = 1024
    weight_limit: Count = 6000
    ban_after: int = 10
    ban_seconds: Count = 120


def read_options(options: Mapping[str, Any] | None) -> ServerOptions:
    """Turn a plain mapping into options.

    Raises:
        ConfigurationError: A name is unknown, or a value has the wrong type or makes no sense.
    """
    try:
        return msgspec.convert(dict(options or {}), ServerOptions)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"binance server option: {error}", venue="binance") from error


def nanos(seconds: float) -> Nanos:
    """Seconds as nanoseconds."""
    return round(seconds * SECOND)
