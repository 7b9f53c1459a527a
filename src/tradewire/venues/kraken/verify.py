"""Verifying a recording of market data: read it as the client would have, and check that it adds up."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import msgspec

from tradewire.errors import Unsupported
from tradewire.model.channels import Book, Channel
from tradewire.model.events import BookUpdate, Event, Trade, Unrecognised
from tradewire.model.operations import Subscribe
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.kraken.client import PublicClient
from tradewire.venues.kraken.recorded import RecordedStreams
from tradewire.venues.kraken.streams import VENUE, Stream, channels_of
from tradewire.wire.capture import CaptureLine
from tradewire.wire.control import BookState, Control
from tradewire.wire.protocol import Frame
from tradewire.wire.verify import BookCheck, Report, Sequence


class _Params(msgspec.Struct):
    channel: str
    symbol: list[str]


class _Request(msgspec.Struct):
    method: str
    req_id: int | None = None
    params: _Params | None = None


_request = msgspec.json.Decoder(_Request).decode


class CaptureVerifier:
    """Feeds recorded frames to a client, whose every check of a book is a finding."""

    def __init__(self) -> None:
        self._client = PublicClient()
        self._streams = RecordedStreams()
        self._names: dict[Channel, str] = {}
        self._served: set[Stream] = set()
        self._sequences: dict[str, Sequence] = {}
        self._books: dict[str, BookCheck] = {}
        self._events: Counter[str] = Counter()
        self._unread: list[str] = []
        self._lines = 0
        self._now: Nanos = 0
        self._where = ""

    def begin_file(self) -> None:
        """A new file follows: it may go on where the one before ended, or start anew."""
        self._boundary(cut=False)

    def take(self, line: CaptureLine, where: str) -> None:
        """Take one line; ``where`` names file and line in the report.

        Raises:
            Unsupported: It was recorded on WebSocket v1.
        """
        place = urlsplit(line.conn)
        if place.scheme in {"ws", "wss"} and not place.path.endswith("/v2"):
            raise Unsupported(f"{where}: recorded at {line.conn}, where WebSocket v1 is spoken", venue=VENUE)
        self._lines += 1
        self._where = where
        if line.ts is not None:
            self._now = round(line.ts * SECOND)
        if line.dir == "event" and line.raw.startswith("lost"):
            self._boundary(cut=True)
        elif line.dir == "in" and place.scheme in {"ws", "wss"}:
            self._frame(line.raw.encode())
        self._client.tick(self._now, self._emitted)
        self._acknowledge()

    def report(self) -> Report:
        """Return what has been found so far."""
        sequences, books = tuple(self._sequences.values()), tuple(self._books.values())
        return Report(self._lines, sequences, books, tuple(self._unread), self._events)

    def _boundary(self, *, cut: bool) -> None:
        for sequence in self._sequences.values():
            sequence.boundary(cut=cut)

    def _frame(self, payload: bytes) -> None:
        try:
            streams = self._streams.read(payload)
        except (ValueError, RecursionError) as error:
            self._unread.append(f"{self._where}: {error}")
            return
        if not streams:
            return
        for stream in streams:
            if stream not in self._served:
                self._serve(stream)
        if any(channels_of(stream.name) for stream in streams):
            self._client.receive(payload, self._now, self._emitted)

    def _serve(self, stream: Stream) -> None:
        self._served.add(stream)
        channels = channels_of(stream.name)
        for channel in channels:
            self._names[channel] = stream.name
            if isinstance(channel, Book):
                self._books.setdefault(channel.symbol, BookCheck(channel.symbol))
        self._client.submit(Subscribe(channels), self._now, self._emitted)
        self._acknowledge()

    def _acknowledge(self) -> None:
        """Answer the client, whose requests nobody else hears."""
        for output in self._client.take_outputs():
            if not isinstance(output, Frame) or not isinstance(output.payload, bytes):
                continue
            request = _request(output.payload)
            for symbol in request.params.symbol if request.params else ():
                reply = {"method": request.method, "req_id": request.req_id, "result": {"symbol": symbol}, "success": True}
                self._client.receive(msgspec.json.encode(reply), self._now, self._emitted)

    def _emitted(self, event: Event | Control) -> None:
        if (name := self._names.get(event.channel)) is not None:
            self._events[name] += 1
        match event:
            case BookUpdate(symbol=symbol):
                self._books[symbol].update(event)
                self._books[symbol].checksum(self._where)
            case BookState(source=Book(symbol=symbol), live=False, reason=reason):
                self._books[symbol].checksum(self._where, fault=reason)
            case Trade(channel=channel, trade_id=number):
                stream = self._names[channel]
                self._sequences.setdefault(stream, Sequence(stream)).take(number, number, self._where)
            case Unrecognised(reason=reason):
                self._unread.append(f"{self._where}: {reason}")
