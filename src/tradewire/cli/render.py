"""Events as lines of JSON, and figures as text."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from tradewire.cli.channels import spell
from tradewire.errors import BookNotLive
from tradewire.model.book import OrderBook
from tradewire.model.channels import Channel, Diagnostics
from tradewire.model.events import Event

#: Levels a side that a book update shows in JSON when the channel asks for no depth.
_DEFAULT_LEVELS = 10


def as_json(event: Event, levels: int = _DEFAULT_LEVELS, *, channel: Channel | None = None) -> bytes:
    """One line of JSON: ``type``, the event's fields, ``channel`` as it is written on the command line.

    Prices and quantities are strings with the wire's digits, times are nanoseconds. A book update shows ``bids`` and ``asks``.

    Args:
        event: What to show.
        levels: Levels a side of a book update.
        channel: As it was asked for, where that says more than the event's own.
    """
    fields: dict[str, Any] = {"type": type(event).__name__}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, OrderBook):
            fields |= _book(value, levels)
        elif name == "channel":
            fields[name] = "diagnostics" if isinstance(value, Diagnostics) else spell(channel or value)
        elif isinstance(value, bytes):
            fields[name] = value.decode("utf-8", "backslashreplace")
        else:
            fields[name] = value.value if isinstance(value, Enum) else value
    return msgspec.json.encode(fields, enc_hook=_text)


def _book(book: OrderBook, levels: int) -> dict[str, Any]:
    try:
        view = book.snapshot(levels)
        return {"bids": view.bids(levels), "asks": view.asks(levels)}
    except BookNotLive as error:
        return {"not_live": str(error)}


def _text(value: object) -> str:
    return str(value)


def number(value: Decimal | None) -> str:
    """A price or quantity without trailing zeros, for people."""
    if value is None:
        return "-"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def aligned(values: Iterable[Decimal]) -> list[str]:
    """Figures of one column, all with as many decimal places as the one that needs most."""
    figures = tuple(values)
    places = max((len(number(value).partition(".")[2]) for value in figures), default=0)
    return [f"{value:.{places}f}" for value in figures]


def counted(count: int, thing: str) -> str:
    """``1 gap``, ``2 gaps``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def rate(count: float) -> str:
    """Events a second."""
    return f"{count:.1f}" if count < 100 else f"{count:,.0f}"
