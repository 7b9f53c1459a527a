"""Telling which stream a recorded frame is of. A book's messages do not say its depth; replies and snapshots do."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from tradewire.venues.kraken.messages import Acknowledgement, Head
from tradewire.venues.kraken.streams import DEPTHS, Stream


class _Item(msgspec.Struct):
    symbol: str
    interval: int = 0
    bids: list[Raw] = []
    asks: list[Raw] = []


class _Data(msgspec.Struct):
    type: str
    data: list[_Item]


_head = msgspec.json.Decoder(Head).decode
_data = msgspec.json.Decoder(_Data).decode
_acknowledgement = msgspec.json.Decoder(Acknowledgement).decode

#: Channels that are no subscription's.
_UNASKED = frozenset({"heartbeat", "status"})


class RecordedStreams:
    """Reads the frames of a recording in order, remembering the depths of its books."""

    def __init__(self) -> None:
        self._depths: dict[str, int] = {}

    def depth(self, symbol: str, default: int) -> int:
        """Return the depth in which the book of ``symbol`` was recorded, if that is known by now."""
        return self._depths.get(symbol, default)

    def read(self, frame: bytes | str) -> tuple[Stream, ...] | None:
        """Return the streams that a frame has data of, none for what is no subscription's; ``None`` for a reply.

        Raises:
            ValueError: It is no frame of Kraken's.
        """
        head = _head(frame)
        if head.method or head.session_error is not None or head.success is not None:
            self._reply(head)
            return None
        if head.channel in _UNASKED:
            return ()
        message = _data(frame)
        return tuple(self._stream(head.channel, item, snapshot=message.type == "snapshot") for item in message.data)

    def _reply(self, head: Head) -> None:
        if head.method == "subscribe" and head.success is True:
            result = _acknowledgement(head.result)
            if result.channel == "book" and result.depth in DEPTHS:
                self._depths[result.symbol] = result.depth

    def _stream(self, kind: str, item: _Item, *, snapshot: bool) -> Stream:
        if kind != "book":
            return Stream(kind, item.symbol, item.interval)
        if snapshot and item.symbol not in self._depths:
            # Nobody recorded the reply: the depth is the least that holds what came.
            levels = max(len(item.bids), len(item.asks))
            self._depths[item.symbol] = next((depth for depth in DEPTHS if depth >= levels), DEPTHS[-1])
        return Stream(kind, item.symbol, self.depth(item.symbol, DEPTHS[-1]))
