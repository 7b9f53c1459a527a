"""The order book alone: what one update costs, and what reading it costs on top."""

from __future__ import annotations

import gc
import statistics
import time
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from benchmarks import market
from tradewire.model.book import BookStatus, Level, OrderBook

#: Updates decoded at a time: their texts are as fresh in the processor's caches as they are behind a socket.
BATCH = 25


class Book(Protocol):
    """What is measured."""

    def apply(self, bids: Iterable[Any], asks: Iterable[Any], update_id: int) -> None: ...
    def bids(self, levels: int | None = None) -> tuple[Level, ...]: ...
    def asks(self, levels: int | None = None) -> tuple[Level, ...]: ...


class BisectBook:
    """The obvious book: a dict of quantities and a sorted list of prices a side, all converted at once."""

    number: Callable[[str], Any] = float

    def __init__(self) -> None:
        self._bids: dict[Any, Any] = {}
        self._asks: dict[Any, Any] = {}
        self._bid_prices: list[Any] = []
        self._ask_prices: list[Any] = []

    def apply(self, bids: Iterable[Any], asks: Iterable[Any], update_id: int) -> None:
        number = type(self).number
        for levels, prices, changes in ((self._bids, self._bid_prices, bids), (self._asks, self._ask_prices, asks)):
            for price_text, quantity_text in changes:
                price = number(price_text)
                quantity = number(quantity_text)
                if quantity:
                    if price not in levels:
                        insort(prices, price)
                    levels[price] = quantity
                elif price in levels:
                    del levels[price]
                    del prices[bisect_left(prices, price)]

    def bids(self, levels: int | None = None) -> tuple[Level, ...]:
        count = len(self._bid_prices) if levels is None else levels
        return tuple([Level(price, self._bids[price]) for price in self._bid_prices[: -count - 1 : -1]])

    def asks(self, levels: int | None = None) -> tuple[Level, ...]:
        return tuple([Level(price, self._asks[price]) for price in self._ask_prices[:levels]])


class DecimalBisectBook(BisectBook):
    """The same, exact."""

    number = Decimal


def order_book() -> OrderBook:
    book = OrderBook("binance", "BTC/USDT")
    book.mark(BookStatus.LIVE)
    return book


BOOKS: dict[str, Callable[[], Book]] = {
    "dict + bisect over floats": BisectBook,
    "dict + bisect over Decimal": DecimalBisectBook,
    "tradewire OrderBook (exact)": order_book,
}
READS = {"apply only": 0, "apply, best bid and ask": 1, "apply, top 10 of both sides": 10}

_decode = msgspec.json.Decoder(list[tuple[list[tuple[str, str]], list[tuple[str, str]]]]).decode


def measure(make: Callable[[], Book], snapshot: market.Diff, batches: list[bytes], levels: int) -> float:
    """Return CPU microseconds per update, reading ``levels`` a side after each."""
    book = make()
    book.apply(*snapshot, 0)
    book.bids(10), book.asks(10)
    spent = updates = 0
    for batch in batches:
        diffs = _decode(batch)
        apply, read_bids, read_asks = book.apply, book.bids, book.asks
        start = time.process_time_ns()
        if levels:
            for bids, asks in diffs:
                apply(bids, asks, 1)
                read_bids(levels)
                read_asks(levels)
        else:
            for bids, asks in diffs:
                apply(bids, asks, 1)
        spent += time.process_time_ns() - start
        updates += len(diffs)
    return spent / updates / 1000


def run(updates: int, rounds: int) -> None:
    """Print the table."""
    print("Order book: CPU per update, and as a ratio to the obvious book of floats in the same run")
    print(f"({market.LEVELS} levels a side; medians of {rounds} interleaved rounds; all books hand out the same Level tuples)\n")
    table(
        f"made up: {market.CHANGES} changes a side, mostly near the top, a third of them new or removed",
        market.book(updates),
        rounds,
    )
    recorded = market.captured_book(updates)
    if recorded is not None:
        diffs = recorded[1]
        changes = statistics.mean(len(bids) + len(asks) for bids, asks in diffs)
        table(
            f"recorded: BTCUSDT, {len(diffs)} updates of {changes:.1f} changes on average, most of them new or removed",
            recorded,
            rounds,
        )


def table(title: str, data: tuple[market.Diff, list[market.Diff]], rounds: int) -> None:
    snapshot, diffs = data
    batches = [msgspec.json.encode(diffs[index : index + BATCH]) for index in range(0, len(diffs), BATCH)]
    gc.collect()
    print(title)
    print(f"  {'':32}" + "".join(f"{name:>30}" for name in READS))
    figures: dict[tuple[str, str], list[float]] = {(name, read): [] for name in BOOKS for read in READS}
    for _ in range(rounds):
        for read, levels in READS.items():
            for name, make in BOOKS.items():
                figures[name, read].append(measure(make, snapshot, batches, levels))
    medians = {key: statistics.median(values) for key, values in figures.items()}
    floor = next(iter(BOOKS))
    for name in BOOKS:
        cells = (f"{medians[name, read]:.2f} µs {medians[name, read] / medians[floor, read]:5.2f}x" for read in READS)
        print(f"  {name:32}" + "".join(f"{cell:>30}" for cell in cells))
    print()
