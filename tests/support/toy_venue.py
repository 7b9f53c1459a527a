"""A venue with a wire language of five words, and a scripted server for it: the engine alone, without any real venue."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
from aiohttp import WSMsgType, web

import tradewire
from tradewire.errors import LoginRefused, Rejected, RequestTimeout, SubscriptionRefused, TradewireError, Unsupported
from tradewire.model.channels import Channel
from tradewire.model.events import BUY
from tradewire.model.instrument import Instrument
from tradewire.model.operations import Command, Request, Subscribe, Unsubscribe
from tradewire.model.time import Nanos
from tradewire.venues.spec import ClientContext, Endpoint, Endpoints, Role, VenueSpec
from tradewire.wire.control import Answered, Confirmed, Denied, Failed, LoginFailed, Ready, ShutdownNotice, Withdrawn
from tradewire.wire.protocol import ClientProtocol, Emit, Frame, HttpReply, HttpRequest, HttpResponse, Output


class ToyProtocol:
    """``{"hello": key}`` logs in, ``{"sub": symbol}`` and ``{"unsub": symbol}`` are acknowledged, ``{"ask": id}`` answered."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._outputs: list[Output] = []
        self._positions: dict[Channel, int] = {}
        self._asked: dict[int, Request] = {}
        self._channels: dict[str, Channel] = {}

    def connected(self, now: Nanos, emit: Emit) -> None:
        self._write({"hello": self._key})

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        try:
            message = msgspec.json.decode(payload)
            assert isinstance(message, dict)
        except (msgspec.DecodeError, AssertionError):
            emit(tradewire.Unrecognised(raw=payload, reason="not an object", venue="toy", received=now))
            return
        match message:
            case {"welcome": _}:
                emit(Ready())
            case {"go away": text}:
                emit(LoginFailed(LoginRefused(text, venue="toy")))
            case {"ok": symbol}:
                emit(Confirmed((self._channel(symbol),)))
            case {"no": symbol}:
                emit(Denied((self._channel(symbol),), SubscriptionRefused("no such market", venue="toy")))
            case {"bye": symbol}:
                emit(Withdrawn((self._channel(symbol),)))
            case {"trade": number, "symbol": symbol}:
                channel = self._channel(symbol)
                self._positions[channel] = number
                emit(
                    tradewire.Trade(
                        symbol, Decimal(100), Decimal(1), BUY, number, venue="toy", venue_time=None, received=now, channel=channel
                    )
                )
            case {"answer": number}:
                if self._asked.pop(number, None) is not None:
                    emit(Answered(number, payload))
            case {"error": number}:
                if self._asked.pop(number, None) is not None:
                    emit(Failed(number, Rejected("no", venue="toy")))
            case {"leaving": reason}:
                emit(ShutdownNotice(reason))

    def submit(self, command: Command, now: Nanos, emit: Emit) -> None:
        match command:
            case Subscribe(channels=channels):
                for channel in channels:
                    symbol = channel.symbol  # type: ignore[attr-defined]
                    self._channels[symbol] = channel
                    self._write({"sub": symbol})
            case Unsubscribe(channels=channels):
                for channel in channels:
                    self._write({"unsub": channel.symbol})  # type: ignore[attr-defined]
            case Request(request_id=number):
                self._asked[number] = command
                self._write({"ask": number})

    def http_reply(self, reply: HttpReply, now: Nanos, emit: Emit) -> None:
        raise AssertionError("the toy calls nothing")

    def tick(self, now: Nanos, emit: Emit) -> None:
        for number, request in tuple(self._asked.items()):
            if request.deadline is not None and request.deadline <= now:
                del self._asked[number]
                emit(Failed(number, RequestTimeout("no answer", venue="toy")))

    def next_tick(self) -> Nanos | None:
        return min((request.deadline for request in self._asked.values() if request.deadline is not None), default=None)

    def disconnected(self, now: Nanos, emit: Emit, reason: TradewireError) -> None:
        for number in tuple(self._asked):
            del self._asked[number]
            emit(Failed(number, reason))

    def take_outputs(self) -> list[Output]:
        outputs, self._outputs = self._outputs, []
        return outputs

    def position(self, channel: Channel) -> int | None:
        return self._positions.get(channel)

    def _channel(self, symbol: str) -> Channel:
        return self._channels.setdefault(symbol, tradewire.Trades(symbol))

    def _write(self, message: dict[str, Any]) -> None:
        self._outputs.append(Frame(json.dumps(message).encode()))


def _instruments(response: HttpResponse) -> tuple[Instrument, ...]:
    return tuple(
        Instrument(symbol, base, quote, base + quote, Decimal("0.01"), Decimal("0.001"))
        for symbol in msgspec.json.decode(response.body)
        for base, quote in [symbol.split("/")]
    )


class ToySpec(VenueSpec):
    name = "toy"
    roles: ClassVar[Mapping[str, Role]] = {"feed": Role("feed", max_channels=2)}
    environments = {"live": Endpoints("http://127.0.0.1:1", {"feed": "ws://127.0.0.1:1/feed"})}
    credential_variables: ClassVar[tuple[str, ...]] = ("TOY_KEY", "TOY_SECRET")
    channels = (tradewire.Trades,)
    rest: ClassVar[Mapping[str, Endpoint]] = {
        "instruments": Endpoint("instruments", lambda params, context: HttpRequest("GET", "/instruments"), _instruments)
    }

    def __init__(self, role: Role | None = None) -> None:
        if role is not None:
            self.roles = {"feed": role}  # type: ignore[misc]  # one spec, one role: enough for a toy

    def resolve(self, channel: Channel) -> Channel:
        if not isinstance(channel, tradewire.Trades):
            raise Unsupported(f"toy has no {type(channel).__name__}; it has Trades", venue="toy")
        return channel

    def role_of(self, channel: Channel) -> str:
        return "feed"

    def client(self, role: str, context: ClientContext) -> ClientProtocol:
        return ToyProtocol(context.credentials.key if context.credentials is not None else "anonymous")

    def error_of(self, response: HttpResponse) -> TradewireError:
        return TradewireError(f"HTTP {response.status}", venue="toy", code=response.status)


class Peer:
    """One connection as the server sees it. Greets, acknowledges and answers by itself unless told otherwise."""

    def __init__(self, socket: web.WebSocketResponse, server: ToyServer) -> None:
        self.socket = socket
        self.received: list[dict[str, Any]] = []
        self.ended = asyncio.Event()
        self._server = server
        self._changed = asyncio.Condition()

    async def run(self) -> None:
        async for message in self.socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            async with self._changed:
                self.received.append(frame)
                self._changed.notify_all()
            for word, answer in (("hello", "welcome"), ("sub", "ok"), ("unsub", "bye"), ("ask", "answer")):
                if word in frame and word not in self._server.mute:
                    refused = frame[word] in self._server.refuse
                    await self.send({"no" if refused else answer: frame[word]})
        self.ended.set()

    async def heard(self, word: str, value: object) -> None:
        """Wait until the client has said ``word``."""
        async with self._changed:
            await self._changed.wait_for(lambda: any(frame.get(word) == value for frame in self.received))

    async def send(self, message: object) -> None:
        await self.socket.send_str(json.dumps(message))

    async def trade(self, symbol: str, *numbers: int) -> None:
        for number in numbers:
            # Padding makes the frame larger than any control frame, so that it takes the hot path.
            await self.send({"trade": number, "symbol": symbol, "padding": "x" * 120})

    def drop(self) -> None:
        transport = self.socket._req.transport if self.socket._req is not None else None
        assert transport is not None
        transport.abort()


class ToyServer:
    """Listens on loopback."""

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self.mute: set[str] = set()
        self.refuse: set[object] = set()
        self.refuse_login: str | None = None
        self.symbols = ["BTC/USDT", "ETH/USDT", "SOL/USDT"]
        self.port = 0
        self._arrived = asyncio.Condition()

    async def peer(self, number: int) -> Peer:
        """Connection ``number`` from 0, once it is there."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.peers) > number)
        return self.peers[number]

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(f"http://127.0.0.1:{self.port}", {"feed": f"ws://127.0.0.1:{self.port}/feed"})

    async def feed(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        peer = Peer(socket, self)
        if self.refuse_login is not None:
            await peer.send({"go away": self.refuse_login})
        async with self._arrived:
            self.peers.append(peer)
            self._arrived.notify_all()
        await peer.run()
        return socket

    async def instruments(self, request: web.Request) -> web.Response:
        return web.json_response(self.symbols)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ToyServer]:
        application = web.Application()
        application.add_routes([web.get("/feed", self.feed), web.get("/instruments", self.instruments)])
        runner = web.AppRunner(application, shutdown_timeout=0.1, handle_signals=False)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            for peer in self.peers:
                await peer.socket.close()
            await runner.cleanup()


#: Reconnects at once, for ever.
EAGER = tradewire.Backoff(initial=0.0, stable_after=0.0)


@asynccontextmanager
async def toy(
    *, role: Role | None = None, server: ToyServer | None = None, **options: Any
) -> AsyncIterator[tuple[ToyServer, tradewire.Gateway]]:
    """A running server and a gateway connected to it."""
    options.setdefault("reconnect", EAGER)
    async with (
        (server or ToyServer()).running() as running,
        tradewire.connect(ToySpec(role), endpoints=running.endpoints, **options) as gateway,
    ):
        yield running, gateway


BTC, ETH, SOL = tradewire.Trades("BTC/USDT"), tradewire.Trades("ETH/USDT"), tradewire.Trades("SOL/USDT")


class Collector:
    """A synchronous handler that can be waited on."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self._wake = asyncio.Event()

    def __call__(self, event: Any) -> None:
        self.events.append(event)
        self._wake.set()

    def status(self, status: object) -> None:
        """Keep gaps and silences among the events: for ``on_status``."""
        if isinstance(status, tradewire.Gap | tradewire.Stale):
            self(status)

    async def until(self, condition: Callable[[list[Any]], bool]) -> None:
        while not condition(self.events):
            self._wake.clear()
            await self._wake.wait()

    @property
    def numbers(self) -> list[int]:
        return [event.trade_id for event in self.events if isinstance(event, tradewire.Trade)]

    @property
    def gaps(self) -> list[tradewire.Gap]:
        return [event for event in self.events if isinstance(event, tradewire.Gap)]
