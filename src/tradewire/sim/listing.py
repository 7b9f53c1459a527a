"""One market as it trades: its book, its crowd, its tape."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from decimal import Decimal

from tradewire.errors import InvalidOrder
from tradewire.model.events import BUY, SELL, Side
from tradewire.model.time import Nanos
from tradewire.sim.bulletin import Bulletin
from tradewire.sim.flow import Action, Add, Flow, Take, Withdraw
from tradewire.sim.ledger import EXACT
from tradewire.sim.markets import Market
from tradewire.sim.matching import Execution, Intent, LevelTotal, MatchingEngine, TimeInForce
from tradewire.venues.backend import BookState, Level, LevelChange, TradeTick

TAPE_LENGTH = 1000
MOST_STOPS = 8
_ABSURD = Decimal(10) ** 15
EVERYTHING = 1 << 62  # more steps than any book holds


class Listing:
    """The running market of one symbol, and the handle by which tests and people steer it.

    Args:
        settle: Called with every execution and its trades, so that accounts whose resting orders traded get their money.
        clock: The exchange's time.
    """

    def __init__(
        self,
        market: Market,
        flow: Flow,
        *,
        bulletin: Bulletin,
        settle: Callable[[Listing, Execution, Sequence[TradeTick]], None],
        clock: Callable[[], Nanos],
    ) -> None:
        self.market = market
        self.engine = MatchingEngine()
        self._flow = flow
        self._bulletin = bulletin
        self._settle = settle
        self._clock = clock
        self._tape: deque[TradeTick] = deque(maxlen=TAPE_LENGTH)
        self._trade_id = 0
        self._update_id = 0
        self._paused = False

    @property
    def now(self) -> Nanos:
        """The exchange's time."""
        return self._clock()

    @property
    def due(self) -> Nanos | None:
        """When the crowd acts next; ``None`` while paused."""
        return None if self._paused else self._flow.due

    def open(self) -> None:
        """Fill the book and start the crowd. The first orders are no events: nobody was looking."""
        for side, price, quantity in self._flow.ladder(self.engine):
            self.engine.submit(Intent(side, quantity, price=price))
            self._update_id += 1
        self._flow.start(self.now)

    def step(self) -> None:
        """Let the crowd do what is due."""
        for action in self._flow.step(self.engine):
            self._act(action)

    def pause(self) -> None:
        """Stop the crowd; the book stays as it is."""
        self._paused = True

    def resume(self) -> None:
        """Let the crowd go on from now."""
        self._paused = False
        self._flow.start(self.now)

    def set_rate(self, factor: float) -> None:
        """Make the crowd act ``factor`` times as often as the market declares; its price is no more volatile for that.

        Raises:
            ValueError: The factor is not positive (``pause`` stops the crowd).
        """
        if not factor > 0:
            raise ValueError(f"a rate factor of {factor} is not positive; pause() stops the crowd")
        self._flow.rate = factor
        self._flow.start(self.now)

    def trade(self, side: Side, quantity: Decimal | str | int) -> tuple[TradeTick, ...]:
        """Let the crowd trade ``quantity`` (base currency) at the market, and return the trades.

        Raises:
            InvalidOrder: The quantity is not a positive multiple of the step.
        """
        trades = self._trade(side, self.steps(Decimal(quantity)), None)
        self._bulletin.deliver()
        return trades

    def move_to(self, price: Decimal | str | int) -> None:
        """Walk the market to ``price`` by trades, the last of them exactly there; the book refills around it.

        Resting orders of accounts on the way trade. The crowd's idea of the fair price moves along, so the market stays
        near ``price`` and wanders off from there.

        Raises:
            InvalidOrder: The price is not a positive multiple of the tick.
        """
        target, start = self.ticks(Decimal(price)), self._flow.fair
        stops = min(MOST_STOPS, int(abs(target - start) / (self._flow.reach / 2)))
        on_the_way = [round(start + (target - start) * n / (stops + 1)) for n in range(1, stops + 1)]
        for stop in [*on_the_way, target]:
            self._walk(stop)
        self._bulletin.deliver()

    def _walk(self, target: int) -> None:
        """Trade everything up to ``target`` away, and one small order of the crowd exactly there; then refill the book."""
        bid = self.engine.best(BUY)
        taker, maker = (SELL, BUY) if bid is not None and bid >= target else (BUY, SELL)
        self.execute(Intent(maker, self.steps(self.market.depth[0]), price=target))
        self._trade(taker, EVERYTHING, target)
        self._flow.fair = float(target)
        for withdrawal in self._flow.prune(self.engine):
            self._act(withdrawal)
        for order in self._flow.ladder(self.engine):
            self._act(order)

    def execute(self, intent: Intent) -> tuple[Execution, Sequence[TradeTick]]:
        """Submit an order: trades go on the tape, makers are settled, events are posted (and not yet delivered)."""
        now = self.now
        execution = self.engine.submit(intent)
        trades = [self._print(maker.price, quantity, intent.side, now) for maker, quantity in execution.fills]
        for level in execution.levels:
            self._post_level(level, now)
        if trades or execution.expired:
            self._settle(self, execution, trades)
        return execution, trades

    def cancel(self, order_id: int) -> None:
        """Take a resting order out.

        Raises:
            UnknownOrder: It does not rest (any more).
        """
        self._post_level(self.engine.cancel(order_id), self.now)

    def book(self, depth: int) -> BookState:
        """Return the book now."""

        def levels(side: Side) -> tuple[Level, ...]:
            return tuple((self.price(p), self.quantity(q)) for p, q in self.engine.levels(side, depth))

        return BookState(self._update_id, levels(BUY), levels(SELL))

    def recent_trades(self, limit: int) -> Sequence[TradeTick]:
        """Return the latest trades, oldest first."""
        return tuple(self._tape)[-limit:] if limit > 0 else ()

    def price(self, ticks: int) -> Decimal:
        """Return a price in quote currency, with the digits of the tick."""
        return self.market.instrument.tick * ticks

    def quantity(self, steps: int) -> Decimal:
        """Return a quantity in base currency, with the digits of the step."""
        return self.market.instrument.step * steps

    def ticks(self, price: Decimal) -> int:
        """Return a price as a count of ticks.

        Raises:
            InvalidOrder: It is not positive or not a multiple; code ``tick``, and the text names the nearest legal ones.
        """
        return count_of(price, self.market.instrument.tick, code="tick", name="price")

    def steps(self, quantity: Decimal) -> int:
        """Return a quantity as a count of steps.

        Raises:
            InvalidOrder: It is not positive or not a multiple; code ``step``, and the text names the nearest legal ones.
        """
        return count_of(quantity, self.market.instrument.step, code="step", name="quantity")

    def _act(self, action: Action) -> None:
        match action:
            case Add(side, price, quantity):
                self.execute(Intent(side, quantity, price=price))
            case Withdraw(order_id):
                self.cancel(order_id)
            case Take(side, quantity, limit):
                self._trade(side, quantity, limit)

    def _trade(self, side: Side, quantity: int, limit: int | None) -> tuple[TradeTick, ...]:
        _, trades = self.execute(Intent(side, quantity, price=limit, time_in_force=TimeInForce.IOC))
        return tuple(trades)

    def _print(self, price: int, quantity: int, taker: Side, now: Nanos) -> TradeTick:
        self._trade_id += 1
        tick = TradeTick(self.market.symbol, self._trade_id, self.price(price), self.quantity(quantity), taker, now)
        self._tape.append(tick)
        self._bulletin.post(tick)
        return tick

    def _post_level(self, level: LevelTotal, now: Nanos) -> None:
        self._update_id += 1
        price, total = self.price(level.price), self.quantity(level.total)
        self._bulletin.post(LevelChange(self.market.symbol, self._update_id, level.side, price, total, now))


def count_of(value: Decimal, unit: Decimal, *, code: str, name: str) -> int:
    """Return how many units ``value`` is.

    Raises:
        InvalidOrder: It is not positive, absurdly large, or not a multiple; the text names the nearest legal values.
    """
    if not (value.is_finite() and 0 < value < _ABSURD):
        raise InvalidOrder(f"a {name} of {value} is not between 0 and {_ABSURD}", code=code)
    count = EXACT.divide_int(value, unit)
    if EXACT.multiply(count, unit) != value:
        low, high = count * unit, (count + 1) * unit
        raise InvalidOrder(f"a {name} of {value} is not a multiple of {unit}; nearest are {low} and {high}", code=code)
    return int(count)
