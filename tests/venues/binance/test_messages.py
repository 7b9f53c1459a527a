"""Shapes: each documented payload fits its struct, and only texts are prices."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from binance_payloads import (
    AGGREGATE,
    AVERAGE_PRICE,
    BOOK_TICKER,
    DEPTH,
    KLINE,
    MINI_TICKER,
    PARTIAL_DEPTH,
    TICKER,
    TRADE,
    WINDOW_TICKER,
)

from tradewire.venues.binance.messages import (
    AggregateTradeMessage,
    AveragePriceMessage,
    BookTickerMessage,
    Depth,
    DepthMessage,
    KlineMessage,
    MiniTickerMessage,
    TickerMessage,
    TradeMessage,
)

SHAPES: list[tuple[type[msgspec.Struct], dict[str, Any]]] = [
    (TradeMessage, TRADE),
    (AggregateTradeMessage, AGGREGATE),
    (BookTickerMessage, BOOK_TICKER),
    (DepthMessage, DEPTH),
    (Depth, PARTIAL_DEPTH),
    (KlineMessage, KLINE),
    (MiniTickerMessage, MINI_TICKER),
    (TickerMessage, TICKER),
    (TickerMessage, WINDOW_TICKER),
    (AveragePriceMessage, AVERAGE_PRICE),
]


@pytest.mark.parametrize(("kind", "payload"), SHAPES)
def test_every_member_comes_from_the_payload_under_the_venues_name(kind: type[msgspec.Struct], payload: dict[str, Any]) -> None:
    message = msgspec.convert(payload, kind)
    for field in msgspec.structs.fields(kind):
        if isinstance(value := getattr(message, field.name), str | int):
            assert value == payload[field.encode_name]


@pytest.mark.parametrize(("kind", "payload"), SHAPES)
def test_a_number_in_place_of_a_text_is_refused(kind: type[msgspec.Struct], payload: dict[str, Any]) -> None:
    for name, value in payload.items():
        needed = name in {field.encode_name for field in msgspec.structs.fields(kind)}
        if needed and isinstance(value, str):
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert({**payload, name: 1.5}, kind)
