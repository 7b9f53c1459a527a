import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from theone_desk import START_MS, VECTORS, vector

from tradewire.errors import ConfigurationError, LocalProtocolError
from tradewire.venues.theone import auth
from tradewire.wire.signing import ExternalSigner, Hmac


def ids(item: dict[str, Any]) -> str:
    return str(item["id"])


def signed(item: dict[str, Any]) -> str:
    signer = auth.signer_of(Hmac(item["api_key"], item["secret"]), item["mode"])
    stamp = auth.Stamp(item["ts"], item["nonce"])
    return auth.signature(signer, item["method"], item["path"], stamp, item["body"].encode())


@pytest.mark.parametrize("item", VECTORS["vectors"], ids=ids)
def test_every_vector_is_reproduced(item: dict[str, Any]) -> None:
    stamp = auth.Stamp(item["ts"], item["nonce"])
    assert auth.canonical(item["method"], item["path"], stamp, item["body"].encode()).decode() == item["canonical"]
    assert signed(item) == item["signature"]


@pytest.mark.parametrize("item", VECTORS["must_not_match"]["items"], ids=ids)
def test_no_wrong_derivation_is_reproduced(item: dict[str, Any]) -> None:
    reference = vector(VECTORS["must_not_match"]["reference"])
    assert signed(reference) == reference["signature"] != item["signature"]
    assert auth.derived_key(reference["secret"]) == reference["hmac_key"] != item.get("hmac_key")


@pytest.mark.parametrize("item", [item for item in VECTORS["vectors"] if item["kind"] == "ws"], ids=ids)
def test_frames_are_those_of_the_vectors(item: dict[str, Any]) -> None:
    stamp = auth.Stamp(item["ts"], item["nonce"])
    if item["op"] == "auth":
        frame = auth.auth_frame(item["api_key"], stamp, item["signature"])
    else:
        frame = auth.signed_frame(item["op"], stamp, item["signature"], item["body"].encode())
    assert frame.decode() == item["frame"]


@pytest.mark.parametrize(
    "name",
    [
        "ws-estimate-derived",
        "ws-estimate-filter-derived",
        "ws-estimate-docs-sorted-derived",
        "ws-swap-derived",
        "ws-swap-full-derived",
        "ws-order-status-derived",
        "ws-balances-emptyobj-derived",
        "ws-unicode-utf8-derived",
        "ws-html-escaped-go-derived",
    ],
)
def test_the_payload_form_is_the_one_that_all_rules_accept(name: str) -> None:
    body = vector(name)["body"]
    assert auth.compact(json.loads(body)).decode() == body


def test_keys_are_sorted_and_line_separators_escaped() -> None:
    assert auth.compact({"b": ["\u2028\u2029"], "a": {"d": True, "c": None}}) == (
        b'{"a":{"c":null,"d":true},"b":["\\u2028\\u2029"]}'
    )


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"amount": 1.5}, "float"),
        ({"amounts": [float("nan")]}, "float"),
        ({"id": "a\nb"}, "control character"),
        ({"a\x00": 1}, "control character"),
        ({"id": "\ud800"}, "JSON"),
        ({"id": object()}, "JSON"),
    ],
)
def test_payloads_that_could_be_read_in_two_ways_are_refused(payload: Any, reason: str) -> None:
    with pytest.raises(LocalProtocolError, match=reason):
        auth.compact(payload)


plain_text = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | plain_text,
    lambda inner: st.lists(inner) | st.dictionaries(plain_text, inner),
)


@given(json_values)
def test_the_payload_means_what_was_given(value: Any) -> None:
    assert json.loads(auth.compact(value)) == value


def test_the_raw_mode_uses_the_secret_itself() -> None:
    credentials = Hmac("key", "secret")
    assert auth.signer_of(credentials, "raw") is credentials.signer


def test_a_signer_outside_the_process_is_handed_the_canonical_bytes() -> None:
    asked: list[bytes] = []

    def sign(message: bytes) -> bytes:
        asked.append(message)
        return b"\xab\xcd"

    signer = auth.signer_of(ExternalSigner("key", sign), auth.DERIVED)
    assert auth.signature(signer, "WS", auth.STREAM_PATH, auth.Stamp(START_MS, "n")) == "abcd"
    assert asked == [auth.canonical("WS", auth.STREAM_PATH, auth.Stamp(START_MS, "n"))]


def test_an_unknown_key_mode_names_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"'md5'.*sha256-b64url, raw"):
        auth.signer_of(Hmac("key", "secret"), "md5")
