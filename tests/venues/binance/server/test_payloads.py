"""Digits, and the order of keys."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from tradewire.venues.binance.server.messages import encode
from tradewire.venues.binance.server.payloads import (
    AggregatePayload,
    CandlePayload,
    DiffPayload,
    QuotePayload,
    TickerPayload,
    TradePayload,
    WindowTickerPayload,
    pairs,
    text,
)


@pytest.mark.parametrize(
    ("number", "written"),
    [("1", "1.00000000"), ("0", "0.00000000"), ("1E+3", "1000.00000000"), ("1E-8", "0.00000001"), ("-0.5", "-0.50000000")],
)
def test_eight_decimals_and_no_exponent(number: str, written: str) -> None:
    assert text(Decimal(number)) == written


def test_levels_are_pairs_of_texts() -> None:
    assert pairs(((Decimal("0.0024"), Decimal(10)),)) == (("0.00240000", "10.00000000"),)


@pytest.mark.parametrize(
    ("payload", "keys"),
    [
        (TradePayload, "e E s t p q T m M"),
        (AggregatePayload, "e E s a p q f l T m M"),
        (QuotePayload, "u s b B a A"),
        (DiffPayload, "e E s U u b a"),
        (TickerPayload, "e E s p P w x c Q b B a A o h l v q O C F L n"),
        (WindowTickerPayload, "e E s p P o h l c w v q O C F L n"),
    ],
)
def test_keys_come_in_the_venues_order(payload: type, keys: str) -> None:
    assert " ".join(payload.__struct_encode_fields__) == keys  # type: ignore[attr-defined] # every msgspec struct has it


def test_an_ask_is_written_under_its_letter() -> None:
    assert encode(QuotePayload(1, "S", "2", "3", "4", "5")) == b'{"u":1,"s":"S","b":"2","B":"3","a":"4","A":"5"}'


#: Beside the repository, where there are any.
CAPTURES = Path(__file__).parents[5] / "shared" / "captures"


@pytest.mark.captures
@pytest.mark.skipif(not CAPTURES.exists(), reason="no captures here")
@pytest.mark.parametrize(
    ("capture", "stream", "payload"),
    [
        ("binance_spot_btcusdt_20240808", "@trade", TradePayload),
        ("binance_spot_btcusdt_20240808", "@bookTicker", QuotePayload),
        ("binance_spot_btcusdt_20240808", "@depth@100ms", DiffPayload),
        ("binance_spot_10sym_20210417", "@aggTrade", AggregatePayload),
        ("binance_spot_10sym_20210417", "@kline_1m", CandlePayload),
    ],
)
def test_recorded_events_are_written_back_to_the_byte(capture: str, stream: str, payload: type) -> None:
    """Decoded and encoded again, what the venue sent stays the same."""
    compared = 0
    with gzip.open(CAPTURES / f"{capture}.jsonl.gz", "rt") as lines:
        for line in islice(lines, 2000):
            frame = msgspec.json.decode(json.loads(line)["raw"], type=dict[str, msgspec.Raw])
            if bytes(frame.get("stream", b"")).endswith(stream.encode() + b'"'):
                assert encode(msgspec.json.decode(frame["data"], type=payload)) == bytes(frame["data"])
                compared += 1
    assert compared
