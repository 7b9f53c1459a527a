"""Payloads of requests, checked."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec

from tradewire.venues.theone.operations import FIELD_STYLES
from tradewire.venues.theone.server.refusal import BAD_AMOUNT, BAD_REQUEST, Refusal

_AMOUNT = re.compile(r"\d{1,40}(\.\d{1,40})?", re.ASCII)
#: On the WebSocket either way of naming the fields is taken, never a mixture; over REST only the documented one.
STREAM_STYLES = tuple(FIELD_STYLES.values())
REST_STYLES = (FIELD_STYLES["docs"],)


class SwapFields(msgspec.Struct, frozen=True):
    """What is to be swapped.

    Attributes:
        amount_text: The amount as it came.
    """

    amount: Decimal
    amount_text: str
    asset_in: str
    asset_out: str
    client_order_id: str = ""


def parse_object(data: bytes) -> dict[str, Any]:
    """Return the members of a payload.

    Raises:
        Refusal: It is no JSON object.
    """
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (ValueError, RecursionError):
        raise Refusal(*BAD_REQUEST) from None


def parse_swap(data: bytes, styles: tuple[tuple[str, str, str], ...]) -> SwapFields:
    """Return what an estimate or a swap asks for.

    Raises:
        Refusal: A field is missing, of the wrong type, or outside its range.
    """
    members = parse_object(data)
    style = _style_of(members, styles)
    amount, asset_in, asset_out = (members[name] for name in style)
    if not isinstance(asset_in, str) or not isinstance(asset_out, str):
        raise Refusal(*BAD_REQUEST)
    if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount) or not Decimal(amount):
        raise Refusal(*BAD_AMOUNT)
    slippage = members.get("slippage_bps", 0)
    client_order_id = members.get("clientOrderId", "")
    if type(slippage) is not int or not 0 <= slippage <= 10_000 or not isinstance(client_order_id, str):
        raise Refusal(*BAD_REQUEST)
    return SwapFields(Decimal(amount), amount, asset_in, asset_out, client_order_id)


def _style_of(members: dict[str, Any], styles: tuple[tuple[str, str, str], ...]) -> tuple[str, str, str]:
    used = [style for style in FIELD_STYLES.values() if not members.keys().isdisjoint(style)]
    if len(used) != 1 or used[0] not in styles or not members.keys() >= set(used[0]):
        raise Refusal(*BAD_REQUEST)
    return used[0]


def parse_order_id(data: bytes) -> str:
    """Return the id that ``order_status`` asks about.

    Raises:
        Refusal: There is none.
    """
    order_id = parse_object(data).get("id")
    if not isinstance(order_id, str) or not order_id:
        raise Refusal(*BAD_REQUEST)
    return order_id
