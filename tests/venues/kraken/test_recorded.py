"""Which stream a recorded frame is of."""

from __future__ import annotations

import pytest
from kraken_desk import CANDLE, TICKER, TRADE, book_snapshot, book_update, message

from tradewire.venues.kraken.recorded import RecordedStreams
from tradewire.venues.kraken.streams import Stream

LEVELS = tuple((f"{n}.0", "1.00000000") for n in range(1, 26))
ACKNOWLEDGED = '{"method":"subscribe","result":{"channel":"book","depth":100,"symbol":"BTC/USD"},"success":true}'


@pytest.mark.parametrize(
    ("frame", "streams"),
    [
        (message("trade", TRADE % 1, TRADE % 2), (Stream("trade", "BTC/USD"), Stream("trade", "BTC/USD"))),
        (message("ticker", TICKER), (Stream("ticker", "BTC/USD"),)),
        (message("ohlc", CANDLE % 30), (Stream("ohlc", "BTC/USD", 5),)),
        (b'{"channel":"heartbeat"}', ()),
        (message("status", '{"system":"online"}'), ()),
        (b'{"method":"pong"}', None),
        (b'{"Error":"Exceeded msg rate"}', None),
        (ACKNOWLEDGED.encode(), None),
    ],
)
def test_frames(frame: bytes, streams: tuple[Stream, ...] | None) -> None:
    assert RecordedStreams().read(frame) == streams


def test_the_depth_is_what_the_venue_acknowledged() -> None:
    recorded = RecordedStreams()
    recorded.read(ACKNOWLEDGED)
    assert recorded.read(book_snapshot(LEVELS, ())) == (Stream("book", "BTC/USD", 100),)
    assert recorded.depth("BTC/USD", 10) == 100
    assert recorded.depth("ETH/USD", 10) == 10


@pytest.mark.parametrize(("levels", "depth"), [(0, 10), (10, 10), (11, 25), (25, 25)])
def test_without_a_reply_the_depth_is_the_least_that_holds_the_snapshot(levels: int, depth: int) -> None:
    recorded = RecordedStreams()
    assert recorded.read(book_snapshot((), LEVELS[:levels])) == (Stream("book", "BTC/USD", depth),)
    assert recorded.read(book_update(LEVELS, (), 1)) == (Stream("book", "BTC/USD", depth),)


def test_without_either_the_depth_is_the_greatest() -> None:
    assert RecordedStreams().read(book_update(LEVELS, (), 1)) == (Stream("book", "BTC/USD", 1000),)


def test_a_refusal_says_no_depth() -> None:
    recorded = RecordedStreams()
    recorded.read(ACKNOWLEDGED.replace("true", "false"))
    assert recorded.depth("BTC/USD", 10) == 10


@pytest.mark.parametrize("frame", [b"", b"text", b"[]", b'{"channel":"instrument","data":{}}', b'{"channel":"book"}'])
def test_what_is_no_frame(frame: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        RecordedStreams().read(frame)
