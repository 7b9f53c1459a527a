"""The public connection as a whole: subscribing, sorting, staying alive, and taking anything without harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kraken_desk import (
    ASKS,
    BIDS,
    CANDLE,
    START,
    TICKER,
    TRADE,
    Desk,
    acknowledgement,
    book_snapshot,
    book_update,
    crc,
    message,
    refusal,
)

from tradewire.errors import LinkLost, RequestTimeout, SubscriptionRefused, Unsupported
from tradewire.model.book import BookStatus
from tradewire.model.channels import Balances, Book, Candles, Channel, Quotes, Tickers, Trades
from tradewire.model.events import BookUpdate, Candle, Event, Quote, Ticker, Trade, Unrecognised, VenueStatus
from tradewire.model.operations import RawOperation, Request, Subscribe, Unsubscribe
from tradewire.model.time import SECOND
from tradewire.venues.kraken.client import IDLE_AFTER, PING_AFTER
from tradewire.venues.kraken.requests import ACKNOWLEDGE_WITHIN
from tradewire.wire.control import Answered, BookState, Confirmed, Denied, Missed, Withdrawn
from tradewire.wire.protocol import HttpReply

STATUS = (
    b'{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"%b","api_version":"v2",'
    b'"connection_id":18125794168470749634,"upcoming_maintenance":[],"emergency":[]}]}'
)
HEARTBEAT = b'{"channel":"heartbeat"}'
PING = {"method": "ping"}
BOOK = Book("BTC/USD", 10)
ALL: tuple[Channel, ...] = (Trades("BTC/USD"), Quotes("BTC/USD"), Tickers("BTC/USD"), Candles("BTC/USD", "5m"), BOOK)
UPDATE = book_update((), (("99.8", "1.00000000"),), crc(ASKS, (*BIDS, ("99.8", "1.00000000"))))
FRAMES: dict[bytes, set[type[Event]]] = {
    message("trade", TRADE % 7): {Trade},
    message("ticker", TICKER): {Quote, Ticker},
    message("ohlc", CANDLE % 30): {Candle},
    book_snapshot(): {BookUpdate},
    UPDATE: {BookUpdate},
    STATUS % b"online": {VenueStatus},
    HEARTBEAT: set(),
}


def everything() -> Desk:
    desk = Desk()
    desk.subscribe(*ALL)
    desk.receive(book_snapshot())
    desk.emitted.clear()
    return desk


# -- subscribing ---------------------------------------------------------------------------------------------------------------


def test_each_acknowledgement_confirms_its_channel() -> None:
    desk = Desk()
    desk.submit(Subscribe((Trades("A/B"), Trades("C/D"))))
    (request,) = desk.requests()
    desk.receive(acknowledgement(request, "C/D"))
    assert desk.take(Confirmed) == Confirmed((Trades("C/D"),))
    desk.receive(acknowledgement(request, "A/B"))
    assert desk.take(Confirmed) == Confirmed((Trades("A/B"),))
    desk.receive(acknowledgement(request, "A/B"))
    assert not desk.emitted


def test_a_good_and_a_bad_symbol_are_told_apart() -> None:
    desk = Desk()
    desk.submit(Subscribe((Trades("A/B"), Trades("BTC/USD"))))
    (request,) = desk.requests()
    desk.receive(refusal(request, "Currency pair not supported A/B", symbol="A/B"))
    denied = desk.take(Denied)
    assert denied.channels == (Trades("A/B"),)
    assert isinstance(denied.error, SubscriptionRefused)
    assert str(denied.error) == "Currency pair not supported A/B"
    desk.receive(acknowledgement(request, "BTC/USD"))
    desk.take(Confirmed)
    desk.receive(message("trade", TRADE % 1))
    desk.take(Trade)
    assert desk.client.position(Trades("A/B")) is None


def test_a_refused_channel_can_be_asked_for_again() -> None:
    desk = Desk()
    for _ in range(2):
        desk.submit(Subscribe((BOOK,)))
        (request,) = desk.requests()
        desk.receive(refusal(request, "Subscription depth not supported"))
        assert desk.take(Denied).channels == (BOOK,)


def test_silence_denies_and_takes_the_wish_back() -> None:
    desk = Desk()
    desk.submit(Subscribe((Trades("BTC/USD"),)))
    (request,) = desk.requests()
    desk.wait(ACKNOWLEDGE_WITHIN / SECOND)
    assert isinstance(desk.take(Denied).error, RequestTimeout)
    back, *_ = desk.requests()
    assert back["method"] == "unsubscribe"
    desk.receive(acknowledgement(request, "BTC/USD"))
    desk.receive(acknowledgement(back, "BTC/USD"))
    desk.receive(message("trade", TRADE % 1))
    assert not desk.emitted


def test_what_the_venue_sends_already_is_not_asked_for_again() -> None:
    desk = Desk()
    desk.subscribe(Quotes("BTC/USD"))
    desk.submit(Subscribe((Tickers("BTC/USD"),)))
    assert desk.take(Confirmed) == Confirmed((Tickers("BTC/USD"),))
    desk.unsubscribe(Quotes("BTC/USD"))
    assert desk.take(Withdrawn) == Withdrawn((Quotes("BTC/USD"),))
    assert desk.requests() == []
    desk.receive(message("ticker", TICKER))
    desk.take(Ticker)
    desk.unsubscribe(Tickers("BTC/USD"))
    assert not desk.emitted
    desk.acknowledge()
    assert desk.take(Withdrawn) == Withdrawn((Tickers("BTC/USD"),))


def test_who_joins_before_the_answer_is_confirmed_with_it() -> None:
    desk = Desk()
    desk.submit(Subscribe((Quotes("BTC/USD"),)))
    desk.submit(Subscribe((Tickers("BTC/USD"),)))
    assert not desk.emitted
    desk.acknowledge()
    assert desk.take(Confirmed) == Confirmed((Quotes("BTC/USD"), Tickers("BTC/USD")))


def test_a_second_depth_of_a_book_is_denied() -> None:
    desk = everything()
    desk.submit(Subscribe((Book("BTC/USD", 100),)))
    denied = desk.take(Denied)
    assert denied.channels == (Book("BTC/USD", 100),)
    assert "BTC/USD has 10 levels" in str(denied.error)
    assert desk.requests() == []


def test_a_channel_that_the_venue_has_not_is_denied() -> None:
    desk = Desk()
    desk.submit(Subscribe((Balances(),)))
    assert isinstance(desk.take(Denied).error, Unsupported)


def test_what_is_still_under_way_after_leaving_is_no_surprise() -> None:
    desk = everything()
    book = desk.client._feeds.books["BTC/USD"].book
    desk.unsubscribe(*ALL)
    assert desk.take_all() == [Withdrawn((Quotes("BTC/USD"),))]
    assert book.status is BookStatus.STALE
    for frame in (message("trade", TRADE % 7), message("ticker", TICKER), message("ohlc", CANDLE % 30), UPDATE):
        desk.receive(frame)
    assert not desk.emitted
    desk.acknowledge()
    gone = [channel for event in desk.take_all() if isinstance(event, Withdrawn) for channel in event.channels]
    assert set(gone) == set(ALL) - {Quotes("BTC/USD")}


def test_leaving_what_was_never_joined_is_done_at_once() -> None:
    desk = Desk()
    desk.unsubscribe(Trades("BTC/USD"))
    desk.take(Withdrawn)
    assert desk.requests() == []


def test_leaving_ends_even_if_the_venue_refuses() -> None:
    desk = everything()
    desk.unsubscribe(Trades("BTC/USD"))
    (request,) = desk.requests()
    desk.receive(refusal(request, "Subscription Not Found"))
    assert desk.take(Withdrawn).channels == (Trades("BTC/USD"),)


def test_joining_again_before_the_end_is_acknowledged() -> None:
    desk = everything()
    desk.unsubscribe(Trades("BTC/USD"))
    (leaving,) = desk.requests()
    desk.submit(Subscribe((Trades("BTC/USD"),)))
    (joining,) = desk.requests()
    desk.receive(acknowledgement(leaving, "BTC/USD"))
    assert desk.take(Withdrawn).channels == (Trades("BTC/USD"),)
    desk.receive(acknowledgement(joining, "BTC/USD"))
    assert desk.take(Confirmed).channels == (Trades("BTC/USD"),)


def test_a_renewal_that_is_refused_is_tried_again_later() -> None:
    desk = everything()
    desk.wait(2)
    desk.receive(book_update((), (), 4711))
    assert desk.take(BookState).lost
    desk.wait(0)
    _, subscribe = desk.requests()
    desk.receive(refusal(subscribe, "EService:Unavailable"))
    assert not desk.emitted
    desk.wait(10)
    assert [request["method"] for request in desk.requests()][:2] == ["unsubscribe", "subscribe"]
    desk.receive(book_snapshot())
    assert [type(event) for event in desk.take_all()] == [BookState, BookUpdate]


# -- sorting -------------------------------------------------------------------------------------------------------------------


def test_each_channel_gets_its_own() -> None:
    desk = everything()
    for frame in FRAMES:
        desk.receive(frame)
    events = [event for event in desk.take_all() if isinstance(event, Event) and not isinstance(event, VenueStatus)]
    assert {event.channel for event in events} == set(ALL)


def test_the_venue_says_how_it_is() -> None:
    desk = Desk()
    for system in (b"online", b"maintenance", b"something new"):
        desk.receive(STATUS % system)
        assert desk.take(VenueStatus) == VenueStatus(system.decode(), "kraken", START)


@pytest.mark.parametrize(
    "reformat",
    [
        lambda frame: json.dumps(frame, indent=2),
        lambda frame: json.dumps(dict(reversed(frame.items()))),
        lambda frame: json.dumps({**frame, "new": [1]}),
        lambda frame: "  " + json.dumps(frame),
    ],
)
def test_a_frame_that_somebody_reformatted_is_read_all_the_same(reformat: Any) -> None:
    desk = everything()
    desk.receive(reformat(json.loads(message("trade", TRADE % 7))).encode())
    desk.take(Trade)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (message("trade", (TRADE % 7).replace("BTC", "XRP")), "trade of XRP/USD was not subscribed"),
        (message("ohlc", (CANDLE % 30).replace('"interval":5', '"interval":15')), "ohlc of BTC/USD was not subscribed"),
        (message("instrument", "1"), "a message of the channel 'instrument'"),
        (b'{"data":[]}', "neither a message nor a reply"),
        (b"CloudFlare WebSocket proxy restarting", "malformed"),
        (b'{"Error":"Exceeded msg rate"}', "answers no request: Exceeded msg rate"),
        (b'{"error":"Malformed request","method":"x","success":false}', "Malformed request"),
    ],
)
def test_what_nobody_asked_for_is_shown(frame: bytes, reason: str) -> None:
    desk = everything()
    desk.receive(frame)
    event = desk.take(Unrecognised)
    assert event.raw == frame
    assert reason in event.reason


def test_raw_requests_pass_through() -> None:
    desk = Desk()
    desk.submit(Request(4, RawOperation(b'{"method":"ping","req_id":55}', modifies=False)))
    assert desk.requests() == [{"method": "ping", "req_id": 55}]
    desk.receive({"method": "pong", "req_id": 55})
    assert desk.take(Answered).request_id == 4


# -- staying alive -------------------------------------------------------------------------------------------------------------


def test_a_silent_venue_is_asked_whether_it_is_there() -> None:
    desk = Desk()
    assert desk.client.next_tick() == START + PING_AFTER
    desk.wait(PING_AFTER / SECOND)
    assert desk.requests() == [PING]
    desk.receive({"method": "pong", "time_in": "a", "time_out": "b"})
    assert not desk.emitted
    assert desk.client.next_tick() == desk.now + PING_AFTER


def test_a_client_that_only_listens_says_something_now_and_then() -> None:
    desk = everything()
    begun = desk.now
    while not (written := desk.requests()):
        desk.wait(1)
        desk.receive(HEARTBEAT)
    assert written == [PING]
    assert desk.now == begun + IDLE_AFTER


def test_ticks_are_wanted_for_the_first_thing_due() -> None:
    desk = everything()
    desk.wait(2)
    desk.receive(book_update((), (), 4711))
    assert desk.client.next_tick() == desk.now
    desk.wait(0)
    assert desk.client.next_tick() == desk.now + PING_AFTER
    for _ in range(2):
        desk.wait(2)
        desk.receive(HEARTBEAT)
    assert desk.client.next_tick() == desk.now + SECOND


def test_after_the_connection_books_are_stale() -> None:
    desk = everything()
    desk.receive(UPDATE)
    book = desk.take(BookUpdate).book
    desk.client.disconnected(desk.now, desk.emitted.append, LinkLost("reset"))
    assert book.status is BookStatus.STALE
    assert not desk.emitted


def test_positions() -> None:
    desk = everything()
    for frame in FRAMES:
        desk.receive(frame)
    assert [desk.client.position(channel) for channel in ALL] == [7, None, None, None, 3]


def test_http_is_not_used() -> None:
    desk = everything()
    desk.client.http_reply(HttpReply(1), desk.now, desk.emitted.append)
    assert not desk.emitted


# -- hostile frames ------------------------------------------------------------------------------------------------------------

HOSTILE = [
    b"",
    b"\x00",
    b"\xff\xfe\xfd",
    b"null",
    b"5",
    b"[]",
    b"{}",
    b'{"channel":',
    b'{"channel":"trade","type":"update","data":null}',
    b'{"channel":"trade","type":"update","data":[null]}',
    b'{"channel":"trade","type":"upsert","data":[]}',
    b'{"channel":"status","type":"update","data":[{}]}',
    b'{"channel":5}',
    b'{"method":5}',
    b'{"method":"subscribe","req_id":1.5,"success":true}',
    b'{"method":"subscribe","req_id":{},"success":true}',
    b'{"method":"subscribe","success":true,"result":[]}',
    b'{"success":false}',
    b"[" * 200_000,
    b'{"channel":' * 50_000,
    b'{"channel":"trade","type":"update","data":[{"symbol":' + b"[" * 100_000,
]


@pytest.mark.parametrize("frame", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_frames_are_shown_and_do_no_harm(frame: bytes) -> None:
    desk = everything()
    desk.receive(frame)
    assert desk.take(Unrecognised).raw == frame
    for each, kinds in FRAMES.items():
        desk.receive(each)
        assert {type(event) for event in desk.take_all()} == kinds


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real frame with some bytes replaced, removed, doubled or cut off."""
    frame = bytearray(draw(st.sampled_from(list(FRAMES))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(frame) - 1)))
        match draw(st.sampled_from(["replace", "remove", "insert", "cut", "repeat"])):
            case "replace" if frame:
                frame[at] = draw(st.integers(0, 255))
            case "remove":
                del frame[at : at + draw(st.integers(1, 10))]
            case "insert":
                inserts = [b"9" * 40, b"-", b"null", b"true", b"1e400", b'"', b"{", b"[", b"\\u0000", b"\xc3", b"NaN", b"e"]
                frame[at:at] = draw(st.sampled_from(inserts))
            case "cut":
                del frame[at:]
            case "repeat":
                frame[at:at] = frame[at : at + 20]
    return bytes(frame)


@given(st.lists(mutated() | st.sampled_from(list(FRAMES)), max_size=6))
@example([message("book", '{"symbol":"BTC/USD","bids":[],"asks":[{"price":true,"qty":1.0}],"checksum":0}'), UPDATE])
def test_no_frame_can_raise_or_pass_for_something_else(sent: list[bytes]) -> None:
    desk = everything()
    for frame in sent:
        before = len(desk.emitted)
        desk.receive(frame)
        for event in desk.emitted[before:]:
            if isinstance(event, Unrecognised):
                assert event.raw == frame
            elif isinstance(event, Event):
                assert isinstance(event, VenueStatus) or event.channel in ALL
            else:
                assert isinstance(event, BookState | Missed)
        books = [event for event in desk.emitted if isinstance(event, BookUpdate)]
        live = [event.live for event in desk.emitted if isinstance(event, BookState)]
        assert not books or (books[-1].book.status is BookStatus.LIVE) is (live[-1] if live else True)
        assert desk.client.next_tick() is not None
        desk.wait(0)
        desk.client.take_outputs()


@given(st.binary(max_size=200))
@example(b'"book"')
def test_no_bytes_can_raise(frame: bytes) -> None:
    desk = everything()
    desk.receive(frame)
    assert all(event.raw == frame for event in desk.emitted if isinstance(event, Unrecognised))


def test_leaving_and_joining_leaves_no_trace() -> None:
    desk = everything()
    for _ in range(3):
        desk.submit(Unsubscribe(ALL))
        desk.acknowledge()
        desk.subscribe(*ALL)
    desk.receive(book_snapshot())
    assert [type(event) for event in desk.take_all()] == [BookState, BookUpdate]
