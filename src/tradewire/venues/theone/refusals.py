"""The broker's refusals as typed errors, in the broker's words.

On the WebSocket a refusal is a bare text (WEBSOCKET_DOCUMENTATION_EN.md); over REST it has a code (API_DOCUMENTATION_EN.md).
"""

from __future__ import annotations

import msgspec

from tradewire.errors import (
    CommandError,
    InsufficientBalance,
    InvalidOrder,
    LoginRefused,
    NotConnected,
    RateLimited,
    Rejected,
    RemoteProtocolError,
    SubscriptionRefused,
    TradewireError,
    UnknownOrder,
)
from tradewire.venues.theone.messages import VENUE
from tradewire.wire.protocol import HttpResponse

STALE_TIMESTAMP = "Request timestamp outside allowed window"
USED_NONCE = "Nonce has already been used or is expired"
#: Worth one more try with a fresh stamp; any other refused login would be refused again.
_FRESH_STAMP_HELPS = frozenset({STALE_TIMESTAMP, USED_NONCE})

_BY_TEXT: dict[str, type[CommandError]] = {
    "Insufficient balance for swap": InsufficientBalance,
    "Order not found": UnknownOrder,
    "Invalid amount": InvalidOrder,
    "Invalid request": InvalidOrder,
    "Rate limit exceeded": RateLimited,
    "Invalid channel format": SubscriptionRefused,
    "Subscription limit exceeded": SubscriptionRefused,
}

_BY_CODE: dict[str, type[CommandError]] = {
    "INSUFFICIENT_BALANCE": InsufficientBalance,
    "INVALID_AMOUNT": InvalidOrder,
    "ORDER_NOT_FOUND": UnknownOrder,
    "NOT_FOUND": UnknownOrder,
    "RATE_LIMIT": RateLimited,
    "RATE_LIMIT_EXCEEDED": RateLimited,
}
_RETRYABLE_CODES = frozenset({"EXPIRED_REQUEST", "INVALID_NONCE", "RATE_LIMIT", "RATE_LIMIT_EXCEEDED", "INTERNAL_ERROR"})


def login_refused(text: str) -> LoginRefused:
    """Return the error of a refused login; retryable only for a stale timestamp or a used nonce."""
    return LoginRefused(text, venue=VENUE, retryable=text in _FRESH_STAMP_HELPS)


def request_refused(text: str, request_id: int) -> TradewireError:
    """Return the error that ends a request."""
    if text == "Not authenticated":
        return NotConnected(text, venue=VENUE, retryable=True)
    kind = _BY_TEXT.get(text, Rejected)
    return kind(text, venue=VENUE, request_id=request_id, retryable=kind is RateLimited or text in _FRESH_STAMP_HELPS)


def subscription_refused(text: str) -> TradewireError:
    """Return the error that ends a subscription or its withdrawal."""
    kind = _BY_TEXT.get(text)
    if kind is RateLimited:
        return RateLimited(text, venue=VENUE)
    return SubscriptionRefused(text, venue=VENUE)


class _ErrorBody(msgspec.Struct, frozen=True):
    """``{"code":"NOT_FOUND","message":"…","request_id":"…"}``; some texts of the broker spell the last one ``requestId``."""

    code: str
    message: str
    request_id: str | None = None
    requestId: str | None = None  # noqa: N815 - the broker's own second spelling


def error_of(response: HttpResponse) -> TradewireError:
    """Return what a response that is no success means.

    A status of 500 or more says nothing about what became of the call, so its error is no ``Rejected``.
    """
    try:
        body = msgspec.json.decode(response.body, type=_ErrorBody)
    except (ValueError, RecursionError):
        text = f"HTTP {response.status} without a readable error"
        return RemoteProtocolError(text, raw=response.body, venue=VENUE, code=response.status, retryable=response.status >= 500)
    kind = CommandError if response.status >= 500 else _BY_CODE.get(body.code, Rejected)
    return kind(
        body.message,
        venue=VENUE,
        code=body.code,
        retryable=body.code in _RETRYABLE_CODES,
        request_id=body.request_id or body.requestId,
    )
