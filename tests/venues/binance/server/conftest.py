"""An exchange of two markets, a server over it, and manual time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tradewire.model.events import Side
from tradewire.model.instrument import Instrument
from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.venues.backend import Account, BookState, Holding, LevelChange, MarketEvent, TradeTick
from tradewire.venues.binance.server import BinanceServer, make_server
from tradewire.wire.protocol import Close, Frame, HttpRequest, HttpResponse, Ping, ServerSession

START: Nanos = 1_700_000_000_000 * MILLISECOND

INSTRUMENTS = {
    "BTC/USDT": Instrument(
        "BTC/USDT", "BTC", "USDT", "BTCUSDT", Decimal("0.01"), Decimal("0.00001"), Decimal("0.0001"), Decimal(5)
    ),
    "ETH/USDT": Instrument("ETH/USDT", "ETH", "USDT", "ETHUSDT", Decimal("0.01"), Decimal("0.0001")),
}


class FakeBackend:
    """A book and a tape that do what the test says."""

    def __init__(self) -> None:
        self.now = START
        self.instruments: Mapping[str, Instrument] = INSTRUMENTS
        self.accounts: Mapping[str, Account] = {}
        self._listeners: list[Callable[[MarketEvent], None]] = []
        self._levels: dict[tuple[str, Side], dict[Decimal, Decimal]] = {
            (symbol, side): {} for symbol in INSTRUMENTS for side in Side
        }
        self._update_ids = dict.fromkeys(INSTRUMENTS, 0)
        self._tape: dict[str, list[TradeTick]] = {symbol: [] for symbol in INSTRUMENTS}

    def listen(self, listener: Callable[[MarketEvent], None]) -> None:
        self._listeners.append(listener)

    def book(self, symbol: str, depth: int) -> BookState:
        bids = sorted(self._levels[symbol, Side.BUY].items(), reverse=True)[:depth]
        asks = sorted(self._levels[symbol, Side.SELL].items())[:depth]
        return BookState(self._update_ids[symbol], tuple(bids), tuple(asks))

    def recent_trades(self, symbol: str, limit: int) -> Sequence[TradeTick]:
        return self._tape[symbol][-limit:]

    def level(self, side: str, price: str, quantity: str, symbol: str = "BTC/USDT") -> None:
        """Change one level and tell."""
        levels = self._levels[symbol, Side(side)]
        if Decimal(quantity):
            levels[Decimal(price)] = Decimal(quantity)
        else:
            levels.pop(Decimal(price), None)
        self._update_ids[symbol] += 1
        self._tell(LevelChange(symbol, self._update_ids[symbol], Side(side), Decimal(price), Decimal(quantity), self.now))

    def trade(self, price: str, quantity: str, taker: str = "buy", symbol: str = "BTC/USDT") -> None:
        """Let a trade happen and tell."""
        tape = self._tape[symbol]
        tape.append(TradeTick(symbol, len(tape) + 1, Decimal(price), Decimal(quantity), Side(taker), self.now))
        self._tell(tape[-1])

    def _tell(self, event: MarketEvent) -> None:
        for listener in self._listeners:
            listener(event)

    def add_account(self, account: Account, balances: Mapping[str, Decimal]) -> None:
        raise NotImplementedError

    def holdings(self, account: str) -> tuple[Holding, ...]:
        raise NotImplementedError

    def lock(self, account: str, asset: str, amount: Decimal) -> bool:
        raise NotImplementedError

    def unlock(self, account: str, asset: str, amount: Decimal) -> None:
        raise NotImplementedError

    def settle(self, account: str, *, spent: tuple[str, Decimal], received: tuple[str, Decimal]) -> None:
        raise NotImplementedError


class Wire:
    """A client's end of one connection. It answers pings, unless told not to."""

    def __init__(self, rig: Rig, session: ServerSession) -> None:
        self._rig = rig
        self.session = session
        self._frames: list[bytes] = []
        self._pings: list[bytes] = []
        self.answers_pings = True
        self._close: Close | None = None

    def send(self, value: Any) -> None:
        """Send one text frame: bytes as they are, anything else as JSON."""
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.session.receive(payload, self._rig.now)

    def ask(self, value: Any) -> Any:
        """Send one text frame and return the one answer."""
        self.send(value)
        [answer] = self.take()
        return answer

    def take_raw(self) -> list[bytes]:
        """Return and forget the text frames that came."""
        self.drain()
        frames, self._frames = self._frames, []
        return frames

    def take(self) -> list[Any]:
        """Return and forget the text frames that came, decoded."""
        return [json.loads(frame) for frame in self.take_raw()]

    def take_pings(self) -> list[bytes]:
        """Return and forget the pings that came."""
        self.drain()
        pings, self._pings = self._pings, []
        return pings

    def ended(self) -> Close | None:
        """Return how the server closed the connection, if it did."""
        self.drain()
        return self._close

    def drain(self) -> None:
        for output in self.session.take_outputs():
            match output:
                case Frame(payload=bytes(payload)):
                    self._frames.append(payload)
                case Ping(payload=payload):
                    self._pings.append(payload)
                    if self.answers_pings:
                        self.session.pong_received(payload, self._rig.now)
                case Close():
                    self._close = output
                case _:
                    raise AssertionError(output)


class Rig:
    """The exchange, its server, and the time."""

    def __init__(self, **options: Any) -> None:
        self.exchange = FakeBackend()
        server = make_server(self.exchange, options=options)
        assert isinstance(server, BinanceServer)
        self.server = server
        self._wires: list[Wire] = []

    @property
    def now(self) -> Nanos:
        return self.exchange.now

    def connect(self, target: str = "/ws", *streams: str) -> Wire:
        """Open a connection and subscribe to ``streams``."""
        session = self.server.upgrade(HttpRequest("GET", target), self.now)
        assert not isinstance(session, HttpResponse), session
        session.opened(self.now)
        wire = Wire(self, session)
        self._wires.append(wire)
        if streams:
            assert wire.ask({"method": "SUBSCRIBE", "params": streams, "id": 1}) == {"result": None, "id": 1}
        return wire

    def get(self, target: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> HttpResponse:
        return self.server.http(HttpRequest(method, target, headers or {}), self.now)

    def json(self, target: str) -> Any:
        """Return the body of a call that must succeed."""
        response = self.get(target)
        assert response.status == 200, response
        return json.loads(response.body)

    def advance(self, seconds: float) -> None:
        """Let time pass, with every tick when it is due."""
        end = self.now + round(seconds * SECOND)
        tickers: list[BinanceServer | ServerSession] = [self.server, *(wire.session for wire in self._wires)]
        while due := [moment for ticker in tickers if (moment := ticker.next_tick()) is not None and moment <= end]:
            self.exchange.now = max(self.now, min(due))
            for ticker in tickers:
                moment = ticker.next_tick()
                if moment is not None and moment <= self.now:
                    ticker.tick(self.now)
            for wire in self._wires:
                wire.drain()
        self.exchange.now = end


@pytest.fixture(scope="session")
def make_rig() -> Callable[..., Rig]:
    return Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()
