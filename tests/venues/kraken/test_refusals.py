"""The venue's words become typed errors."""

from __future__ import annotations

import pytest

from tradewire.errors import CommandError, RateLimited, Rejected, SubscriptionRefused
from tradewire.venues.kraken.refusals import error_of_text


@pytest.mark.parametrize(
    ("text", "kind", "code", "retryable"),
    [
        ("EQuery:Unknown asset pair", Rejected, "EQuery:Unknown asset pair", False),
        ("EGeneral:Invalid arguments:volume minimum not met", Rejected, "EGeneral:Invalid arguments", False),
        ("EAPI:Rate limit exceeded", RateLimited, "EAPI:Rate limit exceeded", True),
        ("EService:Throttled: 1762820224", RateLimited, "EService:Throttled", True),
        ("Exceeded msg rate", RateLimited, "", True),
        ("EService:Unavailable", CommandError, "EService:Unavailable", True),
        ("EGeneral:Internal error:XYZ", CommandError, "EGeneral:Internal error", True),
        ("Currency pair not supported XBT/USD", Rejected, "", False),
    ],
)
def test_texts(text: str, kind: type[CommandError], code: str, retryable: bool) -> None:
    error = error_of_text(text, request_id=7)
    assert type(error) is kind
    assert (str(error), error.code, error.retryable, error.request_id, error.venue) == (text, code, retryable, 7, "kraken")


def test_who_asks_says_what_a_plain_no_means() -> None:
    assert type(error_of_text("Subscription depth not supported", kind=SubscriptionRefused)) is SubscriptionRefused
    assert type(error_of_text("EGeneral:Too many requests", kind=SubscriptionRefused)) is RateLimited
    assert error_of_text("no", code=503).code == "503"
