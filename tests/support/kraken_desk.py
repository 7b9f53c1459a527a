"""A client of Kraken's public connection, what it emitted, and what it wants written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from tradewire.model.channels import Channel
from tradewire.model.events import Event
from tradewire.model.operations import Command, Subscribe, Unsubscribe
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.kraken.checksum import Tokens, checksum
from tradewire.venues.kraken.client import PublicClient
from tradewire.venues.kraken.spec import SPEC
from tradewire.wire.control import Control, Ready
from tradewire.wire.protocol import Frame

START: Nanos = 1_700_000_000 * SECOND
Kind = TypeVar("Kind")
Levels = Sequence[tuple[str, str]]

#: The first two levels a side of a book, best first, and what else messages of its symbol may hold.
ASKS: Levels = (("100.1", "1.50000000"), ("100.2", "0.00200000"))
BIDS: Levels = (("100.0", "0.10000000"), ("99.9", "12.00000000"))
TRADE = (
    '{"symbol":"BTC/USD","side":"buy","price":83744.3,"qty":0.00044780,"ord_type":"limit","trade_id":%d,'
    '"timestamp":"2026-09-25T17:48:26.844359Z"}'
)
TICKER = (
    '{"symbol":"BTC/USD","bid":0.10025,"bid_qty":740.0,"ask":0.10036,"ask_qty":1361.44813783,"last":0.10035,'
    '"volume":997038.98383185,"vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17}'
)
CANDLE = (
    '{"symbol":"BTC/USD","open":0.09875,"high":0.0988,"low":0.09875,"close":0.09875,"trades":13,"volume":16255.46368,'
    '"vwap":0.09879,"interval_begin":"2023-10-04T15:%02d:00.000000000Z","interval":5,"timestamp":"2023-10-04T15:35:00.000000Z"}'
)


def message(channel: str, *items: str, kind: str = "update") -> bytes:
    return f'{{"channel":"{channel}","type":"{kind}","data":[{",".join(items)}]}}'.encode()


def crc(asks: Levels, bids: Levels) -> int:
    return checksum(Tokens().of(asks[:10]), Tokens().of(bids[:10]))


def book_item(asks: Levels, bids: Levels, check: int, symbol: str = "BTC/USD") -> str:
    sides = [",".join(f'{{"price":{price},"qty":{quantity}}}' for price, quantity in side) for side in (bids, asks)]
    return f'{{"symbol":"{symbol}","bids":[{sides[0]}],"asks":[{sides[1]}],"checksum":{check}}}'


def book_snapshot(asks: Levels = ASKS, bids: Levels = BIDS, check: int | None = None, symbol: str = "BTC/USD") -> bytes:
    return message("book", book_item(asks, bids, crc(asks, bids) if check is None else check, symbol), kind="snapshot")


def book_update(asks: Levels, bids: Levels, check: int, symbol: str = "BTC/USD") -> bytes:
    return message("book", book_item(asks, bids, check, symbol))


class Desk:
    """Drives one client by hand, on manual time."""

    def __init__(self) -> None:
        self.now = START
        self.emitted: list[Event | Control] = []
        self.client = PublicClient()
        self.client.connected(self.now, self.emitted.append)
        assert self.take_all() == [Ready()]

    def submit(self, command: Command) -> None:
        self.client.submit(command, self.now, self.emitted.append)

    def subscribe(self, *channels: Channel) -> None:
        """Subscribe, and acknowledge."""
        self.submit(Subscribe(tuple(SPEC.resolve(channel) for channel in channels)))
        self.acknowledge()
        self.emitted.clear()

    def unsubscribe(self, *channels: Channel) -> None:
        self.submit(Unsubscribe(tuple(SPEC.resolve(channel) for channel in channels)))

    def acknowledge(self) -> None:
        """Answer every request, symbol by symbol."""
        for request in self.requests():
            for symbol in request.get("params", {}).get("symbol", ()):
                self.receive(acknowledgement(request, symbol))

    def receive(self, frame: bytes | dict[str, Any]) -> None:
        payload = frame if isinstance(frame, bytes) else json.dumps(frame, separators=(",", ":")).encode()
        self.client.receive(payload, self.now, self.emitted.append)

    def wait(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)
        self.client.tick(self.now, self.emitted.append)

    def requests(self) -> list[dict[str, Any]]:
        """The frames written since the last look."""
        outputs = self.client.take_outputs()
        return [msgspec.json.decode(output.payload) for output in outputs if isinstance(output, Frame)]  # type: ignore[arg-type]

    def take(self, kind: type[Kind]) -> Kind:
        """The one thing emitted since the last look."""
        assert len(self.emitted) == 1, self.emitted
        only = self.emitted.pop()
        assert isinstance(only, kind), only
        return only

    def take_all(self) -> list[Event | Control]:
        emitted, self.emitted[:] = list(self.emitted), []
        return emitted


def acknowledgement(request: dict[str, Any], symbol: str) -> dict[str, Any]:
    result = {**request["params"], "symbol": symbol}
    return {"method": request["method"], "req_id": request["req_id"], "result": result, "success": True}


def refusal(request: dict[str, Any], error: str, **more: Any) -> dict[str, Any]:
    return {"error": error, "method": request["method"], "req_id": request["req_id"], "success": False, **more}
