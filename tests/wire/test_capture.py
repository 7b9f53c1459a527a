"""Recording lines are read exactly and never carry secrets."""

import gzip
import json
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.errors import CaptureError
from tradewire.wire.capture import CaptureLine, decode_line, encode_line, redact, redact_fields

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"

texts = st.text(st.characters(codec="utf-8"))
lines = st.builds(
    CaptureLine,
    ts=st.none() | st.floats(min_value=0, max_value=4e9),
    dir=st.sampled_from(["in", "out", "event"]),
    conn=texts,
    raw=texts,
)


@given(lines)
def test_a_line_survives_writing_and_reading(line: CaptureLine) -> None:
    written = encode_line(line)
    assert written.endswith(b"\n")
    assert written.count(b"\n") == 1
    assert decode_line(written, source="x", number=1) == line


def test_unknown_keys_are_ignored() -> None:
    line = decode_line(b'{"ts":null,"seq":[1],"dir":"in","conn":"wss://a#1","raw":"{}","more":{"a":1}}', source="x", number=1)
    assert line == CaptureLine(ts=None, dir="in", conn="wss://a#1", raw="{}")


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"not json",
        b"[]",
        b'{"ts":1,"dir":"in","conn":"a"}',
        b'{"ts":"1","dir":"in","conn":"a","raw":""}',
        b'{"ts":1,"dir":"sideways","conn":"a","raw":""}',
        b'{"ts":1,"dir":"in","conn":"a","raw":{}}',
        b'{"ts":1,"dir":"in","conn":"a","raw":"\xff"}',
        b'{"ts":1,"dir":"in","conn":"a","raw":"\\ud800"}',
        b'{"ts":1,"x":' + b"[" * 100_000,
    ],
)
def test_a_bad_line_is_named(bad: bytes) -> None:
    with pytest.raises(CaptureError, match=r"^day\.jsonl\.gz, line 17: "):
        decode_line(bad, source="day.jsonl.gz", number=17)


@given(st.text(st.characters(codec="utf-8"), min_size=4), st.sampled_from(["json", "url", "plain"]))
def test_no_spelling_of_a_secret_is_left(secret: str, spelling: str) -> None:
    spelled = {
        "json": json.dumps({"secret": secret}, ensure_ascii=False),
        "url": "/path?" + urlencode({"s": secret}, quote_via=quote),
        "plain": secret,
    }[spelling]
    clean = redact(spelled.encode(), [secret])
    assert b"***" in clean
    if secret not in "***":
        assert secret.encode() not in clean.replace(b"***", b"\0")


def test_a_secret_inside_another_one_leaves_nothing_over() -> None:
    assert redact(b"sign=abcdef", ["abc", "abcdef"]) == b"sign=***"


def test_empty_secrets_and_clean_payloads_change_nothing() -> None:
    payload = b'{"e":"trade"}'
    assert redact(payload, ["", "abc"]) is payload
    assert redact_fields(payload) == payload


def test_slashes_escaped_by_php_style_encoders_are_found() -> None:
    assert redact(rb'{"s":"ab\/cd"}', ["ab/cd"]) == b'{"s":"***"}'


@pytest.mark.parametrize("name", ["key", "sig", "signature", "apiKey", "api_key", "secret", "token", "listenKey"])
def test_fields_that_carry_secrets_are_masked(name: str) -> None:
    payload = b'{"op":"auth","%s" : "a\\"b\\\\","n":1}' % name.encode()
    assert json.loads(redact_fields(payload)) == {"op": "auth", name: "***", "n": 1}


def test_other_fields_keep_their_values() -> None:
    payload = b'{"keys":"a","monkey":"b","key":5,"symbol":"key","x":{"token":"t"}}'
    assert json.loads(redact_fields(payload)) == {"keys": "a", "monkey": "b", "key": 5, "symbol": "key", "x": {"token": "***"}}


@pytest.mark.captures
def test_every_recorded_line_is_read() -> None:
    if not CAPTURES.is_dir():
        pytest.skip("no recordings here")
    files = [path for path in sorted(CAPTURES.rglob("*.gz")) if "ladder" not in path.name]
    assert files
    for path in files:
        with gzip.open(path) as stream:
            for number, line in enumerate(stream, 1):
                decoded = decode_line(line, source=path.name, number=number)
                assert decoded.dir in {"in", "out"}
                if number > 2000:
                    break
