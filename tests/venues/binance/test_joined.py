"""Both halves back to back over a living market: whatever goes wrong, the client ends up with the venue's own book."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tradewire.model.book import BookStatus, OrderBook
from tradewire.model.channels import AggregateTrades, Book, Candles, Channel, MiniTickers, PartialBook, Quotes, Tickers, Trades
from tradewire.model.events import BookUpdate, Event, Trade, Unrecognised
from tradewire.model.operations import ListSubscriptions, Request, Subscribe, Unsubscribe
from tradewire.sim.exchange import Exchange
from tradewire.testing.clock import ManualClock
from tradewire.testing.pair import Pair, rest_answers
from tradewire.venues.binance.server import BinanceServer, make_server
from tradewire.venues.binance.spec import SPEC
from tradewire.venues.spec import ClientContext
from tradewire.wire.control import Answered, BookState, Confirmed, Denied, ShutdownNotice, Withdrawn
from tradewire.wire.protocol import HttpRequest, HttpResponse

SYMBOL = "BTC/USDT"
BOOK = Book(SYMBOL, 0, 100)


class Floor:
    """An exchange, its server, and one connection to it."""

    def __init__(self, path: str = "/stream", **options: object) -> None:
        clock = ManualClock()
        exchange = Exchange(seed=7, start=clock.now())
        server = make_server(exchange)
        assert isinstance(server, BinanceServer)
        self.exchange, self.server = exchange, server
        options = {**SPEC.options, **options}
        context = ClientContext(credentials=None, nonce=str, clock_offset=int, instruments={}, options=options)
        session = server.upgrade(HttpRequest("GET", path), exchange.now)
        assert not isinstance(session, HttpResponse)
        self.pair = Pair(SPEC.client("market", context), session, clock=clock, http=rest_answers(SPEC, server))
        self.pair.open()

    def subscribe(self, *channels: Channel) -> None:
        self.pair.submit(Subscribe(tuple(SPEC.resolve(channel) for channel in channels)))
        self.pair.run()

    def live(self, seconds: float) -> None:
        for _ in range(round(seconds * 20)):
            self.exchange.advance(self.pair.now)
            self.still(0.05)

    def still(self, seconds: float) -> None:
        """Let time pass without any trading."""
        self.server.tick(self.pair.now)
        self.pair.advance(seconds)

    @property
    def book(self) -> OrderBook:
        return next(event.book for event in reversed(self.pair.events) if isinstance(event, BookUpdate))

    def assert_in_step(self) -> None:
        """Bring the last changes over, then compare level by level."""
        for _ in range(10):
            self.still(0.05)
        assert self.book.status is BookStatus.LIVE, self.book.reason
        venue = self.exchange.book(SYMBOL, 5000)
        assert self.book.update_id == venue.update_id
        assert tuple(self.book.bids()) == venue.bids
        assert tuple(self.book.asks()) == venue.asks


def test_every_stream_is_acknowledged_and_speaks() -> None:
    floor = Floor()
    channels: tuple[Channel, ...] = (
        *(Trades(SYMBOL), AggregateTrades(SYMBOL), Quotes(SYMBOL), BOOK, PartialBook(SYMBOL, 5, 100)),
        *(Candles(SYMBOL, "1s"), Tickers(SYMBOL), Tickers(SYMBOL, "1h"), MiniTickers(SYMBOL), MiniTickers()),
    )
    floor.subscribe(*channels)
    assert floor.pair.controls[-1] == Confirmed(channels=channels)
    floor.live(5)
    assert {event.channel for event in floor.pair.events} == set(channels)
    assert not any(isinstance(event, Unrecognised) for event in floor.pair.events)
    floor.assert_in_step()


def test_trades_have_no_holes() -> None:
    floor = Floor()
    floor.subscribe(Trades(SYMBOL))
    floor.live(10)
    numbers = [event.trade_id for event in floor.pair.events if isinstance(event, Trade)]
    assert len(numbers) > 5
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_the_raw_form_carries_the_same() -> None:
    floor = Floor("/ws")
    floor.subscribe(Trades(SYMBOL), Quotes(SYMBOL), BOOK)
    floor.live(3)
    assert {type(event).__name__ for event in floor.pair.events} == {"Trade", "Quote", "BookUpdate"}
    floor.assert_in_step()


def test_microseconds_mean_the_same_time() -> None:
    floor = Floor("/stream?timeUnit=MICROSECOND", time_unit="us")
    floor.subscribe(Trades(SYMBOL))
    floor.live(5)
    assert floor.pair.events
    for event in floor.pair.events:
        assert isinstance(event, Trade)
        assert event.venue_time is not None
        assert abs(event.venue_time - event.received) < 1_000_000_000


def test_subscriptions_are_listed_and_ended() -> None:
    floor = Floor()
    floor.subscribe(Trades(SYMBOL), Quotes(SYMBOL))
    floor.pair.submit(Unsubscribe((Quotes(SYMBOL),)))
    floor.pair.submit(Request(4, ListSubscriptions()))
    floor.pair.run()
    assert floor.pair.controls[-2:] == [Withdrawn(channels=(Quotes(SYMBOL),)), Answered(request_id=4, result=("btcusdt@trade",))]


Fault = Callable[[Floor], None]
FAULTS: Sequence[tuple[str, Fault]] = (
    ("drop", lambda floor: floor.server.faults.affect_frames("drop", "*@depth*")),
    ("repeat", lambda floor: floor.server.faults.affect_frames("duplicate", "*@depth*")),
    ("reorder", lambda floor: floor.server.faults.affect_frames("reorder", "*@depth*")),
    ("malformed", lambda floor: floor.server.faults.affect_frames("malform", "*@depth*")),
)


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=[name for name, _ in FAULTS])
def test_a_live_book_survives(name: str, fault: Fault) -> None:
    floor = Floor()
    floor.subscribe(BOOK)
    floor.live(2)
    fault(floor)
    floor.live(4)
    states = [control.live for control in floor.pair.controls if isinstance(control, BookState)]
    assert states == ([True] if name == "repeat" else [True, False, True])
    floor.assert_in_step()


def test_old_snapshots_are_refused_until_one_fits() -> None:
    floor = Floor()
    floor.exchange.watch(SYMBOL)
    floor.server.faults.age_snapshots("BTCUSDT", updates=1_000_000, requests=2)
    floor.live(3)
    floor.subscribe(BOOK)
    floor.live(10)
    assert floor.pair.transcript.count("> REST depth") == 3
    floor.assert_in_step()


def test_refused_snapshots_are_asked_for_again() -> None:
    floor = Floor()
    floor.server.faults.refuse_rest(429, count=1, retry_after=3)
    floor.subscribe(BOOK)
    floor.live(2)
    assert [control.live for control in floor.pair.controls if isinstance(control, BookState)] == [False]
    floor.live(4)
    floor.assert_in_step()


def test_a_refused_subscription_is_denied_in_the_venues_words() -> None:
    floor = Floor()
    floor.server.faults.refuse_subscribes()
    floor.subscribe(Trades(SYMBOL))
    (denied,) = [control for control in floor.pair.controls if isinstance(control, Denied)]
    assert "invalid stream" in str(denied.error)


def test_a_shutdown_is_announced() -> None:
    floor = Floor()
    floor.server.faults.shut_down(after=5.0)
    floor.live(1)
    assert any(isinstance(control, ShutdownNotice) for control in floor.pair.controls)
    assert not [event for event in floor.pair.events if isinstance(event, Event)]
