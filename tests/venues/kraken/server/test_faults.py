"""Every fault does what it says, as often as it was asked to, and then no more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tradewire.wire.protocol import Close, HttpRequest, HttpResponse

if TYPE_CHECKING:
    from tests.venues.kraken.server.conftest import Rig, Wire


def open_stream(rig: Rig, channel: str) -> Wire:
    wire = rig.connect()
    wire.subscribe(channel, "BTC/USD")
    return wire


def trade_ids(rig: Rig, wire: Wire, count: int) -> list[int]:
    for _ in range(count):
        rig.exchange.trade("1", "1")
        rig.exchange.now += 1
    return [trade["trade_id"] for message in wire.take() for trade in message["data"]]


def checksums(rig: Rig, wire: Wire, count: int) -> list[int]:
    for _ in range(count):
        rig.exchange.level("buy", "1", "1")
        rig.exchange.level("buy", "2", "0")
        rig.exchange.now += 1
        rig.exchange.level("buy", "2", "1")
        rig.exchange.now += 1
    return [message["data"][0]["checksum"] for message in wire.take()]


def test_wrong_checksums_come_as_often_as_asked(rig: Rig) -> None:
    wire = open_stream(rig, "book")
    right = checksums(rig, wire, 2)[2:]
    rig.server.faults.break_checksum(count=1)
    wrong, *rest = checksums(rig, wire, 2)
    assert wrong not in right
    assert rest[:2] == [right[1], right[0]]
    assert checksums(rig, wire, 1) == right


def test_a_snapshot_uses_up_no_wrong_checksum(rig: Rig) -> None:
    rig.exchange.level("buy", "1", "1")
    right = open_stream_snapshot(rig)
    rig.server.faults.break_checksum()
    assert open_stream_snapshot(rig) == right


def open_stream_snapshot(rig: Rig) -> object:
    return rig.connect().subscribe("book", "BTC/USD")[1]


def test_prices_named_twice_end_in_the_right_quantity(rig: Rig) -> None:
    wire = open_stream(rig, "book")
    rig.server.faults.repeat_entries()
    rig.exchange.level("buy", "1", "5")
    rig.exchange.level("buy", "2", "7")
    [repeated] = wire.take()
    bids = [(level["price"], level["qty"]) for level in repeated["data"][0]["bids"]]
    assert sorted(bids) == [(1.0, 5.0), (1.0, 6.0), (2.0, 7.0), (2.0, 8.0)]
    assert dict(bids) == {1.0: 5.0, 2.0: 7.0}
    rig.exchange.level("buy", "1", "6")
    assert len(wire.take()[0]["data"][0]["bids"]) == 1


def test_frames_are_dropped_doubled_and_reordered(rig: Rig) -> None:
    wire = open_stream(rig, "trade")
    rig.server.faults.affect_frames("drop", "trade BTC/USD")
    rig.server.faults.affect_frames("drop", "trade ETH/BTC")
    assert trade_ids(rig, wire, 2) == [2]
    rig.server.faults.affect_frames("duplicate", "trade *", count=2)
    assert trade_ids(rig, wire, 3) == [3, 3, 4, 4, 5]
    rig.server.faults.affect_frames("reorder")
    assert trade_ids(rig, wire, 3) == [7, 6, 8]


def test_a_malformed_frame_is_cut(rig: Rig) -> None:
    wire = open_stream(rig, "trade")
    rig.server.faults.affect_frames("malform")
    rig.exchange.trade("1", "1")
    [frame] = wire.take_raw()
    with pytest.raises(json.JSONDecodeError):
        json.loads(frame)


def test_rest_is_refused_by_the_proxy(rig: Rig) -> None:
    rig.server.faults.refuse_rest(429, count=2, retry_after=7)
    for _ in range(2):
        response = rig.get("/0/public/Time")
        assert (response.status, response.headers["Retry-After"]) == (429, "7")
    assert rig.get("/0/public/Time").status == 200


def test_rest_fails_in_the_venues_words(rig: Rig) -> None:
    rig.server.faults.fail_rest("EService:Busy")
    assert rig.body("/0/public/Time") == {"error": ["EService:Busy"]}
    assert rig.body("/0/public/Time")["error"] == []


def test_upgrades_are_refused(rig: Rig) -> None:
    rig.server.faults.refuse_upgrades(429)
    refusal = rig.server.upgrade(HttpRequest("GET", "/public/v2"), rig.now)
    assert isinstance(refusal, HttpResponse)
    assert refusal.status == 429
    rig.connect()


def test_subscriptions_are_refused(rig: Rig) -> None:
    wire = rig.connect()
    rig.server.faults.refuse_subscribes(error="EGeneral:Too many requests")
    [refusal] = wire.subscribe("book", "BTC/USD", "ETH/BTC", request_id=3)
    assert refusal == {"error": "EGeneral:Too many requests", "method": "subscribe", "req_id": 3, "success": False}
    rig.advance(2)
    assert wire.take() == []
    assert wire.subscribe("trade", "BTC/USD")[0]["success"] is True


def test_a_request_too_many_is_answered_with_a_capital_and_not_carried_out(rig: Rig) -> None:
    wire = rig.connect()
    rig.server.faults.exceed_rate()
    wire.send({"method": "subscribe", "params": {"channel": "trade", "symbol": ["BTC/USD"]}, "req_id": 1})
    assert wire.take_raw() == [b'{"Error":"Exceeded msg rate"}']
    assert wire.ask({"method": "ping"}) == {"method": "pong"}
    assert trade_ids(rig, wire, 1) == []


@pytest.mark.parametrize("system", ["maintenance", "cancel_only", "post_only"])
def test_the_state_of_the_system_is_told_to_all(rig: Rig, system: str) -> None:
    wire = rig.connect()
    rig.server.faults.set_system(system)  # type: ignore[arg-type]  # the parameters are texts
    [status] = wire.take()
    assert (status["channel"], status["data"][0]["system"]) == ("status", system)
    assert rig.connect(greeted=False).take()[0]["data"][0]["system"] == system
    assert rig.result("/0/public/SystemStatus")["status"] == system
    rig.server.faults.set_system("online")
    assert wire.take()[0]["data"][0]["system"] == "online"


def test_there_are_no_other_states(rig: Rig) -> None:
    with pytest.raises(ValueError, match="'asleep' is no state of the system; there are: online, maintenance"):
        rig.server.faults.set_system("asleep")  # type: ignore[arg-type]  # that is the point


def test_a_shutdown_is_announced_and_the_venue_comes_back(rig: Rig) -> None:
    wires = rig.connect(), rig.connect()
    rig.server.faults.shut_down(after=2)
    for wire in wires:
        assert [frame["data"][0]["system"] for frame in wire.take()] == ["maintenance"]
    rig.advance(1.9)
    assert wires[0].ended() is None
    rig.advance(0.1)
    for wire in wires:
        assert wire.ended() == Close(1001, "Going away")
        assert wire.take() == []
    assert rig.connect(greeted=False).take()[0]["data"][0]["system"] == "online"


def test_clearing_disarms_everything(rig: Rig) -> None:
    wire = open_stream(rig, "book")
    faults = rig.server.faults
    right = checksums(rig, wire, 1)
    for arm in (faults.break_checksum, faults.repeat_entries, faults.exceed_rate, faults.shut_down):
        arm()
    faults.affect_frames("drop", count=None)
    faults.refuse_rest(500)
    faults.refuse_upgrades(500)
    faults.fail_rest()
    faults.refuse_subscribes()
    faults.set_system("maintenance")
    faults.clear()
    assert checksums(rig, wire, 1)[-2:] == right[-2:]
    assert rig.body("/0/public/Time")["error"] == []
    assert rig.connect().subscribe("trade", "BTC/USD")[0]["success"] is True
    rig.advance(3)
    assert wire.ended() is None
