"""Payloads and cadence of the real-time and depth streams."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig

MS = 1_700_000_000_000


def test_a_trade_is_written_as_documented(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@trade")
    rig.exchange.trade("64123.45", "0.5", taker="sell")
    assert wire.take_raw() == [
        b'{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":1,"p":"64123.45000000","q":"0.50000000","T":1700000000000,"m":true,"M":true}'
    ]


def test_a_bought_trade_has_a_selling_maker(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@trade")
    rig.exchange.trade("1", "1", taker="buy")
    assert wire.take()[0]["m"] is False


def test_combined_connections_are_told_the_stream(rig: Rig) -> None:
    wire = rig.connect("/stream?streams=btcusdt@trade/ethusdt@trade")
    rig.exchange.trade("2000", "1", symbol="ETH/USDT")
    [frame] = wire.take()
    assert list(frame) == ["stream", "data"]
    assert (frame["stream"], frame["data"]["s"]) == ("ethusdt@trade", "ETHUSDT")


def test_microseconds_apply_to_every_time(rig: Rig) -> None:
    wire = rig.connect("/stream?streams=btcusdt@trade&timeUnit=MICROSECOND")
    rig.exchange.now += 7_000
    rig.exchange.trade("1", "1")
    [frame] = wire.take()
    assert frame["data"]["T"] == frame["data"]["E"] == MS * 1000 + 7


def test_fills_of_one_order_at_one_price_are_one_aggregate(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@aggTrade")
    rig.exchange.trade("100.00", "1")
    rig.exchange.trade("100.00", "2")
    rig.exchange.trade("100.01", "4")
    rig.advance(0)
    assert wire.take_raw() == [
        (
            b'{"e":"aggTrade","E":1700000000000,"s":"BTCUSDT","a":1,"p":"100.00000000","q":"3.00000000","f":1,"l":2,'
            b'"T":1700000000000,"m":false,"M":true}'
        ),
        (
            b'{"e":"aggTrade","E":1700000000000,"s":"BTCUSDT","a":2,"p":"100.01000000","q":"4.00000000","f":3,"l":3,'
            b'"T":1700000000000,"m":false,"M":true}'
        ),
    ]


def test_aggregates_count_what_happened_before_anybody_listened(rig: Rig) -> None:
    rig.exchange.trade("100", "1")
    rig.advance(1)
    wire = rig.connect("/ws/btcusdt@aggTrade")
    rig.exchange.trade("100", "1")
    rig.advance(0)
    [frame] = wire.take()
    assert (frame["a"], frame["f"], frame["l"]) == (2, 2, 2)


def test_a_quote_comes_only_when_the_best_changes(rig: Rig) -> None:
    rig.exchange.level("buy", "100.00", "1")
    rig.exchange.level("sell", "101.00", "2")
    wire = rig.connect("/ws/btcusdt@bookTicker")
    rig.exchange.level("buy", "99.00", "5")
    rig.exchange.level("sell", "102.00", "5")
    rig.exchange.level("sell", "101.00", "2")
    assert wire.take() == []
    rig.exchange.level("buy", "100.00", "1.5")
    assert wire.take_raw() == [b'{"u":6,"s":"BTCUSDT","b":"100.00000000","B":"1.50000000","a":"101.00000000","A":"2.00000000"}']


def test_an_empty_side_of_a_quote_is_zero(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@bookTicker")
    rig.exchange.level("buy", "100.00", "1")
    rig.exchange.level("buy", "100.00", "0")
    first, second = wire.take()
    assert (first["b"], first["a"]) == ("100.00000000", "0.00000000")
    assert (second["b"], second["B"]) == ("0.00000000", "0.00000000")


def test_partial_depth_is_the_top_complete_at_its_cadence(rig: Rig) -> None:
    for step in range(7):
        rig.exchange.level("buy", f"{100 - step}.00", "1")
    rig.exchange.level("sell", "101.00", "2")
    wire = rig.connect("/ws/btcusdt@depth5@100ms")
    rig.advance(0.1)
    [frame] = wire.take()
    assert list(frame) == ["lastUpdateId", "bids", "asks"]
    assert frame["lastUpdateId"] == 8
    assert frame["bids"] == [[f"{100 - step}.00000000", "1.00000000"] for step in range(5)]
    assert frame["asks"] == [["101.00000000", "2.00000000"]]
    rig.advance(1)
    assert wire.take() == []
    rig.exchange.level("sell", "101.00", "3")
    rig.advance(0.1)
    assert wire.take()[0]["asks"] == [["101.00000000", "3.00000000"]]


def test_a_newcomer_to_partial_depth_gets_a_picture(rig: Rig) -> None:
    rig.exchange.level("buy", "100.00", "1")
    rig.connect("/ws/btcusdt@depth20")
    rig.advance(5)
    wire = rig.connect("/ws/btcusdt@depth20")
    rig.advance(1)
    assert len(wire.take()) == 1


def test_a_diff_holds_the_last_quantity_of_each_level(rig: Rig) -> None:
    rig.exchange.level("buy", "99.00", "1")
    wire = rig.connect("/ws/btcusdt@depth@100ms")
    rig.exchange.level("buy", "99.00", "0")
    rig.exchange.level("buy", "98.00", "2")
    rig.exchange.level("sell", "101.00", "1")
    rig.exchange.level("sell", "101.00", "3")
    assert wire.take() == []
    rig.advance(0.1)
    assert wire.take_raw() == [
        (
            b'{"e":"depthUpdate","E":1700000000100,"s":"BTCUSDT","U":2,"u":5,'
            b'"b":[["99.00000000","0.00000000"],["98.00000000","2.00000000"]],"a":[["101.00000000","3.00000000"]]}'
        )
    ]


def test_nothing_is_sent_when_nothing_changed(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@depth/btcusdt@depth@100ms")
    rig.exchange.level("buy", "1", "1", symbol="ETH/USDT")
    rig.advance(10)
    assert wire.take() == []


schedule = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell"]),
        st.integers(90, 110),
        st.integers(0, 3),
        st.sampled_from([0.0, 0.03, 0.1, 0.25, 1.2]),
    ),
    max_size=60,
)


@given(schedule, st.integers(0, 60), st.sampled_from(["btcusdt@depth", "btcusdt@depth@100ms"]))
@settings(deadline=None)
def test_snapshot_and_diffs_rebuild_the_book(
    make_rig: Callable[..., Rig], changes: list[tuple[str, int, int, float]], snapshot_at: int, stream: str
) -> None:
    """The documented procedure ends at the exchange's own book, whatever happens when."""
    rig = make_rig()
    rig.exchange.level("buy", "89", "1")
    wire = rig.connect("/ws", stream)
    snapshot: Any = None
    for step, (side, price, quantity, pause) in enumerate(changes):
        if step == snapshot_at:
            snapshot = rig.json("/api/v3/depth?symbol=BTCUSDT&limit=5000")
        rig.exchange.level(side, str(price), str(quantity))
        rig.advance(pause)
    snapshot = snapshot or rig.json("/api/v3/depth?symbol=BTCUSDT&limit=5000")
    rig.advance(1)
    diffs = wire.take()
    assert all(later["U"] == earlier["u"] + 1 for earlier, later in itertools.pairwise(diffs))
    book = {side: {Decimal(p): Decimal(q) for p, q in snapshot[side]} for side in ("bids", "asks")}
    last = snapshot["lastUpdateId"]
    for diff in diffs:
        if diff["u"] <= last:
            continue
        assert diff["U"] <= last + 1
        for side, key in (("bids", "b"), ("asks", "a")):
            book[side].update({Decimal(p): Decimal(q) for p, q in diff[key]})
        last = diff["u"]
    truth = rig.exchange.book("BTC/USDT", 5000)
    assert last == truth.update_id
    assert {p: q for p, q in book["bids"].items() if q} == dict(truth.bids)
    assert {p: q for p, q in book["asks"].items() if q} == dict(truth.asks)
