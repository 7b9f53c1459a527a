"""Parameters, and what is said about wrong ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tradewire.venues.binance.server.calls import split_target

if TYPE_CHECKING:
    from tests.venues.binance.server.conftest import Rig


MS = 1_700_000_000_000


def test_times_can_be_microseconds(rig: Rig) -> None:
    response = rig.get("/api/v3/time", headers={"x-mbx-time-unit": "MICROSECOND"})
    assert json.loads(response.body) == {"serverTime": MS * 1000}
    response = rig.get("/api/v3/time", headers={"X-MBX-TIME-UNIT": "FORTNIGHT"})
    assert (response.status, json.loads(response.body)["code"]) == (400, -1194)


@pytest.mark.parametrize(
    ("target", "code", "text"),
    [
        ("depth?symbol=NOPE", -1121, "Invalid symbol."),
        ("exchangeInfo?symbol=NOPE", -1121, "Invalid symbol."),
        ('exchangeInfo?symbols=["BTCUSDT","NOPE"]', -1121, "Invalid symbol."),
        ("depth", -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        ("depth?symbol=", -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        (
            "depth?symbol=btcusdt",
            -1100,
            "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
        ),
        (
            "depth?symbol=BTCUSDT&limit=x",
            -1100,
            "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.",
        ),
        ("depth?symbol=BTCUSDT&limit=0", -1130, "Data sent for parameter 'limit' is not valid."),
        ("ticker/price?symbol=BTCUSDT&symbols=[]", -1128, "Combination of optional parameters invalid."),
        (
            "ticker/price?symbols=BTCUSDT",
            -1100,
            (
                "Illegal characters found in parameter 'symbols'; "
                'legal range is \'^\\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}\\]$\'.'
            ),
        ),
    ],
)
def test_errors_are_in_the_venues_words(rig: Rig, target: str, code: int, text: str) -> None:
    response = rig.get(f"/api/v3/{target}")
    assert (response.status, json.loads(response.body)) == (400, {"code": code, "msg": text})


@pytest.mark.parametrize(
    ("target", "path", "params"),
    [
        ("/api/v3/time", "/api/v3/time", {}),
        ("/a?symbol=BTC%2FUSDT&limit=5", "/a", {"symbol": "BTC/USDT", "limit": "5"}),
        ("/a?streams=x@kline_1d@+08:00&&flag", "/a", {"streams": "x@kline_1d@+08:00", "flag": ""}),
        ("/a?limit=1&limit=2", "/a", {"limit": "1"}),
    ],
)
def test_targets_are_split(target: str, path: str, params: dict[str, str]) -> None:
    assert split_target(target) == (path, params)
