"""Makes small recordings of Binance's market streams."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tradewire.wire.capture import CaptureLine, encode_line

SOCKET = "wss://stream.binance.com:9443/stream"
SNAPSHOT_URL = "https://api.binance.com/api/v3/depth?symbol=BNBBTC&limit=1000"


def _line(stream: str, data: dict[str, Any]) -> CaptureLine:
    raw = json.dumps({"stream": stream, "data": data}, separators=(",", ":"))
    return CaptureLine(ts=1.0, dir="in", conn=SOCKET, raw=raw)


def change(first: int, last: int, *bids: tuple[str, str]) -> CaptureLine:
    data = {"e": "depthUpdate", "E": 1, "s": "BNBBTC", "U": first, "u": last, "b": bids, "a": []}
    return _line("bnbbtc@depth@100ms", data)


def trade(number: int) -> CaptureLine:
    data = {"e": "trade", "E": 1, "s": "BNBBTC", "t": number, "p": "1.5", "q": "2", "T": 1, "m": False, "M": True}
    return _line("bnbbtc@trade", data)


def quote(update_id: int, bid: str) -> CaptureLine:
    return _line("bnbbtc@bookTicker", {"u": update_id, "s": "BNBBTC", "b": bid, "B": "5", "a": "2", "A": "1"})


def snapshot(last: int) -> CaptureLine:
    raw = json.dumps({"lastUpdateId": last, "bids": [["1.0", "5"]], "asks": [["2", "1"]]})
    return CaptureLine(ts=1.0, dir="in", conn=SNAPSHOT_URL, raw=raw)


def event(text: str) -> CaptureLine:
    return CaptureLine(ts=1.0, dir="event", conn=SOCKET, raw=text)


def whole() -> list[CaptureLine]:
    """A recording that adds up: trades 7 to 9, a book from update 1 to 4, three quotes of which two can be compared."""
    book = [change(1, 2), snapshot(2), quote(3, "1.00"), change(3, 3), change(4, 4, ("1.1", "5")), quote(4, "1.1"), quote(9, "3")]
    return [event("live"), trade(7), trade(8), *book, trade(9)]


def write(path: Path, lines: Iterable[CaptureLine]) -> Path:
    """Write a recording, gzipped where the name says so."""
    content = b"".join(map(encode_line, lines))
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
