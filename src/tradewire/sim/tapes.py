"""What the replay venue needs to know about each venue's recordings: little enough for one object a venue."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import msgspec

from tradewire.errors import CaptureError
from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.sim.listener import HOST
from tradewire.venues.kraken.recorded import RecordedStreams
from tradewire.venues.kraken.streams import Stream
from tradewire.venues.registry import venue_names, venue_spec
from tradewire.wire.capture import CaptureLine
from tradewire.wire.protocol import HttpResponse

_JSON = {"Content-Type": "application/json"}
#: The channel of frames that every client gets.
EVERYBODY = "*"


class Wish(msgspec.Struct, frozen=True):
    """What a client frame asks of a replay.

    Attributes:
        answers: Frames to answer with.
        answered_by: Kind of recorded answer to give instead, or ``""``.
        add: Channels wanted from now on.
        remove: Channels wanted no more.
    """

    answers: tuple[bytes, ...] = ()
    answered_by: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class Tape(Protocol):
    """How to serve the recordings of one venue."""

    def channel_of(self, raw: str) -> str | None:
        """Channel that a recorded frame belongs to, or ``None`` if it was an answer to the recorded client."""
        ...

    def answer_kind(self, raw: str) -> str:
        """Kind of a recorded answer that may be given again (see ``Wish.answered_by``), or ``""``."""
        ...

    def channels_in(self, target: str) -> tuple[str, ...]:
        """Channels that the upgrade's target asks for."""
        ...

    def wish(self, payload: bytes, channels: Collection[str]) -> Wish:
        """What a client frame asks for; ``channels`` are those it has."""
        ...

    def snapshot_of(self, target: str) -> str:
        """What a REST snapshot is about, or ``""`` for other calls. Recorded and asked targets give equal texts."""
        ...

    def needs(self, snapshot: str, channels: Collection[str]) -> bool:
        """Whether a client with these channels is going to ask for the snapshot."""
        ...

    def answer(self, target: str, recorded: bytes | None, channels: Collection[str], now: Nanos) -> HttpResponse:
        """Answer a REST call that is no snapshot.

        Args:
            target: As asked.
            recorded: The last recorded answer on the same path, if there is one.
            channels: All in the recording.
            now: The time.
        """
        ...


class PlainTape:
    """Serves everything to whoever has sent a first frame, and answers nothing."""

    def channel_of(self, raw: str) -> str | None:
        """Everybody's."""
        return EVERYBODY

    def answer_kind(self, raw: str) -> str:
        """None."""
        return ""

    def channels_in(self, target: str) -> tuple[str, ...]:
        """None."""
        return ()

    def wish(self, payload: bytes, channels: Collection[str]) -> Wish:
        """Any frame starts the replay."""
        return Wish(add=(EVERYBODY,))

    def snapshot_of(self, target: str) -> str:
        """None: any recorded answer may be given at any time."""
        return ""

    def needs(self, snapshot: str, channels: Collection[str]) -> bool:
        """Never."""
        return False

    def answer(self, target: str, recorded: bytes | None, channels: Collection[str], now: Nanos) -> HttpResponse:
        """What was recorded, or 404."""
        if recorded is not None:
            return HttpResponse(200, recorded, _JSON)
        return _json({"code": -1, "msg": "The recording holds no answer to this."}, status=404)


class _Request(msgspec.Struct):
    method: str = ""
    params: list[Any] = []
    id: int | str | None = None


class BinanceTape(PlainTape):
    """Combined streams, ``{"stream":"btcusdt@trade","data":{…}}``; depth snapshots; a made-up exchangeInfo."""

    _ANSWER = re.compile(r'\{"(?:result|error|id|code)"')
    _STREAM = '{"stream":"'
    #: Longest first where one ends another.
    _QUOTES = (
        "FDUSD",
        "USDT",
        "USDC",
        "BUSD",
        "TUSD",
        "BTC",
        "ETH",
        "BNB",
        "EUR",
        "TRY",
        "BRL",
        "AUD",
        "GBP",
        "RUB",
        "JPY",
        "DAI",
        "USD",
    )

    def channel_of(self, raw: str) -> str | None:
        """The stream's name."""
        if raw.startswith(self._STREAM):
            return raw[11 : raw.index('"', 11)]
        return None if self._ANSWER.match(raw) else EVERYBODY

    def channels_in(self, target: str) -> tuple[str, ...]:
        """Those after ``?streams=``."""
        names = parse_qs(urlsplit(target).query).get("streams", [""])[0]
        return tuple(filter(None, names.split("/")))

    def wish(self, payload: bytes, channels: Collection[str]) -> Wish:
        """SUBSCRIBE and UNSUBSCRIBE; LIST_SUBSCRIPTIONS; the rest is acknowledged (web-socket-streams.md)."""
        try:
            request = msgspec.json.decode(payload, type=_Request)
        except msgspec.DecodeError:
            return Wish((msgspec.json.encode({"error": {"code": 3, "msg": "Invalid JSON"}}),))
        names = tuple(name for name in request.params if isinstance(name, str))
        result = sorted(channels) if request.method == "LIST_SUBSCRIPTIONS" else None
        answer = msgspec.json.encode({"result": result, "id": request.id})
        match request.method:
            case "SUBSCRIBE":
                return Wish((answer,), add=names)
            case "UNSUBSCRIBE":
                return Wish((answer,), remove=names)
            case _:
                return Wish((answer,))

    def snapshot_of(self, target: str) -> str:
        """The symbol, lower case; the limit does not matter, for there is only one recording."""
        parts = urlsplit(target)
        return parse_qs(parts.query).get("symbol", [""])[0].lower() if parts.path.endswith("/depth") else ""

    def needs(self, snapshot: str, channels: Collection[str]) -> bool:
        """Whoever takes the diffs of the symbol."""
        return any(re.fullmatch(re.escape(snapshot) + r"@depth(@\d+ms)?", name) for name in channels)

    def answer(self, target: str, recorded: bytes | None, channels: Collection[str], now: Nanos) -> HttpResponse:
        """``ping`` and ``time`` as of now; ``exchangeInfo`` from the streams unless it was recorded (rest-api.md)."""
        match urlsplit(target).path.rpartition("/")[2]:
            case "ping":
                return _json({})
            case "time":
                return _json({"serverTime": now // MILLISECOND})
            case "exchangeInfo" if recorded is None:
                symbols = sorted({name.partition("@")[0].upper() for name in channels if name[0] not in "!*"})
                return _json({"timezone": "UTC", "serverTime": now // MILLISECOND, "symbols": list(map(self._symbol, symbols))})
            case _:
                return super().answer(target, recorded, channels, now)

    def _symbol(self, symbol: str) -> dict[str, Any]:
        quote = next((quote for quote in self._QUOTES if symbol.endswith(quote) and symbol != quote), symbol[-3:])
        smallest = "0.00000001"  # the recording does not say, and this fits every price
        return {
            "symbol": symbol,
            "status": "TRADING",
            "baseAsset": symbol.removesuffix(quote),
            "quoteAsset": quote,
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": smallest, "maxPrice": "1000000000.00000000", "tickSize": smallest},
                {"filterType": "LOT_SIZE", "minQty": smallest, "maxQty": "1000000000.00000000", "stepSize": smallest},
            ],
        }


class _Envelope(msgspec.Struct):
    op: str = ""
    ch: str = ""
    error: Any = None


class TheOneTape(PlainTape):
    """Flat frames: what has an ``op`` or an ``error`` is an answer, what has only a ``ch`` is a push."""

    def channel_of(self, raw: str) -> str | None:
        """The push's channel."""
        frame = self._read(raw)
        return None if frame.op or frame.error else frame.ch or EVERYBODY

    def answer_kind(self, raw: str) -> str:
        """The operation, but for those that a replay answers by itself."""
        operation = self._read(raw).op
        return "" if operation in {"auth", "subscribe", "unsubscribe"} else operation

    def wish(self, payload: bytes, channels: Collection[str]) -> Wish:
        """Any key may log in; channels are acknowledged; other operations get the recorded answers in turn."""
        frame = self._read(payload)
        match frame.op:
            case "auth":
                return Wish((msgspec.json.encode({"op": "auth", "data": {"status": "authenticated"}}),))
            case "subscribe":
                return Wish((self._acknowledge(frame, "subscribed"),), add=(frame.ch, EVERYBODY))
            case "unsubscribe":
                return Wish((self._acknowledge(frame, "unsubscribed"),), remove=(frame.ch,))
            case operation:
                nothing = {"op": operation, "error": "The recording holds no further answer to this"}
                return Wish((msgspec.json.encode(nothing),), answered_by=operation)

    def _acknowledge(self, frame: _Envelope, status: str) -> bytes:
        return msgspec.json.encode({"op": frame.op, "ch": frame.ch, "data": {"status": status}})

    def _read(self, raw: str | bytes) -> _Envelope:
        try:
            return msgspec.json.decode(raw, type=_Envelope)
        except msgspec.DecodeError:
            return _Envelope()


class _Params(msgspec.Struct, frozen=True):
    channel: str = ""
    symbol: list[str] = []
    depth: int = 10
    interval: int = 1


class _Call(msgspec.Struct):
    method: str = ""
    params: _Params = _Params()
    req_id: int | None = None


class KrakenTape(PlainTape):
    """``{"channel":"book","type":"update","data":[{"symbol":…}]}``; a made-up AssetPairs.

    Whatever depth of a book is asked for, the recorded one is what there is, and what the acknowledgement says.
    """

    def __init__(self) -> None:
        self._streams = RecordedStreams()

    def channel_of(self, raw: str) -> str | None:
        """The stream's name; status and heartbeats are everybody's."""
        try:
            streams = self._streams.read(raw)
        except ValueError:
            return EVERYBODY
        if streams is None:
            return None
        return streams[0].name if streams else EVERYBODY

    def wish(self, payload: bytes, channels: Collection[str]) -> Wish:
        """Subscriptions, answered for each symbol, and pings."""
        try:
            call = msgspec.json.decode(payload, type=_Call)
        except msgspec.DecodeError:
            return Wish((b'{"error":"Malformed request","success":false}',))
        match call.method:
            case "subscribe" | "unsubscribe":
                streams = [self._stream(call.params, symbol) for symbol in call.params.symbol]
                names = tuple(stream.name for stream in streams)
                answers = tuple(self._reply(call, self._result(stream)) for stream in streams)
                return Wish(answers, add=(*names, EVERYBODY)) if call.method == "subscribe" else Wish(answers, remove=names)
            case "ping":
                return Wish((msgspec.json.encode({"method": "pong", "req_id": call.req_id}),))
            case _:
                answer = {"error": "Unsupported event", "method": call.method, "req_id": call.req_id, "success": False}
                return Wish((msgspec.json.encode(answer),))

    def answer(self, target: str, recorded: bytes | None, channels: Collection[str], now: Nanos) -> HttpResponse:
        """``Time`` as of now; ``AssetPairs`` from the streams unless it was recorded."""
        match urlsplit(target).path.rpartition("/")[2]:
            case "Time":
                return _json({"error": [], "result": {"unixtime": now // SECOND}})
            case "AssetPairs" if recorded is None:
                symbols = sorted({name.partition(" ")[2] for name in channels} - {""})
                return _json({"error": [], "result": {symbol: self._pair(symbol) for symbol in symbols}})
            case _:
                return super().answer(target, recorded, channels, now)

    def _stream(self, params: _Params, symbol: str) -> Stream:
        number = {"book": self._streams.depth(symbol, params.depth), "ohlc": params.interval}.get(params.channel, 0)
        return Stream(params.channel, symbol, number)

    def _result(self, stream: Stream) -> dict[str, Any]:
        return {"channel": stream.kind, "symbol": stream.symbol, **stream.options}

    def _reply(self, call: _Call, result: dict[str, Any]) -> bytes:
        return msgspec.json.encode({"method": call.method, "req_id": call.req_id, "result": result, "success": True})

    def _pair(self, symbol: str) -> dict[str, Any]:
        # The recording does not say, and eight decimals fit every price.
        return {"altname": symbol.replace("/", ""), "wsname": symbol, "pair_decimals": 8, "lot_decimals": 8, "status": "online"}


_TAPES: Mapping[str, Callable[[], Tape]] = {"binance": BinanceTape, "kraken": KrakenTape, "theone": TheOneTape}


def tape_of(venue: str) -> Tape:
    """Return how to serve recordings of ``venue``; one that needs nothing special is served plainly."""
    return _TAPES.get(venue, PlainTape)()


def venue_of(lines: Iterable[CaptureLine], source: str) -> str:
    """Tell the venue of a recording by the first URL that says something: by its host, else by its path.

    Raises:
        CaptureError: No installed venue lives at any of them.
    """
    hosts: dict[str | None, str] = {}
    paths: dict[str, str] = {}
    for spec in map(venue_spec, venue_names()):
        for where in spec.environments.values():
            for place in map(urlsplit, (where.http, *where.ws.values())):
                hosts.setdefault(place.hostname, spec.name)
                paths.setdefault(place.path, spec.name)
    del hosts[HOST], paths[""]
    line = None
    for line in lines:
        url = urlsplit(line.conn)
        if venue := hosts.get(url.hostname) or paths.get(url.path):
            return venue
    if line is None:
        raise CaptureError(f"{source}: no message was recorded in it")
    raise CaptureError(f"{source}: no recording of an installed venue ({', '.join(venue_names())}): none lives at {line.conn!r}")


def _json(content: Any, *, status: int = 200) -> HttpResponse:
    return HttpResponse(status, msgspec.json.encode(content), _JSON)
