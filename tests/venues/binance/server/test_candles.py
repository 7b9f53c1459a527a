"""Candle streams: payload, cadence, the final bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig

MS = 1_700_000_000_000  # 20 s into a minute


def test_a_candle_is_written_as_documented(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@kline_1m")
    rig.exchange.trade("100.00", "2")
    rig.exchange.trade("90.00", "1", taker="sell")
    rig.advance(2)
    assert wire.take_raw() == [
        (
            b'{"e":"kline","E":1700000002000,"s":"BTCUSDT","k":{"t":1699999980000,"T":1700000039999,"s":"BTCUSDT","i":"1m",'
            b'"f":1,"L":2,"o":"100.00000000","c":"90.00000000","h":"100.00000000","l":"90.00000000","v":"3.00000000","n":2,'
            b'"x":false,"q":"290.00000000","V":"2.00000000","Q":"200.00000000","B":"0"}}'
        )
    ]


@pytest.mark.parametrize(("interval", "cadence"), [("1s", 1000), ("1m", 2000), ("1M", 2000)])
def test_candles_come_at_their_cadence(rig: Rig, interval: str, cadence: int) -> None:
    wire = rig.connect(f"/ws/btcusdt@kline_{interval}")
    for _ in range(40):
        rig.exchange.trade("1", "1")
        rig.advance(0.2)
    moments = {event["E"] - MS for event in wire.take()}
    assert moments == set(range(cadence, 8001, cadence))


def test_nothing_comes_while_nothing_trades(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@kline_1h")
    rig.advance(100)
    assert wire.take() == []
    rig.exchange.trade("1", "1")
    rig.advance(100)
    assert len(wire.take()) == 1


def test_each_bar_is_final_once(rig: Rig) -> None:
    wire = rig.connect("/ws/btcusdt@kline_1m")
    rig.exchange.trade("5", "1")
    rig.advance(150)
    running, *final = [event["k"] for event in wire.take()]
    assert [running["x"], *(bar["x"] for bar in final)] == [False, True, True]
    assert [bar["t"] for bar in final] == [1699999980000, 1700000040000]
    assert (final[1]["f"], final[1]["L"], final[1]["n"], final[1]["o"]) == (-1, -1, 0, "5.00000000")


def test_a_late_subscriber_gets_the_whole_bar_and_no_old_ones(rig: Rig) -> None:
    rig.exchange.trade("5", "1")
    rig.advance(60)
    rig.exchange.trade("6", "1")
    rig.advance(10)
    wire = rig.connect("/ws/btcusdt@kline_1m")
    rig.advance(2)
    [event] = wire.take()
    assert (event["k"]["x"], event["k"]["o"], event["k"]["n"]) == (False, "6.00000000", 1)


def test_bars_of_the_eastern_day_begin_at_16_utc(rig: Rig) -> None:
    wire = rig.connect("/stream?streams=btcusdt@kline_1d@+08:00/btcusdt@kline_1d")
    rig.exchange.trade("5", "1")
    rig.advance(2)
    starts = {frame["stream"]: frame["data"]["k"]["t"] for frame in wire.take()}
    assert starts == {"btcusdt@kline_1d@+08:00": 1699977600000, "btcusdt@kline_1d": 1699920000000}


def test_rest_lists_the_same_bars(rig: Rig) -> None:
    rig.exchange.trade("100.00", "2")
    rig.exchange.trade("90.00", "1", taker="sell")
    rig.advance(60)
    assert rig.json("/api/v3/klines?symbol=BTCUSDT&interval=1m") == [
        [
            1699999980000,
            "100.00000000",
            "100.00000000",
            "90.00000000",
            "90.00000000",
            "3.00000000",
            1700000039999,
            "290.00000000",
            2,
            "2.00000000",
            "200.00000000",
            "0",
        ],
        [1700000040000, *["90.00000000"] * 4, "0.00000000", 1700000099999, *["0.00000000", 0], *["0.00000000"] * 2, "0"],
    ]


def test_rest_chooses_by_time_and_limit(rig: Rig) -> None:
    rig.exchange.trade("1", "1")
    rig.advance(10)

    def seconds(query: str) -> list[int]:
        return [(bar[0] - MS) // 1000 for bar in rig.json(f"/api/v3/klines?symbol=BTCUSDT&interval=1s{query}")]

    assert seconds("") == list(range(11))
    assert seconds("&limit=2") == [9, 10]
    assert seconds(f"&startTime={MS + 3000}&limit=2") == [3, 4]
    assert seconds(f"&startTime={MS + 3000}&endTime={MS + 5999}") == [3, 4, 5]
    assert seconds(f"&startTime={(MS + 8001) * 1000}") == [9, 10]


@pytest.mark.parametrize(("zone", "hour"), [("8", 16), ("%2B8", 16), ("-3:30", 3), ("+05:30", 18), ("0", 0)])
def test_rest_bars_follow_the_time_zone(rig: Rig, zone: str, hour: int) -> None:
    rig.exchange.trade("1", "1")
    [bar] = rig.json(f"/api/v3/klines?symbol=BTCUSDT&interval=1d&timeZone={zone}")
    assert bar[0] // 3_600_000 % 24 == hour


@pytest.mark.parametrize(("query", "code"), [("&interval=2m", -1120), ("", -1102), ("&interval=1d&timeZone=15", -1130)])
def test_bad_parameters_are_refused(rig: Rig, query: str, code: int) -> None:
    response = rig.get(f"/api/v3/klines?symbol=BTCUSDT{query}")
    assert response.status == 400
    assert f'"code":{code},'.encode() in response.body
