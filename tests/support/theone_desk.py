"""What TheOne's tests share: a tiny ledger, a client on the bench, a server on the bench, and both joined."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from tradewire.model.events import Event
from tradewire.model.instrument import Instrument
from tradewire.model.operations import Command, Operation, Request
from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.testing.clock import ManualClock
from tradewire.testing.pair import Pair
from tradewire.venues.backend import Account, BalanceChange, BookState, Holding, MarketEvent, TradeTick
from tradewire.venues.spec import ClientContext, RestContext
from tradewire.venues.theone import auth
from tradewire.venues.theone.client import TheOneClient
from tradewire.venues.theone.server import TheOneServer, make_server
from tradewire.wire.control import Control
from tradewire.wire.protocol import Close, Frame, HttpRequest, HttpResponse, Output, ServerOutput, ServerSession
from tradewire.wire.signing import Credentials, Hmac

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "theone-vectors.json").read_text())
#: The moment of every vector.
START_MS = 1_732_526_400_000
START: Nanos = START_MS * MILLISECOND

KEY, SECRET = "test_key_1", "test_secret_1"
OTHER_KEY, OTHER_SECRET = "test_key_2", "test_secret_2"

T = TypeVar("T")


def vector(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(vector for vector in VECTORS["vectors"] if vector["id"] == name)
    return found


class FakeLedger:
    """The documented balances, a book of one level, and no market."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.instruments: dict[str, Instrument] = {}
        self._holdings: dict[str, dict[str, Holding]] = {}
        self._listeners: list[Callable[[MarketEvent], None]] = []
        for key, secret in ((KEY, SECRET), (OTHER_KEY, OTHER_SECRET)):
            self.add_account(Account(key, key, secret), {})
            rows = (Holding("USDT", Decimal("100.00"), Decimal(0)), Holding("ETH", Decimal("2.5"), Decimal("0.5")))
            self._holdings[key] = {row.asset: row for row in (*rows, Holding("BTC", Decimal("0.1"), Decimal(0)))}

    def list(self, symbol: str) -> None:
        base, quote = symbol.split("/")
        self.instruments[symbol] = Instrument(symbol, base, quote, base + quote, Decimal("0.01"), Decimal("0.01"))

    def add_account(self, account: Account, balances: Mapping[str, Decimal]) -> None:
        self.accounts[account.key] = account
        self._holdings[account.name] = {asset: Holding(asset, total, Decimal(0)) for asset, total in balances.items()}
        self._changed(account.name, *balances)

    def listen(self, listener: Callable[[MarketEvent], None]) -> None:
        self._listeners.append(listener)

    def book(self, symbol: str, depth: int) -> BookState:
        return BookState(1, ((Decimal("99.98"), Decimal(1)),), ((Decimal("100.02"), Decimal(1)),))

    def recent_trades(self, symbol: str, limit: int) -> Sequence[TradeTick]:
        return ()

    def holdings(self, account: str) -> tuple[Holding, ...]:
        return tuple(self._holdings[account].values())

    def deposit(self, account: str, asset: str, amount: str) -> None:
        self._add(account, asset, Decimal(amount), Decimal(0))
        self._changed(account, asset)

    def lock(self, account: str, asset: str, amount: Decimal) -> bool:
        self._add(account, asset, Decimal(0), amount)
        self._changed(account, asset)
        return True

    def unlock(self, account: str, asset: str, amount: Decimal) -> None:
        self._add(account, asset, Decimal(0), -amount)
        self._changed(account, asset)

    def settle(self, account: str, *, spent: tuple[str, Decimal], received: tuple[str, Decimal]) -> None:
        self._add(account, spent[0], -spent[1], -spent[1])
        self._add(account, received[0], received[1], Decimal(0))
        self._changed(account, spent[0], received[0])

    def _add(self, account: str, asset: str, total: Decimal, locked: Decimal) -> None:
        row = self._holdings[account].get(asset, Holding(asset, Decimal(0), Decimal(0)))
        changed = Holding(asset, row.total + total, row.locked + locked)
        assert changed.total >= changed.locked >= 0, "the ledger would go below zero"
        self._holdings[account][asset] = changed

    def _changed(self, account: str, *assets: str) -> None:
        for listener in self._listeners:
            listener(BalanceChange(account, assets, START))


def counting_nonces(prefix: str = "n") -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


def context(credentials: Credentials | None = None, *, prefix: str = "n", **options: Any) -> ClientContext:
    return ClientContext(
        credentials=credentials or Hmac(KEY, SECRET),
        nonce=counting_nonces(prefix),
        clock_offset=lambda: 0,
        instruments={},
        options=options,
    )


def rest_context(now: Nanos = START, *, nonce: str = "r1", credentials: Credentials | None = None, **options: Any) -> RestContext:
    return RestContext(now=now, credentials=credentials or Hmac(KEY, SECRET), nonce=lambda: nonce, options=options)


class ClientBench:
    """The client half alone. What the broker says is written by hand."""

    def __init__(self, client: TheOneClient | None = None, **options: Any) -> None:
        self.client = client or TheOneClient(context(**options))
        self.now = START
        self.emitted: list[Event | Control] = []
        self._ids = count(1)

    def live(self) -> ClientBench:
        self.client.connected(self.now, self.emitted.append)
        self.sent()
        self.hear('{"op":"auth","data":{"status":"authenticated"}}')
        self.heard()
        return self

    def hear(self, text: str | bytes) -> None:
        self.client.receive(text.encode() if isinstance(text, str) else text, self.now, self.emitted.append)

    def heard(self) -> list[Event | Control]:
        emitted = list(self.emitted)
        self.emitted.clear()
        return emitted

    def submit(self, command: Command) -> None:
        self.client.submit(command, self.now, self.emitted.append)

    def ask(self, operation: Operation, *, within: float | None = 10.0, awaited: bool = True) -> int:
        number = next(self._ids)
        deadline = None if within is None else self.now + round(within * SECOND)
        self.submit(Request(number, operation, deadline, awaited=awaited))
        return number

    def wait(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)
        due = self.client.next_tick()
        if due is not None and due <= self.now:
            self.client.tick(self.now, self.emitted.append)

    def frames(self) -> list[bytes]:
        return [written(output, self.now) for output in self.client.take_outputs()]

    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(frame) for frame in self.frames()]


def written(output: Output | ServerOutput, now: Nanos) -> bytes:
    assert isinstance(output, Frame), output
    return output.payload(now) if callable(output.payload) else output.payload


class ServerBench:
    """The server half alone. What clients say is written by hand."""

    def __init__(self, **options: Any) -> None:
        self.ledger = FakeLedger()
        self.server: TheOneServer = make_server(self.ledger, options=options)
        self.now = START
        self._nonces = counting_nonces("s")

    def connect(self, key: str = "", secret: str = "") -> ServerConnection:
        session = self.server.upgrade(HttpRequest("GET", "/ws/v1/stream"), self.now)
        assert not isinstance(session, HttpResponse)
        session.opened(self.now)
        connection = ServerConnection(self, session, secret)
        if key:
            connection.say(self.login(key, secret))
            assert connection.heard() == [{"op": "auth", "data": {"status": "authenticated"}}]
        return connection

    def login(self, key: str = KEY, secret: str = SECRET, **changes: Any) -> bytes:
        return json.dumps({"op": "auth", "key": key, **self.stamp("/ws/v1/stream", secret, **changes)}).encode()

    def stamp(self, path: str, secret: str = SECRET, body: bytes = b"", **changes: Any) -> dict[str, Any]:
        stamp = auth.Stamp(changes.pop("ts", self.now // MILLISECOND), changes.pop("nonce", None) or self._nonces())
        signer = auth.signer_of(Hmac("", secret), changes.pop("key_mode", auth.DERIVED))
        members = {"ts": stamp.timestamp, "nonce": stamp.nonce, "sig": auth.signature(signer, "WS", path, stamp, body)}
        return members | changes

    def signed(self, op: str, data: str = "", *, secret: str = SECRET, hashed: str | None = None, **changes: Any) -> bytes:
        body = (data if hashed is None else hashed).encode()
        head = json.dumps({"op": op, **self.stamp(f"/ws/v1/{op}", secret, body, **changes)})
        return (f'{head[:-1]},"data":{data}}}' if data else head).encode()

    def wait(self, seconds: float, *connections: ServerConnection) -> None:
        self.now += round(seconds * SECOND)
        halves: list[TheOneServer | ServerSession] = [self.server, *(connection.session for connection in connections)]
        for half in halves:
            due = half.next_tick()
            if due is not None and due <= self.now:
                half.tick(self.now)

    def http(
        self,
        method: str,
        target: str,
        body: str = "",
        *,
        key: str = KEY,
        secret: str = SECRET,
        headers: Any = None,
        **changes: Any,
    ) -> tuple[int, Any]:
        stamp = auth.Stamp(str(changes.get("ts", self.now // MILLISECOND)), changes.get("nonce") or self._nonces())
        signer = auth.signer_of(Hmac("", secret), auth.DERIVED)
        signed = {
            "x-api-key": key,
            "X-Api-Timestamp": stamp.timestamp,
            "X-API-NONCE": stamp.nonce,
            "X-API-SIGN": changes.get("sig") or auth.signature(signer, method, target, stamp, body.encode()),
        }
        return self.call(method, target, body, {**signed, **(headers or {})})

    def call(self, method: str, target: str, body: str = "", headers: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        response = self.server.http(HttpRequest(method, target, headers or {}, body.encode()), self.now)
        return response.status, json.loads(response.body) if response.body else None


class ServerConnection:
    """One connection to a server on the bench."""

    def __init__(self, bench: ServerBench, session: ServerSession, secret: str) -> None:
        self.bench = bench
        self.session = session
        self.secret = secret or SECRET

    def say(self, payload: bytes | str, *, binary: bool = False) -> None:
        self.session.receive(payload.encode() if isinstance(payload, str) else payload, self.bench.now, binary=binary)

    def ask(self, op: str, data: str = "", **changes: Any) -> list[dict[str, Any]]:
        self.say(self.bench.signed(op, data, secret=self.secret, **changes))
        return self.heard()

    def subscribe(self, name: str, op: str = "subscribe") -> list[dict[str, Any]]:
        self.say(json.dumps({"op": op, "ch": name}))
        return self.heard()

    def heard(self) -> list[dict[str, Any]]:
        return [
            json.loads(written(output, self.bench.now)) for output in self.session.take_outputs() if isinstance(output, Frame)
        ]

    def closing(self) -> int | None:
        return next((output.code for output in self.session.take_outputs() if isinstance(output, Close)), None)


class Hall:
    """One server half and any number of client halves, at the time of one manual clock."""

    def __init__(self, **options: Any) -> None:
        self.ledger = FakeLedger()
        self.server = make_server(self.ledger, options={"body_rule": "both", **options})
        self.clock = ManualClock(START)
        self.pairs: list[Pair] = []
        self._ids = count(1)

    def connect(self, key: str = KEY, secret: str = SECRET, **options: Any) -> Pair:
        session = self.server.upgrade(HttpRequest("GET", "/ws"), self.clock.now())
        assert not isinstance(session, HttpResponse)
        client = TheOneClient(context(Hmac(key, secret), prefix=f"c{len(self.pairs)}_", **options))
        pair = Pair(client, session, clock=self.clock)
        self.pairs.append(pair)
        pair.open()
        self.run()
        return pair

    def submit(self, pair: Pair, command: Command) -> None:
        pair.submit(command)
        self.run()

    def ask(self, pair: Pair, operation: Operation, *, within: float = 10.0) -> int:
        number = next(self._ids)
        self.submit(pair, Request(number, operation, self.clock.now() + round(within * SECOND)))
        return number

    def run(self) -> None:
        """Carry frames to and fro on all connections until all is quiet."""
        before = -1
        while before != (before := sum(len(pair.transcript) for pair in self.pairs)):
            due = self.server.next_tick()
            if due is not None and due <= self.clock.now():
                self.server.tick(self.clock.now())
            for pair in self.pairs:
                pair.run()

    def advance(self, seconds: float) -> None:
        end = self.clock.now() + round(seconds * SECOND)
        self.run()
        while (due := self._next()) is not None and due <= end:
            self.clock.advance_to(max(due, self.clock.now()))
            self.run()
        self.clock.advance_to(end)
        self.run()

    def _next(self) -> Nanos | None:
        halves = [half for pair in self.pairs if pair.closed is None for half in (pair.client, pair.server)]
        moments = [half.next_tick() for half in (self.server, *halves)]
        return min((moment for moment in moments if moment is not None), default=None)


def only(items: Sequence[T]) -> T:
    (item,) = items
    return item
