"""The feeds of one connection: by stream for those who subscribe, by what messages name for those who read."""

from __future__ import annotations

from tradewire.errors import SubscriptionRefused
from tradewire.model.channels import Channel
from tradewire.venues.kraken.books import BookFeed
from tradewire.venues.kraken.feeds import CandleFeed, Feed, Reading, TickerFeed, TradeFeed
from tradewire.venues.kraken.streams import VENUE, Stream, stream_of
from tradewire.venues.kraken.values import Moments, Numbers


class Registry:
    """Who listens to what.

    Attributes:
        books: By symbol; its messages do not say the depth, so a connection has one book of a symbol.
        trades: By symbol.
        tickers: By symbol.
        candles: By symbol and minutes.
    """

    def __init__(self) -> None:
        self.books: dict[str, BookFeed] = {}
        self.trades: dict[str, TradeFeed] = {}
        self.tickers: dict[str, TickerFeed] = {}
        self.candles: dict[tuple[str, int], CandleFeed] = {}
        self._feeds: dict[Stream, Feed] = {}
        self._ended: set[tuple[str, str]] = set()
        self._reading = Reading(Numbers(), Moments())

    def of(self, channel: Channel) -> Feed | None:
        """The feed on which ``channel`` rides, or ``None``.

        Raises:
            Unsupported: The venue has no such channel.
        """
        feed = self._feeds.get(stream_of(channel))
        return feed if feed is not None and channel in feed.channels else None

    def holds(self, feed: Feed) -> bool:
        """Whether ``feed`` is still wanted; another one for the same stream may have taken its place."""
        return self._feeds.get(feed.stream) is feed

    def board(self, channel: Channel) -> tuple[Feed, bool]:
        """Return the feed on which ``channel`` rides from now on, and whether it is a new one.

        Raises:
            Unsupported: The venue has no such channel.
            SubscriptionRefused: The connection carries the symbol's book in another depth.
        """
        stream = stream_of(channel)
        feed = self._feeds.get(stream)
        fresh = feed is None
        if feed is None:
            feed = self._feeds[stream] = self._new(stream)
        feed.add(channel)
        return feed, fresh

    def leave(self, feed: Feed) -> None:
        """Forget ``feed``; it keeps its channels, and what is still under way for it is no surprise."""
        stream = feed.stream
        del self._feeds[stream]
        self._ended.add((stream.kind, stream.symbol))
        match feed:
            case BookFeed():
                del self.books[stream.symbol]
            case TradeFeed():
                del self.trades[stream.symbol]
            case TickerFeed():
                del self.tickers[stream.symbol]
            case CandleFeed():
                del self.candles[stream.symbol, stream.number]

    def missed(self, kind: str, symbol: str) -> None:
        """Take note of a message that nobody reads.

        Raises:
            ValueError: Nobody ever wanted it.
        """
        if (kind, symbol) not in self._ended:
            raise ValueError(f"{kind} of {symbol} was not subscribed")

    def _new(self, stream: Stream) -> Feed:
        match stream:
            case Stream("book", symbol):
                if (other := self.books.get(symbol)) is not None:
                    text = f"a connection carries one book of a symbol, and {symbol} has {other.stream.number} levels on this one"
                    raise SubscriptionRefused(text, venue=VENUE)
                feed: Feed = self.books.setdefault(symbol, BookFeed(stream, self._reading))
            case Stream("trade", symbol):
                feed = self.trades.setdefault(symbol, TradeFeed(stream, self._reading))
            case Stream("ticker", symbol):
                feed = self.tickers.setdefault(symbol, TickerFeed(stream, self._reading))
            case Stream(_, symbol, minutes):
                feed = self.candles.setdefault((symbol, minutes), CandleFeed(stream, self._reading))
        return feed
