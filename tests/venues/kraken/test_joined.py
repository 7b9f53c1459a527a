"""Both halves back to back over a living market: whatever goes wrong, the client ends up with the venue's own book."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tradewire.model.book import BookStatus, OrderBook
from tradewire.model.channels import Book, Candles, Channel, Quotes, Tickers, Trades
from tradewire.model.events import BookUpdate, Trade, Unrecognised, VenueStatus
from tradewire.model.instrument import Instrument
from tradewire.model.operations import Subscribe, Unsubscribe
from tradewire.sim.exchange import Exchange
from tradewire.testing.clock import ManualClock
from tradewire.testing.pair import Pair, rest_answers
from tradewire.venues.kraken.server import make_server
from tradewire.venues.kraken.server.venue import KrakenServer
from tradewire.venues.kraken.spec import SPEC
from tradewire.venues.spec import ClientContext
from tradewire.wire.control import BookState, Confirmed, Denied, Withdrawn
from tradewire.wire.protocol import HttpCall, HttpRequest, HttpResponse

SYMBOL = "BTC/USD"
BOOK = Book(SYMBOL, 10)


class Floor:
    """An exchange, its server, and one connection to it."""

    def __init__(self) -> None:
        clock = ManualClock()
        server = make_server(exchange := Exchange(seed=7, start=clock.now()))
        assert isinstance(server, KrakenServer)
        self.exchange, self.server = exchange, server
        context = ClientContext(credentials=None, nonce=str, clock_offset=int, instruments={}, options=SPEC.options)
        session = server.upgrade(HttpRequest("GET", "/public/v2"), exchange.now)
        assert not isinstance(session, HttpResponse)
        self.pair = Pair(SPEC.client("public", context), session, clock=clock)
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

    def assert_in_step(self, depth: int = 10) -> None:
        """Bring the last changes over, then compare level by level."""
        self.still(0.5)
        assert self.book.status is BookStatus.LIVE, self.book.reason
        venue = self.exchange.book(SYMBOL, depth)
        assert tuple(self.book.bids()) == venue.bids
        assert tuple(self.book.asks()) == venue.asks

    def states(self) -> list[bool]:
        return [control.live for control in self.pair.controls if isinstance(control, BookState)]


def test_every_channel_is_acknowledged_and_speaks() -> None:
    floor = Floor()
    channels = (Trades(SYMBOL), Quotes(SYMBOL), Tickers(SYMBOL), BOOK, Candles(SYMBOL))
    floor.subscribe(*channels)
    confirmed = [channel for control in floor.pair.controls if isinstance(control, Confirmed) for channel in control.channels]
    assert set(confirmed) == set(channels)
    floor.live(5)
    spoken = {event.channel for event in floor.pair.events if not isinstance(event, VenueStatus)}
    assert spoken == set(channels)
    assert not any(isinstance(event, Unrecognised) for event in floor.pair.events)
    assert floor.states() == [True]
    floor.assert_in_step()


@pytest.mark.parametrize("depth", [10, 25, 100, 500, 1000])
def test_windows_of_every_depth_are_followed(depth: int) -> None:
    floor = Floor()
    floor.subscribe(Book(SYMBOL, depth))
    floor.live(4)
    assert floor.states() == [True]
    floor.assert_in_step(depth)


def test_trades_have_no_holes() -> None:
    floor = Floor()
    floor.subscribe(Trades(SYMBOL))
    floor.live(10)
    numbers = [event.trade_id for event in floor.pair.events if isinstance(event, Trade)]
    assert len(numbers) > 5
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_the_connection_stays_alive_with_and_without_subscriptions() -> None:
    floor = Floor()
    floor.still(70)
    assert floor.pair.closed is None
    floor.subscribe(BOOK)
    floor.live(70)
    assert floor.pair.closed is None
    floor.assert_in_step()


def test_channels_end_when_they_are_left() -> None:
    floor = Floor()
    floor.subscribe(Trades(SYMBOL), Quotes(SYMBOL), Tickers(SYMBOL), BOOK)
    floor.live(1)
    floor.pair.submit(Unsubscribe((Trades(SYMBOL), Quotes(SYMBOL), BOOK)))
    floor.pair.run()
    gone = [channel for control in floor.pair.controls if isinstance(control, Withdrawn) for channel in control.channels]
    assert set(gone) == {Trades(SYMBOL), Quotes(SYMBOL), BOOK}
    floor.pair.events.clear()
    floor.live(3)
    assert {event.channel for event in floor.pair.events} == {Tickers(SYMBOL)}


def test_a_bad_symbol_is_denied_in_the_venues_words_and_the_others_are_not() -> None:
    floor = Floor()
    floor.subscribe(Trades("NO/SUCH"), Trades(SYMBOL))
    (denied,) = [control for control in floor.pair.controls if isinstance(control, Denied)]
    assert denied.channels == (Trades("NO/SUCH"),)
    assert str(denied.error) == "Currency pair not supported NO/SUCH"
    floor.live(3)
    assert any(isinstance(event, Trade) for event in floor.pair.events)


Break = Callable[[Floor], None]
FAULTS: Sequence[tuple[str, Break]] = (
    ("drop", lambda floor: floor.server.faults.affect_frames("drop", "book *")),
    ("reorder", lambda floor: floor.server.faults.affect_frames("reorder", "book *")),
    ("malform", lambda floor: floor.server.faults.affect_frames("malform", "book *")),
    ("checksum", lambda floor: floor.server.faults.break_checksum()),
    ("checksums", lambda floor: floor.server.faults.break_checksum(3)),
)


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=[name for name, _ in FAULTS])
def test_a_live_book_survives(name: str, fault: Break) -> None:
    floor = Floor()
    floor.subscribe(BOOK)
    floor.live(2)
    fault(floor)
    floor.live(20)
    states = floor.states()
    assert states[:3] == [True, False, True]
    assert states[-1], name
    floor.assert_in_step()


@pytest.mark.parametrize("fault", ["duplicate", "entries"])
def test_what_is_said_twice_does_no_harm(fault: str) -> None:
    floor = Floor()
    floor.subscribe(BOOK)
    floor.live(2)
    if fault == "duplicate":
        floor.server.faults.affect_frames("duplicate", "book *", None)
    else:
        floor.server.faults.repeat_entries(50)
    floor.live(4)
    assert floor.states() == [True]
    floor.assert_in_step()


def test_a_refused_subscription_is_denied() -> None:
    floor = Floor()
    floor.server.faults.refuse_subscribes(error="EService:Unavailable")
    floor.subscribe(Trades(SYMBOL))
    (denied,) = [control for control in floor.pair.controls if isinstance(control, Denied)]
    assert denied.error.retryable
    assert str(denied.error) == "EService:Unavailable"


def test_a_request_too_many_is_denied_as_such() -> None:
    floor = Floor()
    floor.server.faults.exceed_rate()
    floor.subscribe(Trades(SYMBOL))
    (denied,) = [control for control in floor.pair.controls if isinstance(control, Denied)]
    assert str(denied.error) == "Exceeded msg rate"


def test_the_venue_says_how_it_is() -> None:
    floor = Floor()
    floor.server.faults.set_system("cancel_only")
    floor.still(1)
    assert [event.status for event in floor.pair.events if isinstance(event, VenueStatus)] == ["online", "cancel_only"]


def test_rest_is_answered() -> None:
    floor = Floor()
    answer = rest_answers(SPEC, floor.server)

    def ask(name: str, **params: object) -> object:
        reply = answer(HttpCall(1, name, params), floor.pair.now)
        assert reply.error is None, reply.error
        return reply.result

    assert ask("time") == floor.pair.now // 1_000_000_000 * 1_000_000_000
    instruments = ask("instruments")
    assert isinstance(instruments, tuple)
    listed = {instrument.symbol: instrument for instrument in instruments if isinstance(instrument, Instrument)}
    venue = floor.exchange.instruments
    assert {symbol: each.tick for symbol, each in listed.items()} == {symbol: each.tick for symbol, each in venue.items()}
    assert ask("depth", pair=listed[SYMBOL].venue_symbol, count=10)
