from typing import Any

import pytest
from theone_desk import START, START_MS, VECTORS, vector

from tradewire.model.time import SECOND
from tradewire.venues.backend import Account
from tradewire.venues.theone import auth
from tradewire.venues.theone.server.options import parse_options
from tradewire.venues.theone.server.refusal import Refusal
from tradewire.venues.theone.server.verifier import Signed, Verifier
from tradewire.wire.signing import Hmac

ACCOUNT = Account("a", "key", "test_secret_1")


def of(item: dict[str, Any]) -> tuple[Account, Signed]:
    account = Account("a", item["api_key"], item["secret"])
    return account, Signed(item["method"], item["path"], item["ts"], item["nonce"], item["signature"], item["body"].encode())


def verdict(verifier: Verifier, account: Account, signed: Signed, now: int = START) -> str:
    try:
        verifier.check(account, signed, now)
    except Refusal as refused:
        return refused.text
    return "ok"


@pytest.mark.parametrize("item", VECTORS["vectors"], ids=lambda item: str(item["id"]))
def test_every_vector_is_accepted_in_its_mode_alone(item: dict[str, Any]) -> None:
    for mode in ("sha256-b64url", "raw", "either"):
        verifier = Verifier(parse_options({"key_mode": mode}))
        assert verdict(verifier, *of(item)) == ("ok" if mode in {item["mode"], "either"} else "Invalid signature")


@pytest.mark.parametrize("item", VECTORS["must_not_match"]["items"], ids=lambda item: str(item["id"]))
def test_no_wrong_derivation_is_accepted(item: dict[str, Any]) -> None:
    reference = vector(VECTORS["must_not_match"]["reference"])
    assert verdict(Verifier(parse_options({})), *of(reference | {"signature": item["signature"]})) == "Invalid signature"


@pytest.mark.parametrize(
    ("name", "rule", "result"),
    [
        ("ws-estimate-docs-derived", "raw", "ok"),
        ("ws-estimate-docs-derived", "remarshal", "Invalid signature"),
        ("ws-estimate-docs-derived", "both", "Invalid signature"),
        ("ws-estimate-docs-sorted-derived", "both", "ok"),
        ("ws-unicode-escaped-derived", "raw", "ok"),
        ("ws-unicode-escaped-derived", "remarshal", "Invalid signature"),
        ("ws-unicode-utf8-derived", "both", "ok"),
        ("ws-html-escaped-go-derived", "both", "ok"),
        ("ws-html-plain-derived", "remarshal", "Invalid signature"),
        ("ws-balances-emptyobj-derived", "both", "ok"),
        ("rest-estimate-derived", "both", "ok"),
    ],
)
def test_body_rules(name: str, rule: str, result: str) -> None:
    assert verdict(Verifier(parse_options({"body_rule": rule})), *of(vector(name))) == result


def signed(*, ts: Any = START_MS, nonce: Any = "n", body: bytes = b"", hashed: bytes | None = None, **changes: Any) -> Signed:
    signer = auth.signer_of(Hmac("key", "test_secret_1"), auth.DERIVED)
    stamp = auth.Stamp(ts, nonce if isinstance(nonce, str) else "")
    sig = auth.signature(signer, "WS", "/p", stamp, body if hashed is None else hashed)
    return Signed("WS", changes.get("path", "/p"), changes.get("ts_sent", ts), nonce, changes.get("sig", sig), body)


@pytest.mark.parametrize("rule", ["raw", "remarshal", "both"])
def test_null_counts_as_no_bytes(rule: str) -> None:
    assert verdict(Verifier(parse_options({"body_rule": rule})), ACCOUNT, signed(body=b"null", hashed=b"")) == "ok"


def test_under_the_raw_rule_null_may_be_hashed_too() -> None:
    assert verdict(Verifier(parse_options({})), ACCOUNT, signed(body=b"null")) == "ok"


@pytest.mark.parametrize(
    ("age", "result"),
    [
        (-30_000, "ok"),
        (30_000, "ok"),
        (-30_001, "Request timestamp outside allowed window"),
        (30_001, "Request timestamp outside allowed window"),
    ],
)
def test_the_window_is_symmetric_and_inclusive(age: int, result: str) -> None:
    assert verdict(Verifier(parse_options({})), ACCOUNT, signed(ts=START_MS + age)) == result


@pytest.mark.parametrize("ts", [None, str(START_MS), float(START_MS), True, START_MS // 1000])
def test_a_timestamp_is_an_integer_of_milliseconds(ts: Any) -> None:
    assert verdict(Verifier(parse_options({})), ACCOUNT, signed(ts_sent=ts)).startswith("Request timestamp")


@pytest.mark.parametrize("sig", [None, 7, "", "é", "upper"])
def test_a_signature_is_lower_case_hex(sig: Any) -> None:
    right = signed()
    wrong = right.sig.upper() if sig == "upper" else sig
    assert verdict(Verifier(parse_options({})), ACCOUNT, signed(sig=wrong)) == "Invalid signature"
    assert verdict(Verifier(parse_options({})), ACCOUNT, right) == "ok"


@pytest.mark.parametrize("nonce", ["", "a\nb", None, 7])
def test_a_nonce_is_text_on_one_line(nonce: Any) -> None:
    assert verdict(Verifier(parse_options({})), ACCOUNT, signed(nonce=nonce)).startswith("Nonce")


def test_a_nonce_is_used_once_per_key_and_forgotten_in_time() -> None:
    verifier = Verifier(parse_options({}))
    assert verdict(verifier, ACCOUNT, signed()) == "ok"
    assert verdict(verifier, ACCOUNT, signed()).startswith("Nonce")
    assert verifier.nonces("key") == ("n",)
    other = Account("b", "other key", ACCOUNT.secret)
    assert verdict(verifier, other, signed()) == "ok"
    later = START + 61 * SECOND
    assert verdict(verifier, ACCOUNT, signed(ts=START_MS + 61_000), later) == "ok"


def test_neither_a_stale_nor_a_forged_request_burns_its_nonce() -> None:
    verifier = Verifier(parse_options({}))
    assert verdict(verifier, ACCOUNT, signed(ts=START_MS - 30_001)).startswith("Request timestamp")
    assert verdict(verifier, ACCOUNT, signed(path="/other")) == "Invalid signature"
    assert verdict(verifier, ACCOUNT, signed()) == "ok"
