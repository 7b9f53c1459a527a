"""What one message costs between the socket and a synchronous handler, in CPU time of the client's process."""

from __future__ import annotations

import asyncio
import statistics
import time
import urllib.request
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import msgspec
import picows

import tradewire
from benchmarks.blaster import STREAMS
from benchmarks.loopback import blaster
from tradewire import Book, BookUpdate, Quote, Quotes, Trade, Trades

Data = TypeVar("Data")
Run = Callable[[str, int, "Meter"], Awaitable[None]]

WARM_UP = 5_000
PAIRS = list[tuple[str, str]]


class Meter:
    """Counts messages down and takes the CPU time of those after the warm-up."""

    def __init__(self, messages: int) -> None:
        self.left = WARM_UP
        self.done: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._messages = messages
        self._start: int | None = None

    def mark(self) -> None:
        """Call when ``left`` has come to zero."""
        if self._start is None:
            self._start = time.process_time_ns()
            self.left = self._messages
        elif not self.done.done():
            self.done.set_result((time.process_time_ns() - self._start) / self._messages / 1000)


# -- the floor: picows and msgspec, texts left as texts ----------------------------------------------------------------


class FloorTrade(msgspec.Struct, gc=False):
    E: int
    t: int
    p: str
    q: str
    m: bool


class FloorQuote(msgspec.Struct, gc=False):
    u: int
    b: str
    B: str
    a: str
    A: str


class FloorDepth(msgspec.Struct, gc=False):
    U: int
    u: int
    b: PAIRS
    a: PAIRS


class Envelope(msgspec.Struct, Generic[Data], gc=False):
    stream: str
    data: Data


class FloorListener(picows.WSListener):
    def __init__(self, kind: str, meter: Meter) -> None:
        self._kind = kind
        self._decode = msgspec.json.Decoder(
            {"trade": Envelope[FloorTrade], "bookTicker": Envelope[FloorQuote], "depth": Envelope[FloorDepth]}[kind]
        ).decode
        self._handle = {"trade": _floor_trade, "bookTicker": _floor_quote, "depth": _floor_depth}[kind](meter)
        self._acknowledged = False

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        request = {"method": "SUBSCRIBE", "params": [STREAMS[self._kind]], "id": 1}
        transport.send(picows.WSMsgType.TEXT, msgspec.json.encode(request))

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if self._acknowledged:
            self._handle(self._decode(frame.get_payload_as_bytes()).data)
        self._acknowledged = True


def _floor_trade(meter: Meter) -> Callable[[Any], None]:
    def handle(trade: FloorTrade) -> None:
        _ = trade.p, trade.q
        meter.left -= 1
        if not meter.left:
            meter.mark()

    return handle


def _floor_quote(meter: Meter) -> Callable[[Any], None]:
    def handle(quote: FloorQuote) -> None:
        _ = quote.b, quote.B, quote.a, quote.A
        meter.left -= 1
        if not meter.left:
            meter.mark()

    return handle


def _floor_depth(meter: Meter) -> Callable[[Any], None]:
    def handle(depth: FloorDepth) -> None:
        _ = depth.b, depth.a
        meter.left -= 1
        if not meter.left:
            meter.mark()

    return handle


async def floor(kind: str, port: int, meter: Meter) -> None:
    transport, _ = await picows.ws_connect(lambda: FloorListener(kind, meter), f"ws://127.0.0.1:{port}/stream")
    if kind == "depth":
        url = f"http://127.0.0.1:{port}/api/v3/depth?symbol=BTCUSDT"
        await asyncio.to_thread(lambda: urllib.request.urlopen(url).read())
    await meter.done
    transport.disconnect(graceful=False)


# -- tradewire: the native API -----------------------------------------------------------------------------------------


def _on_trade(meter: Meter) -> Callable[[Any], None]:
    def handle(trade: Trade) -> None:
        _ = trade.price, trade.quantity
        meter.left -= 1
        if not meter.left:
            meter.mark()

    return handle


def _on_quote(meter: Meter) -> Callable[[Any], None]:
    def handle(quote: Quote) -> None:
        _ = quote.bid, quote.bid_quantity, quote.ask, quote.ask_quantity
        meter.left -= 1
        if not meter.left:
            meter.mark()

    return handle


def _on_book(meter: Meter) -> Callable[[Any], None]:
    def handle(update: BookUpdate) -> None:
        book = update.book
        _ = book.best_bid, book.best_ask
        meter.left -= 1
        if not meter.left:
            meter.mark()

    return handle


SUBSCRIPTIONS = {
    "trade": (Trades("BTC/USDT"), _on_trade),
    "bookTicker": (Quotes("BTC/USDT"), _on_quote),
    "depth": (Book("BTC/USDT"), _on_book),
}


async def native(kind: str, port: int, meter: Meter) -> None:
    channel, make = SUBSCRIPTIONS[kind]
    endpoints = {"http": f"http://127.0.0.1:{port}", "market": f"ws://127.0.0.1:{port}/stream"}
    async with tradewire.connect("binance", endpoints=endpoints, snapshot_limit=1000) as gateway:
        gateway.on(channel, make(meter))
        await meter.done


async def once(client: Callable[[str, int, Meter], Awaitable[None]], kind: str, port: int, messages: int) -> float:
    meter = Meter(messages)
    async with asyncio.timeout(120):
        await client(kind, port, meter)
    return meter.done.result()


CLIENTS = {"floor: picows + msgspec, texts": floor, "tradewire: gateway.on(...)": native}
KINDS = {"trade": "trade", "bookTicker": "bookTicker", "depth": "30-level diff, live book"}


def run(messages: int, rounds: int) -> None:
    """Print the table."""
    print("Messages: client CPU per message from a loopback socket to a synchronous handler that reads prices and quantities")
    print(f"(ratio to the floor in the same run; {messages} messages, medians of {rounds} interleaved rounds)\n")
    figures: dict[tuple[str, str], list[float]] = {(name, kind): [] for name in CLIENTS for kind in KINDS}
    with blaster() as port:
        for _ in range(rounds):
            for kind in KINDS:
                for name, client in CLIENTS.items():
                    figures[name, kind].append(asyncio.run(once(client, kind, port, messages)))
    medians = {key: statistics.median(values) for key, values in figures.items()}
    base = next(iter(CLIENTS))
    print(f"  {'':32}" + "".join(f"{title:>30}" for title in KINDS.values()))
    for name in CLIENTS:
        cells = (f"{medians[name, kind]:.2f} µs {medians[name, kind] / medians[base, kind]:5.2f}x" for kind in KINDS)
        print(f"  {name:32}" + "".join(f"{cell:>30}" for cell in cells))
    print()
