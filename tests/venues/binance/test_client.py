"""One connection: the quick way and the slow way, notices, and frames that nobody should send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from binance_desk import Desk
from binance_payloads import BOOK_TICKER, STREAMS, TRADE, later
from hypothesis import example, given
from hypothesis import strategies as st

from tradewire.errors import LinkLost
from tradewire.model.book import BookStatus
from tradewire.model.channels import Book, Channel, Quotes, Trades
from tradewire.model.events import BookUpdate, Event, Quote, Trade, Unrecognised
from tradewire.wire.control import BookState, ShutdownNotice

ALL: tuple[Channel, ...] = tuple(channel for channel, _ in STREAMS.values())


def wrapped(stream: str, data: Any) -> bytes:
    return json.dumps({"stream": stream, "data": data}, separators=(",", ":"), ensure_ascii=False).encode()


def everything() -> Desk:
    """A client with every kind of stream, each of which has spoken once and whose book is live."""
    desk = Desk()
    desk.subscribe(*ALL)
    for stream, (_, data) in STREAMS.items():
        desk.event(stream, data)
    (call,) = desk.calls()
    desk.answer(call, {"lastUpdateId": 158, "bids": [["0.0023", "1"]], "asks": [["0.0027", "1"]]})
    desk.emitted.clear()
    return desk


@pytest.mark.parametrize(
    "name", ["A/BTC", "BNB/BTC", "1000CHEEMS/USDT", "AVERYLONGSYMBOLNAMEINDEED/USDT", "币安人生币安人生/USDT"]
)
def test_names_of_any_length_find_their_way_again_and_again(name: str) -> None:
    desk, channel = Desk(), Trades(name)
    desk.subscribe(channel, Quotes(name))
    stream = name.replace("/", "").lower()
    for number in range(3):
        desk.event(f"{stream}@trade", {**TRADE, "t": number})
        trade = desk.take(Trade)
        assert (trade.trade_id, trade.symbol) == (number, name)
        desk.event(f"{stream}@bookTicker", {**BOOK_TICKER, "u": number})
        assert desk.take(Quote).update_id == number


def test_names_that_begin_alike_are_told_apart() -> None:
    desk = Desk()
    desk.subscribe(Trades("BNB/BTC"), Trades("BNB/BTCX"))
    for number, symbol in enumerate(("BNB/BTC", "BNB/BTCX", "BNB/BTC")):
        desk.event(f"{symbol.replace('/', '').lower()}@trade", {**TRADE, "t": number // 2})
        assert desk.take(Trade).symbol == symbol


@pytest.mark.parametrize(
    "frame",
    [
        json.dumps({"stream": "bnbbtc@trade", "data": TRADE}, indent=2).encode(),
        json.dumps({"data": TRADE, "stream": "bnbbtc@trade"}).encode(),
        b'  {"stream":"bnbbtc\\u0040trade","data":' + json.dumps(TRADE).encode() + b"}",
        json.dumps({"stream": "bnbbtc@trade", "data": dict(reversed(TRADE.items())), "new": [1]}).encode(),
    ],
)
def test_a_frame_that_somebody_reformatted_is_read_all_the_same(frame: bytes) -> None:
    desk = Desk()
    desk.subscribe(Trades("BNB/BTC"))
    desk.receive(frame)
    assert desk.take(Trade).trade_id == TRADE["t"]


def test_what_has_been_learned_is_forgotten_with_the_subscription() -> None:
    desk = Desk()
    desk.subscribe(Trades("BNB/BTC"))
    desk.event("bnbbtc@trade", TRADE)
    desk.take(Trade)
    desk.unsubscribe(Trades("BNB/BTC"))
    desk.event("bnbbtc@trade", TRADE)
    assert not desk.emitted


def test_the_memory_for_beginnings_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewire.venues.binance.client._LEARNED_LIMIT", 4)
    desk = Desk()
    channels = [Trades(f"A{n}/BTC") for n in range(9)]
    desk.subscribe(*channels)
    for number in range(2):
        for n in range(9):
            desk.event(f"a{n}btc@trade", {**TRADE, "t": number})
    assert [getattr(event, "symbol", "") for event in desk.take_all()] == [channel.symbol for channel in channels] * 2


def test_a_stream_that_was_not_subscribed_is_shown() -> None:
    desk = Desk()
    frame = wrapped("ethusdt@trade", TRADE)
    desk.receive(frame)
    event = desk.take(Unrecognised)
    assert "ethusdt@trade" in event.reason
    assert event.raw == frame


@pytest.mark.parametrize(
    "frame",
    [
        {"e": "serverShutdown", "E": 1770123456789},
        {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": 1770123456789}},
    ],
)
def test_a_shutdown_is_announced_in_both_forms(frame: dict[str, Any]) -> None:
    desk = Desk()
    desk.receive(frame)
    desk.take(ShutdownNotice)


def test_after_the_connection_books_are_stale() -> None:
    desk = Desk()
    desk.subscribe(Book("BNB/BTC"))
    desk.event("bnbbtc@depth@100ms", STREAMS["bnbbtc@depth@100ms"][1])
    (call,) = desk.calls()
    desk.answer(call, {"lastUpdateId": 160, "bids": [], "asks": []})
    update = desk.take_all()[-1]
    assert isinstance(update, BookUpdate)
    desk.client.disconnected(desk.now, desk.emitted.append, LinkLost("reset"))
    assert update.book.status is BookStatus.STALE
    assert not desk.emitted


def test_positions() -> None:
    desk = everything()
    numbers = {type(channel).__name__: desk.client.position(channel) for channel in ALL if desk.client.position(channel)}
    assert numbers == {"Trades": 12345, "AggregateTrades": 12345, "Quotes": 400900217, "PartialBook": 160, "Book": 160}
    assert desk.client.position(Trades("ETH/USDT")) is None


# -- hostile frames ------------------------------------------------------------------------------------------------------------

HOSTILE = [
    b"",
    b"\x00",
    b"\xff\xfe\xfd",
    b"null",
    b"5",
    b'"text"',
    b"[]",
    b"[1]",
    b"{}",
    b'{"stream":',
    b'{"stream":"',
    b'{"stream":"bnbbtc@trade',
    b'{"stream":"bnbbtc@trade"',
    b'{"stream":"bnbbtc@trade","data":null}',
    b'{"stream":"bnbbtc@trade","data":[]}',
    b'{"stream":5,"data":{}}',
    b'{"stream":null,"data":{}}',
    b'{"id":1.5,"result":null}',
    b'{"id":{},"result":null}',
    b'{"code":"x"}',
    b'{"error":5}',
    b"[" * 200_000,
    b'{"stream":"bnbbtc@trade","data":' * 50_000,
    b'{"stream":"bnbbtc@trade","data":{"x":' + b"[" * 100_000,
]
BAD_NUMBERS = ["NaN", "Infinity", "1e400", "-", "", "1.2.3", "٣", "9" * 41, "0x10", " 1", "1_000"]


@pytest.mark.parametrize("frame", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_frames_are_shown_and_do_no_harm(frame: bytes) -> None:
    desk = everything()
    desk.receive(frame)
    assert all(isinstance(event, Unrecognised) and event.raw == frame for event in desk.take_all())
    assert_unharmed(desk)


@pytest.mark.parametrize("number", BAD_NUMBERS)
@pytest.mark.parametrize("stream", [stream for stream in STREAMS if "depth@" not in stream])
def test_what_is_no_number_never_becomes_one(stream: str, number: str) -> None:
    desk = everything()
    text = json.dumps(STREAMS[stream][1])
    prices = {"bookTicker": '"25.35190000"', "avgPrice": '"25776.86000000"', "depth5": '"0.0024"'}
    price = next((each for kind, each in prices.items() if kind in stream), '"0.001')
    spoilt = text.replace(price if price.endswith('"') else '"0.0010"', json.dumps(number), 1).replace(
        '"0.001"', json.dumps(number), 1
    )
    assert spoilt != text
    desk.receive(b'{"stream":"%b","data":%b}' % (stream.encode(), spoilt.encode()))
    desk.take(Unrecognised)
    assert_unharmed(desk)


def assert_unharmed(desk: Desk) -> None:
    """Every stream still speaks, and nothing of the book has changed."""
    for stream, (channel, _) in STREAMS.items():
        desk.event(stream, later(stream, desk.client.position(channel)))
        events = desk.take_all()
        assert [event.channel for event in events if isinstance(event, Event)] == [channel]
        assert not isinstance(events[0], Unrecognised)


frames = st.sampled_from([wrapped(stream, data) for stream, (_, data) in STREAMS.items()])


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real frame with some bytes replaced, removed, doubled or cut off."""
    frame = bytearray(draw(frames))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(frame) - 1)))
        match draw(st.sampled_from(["replace", "remove", "insert", "cut", "repeat"])):
            case "replace" if frame:
                frame[at] = draw(st.integers(0, 255))
            case "remove":
                del frame[at : at + draw(st.integers(1, 10))]
            case "insert":
                frame[at:at] = draw(
                    st.sampled_from([b"9" * 40, b"-", b"null", b"1e400", b'"', b"{", b"[", b"\\u0000", b"\xc3", b"NaN"])
                )
            case "cut":
                del frame[at:]
            case "repeat":
                frame[at:at] = frame[at : at + 20]
    return bytes(frame)


@given(st.lists(mutated() | frames, max_size=5))
@example([wrapped("bnbbtc@depth@100ms", {**STREAMS["bnbbtc@depth@100ms"][1], "U": 161, "u": 10**30})])
def test_no_frame_can_raise_or_pass_for_something_else(sent: list[bytes]) -> None:
    desk = everything()
    for frame in sent:
        before = len(desk.emitted)
        desk.receive(frame)
        for event in desk.emitted[before:]:
            if isinstance(event, Unrecognised):
                assert event.raw == frame
            elif isinstance(event, Event):
                assert event.channel in ALL
            else:
                assert isinstance(event, BookState | ShutdownNotice)


@given(st.binary(max_size=200))
def test_no_bytes_can_raise(frame: bytes) -> None:
    desk = everything()
    desk.receive(frame)
    assert all(isinstance(event, Unrecognised) for event in desk.emitted)
