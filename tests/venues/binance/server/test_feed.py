"""Who gets what, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig


MS = 1_700_000_000_000


def test_connections_of_one_form_share_the_encoded_frame(rig: Rig) -> None:
    first, second, other = rig.connect("/ws/btcusdt@trade"), rig.connect("/ws/btcusdt@trade"), rig.connect()
    rig.exchange.trade("1", "1")
    assert first.session.take_outputs()[0] is second.session.take_outputs()[0]
    assert other.take() == []


def test_each_cadence_sends_at_its_own_multiples(rig: Rig) -> None:
    wire = rig.connect("/stream?streams=btcusdt@depth/btcusdt@depth@100ms/btcusdt@depth@1000ms")
    for step in range(20):
        rig.exchange.level("buy", "1", str(step + 1))
        rig.advance(0.1)
    events = [(frame["stream"], frame["data"]["E"] - MS) for frame in wire.take()]
    assert [moment for stream, moment in events if stream == "btcusdt@depth@100ms"] == list(range(100, 2100, 100))
    assert [moment for stream, moment in events if stream == "btcusdt@depth"] == [1000, 2000]
    assert [moment for stream, moment in events if stream == "btcusdt@depth@1000ms"] == [1000, 2000]


def test_a_late_tick_sends_once_and_keeps_the_pace(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@depth@100ms")
    rig.exchange.level("buy", "1", "1")
    rig.exchange.now += 350_000_000
    rig.server.tick(rig.now)
    assert [event["E"] - MS for event in wire.take()] == [350]
    assert rig.server.next_tick() == (MS + 400) * 1_000_000


def test_a_stream_that_nobody_hears_costs_no_ticks(rig: Rig) -> None:
    wire, other = rig.connect("/ws/btcusdt@depth@100ms"), rig.connect("/ws/btcusdt@depth@100ms/btcusdt@ticker")
    wire.session.closed(rig.now)
    assert rig.server.next_tick() == (MS + 100) * 1_000_000
    other.send({"method": "UNSUBSCRIBE", "params": ["btcusdt@depth@100ms"], "id": 1})
    assert rig.server.next_tick() == (MS + 1000) * 1_000_000
    other.session.closed(rig.now)
    assert rig.server.next_tick() is None


def test_a_new_subscriber_does_not_get_what_was_folded_before(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@depth@100ms")
    rig.exchange.level("buy", "1", "1")
    wire.session.closed(rig.now)
    rig.exchange.level("buy", "1", "2")
    again = rig.connect("/ws/btcusdt@depth@100ms")
    rig.exchange.level("buy", "1", "3")
    rig.advance(0.1)
    assert [(event["U"], event["u"]) for event in again.take()] == [(3, 3)]
