import json
from decimal import Decimal
from typing import Any

import pytest

from tradewire.venues.theone.server.fields import REST_STYLES, STREAM_STYLES, SwapFields, parse_object, parse_order_id, parse_swap
from tradewire.venues.theone.server.refusal import Refusal

CLIENTS = {"amountIn": "1.50", "assetIn": "ETH", "assetOut": "USDT"}
DOCS = {"amount": "1.50", "from": "ETH", "to": "USDT"}


def parse(members: Any, styles: Any = STREAM_STYLES) -> SwapFields:
    return parse_swap(json.dumps(members).encode(), styles)


def refused(members: Any, styles: Any = STREAM_STYLES) -> str:
    with pytest.raises(Refusal) as caught:
        parse(members, styles)
    return caught.value.text


@pytest.mark.parametrize("members", [CLIENTS, DOCS])
def test_either_style_is_read_on_the_stream(members: dict[str, Any]) -> None:
    extra = {"slippage_bps": 30, "clientOrderId": "mine", "filter": ["gate"], "network": "", "account": ""}
    assert parse(members | extra) == SwapFields(Decimal("1.50"), "1.50", "ETH", "USDT", "mine")


def test_rest_has_one_style() -> None:
    assert parse(DOCS, REST_STYLES).asset_in == "ETH"
    assert refused(CLIENTS, REST_STYLES) == "Invalid request"


@pytest.mark.parametrize("missing", ["amountIn", "assetIn", "assetOut"])
def test_every_field_is_needed(missing: str) -> None:
    assert refused({name: value for name, value in CLIENTS.items() if name != missing}) == "Invalid request"


@pytest.mark.parametrize(
    "members",
    [
        CLIENTS | {"from": "ETH"},
        {"amount": "1", "assetIn": "ETH", "assetOut": "USDT"},
        CLIENTS | {"assetIn": 1},
        CLIENTS | {"slippage_bps": -1},
        CLIENTS | {"slippage_bps": 10_001},
        CLIENTS | {"slippage_bps": True},
        CLIENTS | {"slippage_bps": "30"},
        CLIENTS | {"clientOrderId": 5},
        [],
        "x",
    ],
)
def test_mixtures_and_wrong_types_are_refused(members: Any) -> None:
    assert refused(members) == "Invalid request"


@pytest.mark.parametrize("amount", ["0", "-1", "abc", "1e3", "NaN", "", 100, 1.5, None])
def test_amounts_are_positive_decimal_strings(amount: Any) -> None:
    assert refused(CLIENTS | {"amountIn": amount}) == "Invalid amount"


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"{", b"[" * 100_000])
def test_what_is_no_object_is_refused(data: bytes) -> None:
    with pytest.raises(Refusal, match="Invalid request"):
        parse_object(data)


def test_order_ids() -> None:
    assert parse_order_id(b'{"id":"32588"}') == "32588"
    for data in (b"{}", b'{"id":""}', b'{"id":32588}'):
        with pytest.raises(Refusal, match="Invalid request"):
            parse_order_id(data)
