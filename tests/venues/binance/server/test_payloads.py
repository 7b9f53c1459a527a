"""Digits, and the order of keys."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tradewire.venues.binance.server.messages import encode
from tradewire.venues.binance.server.payloads import (
    AggregatePayload,
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
