"""How a simulated TheOne behaves where its documents leave a choice."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from tradewire.errors import ConfigurationError

#: Output asset per input asset. Pairs that are not here have the price of the exchange's book.
DEFAULT_PRICES: Mapping[str, Decimal] = {"ETH/USDT": Decimal("2163.78")}


class ServerOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of ``make_server``; names ending in ``_s`` are seconds.

    Attributes:
        key_mode: How a secret becomes an HMAC key; ``either`` takes both.
        body_rule: Over which bytes of ``data`` a signature is checked: as received, encoded again the Go way, or both at once.
        paths: Paths that take a WebSocket upgrade; empty takes any.
        ts_window_ms: Largest difference between a timestamp and the clock, inclusive.
        nonce_ttl_s: How long a nonce is remembered, per key, for both transports.
        auth_timeout_s: A connection that has not logged in by then is closed with 1008.
        close_on_auth_error: Whether a refused login ends the connection (1008).
        error_style: ``with_op`` adds ``op`` and ``ch`` to errors.
        max_subscriptions: Per connection.
        max_message_bytes: A larger frame ends the connection (1009).
        max_messages_per_s: Per connection, over any stretch of one second.
        idle_timeout_s: A connection without a data frame from the client for so long is closed (1001).
        pings_count: Whether a ping of the client counts against idleness too.
        ping_interval_s: How often the server pings.
        prices: By pair ``BASE/QUOTE``, on top of the default ones.
        fee: Reported in estimates, never deducted.
        fill_delays_s: From PENDING to PROCESSING, and from there to the end.
        public_per_minute: REST calls without a key.
        private_per_minute: REST calls per key.
        camel_request_id: Whether REST errors carry ``requestId`` beside ``request_id``.
        broker_token: Bearer token of key management.
        new_account_balances: What the account of a newly created key holds.
    """

    key_mode: Literal["sha256-b64url", "raw", "either"] = "sha256-b64url"
    body_rule: Literal["raw", "remarshal", "both"] = "raw"
    paths: tuple[str, ...] = ()
    ts_window_ms: int = 30_000
    nonce_ttl_s: int = 60
    auth_timeout_s: float = 10.0
    close_on_auth_error: bool = False
    error_style: Literal["bare", "with_op"] = "bare"
    max_subscriptions: int = 100
    max_message_bytes: int = 65_536
    max_messages_per_s: int = 100
    max_connections_per_key: int = 100
    idle_timeout_s: float = 300.0
    pings_count: bool = False
    ping_interval_s: float = 30.0
    prices: dict[str, Decimal] = {}
    fee: str = "0.003"
    fill_delays_s: tuple[float, float] = (0.05, 0.05)
    public_per_minute: int = 100
    private_per_minute: int = 1000
    camel_request_id: bool = False
    broker_token: str = "test_broker_token"  # noqa: S105 - published on purpose: it opens nothing but a simulator
    new_account_balances: dict[str, Decimal] = msgspec.field(
        default_factory=lambda: {"USDT": Decimal("100.00"), "ETH": Decimal("2.5"), "BTC": Decimal("0.1")}
    )


def parse_options(options: Mapping[str, Any] | None) -> ServerOptions:
    """Check options and fill in the defaults.

    Raises:
        ConfigurationError: There is no such option, or it has no such value.
    """
    try:
        return msgspec.convert(dict(options or {}), ServerOptions)
    except msgspec.ValidationError as error:
        known = ", ".join(ServerOptions.__struct_fields__)
        raise ConfigurationError(f"simulator option: {error}; the options are {known}", venue="theone") from None
