"""The texts of control errors, with their positions."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.venues.binance.server.requests import ControlError, ControlRequest, Method, read_request

VARIANTS = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"
BAD_ID = "Invalid request: request ID must be an unsigned integer"
BAD_NAME = "Invalid request: property name must be a string"
TOO_MANY = "Invalid request: too many parameters"
BAD_STREAM = "Invalid request: invalid stream"


@pytest.mark.parametrize("request_id", [0, 1, -5, 2**63 - 1, -(2**63), None, "a", "9d3c6f0e-6d0f-4f3a-8f0e-0123456789ab"])
def test_ids_are_read_as_they_are(request_id: Any) -> None:
    payload = json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": request_id}).encode()
    assert read_request(payload) == ControlRequest(Method.LIST_SUBSCRIPTIONS, request_id)


@pytest.mark.parametrize(
    "request_id", ["2.5", "true", '""', f'"{"x" * 37}"', '"a b"', "[]", "{}", str(2**63), str(-(2**63) - 1), "1" + "0" * 5000]
)
def test_other_ids_are_refused(request_id: str) -> None:
    with pytest.raises(ControlError) as caught:
        read_request(f'{{"method":"LIST_SUBSCRIPTIONS","id":{request_id}}}'.encode())
    assert (caught.value.code, caught.value.text, caught.value.request_id) == (2, BAD_ID, msgspec.UNSET)


@pytest.mark.parametrize(
    ("payload", "code", "text"),
    [
        ('{"method":"LIST_SUBSCRIPTIONS"}', 2, BAD_ID),
        (
            '{"method":"SUBSCRIB","params":[],"id":1}',
            2,
            f"Invalid request: unknown variant `SUBSCRIB`, expected one of {VARIANTS} at line 1 column 20",
        ),
        (
            '{\n "id": 1,\n "method" : "é"}',
            2,
            f"Invalid request: unknown variant `é`, expected one of {VARIANTS} at line 3 column 16",
        ),
        ('{"params":["btcusdt@trade"],"id":1}', 2, "Invalid request: missing field `method` at line 1 column 35"),
        ('{"params":["btcusdt@trade"],"id":1}\n', 2, "Invalid request: missing field `method` at line 1 column 35"),
        ("[]", 2, "Invalid request: missing field `method` at line 1 column 2"),
        ('{"method":5,"id":1}', 3, "Invalid JSON: expected value at line 1 column 11"),
        ("hello", 3, "Invalid JSON: expected value at line 1 column 1"),
        ('{"method":}', 3, "Invalid JSON: expected value at line 1 column 11"),
        ('{"method":"SUBSCRIBE",\n"params":[x]}', 3, "Invalid JSON: expected value at line 2 column 11"),
        ('{"id":NaN}', 3, "Invalid JSON: expected value at line 1 column 7"),
        ("[" * 100_000, 3, "Invalid JSON: recursion limit exceeded at line 1 column 128"),
        ('{"method":"SUBSCRIBE","id":1}', 2, "Invalid request: missing field `params` at line 1 column 29"),
        ('{"method":"SUBSCRIBE","params":"btcusdt@trade","id":1}', 2, BAD_STREAM),
        ('{"method":"SUBSCRIBE","params":[5],"id":1}', 2, BAD_STREAM),
        ('{"method":"SUBSCRIBE","params":["btcusdt@nothing"],"id":1}', 2, BAD_STREAM),
        ('{"method":"UNSUBSCRIBE","params":["btcusdt"],"id":1}', 2, BAD_STREAM),
        ('{"method":"LIST_SUBSCRIPTIONS","params":["x"],"id":1}', 2, TOO_MANY),
        ('{"method":"GET_PROPERTY","params":["combined",true],"id":1}', 2, TOO_MANY),
        ('{"method":"SET_PROPERTY","params":["combined",true,1],"id":1}', 2, TOO_MANY),
        ('{"method":"GET_PROPERTY","id":1}', 2, BAD_NAME),
        ('{"method":"GET_PROPERTY","params":[true],"id":1}', 2, BAD_NAME),
        ('{"method":"SET_PROPERTY","params":[],"id":1}', 2, BAD_NAME),
        ('{"method":"GET_PROPERTY","params":["other"],"id":1}', 0, "Unknown property"),
        ('{"method":"SET_PROPERTY","params":["other",true],"id":1}', 0, "Unknown property"),
        ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}', 1, "Invalid value type: expected Boolean"),
        ('{"method":"SET_PROPERTY","params":["combined"],"id":1}', 1, "Invalid value type: expected Boolean"),
    ],
)
def test_errors_are_in_the_venues_words(payload: str, code: int, text: str) -> None:
    with pytest.raises(ControlError) as caught:
        read_request(payload.encode())
    assert (caught.value.code, caught.value.text) == (code, text)


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["method", "params", "id"]), inner),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_a_request_or_an_error(payload: bytes) -> None:
    with contextlib.suppress(ControlError):
        assert read_request(payload).method in Method
