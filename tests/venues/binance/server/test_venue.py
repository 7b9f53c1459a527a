"""Upgrades."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tradewire.wire.protocol import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig


def listed(rig: Rig, target: str) -> list[str]:
    names: list[str] = rig.connect(target).ask({"method": "LIST_SUBSCRIPTIONS", "id": 1})["result"]
    return names


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("/ws", []),
        ("/ws/", []),
        ("/stream", []),
        ("/ws/btcusdt@trade", ["btcusdt@trade"]),
        ("/ws/btcusdt@trade/ethusdt@depth", ["btcusdt@trade", "ethusdt@depth"]),
        ("/ws/btcusdt%40trade?timeUnit=microsecond", ["btcusdt@trade"]),
        ("/stream?streams=btcusdt@trade/btcusdt@trade/ethusdt@depth", ["btcusdt@trade", "ethusdt@depth"]),
        ("/stream?timeUnit=MICROSECOND&streams=btcusdt%40trade%2Fethusdt%40depth", ["btcusdt@trade", "ethusdt@depth"]),
        ("/stream?streams=btcusdt@kline_1d@+08:00", ["btcusdt@kline_1d@+08:00"]),
        ("/ws/anythingelse", ["anythingelse"]),
    ],
)
def test_streams_can_be_named_in_the_url(rig: Rig, target: str, names: list[str]) -> None:
    assert listed(rig, target) == names


@pytest.mark.parametrize("target", ["/", "/wss", "/ws-api/v3", "/stream/btcusdt@trade", "/api/v3/ping"])
def test_other_paths_are_not_found(rig: Rig, target: str) -> None:
    response = rig.server.upgrade(HttpRequest("GET", target), rig.now)
    assert isinstance(response, HttpResponse)
    assert response.status == 404


def test_an_unknown_time_unit_is_refused(rig: Rig) -> None:
    response = rig.server.upgrade(HttpRequest("GET", "/ws?timeUnit=DAY"), rig.now)
    assert isinstance(response, HttpResponse)
    assert (response.status, json.loads(response.body)["code"]) == (400, -1194)


def test_too_many_streams_in_the_url_are_refused(rig: Rig) -> None:
    names = "/".join(f"s{number}@trade" for number in range(1025))
    response = rig.server.upgrade(HttpRequest("GET", f"/ws/{names}"), rig.now)
    assert isinstance(response, HttpResponse)
    assert response.status == 400
