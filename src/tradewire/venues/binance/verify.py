"""Verifying a recording of market streams: read it as the client would have, and check that it adds up."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import msgspec

from tradewire.errors import Unsupported
from tradewire.model.channels import Book, Channel
from tradewire.model.events import AggregateTrade, BookUpdate, Event, Quote, Trade, Unrecognised
from tradewire.model.operations import Subscribe
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.binance.books import read_change
from tradewire.venues.binance.client import MarketClient
from tradewire.venues.binance.messages import Depth, Head
from tradewire.venues.binance.streams import Symbols, channel_of
from tradewire.venues.spec import ClientContext
from tradewire.wire.capture import CaptureLine
from tradewire.wire.control import BookState, Control
from tradewire.wire.protocol import Frame, HttpCall, HttpReply
from tradewire.wire.verify import BookCheck, Report, Sequence, top_of_book, top_of_quote

#: Futures, whose streams look like these.
_foreign = re.compile(r"\w+://([fd](?:stream|api)\.[^/:]+)").match
_head = msgspec.json.Decoder(Head).decode
_depth = msgspec.json.Decoder(Depth).decode


class CaptureVerifier:
    """Feeds recorded lines to a client and checks what comes out; recorded snapshots answer the client's depth calls."""

    def __init__(self) -> None:
        self._symbols = Symbols({})
        options = {"snapshot_limit": 5000, "time_unit": "ms"}
        context = ClientContext(credentials=None, nonce=str, clock_offset=int, instruments={}, options=options)
        self._client = MarketClient(context)
        self._channels: dict[str, Channel | None] = {}
        self._names: dict[Channel, str] = {}
        self._events: Counter[str] = Counter()
        self._sequences: dict[str, Sequence] = {}
        self._books: dict[str, BookCheck] = {}
        self._asked: dict[str, HttpCall] = {}
        self._snapshots: dict[str, Depth] = {}
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
            Unsupported: It was recorded at the futures exchange.
        """
        if elsewhere := _foreign(line.conn):
            text = f"{where}: recorded at {elsewhere[1]}, which numbers its books otherwise than binance"
            raise Unsupported(text, venue="binance")
        self._lines += 1
        self._where = where
        if line.ts is not None:
            self._now = round(line.ts * SECOND)
        if line.dir == "event":
            if line.raw.startswith("lost"):
                self._boundary(cut=True)
        elif line.dir == "in" and line.conn.startswith("http"):
            self._response(line)
        elif line.dir == "in":
            self._frame(line.raw.encode())
        self._client.tick(self._now, self._emitted)
        self._calls()

    def report(self) -> Report:
        """Return what has been found so far."""
        sequences, books = tuple(self._sequences.values()), tuple(self._books.values())
        return Report(self._lines, sequences, books, tuple(self._unread), self._events)

    def _boundary(self, *, cut: bool) -> None:
        for sequence in self._sequences.values():
            sequence.boundary(cut=cut)

    def _frame(self, payload: bytes) -> None:
        try:
            name = _head(payload).stream
            if name is msgspec.UNSET:
                return
            channel = self._channel(name)
            if isinstance(channel, Book):
                change = read_change(payload)
                self._sequence(name).take(change.first, change.last, self._where)
        except (ValueError, RecursionError) as error:
            self._unread.append(f"{self._where}: {error}")
            return
        if channel is not None:
            self._client.receive(payload, self._now, self._emitted)

    def _channel(self, name: str) -> Channel | None:
        if name not in self._channels:
            channel = self._channels[name] = channel_of(name, self._symbols)
            if channel is not None:
                self._names[channel] = name
                self._client.submit(Subscribe((channel,)), self._now, self._emitted)
            if isinstance(channel, Book):
                self._books.setdefault(channel.symbol, BookCheck(channel.symbol))
        return self._channels[name]

    def _sequence(self, name: str) -> Sequence:
        return self._sequences.setdefault(name, Sequence(name))

    def _response(self, line: CaptureLine) -> None:
        url = urlsplit(line.conn)
        symbols = parse_qs(url.query).get("symbol", [])
        if not url.path.endswith("/depth") or not symbols:
            return
        try:
            self._snapshots[symbols[0]] = _depth(line.raw)
        except (ValueError, RecursionError) as error:
            self._unread.append(f"{self._where}: {error}")

    def _calls(self) -> None:
        for output in self._client.take_outputs():
            if isinstance(output, HttpCall):
                self._asked[output.params["symbol"]] = output
            elif isinstance(output, Frame) and isinstance(output.payload, bytes):
                acknowledgement = {"result": None, "id": _head(output.payload).id}
                self._client.receive(msgspec.json.encode(acknowledgement), self._now, self._emitted)
        for symbol in self._asked.keys() & self._snapshots.keys():
            reply = HttpReply(self._asked.pop(symbol).call_id, self._snapshots.pop(symbol))
            self._client.http_reply(reply, self._now, self._emitted)

    def _emitted(self, event: Event | Control) -> None:
        if (name := self._names.get(event.channel)) is not None:
            self._events[name] += 1
        match event:
            case Quote(symbol=symbol, update_id=update_id):
                if symbol in self._books:
                    self._books[symbol].quote(update_id, top_of_quote(event), self._where)
            case BookUpdate(symbol=symbol, update_id=update_id):
                check = self._books[symbol]
                check.update(event)
                if (top := top_of_book(event)) is not None:
                    check.book(update_id, top, self._where)
            case Trade(channel=channel, trade_id=number) | AggregateTrade(channel=channel, aggregate_id=number):
                self._sequence(self._names[channel]).take(number, number, self._where)
            case BookState(source=Book(symbol=symbol), live=False, lost=True):
                self._books[symbol].rebuilds += 1
            case Unrecognised(reason=reason):
                self._unread.append(f"{self._where}: {reason}")
