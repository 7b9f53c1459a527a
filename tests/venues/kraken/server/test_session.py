"""Requests, acknowledgements, refusals, heartbeats and silence of one connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tradewire.wire.protocol import Close

if TYPE_CHECKING:
    from tests.venues.kraken.server.conftest import Rig

NOW = b'"time_in":"2023-10-04T16:26:01.806315Z","time_out":"2023-10-04T16:26:01.806315Z"'
HEARTBEAT = {"channel": "heartbeat"}


def subscribe(channel: str, *symbols: str, **params: Any) -> dict[str, Any]:
    return {"method": "subscribe", "params": {"channel": channel, "symbol": list(symbols), **params}}


def test_the_status_comes_first(rig: Rig) -> None:
    [frame] = rig.connect(greeted=False).take_raw()
    connection_id = json.loads(frame)["data"][0]["connection_id"]
    assert 2**63 <= connection_id < 2**64
    assert frame == (
        b'{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2",'
        b'"connection_id":%d,"upcoming_maintenance":[],"emergency":[]}]}' % connection_id
    )


def test_connections_have_ids_of_their_own(rig: Rig) -> None:
    ids = {rig.connect(greeted=False).take()[0]["data"][0]["connection_id"] for _ in range(5)}
    assert len(ids) == 5


def test_a_ping_is_answered_without_success(rig: Rig) -> None:
    wire = rig.connect()
    wire.send({"method": "ping", "req_id": 101})
    wire.send({"method": "ping"})
    assert wire.take_raw() == [b'{"method":"pong","req_id":101,' + NOW + b"}", b'{"method":"pong",' + NOW + b"}"]


def test_an_acknowledgement_in_the_venues_order_of_keys(rig: Rig) -> None:
    wire = rig.connect()
    wire.send({**subscribe("book", "BTC/USD", depth=10, snapshot=False), "req_id": 8})
    assert wire.take_raw() == [
        b'{"method":"subscribe","req_id":8,"result":{"channel":"book","depth":10,"snapshot":false,"symbol":"BTC/USD"},'
        b'"success":true,' + NOW + b"}"
    ]


@pytest.mark.parametrize(
    ("channel", "params", "result"),
    [
        ("ticker", {}, {"snapshot": True}),
        ("ticker", {"event_trigger": "bbo"}, {"event_trigger": "bbo", "snapshot": True}),
        ("book", {}, {"depth": 10, "snapshot": True}),
        ("book", {"depth": 1000, "snapshot": False}, {"depth": 1000, "snapshot": False}),
        ("trade", {}, {"snapshot": False}),
        (
            "ohlc",
            {"interval": 21600},
            {"interval": 21600, "snapshot": True, "warnings": ["timestamp is deprecated, use interval_begin"]},
        ),
    ],
)
def test_an_acknowledgement_repeats_the_parameters(
    rig: Rig, channel: str, params: dict[str, Any], result: dict[str, Any]
) -> None:
    [reply, *_] = rig.connect().subscribe(channel, "BTC/USD", request_id=7, **params)
    assert reply == {
        "method": "subscribe",
        "req_id": 7,
        "result": {"channel": channel, "symbol": "BTC/USD", **result},
        "success": True,
    }


def test_instruments_are_acknowledged_without_a_symbol(rig: Rig) -> None:
    [reply, snapshot] = rig.connect().subscribe("instrument", request_id=1)
    assert reply["result"] == {
        "channel": "instrument",
        "snapshot": True,
        "warnings": ["tick_size is deprecated, use price_increment"],
    }
    assert snapshot["channel"] == "instrument"


def test_every_symbol_is_answered_by_itself_before_its_snapshot(rig: Rig) -> None:
    frames = rig.connect().subscribe("book", "BTC/USD", "XBT/USD", "ETH/BTC", request_id=3)
    refusal = {
        "error": "Currency pair not supported XBT/USD",
        "method": "subscribe",
        "req_id": 3,
        "success": False,
        "symbol": "XBT/USD",
    }
    assert refusal in frames
    order = [(frame.get("result") or frame["data"][0])["symbol"] for frame in frames if frame != refusal]
    assert [order[0], order[2]] == [order[1], order[3]]
    assert set(order) == {"BTC/USD", "ETH/BTC"}
    assert [frame.get("req_id") for frame in frames if "method" in frame] == [3, 3, 3]


def test_a_repeated_subscription_is_refused_and_goes_on(rig: Rig) -> None:
    wire = rig.connect()
    wire.subscribe("trade", "BTC/USD")
    again = wire.ask(subscribe("trade", "BTC/USD"))
    assert again == {"error": "Already subscribed", "method": "subscribe", "success": False, "symbol": "BTC/USD"}
    rig.exchange.trade("1", "1")
    assert len(wire.take()) == 1


def test_the_words_for_repeated_and_unknown_subscriptions_can_be_set(make_rig: Callable[..., Rig]) -> None:
    wire = make_rig(already_subscribed="Twice", not_subscribed="Never").connect()
    wire.subscribe("trade", "BTC/USD")
    assert wire.ask(subscribe("trade", "BTC/USD"))["error"] == "Twice"
    assert wire.ask({**subscribe("book", "BTC/USD"), "method": "unsubscribe"})["error"] == "Never"


def test_unsubscribing_ends_the_stream_of_the_same_parameters(rig: Rig) -> None:
    wire = rig.connect()
    wire.subscribe("book", "BTC/USD", depth=25)
    default = {**subscribe("book", "BTC/USD"), "method": "unsubscribe", "req_id": 4}
    assert wire.ask(default) == {
        "error": "Subscription Not Found",
        "method": "unsubscribe",
        "req_id": 4,
        "success": False,
        "symbol": "BTC/USD",
    }
    assert wire.ask({**subscribe("book", "BTC/USD", depth=25), "method": "unsubscribe", "req_id": 5}) == {
        "method": "unsubscribe",
        "req_id": 5,
        "result": {"channel": "book", "depth": 25, "symbol": "BTC/USD"},
        "success": True,
    }
    rig.exchange.level("buy", "1", "1")
    assert wire.take() == []


def test_a_refusal_of_the_request_is_one_answer_without_a_symbol(rig: Rig) -> None:
    reply = rig.connect().ask(subscribe("book", "BTC/USD", "ETH/BTC", depth=11))
    assert reply == {"error": "Subscription depth not supported", "method": "subscribe", "success": False}


def test_refusals_do_not_end_the_connection(rig: Rig) -> None:
    wire = rig.connect()
    assert wire.ask(b"{") == {"error": "Malformed request", "success": False}
    assert wire.ask({"method": "ping"}) == {"method": "pong"}


def test_heartbeats_come_every_second_once_something_is_subscribed(rig: Rig) -> None:
    wire = rig.connect()
    rig.advance(5)
    assert wire.take() == []
    wire.subscribe("trade", "BTC/USD")
    rig.advance(0.9)
    assert wire.take() == []
    rig.advance(2.2)
    assert wire.take_raw() == [b'{"channel":"heartbeat"}'] * 3


def test_heartbeats_keep_their_pace_beside_data(rig: Rig) -> None:
    wire = rig.connect()
    wire.subscribe("trade", "BTC/USD")
    for _ in range(30):
        rig.advance(0.1)
        rig.exchange.trade("1", "1")
    assert wire.take().count(HEARTBEAT) == 3


def test_a_refused_subscription_brings_no_heartbeats(rig: Rig) -> None:
    wire = rig.connect()
    wire.subscribe("trade", "NO/NO")
    rig.advance(3)
    assert wire.take() == []


def test_heartbeats_end_with_the_last_subscription(rig: Rig) -> None:
    wire = rig.connect()
    wire.subscribe("trade", "BTC/USD")
    wire.ask({**subscribe("trade", "BTC/USD"), "method": "unsubscribe"})
    rig.advance(3)
    assert wire.take() == []


def test_a_connection_without_subscriptions_must_speak_within_a_minute(rig: Rig) -> None:
    wire = rig.connect()
    rig.advance(59)
    wire.ask({"method": "ping"})
    rig.advance(59)
    assert wire.ended() is None
    rig.advance(1)
    assert wire.ended() == Close(1000, "Idle")
    wire.send({"method": "ping"})
    assert wire.take() == []


def test_web_socket_pings_are_signs_of_life(rig: Rig) -> None:
    wire = rig.connect()
    rig.advance(59)
    wire.session.ping_received(b"", rig.now)
    rig.advance(59)
    wire.session.pong_received(b"", rig.now)
    rig.advance(59)
    assert wire.ended() is None


def test_a_subscription_keeps_the_connection(rig: Rig) -> None:
    wire = rig.connect()
    wire.subscribe("trade", "BTC/USD")
    rig.advance(120)
    assert wire.ended() is None


def test_the_clocks_can_be_set(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(heartbeat_interval=0.5, idle_timeout=2)
    idle, wire = rig.connect(), rig.connect()
    wire.subscribe("trade", "BTC/USD")
    rig.advance(2)
    assert wire.take() == [HEARTBEAT] * 4
    assert idle.ended() == Close(1000, "Idle")


def test_a_closed_connection_leaves_its_streams(rig: Rig) -> None:
    wire = rig.connect()
    wire.subscribe("trade", "BTC/USD")
    wire.session.closed(rig.now)
    rig.exchange.trade("1", "1")
    assert wire.take() == []
    assert wire.session.next_tick() is None
