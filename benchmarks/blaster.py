"""A minimal Binance stream endpoint that sends as fast as its client reads. Run as its own process.

It acknowledges ``SUBSCRIBE`` and then repeats the frames of the streams asked for, with ids that go on. A diff stream sends one
frame and holds the rest back until the client has asked for the REST snapshot: no client can buffer what a blast would send
meanwhile.

``python -m benchmarks.blaster [--rate MESSAGES_PER_SECOND]`` prints its port on the first line and ends with its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import picows

from benchmarks import market

SYMBOL = "BTCUSDT"
STREAMS = {"trade": "btcusdt@trade", "bookTicker": "btcusdt@bookTicker", "depth": "btcusdt@depth@100ms"}
#: Frames written at a time without a rate, so that a socket read brings many of them, as in a burst.
BATCH = 200
_FIRST_ID = 50_093_239_000
_TIME = 1_723_161_255_343

_EXCHANGE_INFO = {
    "timezone": "UTC",
    "serverTime": _TIME,
    "rateLimits": [],
    "exchangeFilters": [],
    "symbols": [
        {
            "symbol": SYMBOL,
            "status": "TRADING",
            "baseAsset": "BTC",
            "quoteAsset": "USDT",
            "filters": [
                {
                    "filterType": "PRICE_FILTER",
                    "minPrice": "0.01000000",
                    "maxPrice": "1000000.00000000",
                    "tickSize": "0.01000000",
                },
                {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
                {"filterType": "NOTIONAL", "minNotional": "5.00000000"},
            ],
        }
    ],
}


class Feed:
    """Frames of all streams, ready to write, and the ids they have reached."""

    def __init__(self) -> None:
        (self.bids, self.asks), diffs = market.book(2000)
        self.update_id = _FIRST_ID
        self.snapshot_asked = asyncio.Event()
        rng = random.Random(2)
        best_bid, best_ask = self.bids[0][0], self.asks[0][0]
        trades = _captured("@trade") or [_trade(best_bid, best_ask, rng) for _ in range(4000)]
        quotes = _captured("@bookTicker") or [_quote(best_bid, best_ask, rng) for _ in range(4000)]
        self._trades, self._quotes, self._diffs = _passes(trades), _passes(quotes), itertools.cycle(diffs)
        self._trade_ids = itertools.count(3_735_683_259)
        self._quote_ids = itertools.count(_FIRST_ID)

    def frame(self, stream: str) -> bytes:
        """Return the next WebSocket frame of ``stream``."""
        data: dict[str, Any]
        if stream == STREAMS["trade"]:
            data = {**next(self._trades), "t": next(self._trade_ids)}
        elif stream == STREAMS["bookTicker"]:
            data = {**next(self._quotes), "u": next(self._quote_ids)}
        else:
            bids, asks = next(self._diffs)
            self.update_id += 1
            data = {"e": "depthUpdate", "E": _TIME, "s": SYMBOL, "U": self.update_id, "u": self.update_id, "b": bids, "a": asks}
        return _websocket(msgspec.json.encode({"stream": stream, "data": data}))

    def depth(self) -> dict[str, object]:
        """Return the REST snapshot, and let the diffs go on."""
        self.snapshot_asked.set()
        return {"lastUpdateId": self.update_id, "bids": self.bids, "asks": self.asks}


def _websocket(payload: bytes) -> bytes:
    """Return ``payload`` as one unmasked text frame (RFC 6455, 5.2)."""
    size = len(payload)
    length = (
        bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big") if size < 65536 else b"\x7f" + size.to_bytes(8, "big")
    )
    return b"\x81" + length + payload


def _passes(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Repeat ``messages`` without end.

    Each pass renames the digits, so that a number comes as often as in the recording, and not once more with every pass:
    a client that remembers texts would otherwise have seen them all.
    """
    digits = "123456789"
    for shift in itertools.cycle(range(len(digits))):
        renamed = str.maketrans(digits, digits[shift:] + digits[:shift])
        for message in messages:
            yield {name: value.translate(renamed) if isinstance(value, str) else value for name, value in message.items()}


def _captured(stream: str) -> list[dict[str, Any]]:
    if not market.CAPTURE.exists():
        return []
    messages = (json.loads(raw) for raw in market.captured())
    return [message["data"] for message in messages if message.get("stream", "").endswith(stream)]


def _trade(bid: str, ask: str, rng: random.Random) -> dict[str, Any]:
    seller_waits = rng.random() < 0.5
    price = bid if seller_waits else ask
    quantity = market.quantity_text(rng)
    return {"e": "trade", "E": _TIME, "s": SYMBOL, "t": 0, "p": price, "q": quantity, "T": _TIME, "m": seller_waits, "M": True}


def _quote(bid: str, ask: str, rng: random.Random) -> dict[str, Any]:
    return {"u": 0, "s": SYMBOL, "b": bid, "B": market.quantity_text(rng), "a": ask, "A": market.quantity_text(rng)}


class Connection(picows.WSListener):
    """One client."""

    def __init__(self, feed: Feed, rate: int) -> None:
        self._feed = feed
        self._rate = rate
        self._streams: list[str] = []
        self._writable = asyncio.Event()
        self._writable.set()
        self._blast: asyncio.Task[None] | None = None
        feed.snapshot_asked.clear()

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type is picows.WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        if frame.msg_type is not picows.WSMsgType.TEXT:
            return
        request = json.loads(frame.get_payload_as_bytes())
        transport.underlying_transport.write(_websocket(msgspec.json.encode({"result": None, "id": request["id"]})))
        if request["method"] != "SUBSCRIBE":
            return
        self._streams += request["params"]
        if STREAMS["depth"] in request["params"]:
            transport.underlying_transport.write(self._feed.frame(STREAMS["depth"]))
        if self._blast is None:
            self._blast = asyncio.get_running_loop().create_task(self._send(transport.underlying_transport))

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        if self._blast is not None:
            self._blast.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def _send(self, transport: asyncio.Transport) -> None:
        turns = itertools.count()
        batch = max(1, self._rate // 100) if self._rate else BATCH
        due = time.monotonic()
        while True:
            if self._streams == [STREAMS["depth"]]:
                await self._feed.snapshot_asked.wait()
            await self._writable.wait()
            transport.write(b"".join([self._feed.frame(self._streams[next(turns) % len(self._streams)]) for _ in range(batch)]))
            due += batch / self._rate if self._rate else 0
            await asyncio.sleep(max(0.0, due - time.monotonic()))


async def serve(rate: int) -> None:
    """Serve until standard input ends."""
    feed = Feed()

    def answer(request: picows.WSUpgradeRequest) -> Any:
        bodies: dict[bytes, Callable[[], Any]] = {
            b"/api/v3/depth": feed.depth,
            b"/api/v3/exchangeInfo": lambda: _EXCHANGE_INFO,
            b"/api/v3/time": lambda: {"serverTime": _TIME},
        }
        body = bodies.get(request.path.partition(b"?")[0])
        if body is None:
            return Connection(feed, rate)
        headers = {"Content-Type": "application/json"}
        response = picows.WSUpgradeResponse.create_ok_response(msgspec.json.encode(body()), headers)
        return picows.WSUpgradeResponseWithListener(response, None)

    server = await picows.ws_create_server(answer, "127.0.0.1", 0)
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rate", type=int, default=0, help="messages a second; 0 is as fast as the client reads")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args().rate))


if __name__ == "__main__":
    main()
