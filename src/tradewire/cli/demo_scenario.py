"""What happens in the demo: two simulated venues, two clients, two accidents. It measures; drawing is elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any, NamedTuple

from tradewire.cli.demo_figures import COMPARED, Figures, Swap
from tradewire.cli.render import number
from tradewire.engine.connect import connect
from tradewire.engine.gateway import Gateway
from tradewire.errors import TradewireError
from tradewire.facades.broker import BrokerWSClient, Message
from tradewire.model.book import BookStatus, OrderBook
from tradewire.model.channels import DIAGNOSTICS, Book, Trades
from tradewire.model.events import (
    BUY,
    SELL,
    Balance,
    BookUpdate,
    ConnectionState,
    Event,
    Gap,
    LinkState,
    Stale,
    SwapStatus,
    Trade,
    Unrecognised,
)
from tradewire.net.clock import SystemClock
from tradewire.sim.simulator import Simulator
from tradewire.venues.backend import LevelChange, MarketEvent
from tradewire.wire.backoff import Backoff
from tradewire.wire.subscriptions import SubscriptionState

SYMBOL = "BTC/USDT"
MARKET = "binance"
BROKER = "theone"
#: How long the demo takes by default, seconds.
USUAL = 20.0
PATIENCE = 10.0


class Note(NamedTuple):
    """A line of the story.

    Attributes:
        at: Seconds since the beginning.
        source: ``market``, ``broker`` or ``connection``.
    """

    at: float
    source: str
    text: str


def demo_simulator(seconds: float) -> Simulator:
    """Make the two venues; in a short demo everything is faster."""
    step = max(0.25, 0.6 * seconds / USUAL)
    return Simulator((MARKET, BROKER), options={BROKER: {"fill_delays_s": (step, step)}})


class Demo:
    """The story.

    Args:
        simulator: Running, with both venues.
        seconds: How long it should take, about.
        tell: Called with each line of the story.
        patience: Seconds that anything may take before it counts as not having happened.

    Attributes:
        figures: What has been measured so far.
        trades: The latest, newest first.
        book: The client's book, once there is one.
    """

    def __init__(self, simulator: Simulator, seconds: float, tell: Callable[[Note], None], *, patience: float = PATIENCE) -> None:
        self.figures = Figures(Swap("ETH", "USDT", Decimal("0.5")))
        self.trades: deque[Trade] = deque(maxlen=50)
        self.book: OrderBook | None = None
        self.seconds = seconds
        self._simulator = simulator
        self._tell = tell
        self._patience = patience
        self._clock = SystemClock()
        self._began = time.monotonic()
        self._moved = asyncio.Event()
        self._lost_at: float | None = None
        self._swapping = False

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    async def run(self) -> None:
        """Let it happen. What fails is noted in the figures, and the story goes on."""
        exchange = self._simulator.exchange(MARKET)
        exchange.listen(self._witness)
        gateway = connect(
            MARKET,
            endpoints=self._simulator.endpoints(MARKET),
            # No jitter: the same demo each time.
            reconnect=Backoff(initial=self.seconds / USUAL, jitter=False),
            time_unit="us",
        )
        async with gateway:
            gateway.on(DIAGNOSTICS, self._diagnosed)
            self._say(
                "connection", f"{MARKET}: connected to {self._simulator.endpoints(MARKET).http}, a simulator in this process"
            )
            await gateway.on(Trades(SYMBOL), self._traded, on_status=self._traded)
            await gateway.on(Book(SYMBOL), self._booked, on_status=self._booked)
            await self._step("market data", self._first_data())
            await self._step("broker", self._swap())
            await self._after(0.5)
            await self._step("cut", self._cut(gateway))
            await self._after(0.7)
            await self._step("lost update", self._lose_update())
            await self._after(0.95)
            await self._step("last comparison", self._compare_all())
            figures = gateway.statistics()
            self.figures.resyncs, self.figures.dropped = figures.resyncs, figures.dropped

    # -- the steps ---------------------------------------------------------------------------------------------------

    async def _first_data(self) -> None:
        await self._until(lambda: bool(self.trades) and self.book is not None)
        self._say("market", f"trades and the book of {SYMBOL} are live")

    async def _swap(self) -> None:
        swap, account = self.figures.swap, self._simulator.account(BROKER)
        url = self._simulator.endpoints(BROKER).ws["stream"]
        async with BrokerWSClient(account.key, account.secret, url, name="demo") as client:
            self.figures.logged_in = True
            self._say("broker", f"logged in as {account.name}, signed with a published test key")
            swap.before = {balance.asset: balance for balance in await client.fetch_balances()}
            held = ", ".join(f"{number(balance.total)} {balance.asset}" for balance in swap.before.values())
            self._say("broker", f"balances: {held}")
            await client.subscribe("balances", self._balances_pushed)
            await self._after(0.15)
            estimate = await client.fetch_estimate(str(swap.amount_in), swap.asset_in, swap.asset_out)
            swap.expected_out = estimate.expected_out
            self._say("broker", f"estimate: {swap.amount_in} {swap.asset_in} yields {estimate.expected_out} {swap.asset_out}")
            await self._after(0.2)
            self._swapping = True
            receipt = await client.execute_swap(str(swap.amount_in), swap.asset_in, swap.asset_out)
            swap.order_id = receipt.order_id
            self._status(receipt.status)
            await client.subscribe(f"orders:{receipt.order_id}", self._order_pushed)
            await self._until(lambda: swap.done)
        swap.booked = dict(account.balances)

    async def _cut(self, gateway: Gateway) -> None:
        figures, healed = self.figures, self.figures.book_gaps_healed
        self._say("connection", "now the simulator cuts the connection in mid-stream")
        self._simulator.faults.drop_connection(venue=MARKET)
        await self._until(lambda: figures.cuts > 0)
        market = self._simulator.market(SYMBOL, MARKET)
        for side in (BUY, SELL, BUY):
            # Nobody hears these: they must turn up as announced losses.
            await market.trade(side, "0.01")
        await self._until(lambda: figures.restored > 0)
        await self._until(lambda: figures.book_gaps_healed > healed and figures.tape.announced > 0)
        self._say("connection", f"{gateway.venue}: healed after {figures.outage:.2f} s: book rebuilt, lost trades announced")

    async def _lose_update(self) -> None:
        healed = self.figures.book_gaps_healed
        self._say("connection", "now the simulator loses one update of the book")
        self._simulator.faults.gap("@depth", venue=MARKET)
        await self._until(lambda: self.figures.book_gaps_healed > healed)

    async def _compare_all(self) -> None:
        self._simulator.market(SYMBOL, MARKET).pause()
        exchange = self._simulator.exchange(MARKET)
        book = self.book
        if book is None:
            return
        await self._until(lambda: book.status is BookStatus.LIVE and book.update_id == exchange.book(SYMBOL, 1).update_id)
        whole = exchange.book(SYMBOL, book.levels(BUY) + book.levels(SELL))
        self.figures.final_books_equal = book.bids() == whole.bids and book.asks() == whole.asks
        self.figures.final_levels = book.levels(BUY) + book.levels(SELL)
        self._say("market", f"the market stands still at update {book.update_id}; both books are compared level by level")

    # -- what is heard -------------------------------------------------------------------------------------------------

    def _witness(self, event: MarketEvent) -> None:
        """Note the venue's own book after each change."""
        if isinstance(event, LevelChange) and event.symbol == SYMBOL:
            self.figures.audit.venue(self._simulator.exchange(MARKET).book(SYMBOL, COMPARED))

    def _traded(self, event: Event | SubscriptionState) -> None:
        match event:
            case Trade(venue_time=happened):
                self.figures.latency.add(self._clock.now() - (happened or event.received))
                self.figures.tape.trade(event.trade_id)
                self.trades.appendleft(event)
            case Gap(missed=missed):
                self.figures.tape.gap(missed)
                self._say("connection", f"gap in the trades: {missed} missed ({event.reason})")
        self._moved.set()

    def _booked(self, event: Event | SubscriptionState) -> None:
        match event:
            case BookUpdate(book=book):
                self.book = book
                self.figures.book_updates += 1
                self.figures.audit.client(book)
            case Gap(healed=healed):
                self.figures.book_gaps += 1
                self.figures.book_gaps_healed += healed
                self._say("connection", f"gap in the book: {'rebuilt' if healed else 'not rebuilt'} ({event.reason})")
            case Stale(reason=reason):
                self._say("connection", f"book is not live: {reason}")
        self._moved.set()

    def _diagnosed(self, event: Event) -> None:
        match event:
            case ConnectionState(state=LinkState.RECONNECTING, reason=reason) if self._lost_at is None:
                self._lost_at = time.monotonic()
                self.figures.cuts += 1
                self._say("connection", f"{MARKET}: reconnecting: {reason}")
            case ConnectionState(state=LinkState.LIVE) if self._lost_at is not None:
                self.figures.outage += time.monotonic() - self._lost_at
                self._lost_at = None
                self.figures.restored += 1
                self._say("connection", f"{MARKET}: connected again, subscriptions restored")
            case Unrecognised(reason=reason):
                self.figures.unrecognised += 1
                self._say("connection", f"{MARKET}: not understood: {reason}")
        self._moved.set()

    def _balances_pushed(self, message: Message) -> None:
        swap = self.figures.swap
        if not self._swapping:
            return
        rows = [Balance(row["asset"], Decimal(row["total"]), Decimal(row["locked"])) for row in message["data"]]
        # An asset that is missing in a push is unchanged.
        swap.pushed = swap.before | swap.pushed | {balance.asset: balance for balance in rows}
        swap.pushes += 1
        shown = (swap.pushed[asset] for asset in (swap.asset_in, swap.asset_out))
        text = ", ".join(f"{number(each.total)} {each.asset} ({number(each.locked)} locked)" for each in shown)
        self._say("broker", f"pushed balances: {text}")
        self._moved.set()

    def _order_pushed(self, message: Message) -> None:
        data = message["data"]
        if "filledOut" in data:
            self.figures.swap.filled_out = Decimal(data["filledOut"])
        self._status(SwapStatus(data["status"]))
        self._moved.set()

    def _status(self, status: SwapStatus) -> None:
        swap = self.figures.swap
        swap.statuses.append(status)
        out = "" if swap.filled_out is None else f": {swap.filled_out} {swap.asset_out} received"
        self._say("broker", f"swap {swap.order_id}: {status.value}{out}")

    # -- telling and waiting -------------------------------------------------------------------------------------------

    def _say(self, source: str, text: str) -> None:
        self._tell(Note(self.elapsed, source, text))

    async def _step(self, name: str, act: Coroutine[Any, Any, None]) -> None:
        try:
            await act
        except TimeoutError:
            self._trouble(f"{name}: what was due did not happen within {self._patience:g} s")
        except TradewireError as error:
            self._trouble(f"{name}: {error}")

    def _trouble(self, text: str) -> None:
        self.figures.troubles.append(text)
        self._say("connection", f"trouble: {text}")

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(self._patience):
            while not holds():
                self._moved.clear()
                await self._moved.wait()

    async def _after(self, share: float) -> None:
        """Wait for the given share of the demo's time."""
        await asyncio.sleep(max(0.0, share * self.seconds - self.elapsed))
