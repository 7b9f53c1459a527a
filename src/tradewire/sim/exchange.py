"""The simulated exchange: markets that live, accounts that trade, one clock that others push."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from tradewire.errors import UnknownOrder, UnknownSymbol
from tradewire.model.instrument import Instrument
from tradewire.model.time import Nanos
from tradewire.sim.accounts import FundedAccount
from tradewire.sim.bulletin import Bulletin
from tradewire.sim.flow import Flow
from tradewire.sim.ledger import Ledger
from tradewire.sim.listing import Listing
from tradewire.sim.markets import DEFAULT_MARKETS, Market
from tradewire.sim.orders import FeeSchedule, Order, OrderDesk, OrderRequest
from tradewire.venues.backend import Account, BalanceChange, BookState, Holding, MarketEvent, TradeTick


class Exchange:
    """The ``Backend`` of every simulated venue. Pure: time comes in through ``advance``, events go out to listeners.

    A market costs nothing until somebody looks at it; its book then fills (without events) and its crowd starts. What the
    crowd does is a function of the seed, the symbol, the time since that first look, and the orders of accounts in between;
    which other markets run does not matter.

    Args:
        accounts: Who exists at first (see ``default_accounts``).
        seed: Same seed, same markets.
        start: The exchange's time at first, nanoseconds since the epoch.
        rate: Factor on every market's arrival rate.
    """

    def __init__(
        self,
        markets: Sequence[Market] = DEFAULT_MARKETS,
        accounts: Sequence[FundedAccount] = (),
        *,
        seed: int = 7,
        start: Nanos,
        fees: FeeSchedule | None = None,
        rate: float = 1.0,
    ) -> None:
        self._markets = {market.symbol: market for market in markets}
        self._instruments = {market.symbol: market.instrument for market in markets}
        self._accounts: dict[str, Account] = {}
        self._seed = seed
        self._rate = rate
        self._now = start
        self._bulletin = Bulletin()
        self._ledger = Ledger()
        self._desk = OrderDesk(self._ledger, fees or FeeSchedule(), self._bulletin)
        self._listings: dict[str, Listing] = {}
        for funded in accounts:
            self._open(funded.account, funded.holdings)

    # Time

    @property
    def now(self) -> Nanos:
        """The exchange's time: as far as it was advanced."""
        return self._now

    def advance(self, now: Nanos) -> None:
        """Let everything happen that is due until ``now``. Time never goes back: an earlier ``now`` does nothing."""
        while (listing := self._next()) is not None and listing[0] <= now:
            self._now = max(self._now, listing[0])
            listing[1].step()
            self._bulletin.deliver()
        self._now = max(self._now, now)

    def next_event(self) -> Nanos | None:
        """When ``advance`` has something to do, or ``None`` if nobody acts in any market."""
        following = self._next()
        return None if following is None else following[0]

    def _next(self) -> tuple[Nanos, Listing] | None:
        first: tuple[Nanos, Listing] | None = None
        for listing in self._listings.values():
            due = listing.due
            if due is not None and (first is None or due < first[0]):
                first = (due, listing)
        return first

    # Markets

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """By unified symbol."""
        return self._instruments

    def listen(self, listener: Callable[[MarketEvent], None]) -> None:
        """Call ``listener`` for every event from now on, in order, once the operation that caused it is complete."""
        self._bulletin.listen(listener)

    def market(self, symbol: str) -> Listing:
        """Return the running market of ``symbol``, started if need be: ``move_to``, ``trade``, ``pause``, ``set_rate``.

        Raises:
            UnknownSymbol: It is not listed.
        """
        listing = self._listings.get(symbol)
        if listing is None:
            listing = self._listings[symbol] = self._start(symbol)
        return listing

    def watch(self, symbol: str) -> None:
        """Start the market of ``symbol`` if nobody has looked at it yet.

        Raises:
            UnknownSymbol: It is not listed.
        """
        self.market(symbol)

    def book(self, symbol: str, depth: int) -> BookState:
        """Return the book now, at most ``depth`` levels a side.

        Raises:
            UnknownSymbol: It is not listed.
        """
        return self.market(symbol).book(depth)

    def recent_trades(self, symbol: str, limit: int) -> Sequence[TradeTick]:
        """Return the latest trades, oldest first; the tape keeps 1,000.

        Raises:
            UnknownSymbol: It is not listed.
        """
        return self.market(symbol).recent_trades(limit)

    def _start(self, symbol: str) -> Listing:
        market = self._markets.get(symbol)
        if market is None:
            near = difflib.get_close_matches(symbol, self._markets, n=3) or sorted(self._markets)[:3]
            raise UnknownSymbol(f"no market {symbol!r} is listed; nearest are {', '.join(near)}")
        flow = Flow(market, self._seed)
        flow.rate = self._rate
        listing = Listing(market, flow, bulletin=self._bulletin, settle=self._desk.settle, clock=lambda: self._now)
        listing.open()
        return listing

    # Accounts

    @property
    def accounts(self) -> Mapping[str, Account]:
        """By API key."""
        return self._accounts

    def add_account(self, account: Account, balances: Mapping[str, Decimal]) -> None:
        """Create an account, or replace the one of that name: its open orders are cancelled and its old key is void.

        Raises:
            ValueError: It has no name, or a balance is negative.
        """
        self._open(account, tuple(Holding(asset, total, Decimal(0)) for asset, total in balances.items()))
        self._changed(account.name, *balances)

    def holdings(self, account: str) -> tuple[Holding, ...]:
        """Return all assets of the account, in configured order.

        Raises:
            KeyError: There is no such account (so with all methods that take one).
        """
        return self._ledger.holdings(account)

    def deposit(self, account: str, asset: str, amount: Decimal) -> None:
        """Add ``amount`` from outside."""
        self._ledger.deposit(account, asset, amount)
        self._changed(account, asset)

    def lock(self, account: str, asset: str, amount: Decimal) -> bool:
        """Move ``amount`` from free to locked; False (and nothing done) if there is not enough free."""
        done = self._ledger.lock(account, asset, amount)
        if done:
            self._changed(account, asset)
        return done

    def unlock(self, account: str, asset: str, amount: Decimal) -> None:
        """Undo ``lock``.

        Raises:
            ValueError: Less than that is locked.
        """
        self._ledger.unlock(account, asset, amount)
        self._changed(account, asset)

    def settle(self, account: str, *, spent: tuple[str, Decimal], received: tuple[str, Decimal]) -> None:
        """Take ``spent`` out of what was locked and add ``received`` (asset, amount).

        Raises:
            ValueError: Less than that is locked.
        """
        self._ledger.settle(account, spent=spent, received=received)
        self._changed(account, spent[0], received[0])

    def _open(self, account: Account, holdings: Sequence[Holding]) -> None:
        if not account.name:
            raise ValueError("an account needs a name: the crowd is the one without")
        for key in [key for key, known in self._accounts.items() if known.name == account.name]:
            del self._accounts[key]
        for order in self._desk.open_orders(account.name):
            self._desk.cancel(self.market(order.request.symbol), order, self._now)
        self._ledger.open(account.name, holdings)
        self._accounts[account.key] = account

    def _changed(self, account: str, *assets: str) -> None:
        self._bulletin.post(BalanceChange(account, assets, self._now))
        self._bulletin.deliver()

    # Orders

    def place(self, account: str, request: OrderRequest) -> Order:
        """Take an order to the market now (advance the exchange first) and return it as it stands after that.

        Orders fill later, too, as the crowd meets them: the same object tells.

        Raises:
            UnknownSymbol: The symbol is not listed.
            InvalidOrder: It breaks a rule of the instrument. Codes: ``quantity``, ``amount``, ``tick``, ``step``,
                ``minimum_quantity``, ``minimum_notional``.
            InsufficientBalance: Code ``insufficient_balance``.
            Rejected: Codes ``post_only`` (it would trade at once) and ``duplicate_client_order_id`` (one of that id is open).
        """
        order = self._desk.place(self.market(request.symbol), account, request, self._now)
        self._bulletin.deliver()
        return order

    def cancel(self, account: str, order_id: int) -> Order:
        """Cancel an open order and return it.

        Raises:
            UnknownOrder: The account has no such open order.
        """
        order = self.order(account, order_id)
        self._desk.cancel(self.market(order.request.symbol), order, self._now)
        self._bulletin.deliver()
        return order

    def order(self, account: str, order_id: int) -> Order:
        """Return an order, open or not.

        Raises:
            UnknownOrder: The account never had it.
        """
        order = self._desk.orders.get(order_id)
        if order is None or order.account != account:
            raise UnknownOrder(f"{account} has no order {order_id}", code="unknown_order")
        return order

    def open_orders(self, account: str) -> tuple[Order, ...]:
        """Return the account's resting orders, oldest first."""
        return self._desk.open_orders(account)

    @property
    def fees_collected(self) -> Mapping[str, Decimal]:
        """What the venue has earned, by asset."""
        return self._ledger.fees
