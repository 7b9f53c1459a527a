"""Every fault does what it says, once, and then no more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tradewire.wire.protocol import Close, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig, Wire


def trade_ids(rig: Rig, wire: Wire, count: int) -> list[int]:
    for _ in range(count):
        rig.exchange.trade("1", "1")
    return [event["t"] for event in wire.take()]


def test_a_dropped_diff_is_a_gap(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@depth@100ms")
    rig.server.faults.affect_frames("drop", "btcusdt@depth@100ms")
    for step in range(3):
        rig.exchange.level("buy", "1", str(step + 1))
        rig.advance(0.1)
    assert [(event["U"], event["u"]) for event in wire.take()] == [(2, 2), (3, 3)]


def test_a_duplicate_comes_twice(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@trade")
    rig.server.faults.affect_frames("duplicate", "*@trade", count=2)
    assert trade_ids(rig, wire, 3) == [1, 1, 2, 2, 3]


def test_reordered_events_change_places(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@trade")
    rig.server.faults.affect_frames("reorder")
    assert trade_ids(rig, wire, 3) == [2, 1, 3]


def test_a_muted_stream_is_silent_until_cleared(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@trade/ethusdt@trade")
    rig.server.faults.affect_frames("drop", "btcusdt@trade", count=None)
    assert trade_ids(rig, wire, 5) == []
    rig.exchange.trade("1", "1", symbol="ETH/USDT")
    assert len(wire.take()) == 1
    rig.server.faults.clear()
    assert trade_ids(rig, wire, 1) == [6]


def test_a_malformed_event_is_no_json(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@trade")
    rig.server.faults.affect_frames("malform")
    rig.exchange.trade("1", "1")
    [frame] = wire.take_raw()
    with pytest.raises(json.JSONDecodeError):
        json.loads(frame)
    assert trade_ids(rig, wire, 1) == [2]


def test_an_unknown_action_is_refused(rig: Rig) -> None:
    with pytest.raises(ValueError, match="explode"):
        rig.server.faults.affect_frames("explode")


def test_subscribes_can_be_refused(rig: Rig) -> None:
    wire = rig.connect()
    rig.server.faults.refuse_subscribes()
    request = {"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 4}
    assert wire.ask(request) == {"error": {"code": 2, "msg": "Invalid request: invalid stream"}, "id": 4}
    assert wire.ask(request) == {"result": None, "id": 4}


@pytest.mark.parametrize(
    ("status", "code", "retry_after"),
    [(429, -1003, "7"), (418, -1003, "7"), (500, -1000, None), (503, -1008, None), (504, -1007, None)],
)
def test_rest_can_be_refused(rig: Rig, status: int, code: int, retry_after: str | None) -> None:
    rig.server.faults.refuse_rest(status, count=2, retry_after=7)
    for _ in range(2):
        response = rig.get("/api/v3/ping")
        assert (response.status, json.loads(response.body)["code"]) == (status, code)
        assert response.headers.get("Retry-After") == retry_after
    assert rig.get("/api/v3/ping").status == 200


def test_the_firewall_answers_in_html(rig: Rig) -> None:
    rig.server.faults.refuse_rest(403)
    response = rig.get("/api/v3/ping")
    assert (response.status, response.body[:6]) == (403, b"<html>")


def test_upgrades_can_be_refused(rig: Rig) -> None:
    rig.server.faults.refuse_upgrades(503)
    response = rig.server.upgrade(HttpRequest("GET", "/ws"), rig.now)
    assert isinstance(response, HttpResponse)
    assert response.status == 503
    rig.connect("/ws")


def test_a_shutdown_is_announced_in_each_form_and_then_happens(rig: Rig) -> None:
    raw, combined, fine = rig.connect("/ws"), rig.connect("/stream"), rig.connect("/ws?timeUnit=MICROSECOND")
    rig.server.faults.shut_down(after=2)
    rig.advance(0)
    assert raw.take_raw() == [b'{"e":"serverShutdown","E":1700000000000}']
    assert combined.take_raw() == [b'{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1700000000000}}']
    assert fine.take_raw() == [b'{"e":"serverShutdown","E":1700000000000000}']
    replacement = rig.connect("/ws")
    rig.advance(1.9)
    assert raw.ended() is None
    rig.advance(0.1)
    assert [wire.ended() for wire in (raw, combined, fine)] == [Close(1001, "Server shutdown")] * 3
    assert replacement.ended() is None
