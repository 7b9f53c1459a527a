"""Client half of the public connection.

Frames of a channel begin with its name and type, so their first bytes decide, with one dictionary look-up, who takes them.
Everything else (replies, frames that some proxy re-formatted) is told apart by its members.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import msgspec

from tradewire.errors import RequestTimeout, SubscriptionRefused, TradewireError, Unsupported
from tradewire.model.channels import Channel
from tradewire.model.events import Unrecognised, VenueStatus
from tradewire.model.operations import Command, Request, Subscribe, Unsubscribe
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.kraken.books import BookFeed
from tradewire.venues.kraken.feeds import Feed
from tradewire.venues.kraken.messages import BookItem, CandleMessage, Head, Message, StatusItem, TickerItem, TradeItem
from tradewire.venues.kraken.registry import Registry
from tradewire.venues.kraken.requests import Requests, Settled
from tradewire.venues.kraken.streams import VENUE
from tradewire.wire.control import Confirmed, Denied, Ready, Withdrawn
from tradewire.wire.protocol import Emit, Frame, HttpReply, Output

Receive: TypeAlias = Callable[[bytes, Nanos, Emit], None]

#: The venue speaks every second once something is subscribed. After so long a silence it is asked whether it is there; that
#: it does not answer either is noticed by the link.
PING_AFTER: Nanos = 3 * SECOND
#: The venue closes connections on which the client says nothing for a minute.
IDLE_AFTER: Nanos = 30 * SECOND
#: How much of a frame decides who takes it: the whole of a heartbeat, else the channel's name and something of the type.
_BEGINNING = slice(26)
_HEARTBEAT = b'{"channel":"heartbeat"}'
_PING = Frame(b'{"method":"ping"}')
_symbols = re.compile(rb'"symbol"\s*:\s*"([^"\\]+)"').findall

_head = msgspec.json.Decoder(Head).decode
_books = msgspec.json.Decoder(Message[BookItem]).decode
_trades = msgspec.json.Decoder(Message[TradeItem]).decode
_tickers = msgspec.json.Decoder(Message[TickerItem]).decode
_candles = msgspec.json.Decoder(CandleMessage).decode
_status = msgspec.json.Decoder(Message[StatusItem]).decode


class PublicClient:
    """One connection of market data. It needs nothing to begin with: symbols are spelled as ours."""

    def __init__(self) -> None:
        self._feeds = Registry()
        self._requests = Requests()
        self._outputs: list[Output] = []
        #: Books that wait for a snapshot.
        self._waiting: set[BookFeed] = set()
        self._heard: Nanos = 0
        self._sent: Nanos = 0
        self._receivers: Mapping[str, Receive] = {
            "book": self._receive_books,
            "trade": self._receive_trades,
            "ticker": self._receive_tickers,
            "ohlc": self._receive_candles,
            "status": _receive_status,
            "heartbeat": _receive_heartbeat,
        }
        self._beginnings = {
            (b'{"channel":"%b","type":"%b"' % (name.encode(), kind))[_BEGINNING]: receive
            for name, receive in self._receivers.items()
            for kind in (b"snapshot", b"update")
        } | {_HEARTBEAT: _receive_heartbeat}

    def connected(self, now: Nanos, emit: Emit) -> None:
        """No login: ready at once."""
        self._heard = self._sent = now
        emit(Ready())

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        """Take one frame. What cannot be read becomes ``Unrecognised``; a book that it may have been about is built anew."""
        self._heard = now
        try:
            receive = self._beginnings[payload[_BEGINNING]]
        except KeyError:
            receive = self._receive_slowly
        try:
            receive(payload, now, emit)
        except (ValueError, RecursionError) as error:
            if b'"book"' in payload[:64]:
                self._doubt_books(payload, f"a message is unreadable: {error}", now, emit)
            emit(Unrecognised(raw=bytes(payload), reason=str(error), venue=VENUE, received=now))

    def submit(self, command: Command, now: Nanos, emit: Emit) -> None:
        """Take a command."""
        match command:
            case Subscribe(channels=channels):
                self._ask("subscribe", [feed for channel in channels for feed in self._boarded(channel, emit)], now)
            case Unsubscribe(channels=channels):
                self._ask("unsubscribe", [feed for channel in channels for feed in self._left(channel, emit)], now)
            case Request():
                self._requests.execute(command, now, emit)
                self._sent = now

    def http_reply(self, reply: HttpReply, now: Nanos, emit: Emit) -> None:
        """Nothing: this protocol makes no HTTP calls."""

    def tick(self, now: Nanos, emit: Emit) -> None:
        """Fail late answers, ask for the snapshots that are due, and keep the connection from looking idle."""
        self._settle(self._requests.tick(now, emit), now, emit)
        self._waiting = {feed for feed in self._waiting if feed.renew_at is not None}
        due = [feed for feed in self._waiting if feed.renew_at is not None and feed.renew_at <= now]
        self._ask("unsubscribe", due, now)
        self._ask("subscribe", due, now)
        for feed in due:
            feed.renewed(now)
        if now >= self._ping_at():
            self._outputs.append(_PING)
            self._sent = now

    def next_tick(self) -> Nanos | None:
        """The next deadline of a request, snapshot to ask for, or ping."""
        soonest = self._ping_at()
        if (deadline := self._requests.next_tick()) is not None:
            soonest = min(soonest, deadline)
        if self._waiting:  # as after few reads
            renewals = (feed.renew_at for feed in self._waiting if feed.renew_at is not None)
            soonest = min(soonest, min(renewals, default=soonest))
        return soonest

    def disconnected(self, now: Nanos, emit: Emit, reason: TradewireError) -> None:
        """Mark the books stale and fail what is pending."""
        for feed in self._feeds.books.values():
            feed.lost(str(reason))
        self._waiting.clear()
        self._requests.disconnected(reason, emit)

    def take_outputs(self) -> list[Output]:
        """Requests, then pings."""
        outputs: list[Output] = [*self._requests.outputs, *self._outputs]
        if outputs:
            self._requests.outputs.clear()
            self._outputs.clear()
        return outputs

    def position(self, channel: Channel) -> int | None:
        """Trade id, or number of the last book update on this connection; ``None`` for the other channels."""
        feed = self._feeds.of(channel)
        return None if feed is None else feed.position

    def _ping_at(self) -> Nanos:
        return min(max(self._heard, self._sent) + PING_AFTER, self._sent + IDLE_AFTER)

    # -- subscribing -----------------------------------------------------------------------------------------------

    def _ask(self, method: str, feeds: list[Feed] | list[BookFeed], now: Nanos) -> None:
        if feeds:
            self._requests.send(method, feeds, now)
            self._sent = now

    def _boarded(self, channel: Channel, emit: Emit) -> Iterable[Feed]:
        """Let ``channel`` ride on its feed, and return the feed if the venue must be asked for it."""
        try:
            feed, fresh = self._feeds.board(channel)
        except (Unsupported, SubscriptionRefused) as error:
            emit(Denied(channels=(channel,), error=error))
            return ()
        if feed.confirmed:
            emit(Confirmed(channels=(channel,)))
        return (feed,) if fresh else ()

    def _left(self, channel: Channel, emit: Emit) -> Iterable[Feed]:
        """Let ``channel`` get off its feed, and return the feed if nobody is left on it."""
        feed = self._feeds.of(channel)
        if feed is None or len(feed.channels) > 1:
            if feed is not None:
                feed.remove(channel)
            emit(Withdrawn(channels=(channel,)))
            return ()
        self._drop(feed, "unsubscribed")
        return (feed,)

    def _drop(self, feed: Feed, reason: str) -> None:
        self._feeds.leave(feed)
        if isinstance(feed, BookFeed):
            feed.lost(reason)

    def _settle(self, settled: Iterable[Settled], now: Nanos, emit: Emit) -> None:
        for each in settled:
            feed, wanted = each.feed, self._feeds.holds(each.feed)
            if each.method == "unsubscribe":
                # They ended for us when we gave them up, whatever the venue makes of it.
                if not wanted and feed.channels:
                    emit(Withdrawn(channels=feed.channels))
            elif wanted and each.error is None:
                self._accepted(feed, each.depth, now, emit)
            elif wanted and each.error is not None and not feed.confirmed:
                self._refused(feed, each.error, now, emit)

    def _accepted(self, feed: Feed, depth: int, now: Nanos, emit: Emit) -> None:
        if isinstance(feed, BookFeed):
            feed.accepted(depth, now)
            self._waiting.add(feed)
        if not feed.confirmed:
            feed.confirmed = True
            emit(Confirmed(channels=feed.channels))

    def _refused(self, feed: Feed, error: TradewireError, now: Nanos, emit: Emit) -> None:
        channels, feed.channels = feed.channels, ()
        self._drop(feed, str(error))
        if isinstance(error, RequestTimeout):
            # The venue may have subscribed all the same: take it back.
            self._ask("unsubscribe", [feed], now)
        emit(Denied(channels=channels, error=error))

    # -- reading ---------------------------------------------------------------------------------------------------

    def _receive_books(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        message = _books(payload)
        snapshot = message.type == "snapshot"
        for item in message.data:
            feed = self._feeds.books.get(item.symbol)
            if feed is None:
                self._feeds.missed("book", item.symbol)
                continue
            feed.take(item, now, emit, snapshot=snapshot)
            if feed.renew_at is not None:
                self._waiting.add(feed)

    def _receive_trades(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        for item in _trades(payload).data:
            feed = self._feeds.trades.get(item.symbol)
            if feed is None:
                self._feeds.missed("trade", item.symbol)
            else:
                feed.take(item, now, emit)

    def _receive_tickers(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        for item in _tickers(payload).data:
            feed = self._feeds.tickers.get(item.symbol)
            if feed is None:
                self._feeds.missed("ticker", item.symbol)
            else:
                feed.take(item, now, emit)

    def _receive_candles(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        message = _candles(payload)
        for item in message.data:
            feed = self._feeds.candles.get((item.symbol, item.interval))
            if feed is None:
                self._feeds.missed("ohlc", item.symbol)
            else:
                feed.take(item, message.timestamp, now, emit)

    def _receive_slowly(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        head = _head(payload)
        if head.method or head.session_error is not None or head.success is not None:
            self._settle(self._requests.answer(head, payload, emit), now, emit)
        elif (receive := self._receivers.get(head.channel)) is not None:
            receive(payload, now, emit)
        else:
            raise ValueError(f"a message of the channel {head.channel!r}" if head.channel else "neither a message nor a reply")

    def _doubt_books(self, payload: bytes, reason: str, now: Nanos, emit: Emit) -> None:
        """A message of some book is lost, and the next checksum shows that only if it was about the best levels."""
        named = {symbol.decode(errors="replace") for symbol in _symbols(payload)}
        for symbol, feed in self._feeds.books.items():
            if feed.confirmed and (symbol in named or not named):
                feed.give_up(reason, now, emit)
                self._waiting.add(feed)


def _receive_status(payload: bytes, now: Nanos, emit: Emit) -> None:
    for item in _status(payload).data:
        emit(VenueStatus(status=item.system, venue=VENUE, received=now))


def _receive_heartbeat(payload: bytes, now: Nanos, emit: Emit) -> None:
    """It has said what it has to say by coming."""
