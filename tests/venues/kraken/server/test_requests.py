"""What the text says, or the venue's words for what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import UNSET

from tradewire.venues.kraken.server.requests import Channel, Request, RequestError, Subscription, read_request

WRONG_HOST = "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com"


def read(method: str, request_id: int | None = None, **params: Any) -> Request:
    request = {"method": method, "params": params} | ({} if request_id is None else {"req_id": request_id})
    return read_request(json.dumps(request).encode())


def refused(payload: bytes) -> RequestError:
    with pytest.raises(RequestError) as caught:
        read_request(payload)
    return caught.value


def test_one_subscription_for_each_symbol() -> None:
    request = read("subscribe", 7, channel="book", symbol=["BTC/USD", "ETH/USD"], depth=25, snapshot=False)
    subscriptions = tuple(Subscription(Channel.BOOK, symbol, depth=25) for symbol in ("BTC/USD", "ETH/USD"))
    assert request == Request("subscribe", 7, subscriptions, snapshot=False)


def test_parameters_of_other_channels_tell_nothing_apart() -> None:
    request = read("subscribe", channel="trade", symbol=["BTC/USD"], depth=25, interval=5, event_trigger="bbo", token="t")
    assert request == Request("subscribe", UNSET, (Subscription(Channel.TRADE, "BTC/USD"),), snapshot=False)


def test_instruments_need_no_symbol() -> None:
    expected = Request("subscribe", UNSET, (Subscription(Channel.INSTRUMENT),))
    assert read("subscribe", channel="instrument", include_tokenized_assets=True) == expected
    assert read("subscribe", channel="instrument", symbol=["BTC/USD"]) == expected


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"1", b"\xff", b'{"event":"subscribe"}', b'{"method":1}', b'{"method":null,"req_id":1}', b"[" * 5000],
)
def test_malformed(payload: bytes) -> None:
    error = refused(payload)
    assert (error.text, error.method, error.request_id, error.symbol) == ("Malformed request", UNSET, UNSET, UNSET)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"method": "dance"}, "Unsupported event"),
        ({"method": "ping", "params": {}}, "Unsupported field: 'params' for the given msg type: ping"),
        ({"method": "subscribe"}, "Params field must be an object"),
        ({"method": "subscribe", "params": []}, "Params field must be an object"),
        *(
            ({"method": method, "params": {"token": "t"}}, WRONG_HOST)
            for method in ("add_order", "amend_order", "edit_order", "cancel_order", "cancel_all", "batch_add", "batch_cancel")
        ),
        ({"method": "cancel_all_orders_after", "params": {"timeout": 60}}, WRONG_HOST),
    ],
)
def test_wrong_methods(request_: dict[str, Any], text: str) -> None:
    error = refused(json.dumps({**request_, "req_id": 5}).encode())
    assert (error.text, error.method, error.request_id) == (text, request_["method"], 5)


@pytest.mark.parametrize("method", ["subscribe", "unsubscribe"])
@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"channel": "spread"}, "Subscription name invalid"),
        ({"channel": "heartbeat"}, "Subscription name invalid"),
        ({"channel": ["book"]}, "Subscription name invalid"),
        ({"channel": None}, "Subscription name invalid"),
        ({"channel": "executions", "token": "t"}, WRONG_HOST),
        ({"channel": "balances", "token": "t"}, WRONG_HOST),
        ({"channel": "level3", "token": "t"}, WRONG_HOST),
        ({"symbol": []}, "Symbol(s) not found"),
        ({"symbol": None}, "Symbol(s) not found"),
        ({"symbol": "BTC/USD"}, "Symbol field must be an array"),
        ({"symbol": ["BTC/USD", 1]}, "Symbol field must be an array"),
        ({"depth": 20}, "Subscription depth not supported"),
        ({"depth": "10"}, "Depth field must be a number_integer"),
        ({"depth": 10.5}, "Depth field must be a number_integer"),
        ({"depth": True}, "Depth field must be a number_integer"),
        ({"channel": "ohlc", "interval": 2}, "Subscription ohlc interval not supported"),
        ({"channel": "ohlc", "interval": None}, "Interval field must be a number_integer"),
        ({"channel": "ticker", "event_trigger": "all"}, "Subscription event_trigger not supported"),
        ({"channel": "ticker", "event_trigger": ["bbo"]}, "Subscription event_trigger not supported"),
        ({"snapshot": 1}, "Snapshot field must be a boolean"),
        ({"price": 1}, "Unsupported field: 'price' for the given msg type: {method}"),
    ],
)
def test_wrong_parameters(method: str, params: dict[str, Any], text: str) -> None:
    request = {"method": method, "params": {"channel": "book", "symbol": ["BTC/USD"], **params}, "req_id": 9}
    error = refused(json.dumps(request).encode())
    assert (error.text, error.method, error.request_id) == (text.format(method=method), method, 9)


@pytest.mark.parametrize("request_id", ['"7"', "7.5", "true", "null", "1e3"])
def test_a_request_id_that_is_no_integer_is_not_echoed(request_id: str) -> None:
    error = refused(b'{"method":"ping","req_id":' + request_id.encode() + b"}")
    assert (error.text, error.request_id) == ("Req_id field must be a number_integer", UNSET)
