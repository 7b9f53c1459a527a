"""REST: what is asked, and what is read out of the answers."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tradewire.errors import CommandError, RateLimited, Rejected, RemoteProtocolError, TradewireError
from tradewire.model.instrument import Instrument
from tradewire.model.time import SECOND
from tradewire.venues.kraken.rest import REST, Depth, DepthLevel, PastCandle, PastTrade, error_of
from tradewire.venues.spec import RestContext
from tradewire.wire.protocol import HttpResponse

CONTEXT = RestContext(now=0, credentials=None, nonce=str, options={})
PAIR = {
    "altname": "XBTUSDT",
    "wsname": "XBT/USDT",
    "aclass_base": "currency",
    "base": "XXBT",
    "quote": "USDT",
    "lot": "unit",
    "cost_decimals": 5,
    "pair_decimals": 1,
    "lot_decimals": 8,
    "lot_multiplier": 1,
    "leverage_buy": [2, 3],
    "fees": [[0, 0.4]],
    "margin_call": 80,
    "ordermin": "0.00005",
    "costmin": "0.5",
    "tick_size": "0.1",
    "status": "online",
}


def parsed(name: str, result: Any, *errors: str) -> Any:
    return REST[name].parse(HttpResponse(200, json.dumps({"error": errors, "result": result}).encode()))


@pytest.mark.parametrize(
    ("name", "params", "target"),
    [
        ("time", {}, "/0/public/Time"),
        ("instruments", {}, "/0/public/AssetPairs"),
        ("depth", {"pair": "XBTUSD", "count": 10}, "/0/public/Depth?pair=XBTUSD&count=10"),
        ("ohlc", {"pair": "XBTUSD", "interval": 5, "since": None}, "/0/public/OHLC?pair=XBTUSD&interval=5"),
        ("trades", {"pair": "BTC/USD"}, "/0/public/Trades?pair=BTC%2FUSD"),
    ],
)
def test_requests(name: str, params: dict[str, Any], target: str) -> None:
    request = REST[name].build(params, CONTEXT)
    assert (request.method, request.target, request.body) == ("GET", target, b"")


def test_time() -> None:
    assert parsed("time", {"unixtime": 1762820224, "rfc1123": "Tue, 11 Nov 25 00:17:04 +0000"}) == 1762820224 * SECOND


def test_instruments_have_the_names_of_the_socket() -> None:
    (instrument,) = parsed("instruments", {"XBTUSDT": PAIR})
    assert instrument == Instrument(
        symbol="BTC/USDT",
        base="BTC",
        quote="USDT",
        venue_symbol="XBTUSDT",
        tick=Decimal("0.1"),
        step=Decimal("0.00000001"),
        minimum_quantity=Decimal("0.00005"),
        minimum_notional=Decimal("0.5"),
        active=True,
    )


def test_pairs_that_say_less() -> None:
    old = {"altname": "XDGXBT", "wsname": "XDG/XBT", "pair_decimals": 8, "lot_decimals": 0, "status": "cancel_only"}
    dark = {"altname": "XBTUSD.d", "pair_decimals": 1, "lot_decimals": 8}
    (instrument,) = parsed("instruments", {"XXDGXXBT": old, "XXBTZUSD.d": dark})
    assert (instrument.symbol, instrument.tick, instrument.step) == ("DOGE/BTC", Decimal("1e-8"), Decimal(1))
    assert (instrument.minimum_quantity, instrument.active) == (0, False)


def test_depth_is_filed_under_whatever_the_pair_is_called() -> None:
    book = {"asks": [["83744.4", "0.120", 1762820224]], "bids": [["83744.3", "1.000", 1762820223]]}
    assert parsed("depth", {"XXBTZUSD": book}) == Depth(
        bids=[DepthLevel(Decimal("83744.3"), Decimal("1.000"), 1762820223)],
        asks=[DepthLevel(Decimal("83744.4"), Decimal("0.120"), 1762820224)],
    )


def test_history() -> None:
    candle = [1688671200, "30306.1", "30306.2", "30305.7", "30305.7", "30306.1", "3.39243896", 23]
    assert parsed("ohlc", {"last": 1688672160, "XXBTZUSD": [candle]}) == [
        PastCandle(
            time=1688671200,
            open=Decimal("30306.1"),
            high=Decimal("30306.2"),
            low=Decimal("30305.7"),
            close=Decimal("30305.7"),
            vwap=Decimal("30306.1"),
            volume=Decimal("3.39243896"),
            count=23,
        )
    ]
    trade = ["30243.40000", "0.34507674", 1688669597.827, "b", "m", "", 61044952]
    assert parsed("trades", {"XXBTZUSD": [trade], "last": "1688671969993150842"}) == [
        PastTrade(Decimal("30243.40000"), Decimal("0.34507674"), Decimal("1688669597.827"), "b", "m", "", 61044952)
    ]


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        (["EQuery:Unknown asset pair"], Rejected),
        (["EAPI:Rate limit exceeded"], RateLimited),
        (["EService:Unavailable"], CommandError),
        (["WGeneral:Deprecated", "EGeneral:Invalid arguments:pair"], Rejected),
    ],
)
def test_an_error_comes_with_status_200(errors: list[str], kind: type[TradewireError]) -> None:
    body = json.dumps({"error": errors}).encode()
    for endpoint in REST.values():
        with pytest.raises(kind) as caught:
            endpoint.parse(HttpResponse(200, body))
        assert str(caught.value) == errors[-1]
        assert caught.value.code in errors[-1]


def test_a_warning_is_no_error() -> None:
    assert parsed("time", {"unixtime": 1}, "WGeneral:Deprecated") == SECOND


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error":[],"result":{"a":1}}', b'{"error":[]}', b"[" * 100_000])
def test_answers_that_cannot_be_read_are_kept(body: bytes) -> None:
    for endpoint in REST.values():
        with pytest.raises(RemoteProtocolError) as caught:
            endpoint.parse(HttpResponse(200, body))
        assert caught.value.raw == body


def test_an_answer_about_no_pair() -> None:
    with pytest.raises(RemoteProtocolError, match="no pair"):
        parsed("ohlc", {"last": 1})


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (429, b"<html>Too many", RateLimited, "HTTP 429: <html>Too many"),
        (403, b"", Rejected, "HTTP 403: no text"),
        (502, b"bad gateway\n", CommandError, "HTTP 502: bad gateway"),
        (520, b'{"error":["EService:Unavailable"]}', CommandError, "HTTP 520: EService:Unavailable"),
    ],
)
def test_other_statuses_come_from_a_proxy(status: int, body: bytes, kind: type[TradewireError], words: str) -> None:
    error = error_of(HttpResponse(status, body))
    assert type(error) is kind
    assert (str(error), error.code) == (words, str(status))
    assert error.retryable is (status != 403)
