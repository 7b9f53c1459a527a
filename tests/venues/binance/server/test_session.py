"""Control requests, envelopes, limits and liveness of one connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tradewire.model.time import MILLISECOND
from tradewire.wire.protocol import Close

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig


def subscribe(*streams: str, request_id: Any = 1) -> dict[str, Any]:
    return {"method": "SUBSCRIBE", "params": list(streams), "id": request_id}


def test_subscribing_is_acknowledged_with_the_id(rig: Rig) -> None:
    wire = rig.connect()
    wire.send(subscribe("btcusdt@trade", request_id="abc"))
    assert wire.take_raw() == [b'{"result":null,"id":"abc"}']
    rig.exchange.trade("1", "1")
    assert len(wire.take()) == 1


def test_a_repeated_subscription_is_one(rig: Rig) -> None:
    wire = rig.connect("/ws", "btcusdt@trade")
    assert wire.ask(subscribe("btcusdt@trade", "btcusdt@trade")) == {"result": None, "id": 1}
    rig.exchange.trade("1", "1")
    assert len(wire.take()) == 1
    assert wire.ask({"method": "LIST_SUBSCRIPTIONS", "id": 3}) == {"result": ["btcusdt@trade"], "id": 3}


def test_an_unknown_symbol_is_acknowledged_and_silent(rig: Rig) -> None:
    wire = rig.connect("/ws", "nousdt@trade", "BTCUSDT@trade")
    rig.exchange.trade("1", "1")
    assert wire.take() == []
    assert wire.ask({"method": "LIST_SUBSCRIPTIONS", "id": None}) == {"result": ["nousdt@trade", "BTCUSDT@trade"], "id": None}


def test_unsubscribing_ends_the_stream(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@trade")
    assert wire.ask({"method": "UNSUBSCRIBE", "params": ["btcusdt@trade", "ethusdt@trade"], "id": 312}) == {
        "result": None,
        "id": 312,
    }
    rig.exchange.trade("1", "1")
    assert wire.take() == []


def test_one_malformed_name_refuses_all(rig: Rig) -> None:
    wire = rig.connect()
    answer = wire.ask(subscribe("btcusdt@trade", "nonsense", request_id=2))
    assert answer == {"error": {"code": 2, "msg": "Invalid request: invalid stream"}, "id": 2}
    rig.exchange.trade("1", "1")
    assert wire.take() == []


@pytest.mark.parametrize(("target", "combined"), [("/ws", False), ("/stream", True)])
def test_combined_can_be_read_and_changed(rig: Rig, target: str, combined: bool) -> None:
    wire = rig.connect(target, "btcusdt@trade")
    assert wire.ask({"method": "GET_PROPERTY", "params": ["combined"], "id": 2}) == {"result": combined, "id": 2}
    assert wire.ask({"method": "SET_PROPERTY", "params": ["combined", not combined], "id": 5}) == {"result": None, "id": 5}
    rig.exchange.trade("1", "1")
    assert ("stream" in wire.take()[0]) is not combined


def test_flat_errors_carry_the_id_only_where_documented(make_rig: Callable[..., Rig]) -> None:
    wire = make_rig(error_envelope="flat").connect()
    wire.send({"method": "GET_PROPERTY", "params": ["other"], "id": 7})
    wire.send({"method": "SET_PROPERTY", "params": ["combined", 1], "id": 7})
    wire.send(b"?")
    assert wire.take_raw() == [
        b'{"code":0,"msg":"Unknown property","id":7}',
        b'{"code":1,"msg":"Invalid value type: expected Boolean"}',
        b'{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}',
    ]


def test_nested_errors_leave_out_an_unreadable_id(rig: Rig) -> None:
    wire = rig.connect()
    wire.send(b"?")
    assert wire.take_raw() == [b'{"error":{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}}']


def test_more_streams_than_allowed_are_refused_whole(make_rig: Callable[..., Rig]) -> None:
    wire = make_rig(max_streams=2).connect("/ws/btcusdt@trade")
    assert wire.ask(subscribe("btcusdt@depth", "btcusdt@ticker")) == {
        "error": {"code": 4, "msg": "Too many subscriptions"},
        "id": 1,
    }
    assert wire.ask(subscribe("btcusdt@trade", "btcusdt@depth")) == {"result": None, "id": 1}


def test_the_default_limit_is_1024(rig: Rig) -> None:
    wire = rig.connect()
    names = [f"s{number}@trade" for number in range(1025)]
    assert wire.ask(subscribe(*names))["error"]["code"] == 4
    assert wire.ask(subscribe(*names[:1024])) == {"result": None, "id": 1}


def test_a_sixth_frame_within_a_second_ends_the_connection(rig: Rig) -> None:
    wire = rig.connect()
    for _ in range(3):
        wire.send({"method": "LIST_SUBSCRIPTIONS", "id": 1})
    wire.session.ping_received(b"", rig.now)
    wire.session.pong_received(b"", rig.now)
    rig.advance(0.999)
    wire.send({"method": "LIST_SUBSCRIPTIONS", "id": 6})
    assert len(wire.take()) == 3
    assert wire.ended() == Close(1008, "Too many requests")


def test_five_frames_a_second_are_fine(rig: Rig) -> None:
    wire = rig.connect()
    for _ in range(4):
        for _ in range(5):
            wire.send({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        rig.advance(1)
    assert len(wire.take()) == 20
    assert wire.ended() is None


def test_nothing_is_sent_after_the_end(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@trade")
    for _ in range(7):
        wire.session.pong_received(b"", rig.now)
    rig.exchange.trade("1", "1")
    assert wire.take() == []
    assert wire.session.next_tick() is None


def test_pings_come_every_twenty_seconds(rig: Rig) -> None:
    wire = rig.connect()
    wire.answers_pings = False
    for _ in range(20):
        rig.advance(20)
        [payload] = wire.take_pings()
        assert payload == str(rig.now // MILLISECOND).encode()
        wire.session.pong_received(payload, rig.now)
    assert wire.ended() is None


def test_a_missing_pong_ends_the_connection_after_a_minute(rig: Rig) -> None:
    wire = rig.connect()
    wire.answers_pings = False
    rig.advance(20)
    for _ in range(59):
        rig.advance(1)
        wire.session.pong_received(b"", rig.now)
    assert wire.ended() is None
    rig.advance(1)
    assert wire.ended() == Close(1008, "Pong timeout")


def test_a_late_pong_answers_the_earlier_pings_too(rig: Rig) -> None:
    wire = rig.connect()
    wire.answers_pings = False
    rig.advance(60)
    first, second, third = wire.take_pings()
    wire.session.pong_received(second, rig.now)
    rig.advance(59)
    assert wire.ended() is None
    wire.session.pong_received(first, rig.now)
    rig.advance(1)
    assert wire.ended() == Close(1008, "Pong timeout")
    assert third


def test_a_connection_lives_no_longer_than_its_lifetime(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(lifetime=5.0)
    wire = rig.connect("/ws/btcusdt@trade")
    rig.advance(4.9)
    assert wire.ended() is None
    rig.advance(0.1)
    assert wire.ended() == Close(1001, "Connection lifetime reached")


def test_a_closed_connection_leaves_its_streams(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@depth@100ms")
    assert rig.server.next_tick() is not None
    wire.session.closed(rig.now)
    assert rig.server.next_tick() is None
