"""The refusals of a simulated TheOne: the WebSocket text, the REST code and the HTTP status of each.

Texts and codes are those of WEBSOCKET_DOCUMENTATION_EN.md and API_DOCUMENTATION_EN.md, where these are
silent the simulator's own.
"""

from __future__ import annotations


class Refusal(Exception):
    """A request is refused.

    Args:
        text: For a person.
        code: For a program, over REST.
        status: HTTP status.
    """

    def __init__(self, text: str, code: str = "INVALID_REQUEST", status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.status = status


BAD_MESSAGE = ("Invalid message format",)
NOT_AUTHENTICATED = ("Not authenticated", "UNAUTHORIZED", 401)
MISSING_KEY = ("Missing API key", "MISSING_API_KEY", 401)
BAD_KEY = ("Invalid API key", "UNAUTHORIZED", 401)
BAD_TOKEN = ("Invalid broker token", "UNAUTHORIZED", 401)
NO_PERMISSION = ("Unauthorized", "UNAUTHORIZED", 401)
STALE = ("Request timestamp outside allowed window", "EXPIRED_REQUEST", 401)
BAD_SIGNATURE = ("Invalid signature", "INVALID_SIGNATURE", 401)
USED_NONCE = ("Nonce has already been used or is expired", "INVALID_NONCE", 401)
TOO_MANY_CONNECTIONS = ("Too many connections", "RATE_LIMIT", 429)
RATE_LIMIT = ("Rate limit exceeded", "RATE_LIMIT", 429)
BAD_CHANNEL = ("Invalid channel format",)
TOO_MANY_SUBSCRIPTIONS = ("Subscription limit exceeded",)
BAD_REQUEST = ("Invalid request",)
BAD_AMOUNT = ("Invalid amount",)
UNKNOWN_PAIR = ("Invalid request", "SWAP_ERROR")
NO_FUNDS = ("Insufficient balance for swap", "INSUFFICIENT_BALANCE")
UNKNOWN_ORDER = ("Order not found", "NOT_FOUND", 404)
NOT_FOUND = ("Not found", "NOT_FOUND", 404)
DUPLICATE = ("Duplicate request", "DUPLICATE_REQUEST", 409)
