"""Venues on loopback, in process: ``async with Simulator(venues=("binance",), seed=7) as sim: ...``."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from tradewire.errors import ConfigurationError, UnknownVenue
from tradewire.net.clock import SystemClock
from tradewire.sim.accounts import FundedAccount, default_accounts
from tradewire.sim.exchange import Exchange
from tradewire.sim.fault_kinds import Fault
from tradewire.sim.faults import FaultScript
from tradewire.sim.handles import AccountView, MarketHandle
from tradewire.sim.markets import DEFAULT_MARKETS, Market
from tradewire.sim.places import endpoints_at, fixed_endpoints
from tradewire.sim.server import Record, VenueServer
from tradewire.venues.backend import Backend
from tradewire.venues.spec import Endpoints
from tradewire.wire.clock import Clock
from tradewire.wire.protocol import ServerVenue

#: Entry points of server halves: name of the venue to a ``MakeServer``. Third parties add theirs alike.
GROUP = "tradewire.servers"
#: How many records are kept.
RECORDS = 100_000
#: WebSocket paths by the names that ``discovery`` gives them, where they are not all the places of the venue's spec.
_PATHS: Mapping[str, Mapping[str, str]] = {
    "binance": {"stream": "/stream", "ws_api": "/ws-api/v3"},
    "kraken": {"public": "/public/v2"},
}

_log = logging.getLogger("tradewire.sim")


class MakeServer(Protocol):
    """Makes the server half of a venue over the exchange behind it."""

    def __call__(self, backend: Backend, *, options: Mapping[str, Any] | None = None) -> ServerVenue:
        """Make it; ``options`` are the venue's own."""
        ...


def server_maker(venue: str) -> MakeServer:
    """Return what makes the server half of ``venue``.

    Raises:
        UnknownVenue: No server half of that name is installed; the text names those that are.
    """
    found = entry_points(group=GROUP)
    for entry in found:
        if entry.name == venue:
            maker: MakeServer = entry.load()
            return maker
    raise UnknownVenue(f"no venue {venue!r} can be simulated; there is {', '.join(sorted(found.names)) or 'none'}", venue=venue)


class Simulator:
    """Serves venues on loopback ports, each with an exchange of its own, until it is left.

    Args:
        venues: Names; one name alone is fine.
        seed: Of the synthetic order flow: the same seed makes the same market.
        ports: 0 for free ones, ``None`` for each venue's fixed port, N for N, N+1, …, or a port by venue.
        faults: Faults, or the path of a fault script.
        options: The options of each venue's server half, by venue.
        rate: Makes the synthetic flow this many times as busy.
        accounts: Accounts by venue; a venue that is missing has the published test accounts.
        markets: What every venue lists.
        clock: The venues' clock, for tests of skewed or stopped time; it should run.

    Attributes:
        faults: Makes things go wrong.
        records: What reached the venues, oldest first.

    Raises:
        UnknownVenue: There is no such venue.
        ConfigurationError: A fault, an option or a port is wrong.
    """

    def __init__(
        self,
        venues: str | Iterable[str] = ("theone", "binance"),
        *,
        seed: int = 7,
        ports: int | Mapping[str, int] | None = 0,
        faults: str | Path | Iterable[Fault] | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        rate: float = 1.0,
        accounts: Mapping[str, Sequence[FundedAccount]] | None = None,
        markets: Sequence[Market] = DEFAULT_MARKETS,
        clock: Clock | None = None,
    ) -> None:
        self.venues = (venues,) if isinstance(venues, str) else tuple(venues)
        self.records: deque[Record] = deque(maxlen=RECORDS)
        self.faults = FaultScript(self._schedule, self.venues)
        self._clock = clock or SystemClock()
        self._exchanges: dict[str, Exchange] = {}
        self._servers: dict[str, VenueServer] = {}
        self._waiting: list[Fault] = []
        self._timers: list[asyncio.TimerHandle] = []
        self._started: float | None = None
        for index, venue in enumerate(self.venues):
            exchange = Exchange(
                markets=markets,
                accounts=(accounts or {}).get(venue, default_accounts(venue)),
                seed=seed,
                start=self._clock.now(),
                rate=rate,
            )
            half = server_maker(venue)(exchange, options=(options or {}).get(venue))
            self._exchanges[venue] = exchange
            self._servers[venue] = VenueServer(
                venue,
                half,
                world=exchange,
                port=self._port(venue, index, ports),
                now=self._clock.now,
                records=self.records,
                script=self._read_script,
            )
        if isinstance(faults, str | Path):
            self.faults.load(Path(faults))
        else:
            self.faults.add(*faults or ())

    async def start(self) -> None:
        """Listen on all ports, then let the faults that wait begin.

        Raises:
            ConfigurationError: A port is taken; nothing listens then.
        """
        try:
            for server in self._servers.values():
                await server.start()
        except BaseException:
            await self.stop()
            raise
        self._started = asyncio.get_running_loop().time()
        waiting, self._waiting = self._waiting, []
        for fault in waiting:
            self._schedule(fault)

    async def stop(self) -> None:
        """End every connection and free the ports; no task and no socket is left when this returns."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._started = None
        for server in self._servers.values():
            await server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    # Where it is.

    def endpoints(self, venue: str | None = None) -> Endpoints:
        """Where ``venue`` (default: the first) lives, WebSocket URLs by role: what ``tradewire.connect`` takes."""
        venue = self._name(venue)
        return endpoints_at(self._servers[venue].port, venue)

    def discovery(self) -> dict[str, Any]:
        """Everything a client needs to know, as ``tradewire sim --json`` prints it."""
        return {"version": 1, "venues": {venue: self._discover(venue) for venue in self.venues}}

    def _discover(self, venue: str) -> dict[str, Any]:
        here, exchange = self.endpoints(venue), self._exchanges[venue]
        paths = _PATHS.get(venue)
        sockets = {name: here.http.replace("http", "ws", 1) + path for name, path in paths.items()} if paths else dict(here.ws)
        accounts = [
            {
                "name": account.name,
                "key": account.key,
                "secret": account.secret,
                "balances": {holding.asset: str(holding.total) for holding in exchange.holdings(account.name)},
            }
            for account in exchange.accounts.values()
        ]
        return {"http": here.http, "ws": sockets, "accounts": accounts}

    # What is in it.

    def server(self, venue: str | None = None) -> VenueServer:
        """The running server of ``venue`` (default: the first); its ``venue`` is the server half."""
        return self._servers[self._name(venue)]

    def exchange(self, venue: str | None = None) -> Exchange:
        """The exchange behind ``venue`` (default: the first)."""
        return self._exchanges[self._name(venue)]

    def market(self, symbol: str, venue: str | None = None) -> MarketHandle:
        """Steers the market ``symbol`` at ``venue``, by default at every venue.

        Raises:
            UnknownSymbol: It is not listed.
        """
        names = self.venues if venue is None else (self._name(venue),)
        return MarketHandle([(self._exchanges[name].market(symbol), self._servers[name].settle) for name in names])

    def account(self, venue: str | None = None, name: str | None = None) -> AccountView:
        """Shows the account ``name`` (default: the first) at ``venue`` (default: the first).

        Raises:
            ConfigurationError: There is no such account.
        """
        venue = self._name(venue)
        accounts = {account.name: account for account in self._exchanges[venue].accounts.values()}
        name = name or next(iter(accounts), "")
        if name not in accounts:
            raise ConfigurationError(f"{venue} has no account {name!r}; it has {', '.join(accounts) or 'none'}", venue=venue)
        return AccountView(self._exchanges[venue], accounts[name])

    def settle(self) -> None:
        """Let everything happen that is due by the clock: for clocks that are moved by hand."""
        for server in self._servers.values():
            server.settle()

    # Inside.

    def _name(self, venue: str | None) -> str:
        venue = self.venues[0] if venue is None else venue
        if venue not in self._servers:
            raise UnknownVenue(f"no venue {venue!r} is simulated here; there is {', '.join(self.venues)}", venue=venue)
        return venue

    def _port(self, venue: str, index: int, ports: int | Mapping[str, int] | None) -> int:
        if ports is None:
            return urlsplit(fixed_endpoints(venue).http).port or 0
        if isinstance(ports, int):
            return ports + index if ports else 0
        return ports.get(venue, 0)

    def _read_script(self, body: bytes) -> int:
        return self.faults.read(body, source="posted script")

    def _schedule(self, fault: Fault) -> None:
        if self._started is None:
            self._waiting.append(fault)
        elif fault.at is None:
            self._strike(fault)
        else:
            moment = self._started + fault.at
            self._timers.append(asyncio.get_running_loop().call_at(moment, self._strike_later, fault))

    def _strike(self, fault: Fault) -> None:
        """Strike one venue, or every venue that can be struck so."""
        refusals: list[ConfigurationError] = []
        names = self.venues if fault.venue is None else (fault.venue,)
        for name in names:
            try:
                self._servers[name].inject(fault)
            except ConfigurationError as error:
                refusals.append(error)
        if len(refusals) == len(names):
            raise refusals[0]

    def _strike_later(self, fault: Fault) -> None:
        try:
            self._strike(fault)
        except ConfigurationError as error:
            _log.error("a scheduled fault did not happen: %s", error)
