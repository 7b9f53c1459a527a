"""What the replay venue knows about each venue."""

import json

import pytest

from tradewire.errors import CaptureError
from tradewire.sim.tapes import EVERYBODY, BinanceTape, KrakenTape, PlainTape, TheOneTape, Wish, tape_of, venue_of
from tradewire.venues.registry import venue_spec
from tradewire.wire.capture import CaptureLine


def at(conn: str) -> CaptureLine:
    return CaptureLine(None, "in", conn, "{}")


@pytest.mark.parametrize(
    ("conn", "venue"),
    [
        ("wss://stream.binance.com:9443/stream?streams=a@trade", "binance"),
        ("https://api.binance.com/api/v3/depth?symbol=A", "binance"),
        ("wss://stream.binance.us:9443/stream?streams=a@trade", "binance"),
        ("ws://127.0.0.1:5555/stream#2", "binance"),
        ("wss://partner-api.the-one.io/ws/v1/stream#1", "theone"),
        ("ws://127.0.0.1:5555/ws/v1/stream", "theone"),
        ("wss://ws.kraken.com/v2#1", "kraken"),
        ("ws://127.0.0.1:5555/public/v2#1", "kraken"),
    ],
)
def test_a_url_tells_the_venue(conn: str, venue: str) -> None:
    assert venue_of([at("market#0"), at("http://127.0.0.1:5/unknown"), at(conn)], "file") == venue


def test_an_unknown_url_is_no_installed_venue_s() -> None:
    with pytest.raises(CaptureError, match=r"file: no recording of an .*\(binance, .*\): none lives at 'wss://x\.example/'$"):
        venue_of([at("wss://x.example/")], "file")


def test_each_venue_has_its_tape_and_others_the_plain_one() -> None:
    assert type(tape_of("binance")) is BinanceTape
    assert type(tape_of("kraken")) is KrakenTape
    assert type(tape_of("theone")) is TheOneTape
    assert type(tape_of("elsewhere")) is PlainTape


@pytest.mark.parametrize(
    ("raw", "channel"),
    [
        ('{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate"}}', "btcusdt@depth@100ms"),
        ('{"result":null,"id":1}', None),
        ('{"id":1,"result":null}', None),
        ('{"error":{"code":2,"msg":"x"},"id":2}', None),
        ('{"e":"trade","s":"BTCUSDT"}', EVERYBODY),
    ],
)
def test_binance_frames_belong_to_their_stream(raw: str, channel: str | None) -> None:
    assert BinanceTape().channel_of(raw) == channel


def test_binance_control_requests_are_acknowledged() -> None:
    tape = BinanceTape()
    assert tape.wish(b'{"method":"SUBSCRIBE","params":["a@trade"],"id":"x"}', ()) == Wish(
        (b'{"result":null,"id":"x"}',), add=("a@trade",)
    )
    assert tape.wish(b'{"method":"UNSUBSCRIBE","params":["a@trade"],"id":2}', ()) == Wish(
        (b'{"result":null,"id":2}',), remove=("a@trade",)
    )
    assert tape.wish(b'{"method":"LIST_SUBSCRIPTIONS","id":3}', {"b", "a"}) == Wish((b'{"result":["a","b"],"id":3}',))
    assert tape.wish(b"nonsense", ()).answers == (b'{"error":{"code":3,"msg":"Invalid JSON"}}',)
    assert tape.channels_in("/stream?streams=a@trade/b@depth&timeUnit=MICROSECOND") == ("a@trade", "b@depth")


@pytest.mark.parametrize(
    ("channel", "needed"),
    [("btcusdt@depth", True), ("btcusdt@depth@100ms", True), ("btcusdt@depth20@100ms", False), ("btcusdt@trade", False)],
)
def test_binance_snapshots_are_for_those_who_take_diffs(channel: str, needed: bool) -> None:
    tape = BinanceTape()
    recorded = tape.snapshot_of("https://www.binance.com/api/v1/depth?symbol=BTCUSDT&limit=1000")
    assert recorded == tape.snapshot_of("/api/v3/depth?symbol=BTCUSDT&limit=5000") == "btcusdt"
    assert tape.snapshot_of("/api/v3/time") == ""
    assert tape.needs(recorded, {channel}) is needed


def test_recorded_answers_come_before_made_up_ones_but_for_the_time() -> None:
    tape = BinanceTape()
    made = json.loads(tape.answer("/api/v3/exchangeInfo", None, {"ethfdusd@trade", "xyzabc@trade"}, 0).body)
    assert [(each["baseAsset"], each["quoteAsset"]) for each in made["symbols"]] == [("ETH", "FDUSD"), ("XYZ", "ABC")]
    assert tape.answer("/api/v3/exchangeInfo", b"recorded", (), 0).body == b"recorded"
    assert tape.answer("/api/v3/time", b"recorded", (), 5_000_000).body == b'{"serverTime":5}'
    assert tape.answer("/api/v3/klines", None, (), 0).status == 404


def test_theone_answers_and_pushes_are_told_apart() -> None:
    tape = TheOneTape()
    assert tape.channel_of('{"ch":"balances","data":[]}') == "balances"
    assert tape.channel_of('{"op":"subscribe","ch":"balances"}') is None
    assert tape.channel_of('{"error":"Invalid request"}') is None
    assert tape.channel_of("not json") == EVERYBODY
    assert tape.answer_kind('{"op":"swap","data":{}}') == "swap"
    assert tape.answer_kind('{"op":"auth"}') == ""
    assert tape.wish(b'{"op":"unsubscribe","ch":"balances"}', ()).remove == ("balances",)


SNAPSHOT = (
    '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":1.0,"qty":1.0}],"asks":[],"checksum":1}]}'
)
DEEP = '{"method":"subscribe","result":{"channel":"book","depth":25,"snapshot":true,"symbol":"BTC/USD"},"success":true}'


def test_kraken_frames_belong_to_their_stream() -> None:
    tape = KrakenTape()
    assert tape.channel_of(SNAPSHOT) == "book-10 BTC/USD"
    assert tape.channel_of(DEEP) is None
    assert tape.channel_of(SNAPSHOT) == "book-25 BTC/USD"
    assert tape.channel_of('{"channel":"trade","type":"update","data":[{"symbol":"A/B","trade_id":1}]}') == "trade A/B"
    assert tape.channel_of('{"channel":"ohlc","type":"update","data":[{"symbol":"A/B","interval":5}]}') == "ohlc-5 A/B"
    for raw in ('{"channel":"heartbeat"}', '{"channel":"status","type":"update","data":[{"system":"online"}]}', "no json"):
        assert tape.channel_of(raw) == EVERYBODY


def test_kraken_subscriptions_are_answered_symbol_by_symbol() -> None:
    tape = KrakenTape()
    wish = tape.wish(b'{"method":"subscribe","params":{"channel":"trade","symbol":["A/B","C/D"]},"req_id":7}', ())
    assert wish.add == ("trade A/B", "trade C/D", EVERYBODY)
    assert [json.loads(answer) for answer in wish.answers] == [
        {"method": "subscribe", "req_id": 7, "result": {"channel": "trade", "symbol": symbol}, "success": True}
        for symbol in ("A/B", "C/D")
    ]
    gone = tape.wish(b'{"method":"unsubscribe","params":{"channel":"ohlc","symbol":["A/B"],"interval":5},"req_id":8}', ())
    assert gone.remove == ("ohlc-5 A/B",)
    assert json.loads(gone.answers[0])["result"] == {"channel": "ohlc", "symbol": "A/B", "interval": 5}


def test_kraken_books_have_the_recorded_depth_whatever_is_asked_for() -> None:
    tape = KrakenTape()
    tape.channel_of(DEEP)
    wish = tape.wish(b'{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD","A/B"],"depth":1000},"req_id":7}', ())
    assert wish.add == ("book-25 BTC/USD", "book-1000 A/B", EVERYBODY)
    assert [json.loads(answer)["result"]["depth"] for answer in wish.answers] == [25, 1000]


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (b'{"method":"ping","req_id":3}', {"method": "pong", "req_id": 3}),
        (
            b'{"method":"add_order","req_id":3}',
            {"error": "Unsupported event", "method": "add_order", "req_id": 3, "success": False},
        ),
        (b"nonsense", {"error": "Malformed request", "success": False}),
    ],
)
def test_kraken_is_asked_other_things(frame: bytes, answer: object) -> None:
    (given,) = KrakenTape().wish(frame, ()).answers
    assert json.loads(given) == answer


def test_kraken_pairs_are_made_up_unless_they_were_recorded() -> None:
    tape = KrakenTape()
    made = tape.answer("/0/public/AssetPairs", None, {"book-10 BTC/USD", "trade BTC/USD", EVERYBODY}, 0)
    assert [each.symbol for each in venue_spec("kraken").rest["instruments"].parse(made)] == ["BTC/USD"]
    assert tape.answer("/0/public/AssetPairs", b"recorded", (), 0).body == b"recorded"
    assert json.loads(tape.answer("/0/public/Time", b"recorded", (), 5_000_000_000).body)["result"] == {"unixtime": 5}
    assert tape.answer("/0/public/OHLC", None, (), 0).status == 404


def test_a_plain_tape_plays_to_whoever_speaks() -> None:
    tape = PlainTape()
    assert tape.wish(b"anything", ()) == Wish(add=(EVERYBODY,))
    assert tape.channel_of("anything") == EVERYBODY
    assert tape.answer("/any", b"recorded", (), 0).body == b"recorded"
