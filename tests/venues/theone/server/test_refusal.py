from tradewire.venues.theone.server import refusal
from tradewire.venues.theone.server.refusal import Refusal

DOCUMENTED_TEXTS = {
    "Not authenticated",
    "Invalid API key",
    "Invalid signature",
    "Request timestamp outside allowed window",
    "Nonce has already been used or is expired",
    "Invalid channel format",
}
DOCUMENTED_CODES = {
    "UNAUTHORIZED": 401,
    "MISSING_API_KEY": 401,
    "INVALID_SIGNATURE": 401,
    "EXPIRED_REQUEST": 401,
    "INVALID_NONCE": 401,
    "INVALID_REQUEST": 400,
    "SWAP_ERROR": 400,
    "NOT_FOUND": 404,
    "DUPLICATE_REQUEST": 409,
    "RATE_LIMIT": 429,
}

ALL = [Refusal(*value) for name, value in vars(refusal).items() if name.isupper()]


def test_the_documented_texts_exist() -> None:
    assert {refused.text for refused in ALL} >= DOCUMENTED_TEXTS


def test_codes_have_their_documented_status() -> None:
    assert {refused.code for refused in ALL} == {*DOCUMENTED_CODES, "INSUFFICIENT_BALANCE"}
    assert all(refused.status == DOCUMENTED_CODES.get(refused.code, 400) for refused in ALL)
