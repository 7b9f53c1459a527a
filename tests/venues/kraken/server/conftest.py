"""An exchange of three markets, a server over it, and manual time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tradewire.model.events import Side
from tradewire.model.instrument import Instrument
from tradewire.model.time import SECOND, Nanos
from tradewire.venues.backend import Account, BookState, Holding, LevelChange, MarketEvent, TradeTick
from tradewire.venues.kraken.server import KrakenServer, make_server
from tradewire.wire.protocol import Close, Frame, HttpRequest, HttpResponse, ServerSession

#: 2023-10-04T16:26:01.806315597Z
START: Nanos = 1_696_436_761_806_315_597

INSTRUMENTS = {
    "BTC/USD": Instrument(
        "BTC/USD", "BTC", "USD", "BTCUSD", Decimal("0.1"), Decimal("0.00000001"), Decimal("0.0001"), Decimal("0.5")
    ),
    "ETH/BTC": Instrument("ETH/BTC", "ETH", "BTC", "ETHBTC", Decimal("0.00001"), Decimal("0.0001"), Decimal("0.01")),
    "DOGE/USDT": Instrument("DOGE/USDT", "DOGE", "USDT", "DOGEUSDT", Decimal("0.00001"), Decimal(1), Decimal(4), active=False),
}


class FakeBackend:
    """A book and a tape that do what the test says."""

    def __init__(self) -> None:
        self.now = START
        self.instruments: Mapping[str, Instrument] = INSTRUMENTS
        self.accounts: Mapping[str, Account] = {}
        self.looked_at: set[str] = set()
        self._listeners: list[Callable[[MarketEvent], None]] = []
        self._levels: dict[tuple[str, Side], dict[Decimal, Decimal]] = {
            (symbol, side): {} for symbol in INSTRUMENTS for side in Side
        }
        self._update_ids = dict.fromkeys(INSTRUMENTS, 0)
        self._tape: dict[str, list[TradeTick]] = {symbol: [] for symbol in INSTRUMENTS}

    def listen(self, listener: Callable[[MarketEvent], None]) -> None:
        self._listeners.append(listener)

    def book(self, symbol: str, depth: int) -> BookState:
        self.looked_at.add(symbol)
        bids = sorted(self._levels[symbol, Side.BUY].items(), reverse=True)[:depth]
        asks = sorted(self._levels[symbol, Side.SELL].items())[:depth]
        return BookState(self._update_ids[symbol], tuple(bids), tuple(asks))

    def recent_trades(self, symbol: str, limit: int) -> Sequence[TradeTick]:
        return self._tape[symbol][-limit:]

    def level(self, side: str, price: str, quantity: str, symbol: str = "BTC/USD") -> None:
        """Change one level and tell."""
        levels = self._levels[symbol, Side(side)]
        if Decimal(quantity):
            levels[Decimal(price)] = Decimal(quantity)
        else:
            levels.pop(Decimal(price), None)
        self._update_ids[symbol] += 1
        self.tell(LevelChange(symbol, self._update_ids[symbol], Side(side), Decimal(price), Decimal(quantity), self.now))

    def trade(self, price: str, quantity: str, taker: str = "buy", symbol: str = "BTC/USD") -> None:
        """Let a trade happen and tell."""
        tape = self._tape[symbol]
        tape.append(TradeTick(symbol, len(tape) + 1, Decimal(price), Decimal(quantity), Side(taker), self.now))
        self.tell(tape[-1])

    def tell(self, event: MarketEvent) -> None:
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
    """A client's end of one connection."""

    def __init__(self, rig: Rig, session: ServerSession) -> None:
        self._rig = rig
        self.session = session
        self._frames: list[bytes] = []
        self._close: Close | None = None

    def send(self, value: Any) -> None:
        """Send one text frame: bytes as they are, anything else as JSON."""
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.session.receive(payload, self._rig.now)

    def ask(self, value: Any) -> Any:
        """Send one text frame and return the one answer, without its times."""
        self.send(value)
        [answer] = self.take()
        return untimed(answer)

    def subscribe(self, channel: str, *symbols: str, request_id: int | None = None, **params: Any) -> list[Any]:
        """Subscribe, and return what came, without the times of the answers."""
        chosen = {"symbol": list(symbols)} if symbols else {}
        request = {"method": "subscribe", "params": {"channel": channel, **chosen, **params}}
        self.send(request if request_id is None else {**request, "req_id": request_id})
        return [untimed(frame) if "method" in frame else frame for frame in self.take()]

    def take_raw(self) -> list[bytes]:
        """Return and forget the text frames that came, what is pending included."""
        self._rig.settle()
        self.drain()
        frames, self._frames = self._frames, []
        return frames

    def take(self) -> list[Any]:
        """Return and forget the text frames that came, decoded."""
        return [json.loads(frame) for frame in self.take_raw()]

    def ended(self) -> Close | None:
        """Return how the server closed the connection, if it did."""
        self.drain()
        return self._close

    def drain(self) -> None:
        for output in self.session.take_outputs():
            match output:
                case Frame(payload=bytes(payload)):
                    self._frames.append(payload)
                case Close():
                    self._close = output
                case _:
                    raise AssertionError(output)


def untimed(reply: dict[str, Any]) -> dict[str, Any]:
    """Check and take off the times that every reply bears."""
    assert reply.pop("time_in").endswith("Z")
    assert reply.pop("time_out").endswith("Z")
    return reply


class Rig:
    """The exchange, its server, and the time."""

    def __init__(self, **options: Any) -> None:
        self.exchange = FakeBackend()
        server = make_server(self.exchange, options=options)
        assert isinstance(server, KrakenServer)
        self.server = server
        self._wires: list[Wire] = []

    @property
    def now(self) -> Nanos:
        return self.exchange.now

    def connect(self, target: str = "/public/v2", *, greeted: bool = True) -> Wire:
        """Open a connection and, unless told not to, skip the status."""
        session = self.server.upgrade(HttpRequest("GET", target), self.now)
        assert not isinstance(session, HttpResponse), session
        session.opened(self.now)
        wire = Wire(self, session)
        self._wires.append(wire)
        if greeted:
            assert [frame["channel"] for frame in wire.take()] == ["status"]
        return wire

    def get(self, target: str, *, method: str = "GET", body: bytes = b"") -> HttpResponse:
        return self.server.http(HttpRequest(method, target, {}, body), self.now)

    def body(self, target: str, **request: Any) -> Any:
        """Return the body of a call."""
        response = self.get(target, **request)
        assert response.status == 200, response
        return json.loads(response.body)

    def result(self, target: str) -> Any:
        """Return the result of a call that must succeed."""
        body = self.body(target)
        assert body["error"] == []
        return body["result"]

    def settle(self) -> None:
        """Let what is due by now happen."""
        for ticker in self._tickers():
            moment = ticker.next_tick()
            if moment is not None and moment <= self.now:
                ticker.tick(self.now)

    def _tickers(self) -> list[KrakenServer | ServerSession]:
        return [self.server, *(wire.session for wire in self._wires)]

    def advance(self, seconds: float) -> None:
        """Let time pass, with every tick when it is due."""
        end = self.now + round(seconds * SECOND)
        while due := [moment for ticker in self._tickers() if (moment := ticker.next_tick()) is not None and moment <= end]:
            self.exchange.now = max(self.now, min(due))
            self.settle()
            for wire in self._wires:
                wire.drain()
        self.exchange.now = end


@pytest.fixture(scope="session")
def make_rig() -> Callable[..., Rig]:
    return Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()
