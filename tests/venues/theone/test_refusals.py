import json

import pytest

from tradewire.errors import (
    CommandError,
    InsufficientBalance,
    InvalidOrder,
    NotConnected,
    RateLimited,
    Rejected,
    RemoteProtocolError,
    SubscriptionRefused,
    TradewireError,
    UnknownOrder,
)
from tradewire.venues.theone.refusals import error_of, login_refused, request_refused, subscription_refused
from tradewire.wire.protocol import HttpResponse


@pytest.mark.parametrize(
    ("text", "retryable"),
    [
        ("Invalid API key", False),
        ("Invalid signature", False),
        ("Too many connections", False),
        ("Request timestamp outside allowed window", True),
        ("Nonce has already been used or is expired", True),
    ],
)
def test_only_a_fresh_stamp_is_worth_another_login(text: str, retryable: bool) -> None:
    error = login_refused(text)
    assert (error.text, error.venue, error.retryable) == (text, "theone", retryable)


@pytest.mark.parametrize(
    ("text", "kind", "retryable"),
    [
        ("Insufficient balance for swap", InsufficientBalance, False),
        ("Order not found", UnknownOrder, False),
        ("Invalid amount", InvalidOrder, False),
        ("Invalid request", InvalidOrder, False),
        ("Rate limit exceeded", RateLimited, True),
        ("Not authenticated", NotConnected, True),
        ("Nonce has already been used or is expired", Rejected, True),
        ("Unknown operation: dance", Rejected, False),
    ],
)
def test_refused_requests_are_typed_and_keep_the_text(text: str, kind: type[TradewireError], retryable: bool) -> None:
    error = request_refused(text, 7)
    assert type(error) is kind
    assert (error.text, error.venue, error.retryable) == (text, "theone", retryable)
    if isinstance(error, CommandError):
        assert error.request_id == 7


def test_refused_subscriptions() -> None:
    assert type(subscription_refused("Invalid channel format")) is SubscriptionRefused
    assert type(subscription_refused("whatever")) is SubscriptionRefused
    assert type(subscription_refused("Rate limit exceeded")) is RateLimited


@pytest.mark.parametrize(
    ("status", "code", "kind", "retryable"),
    [
        (401, "INVALID_SIGNATURE", Rejected, False),
        (401, "EXPIRED_REQUEST", Rejected, True),
        (400, "SWAP_ERROR", Rejected, False),
        (400, "INSUFFICIENT_BALANCE", InsufficientBalance, False),
        (400, "INVALID_AMOUNT", InvalidOrder, False),
        (404, "NOT_FOUND", UnknownOrder, False),
        (409, "DUPLICATE_REQUEST", Rejected, False),
        (429, "RATE_LIMIT", RateLimited, True),
        (500, "INTERNAL_ERROR", CommandError, True),
    ],
)
@pytest.mark.parametrize("spelling", ["request_id", "requestId"])
def test_rest_errors(status: int, code: str, kind: type[CommandError], retryable: bool, spelling: str) -> None:
    error = error_of(HttpResponse(status, json.dumps({"code": code, "message": "text", spelling: "id-1"}).encode()))
    assert isinstance(error, CommandError)
    assert type(error) is kind
    assert (error.text, error.code, error.retryable, error.request_id) == ("text", code, retryable, "id-1")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"[" * 100_000])
def test_a_rest_error_without_a_readable_body(body: bytes) -> None:
    error = error_of(HttpResponse(502, body))
    assert isinstance(error, RemoteProtocolError)
    assert (error.code, error.raw, error.retryable) == ("502", body, True)
