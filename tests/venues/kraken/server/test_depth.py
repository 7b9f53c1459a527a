"""The whole book and its windows, checked against a client that knows nothing of the server's code."""

from __future__ import annotations

import json
from binascii import crc32
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewire.model.events import Side
from tradewire.venues.backend import BookState, LevelChange
from tradewire.venues.kraken.server.depth import Depth, DepthSide

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.venues.kraken.server.conftest import Rig

VECTORS = Path(__file__).parents[3] / "vectors" / "kraken-vectors.json"

#: (bid side?, price in ticks from the best imaginable, quantity in units, whether time passes first)
change = st.tuples(st.booleans(), st.integers(0, 30), st.sampled_from([0, 0, 1, 7, 123_456_789]), st.booleans())


class Client:
    """A subscriber's window: texts as they came, cut to the depth after every message."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}
        self.checksum = -1

    def take(self, frame: bytes) -> dict[str, dict[Decimal, Decimal]]:
        """Apply a message, and return its entries by side and price."""
        message = json.loads(frame, parse_float=str, parse_int=str)
        [item] = message["data"]
        entries: dict[str, dict[Decimal, Decimal]] = {}
        for name, side in self.sides.items():
            entries[name] = {Decimal(level["price"]): Decimal(level["qty"]) for level in item[name]}
            assert len(entries[name]) == len(item[name])
            side |= {level["price"]: level["qty"] for level in item[name]}
            best = sorted((p for p in side if float(side[p]) != 0), key=float, reverse=name == "bids")[: self.depth]
            self.sides[name] = {price: side[price] for price in best}
        self.checksum = int(item["checksum"])
        return entries

    def levels(self) -> dict[str, dict[Decimal, Decimal]]:
        return {name: {Decimal(price): Decimal(side[price]) for price in side} for name, side in self.sides.items()}

    def digest(self) -> int:
        text = ""
        for name, side in (("asks", self.sides["asks"]), ("bids", self.sides["bids"])):
            for price in sorted(side, key=float, reverse=name == "bids")[:10]:
                for number in (price, side[price]):
                    whole, _, fraction = number.partition(".")
                    text += str(int(whole + fraction))
        return crc32(text.encode())


def expected(
    shown: dict[Decimal, Decimal], window: dict[Decimal, Decimal], book: dict[Decimal, Decimal]
) -> dict[Decimal, Decimal]:
    """What a message must say: what is new in the window, and what of it is gone from the book; not what was pushed out."""
    news = {price: quantity for price, quantity in window.items() if shown.get(price) != quantity}
    return news | {price: Decimal(0) for price in shown if price not in book}


@settings(deadline=None, max_examples=60)
@given(
    holes=st.sets(st.integers(0, 30), max_size=12),
    changes=st.lists(change, min_size=10, max_size=60),
    depth=st.sampled_from([10, 25]),
)
def test_a_client_that_cuts_its_window_agrees_after_every_message(
    make_rig: Callable[..., Rig], holes: set[int], changes: list[Any], depth: int
) -> None:
    rig = make_rig()

    def make_change(is_bid: bool, ticks: int, units: int) -> None:
        price = 100 - Decimal(ticks) / 10 if is_bid else 101 + Decimal(ticks) / 10
        rig.exchange.level("buy" if is_bid else "sell", f"{price:.1f}", f"{Decimal(units) / 10**8:.8f}")

    for ticks in set(range(31)) - holes:
        make_change(True, ticks, ticks + 1)
        make_change(False, ticks, ticks + 1)
    wire, client = rig.connect(), Client(depth)
    wire.send({"method": "subscribe", "params": {"channel": "book", "symbol": ["BTC/USD"], "depth": depth}})
    _, snapshot = wire.take_raw()
    client.take(snapshot)
    for is_bid, ticks, units, passes in [*changes, (True, 0, 0, True)]:
        if passes:
            window, book = rig.exchange.book("BTC/USD", depth), rig.exchange.book("BTC/USD", 100)
            shown = client.levels()
            news = {
                "bids": expected(shown["bids"], dict(window.bids), dict(book.bids)),
                "asks": expected(shown["asks"], dict(window.asks), dict(book.asks)),
            }
            told = [client.take(frame) for frame in wire.take_raw()]
            assert told == ([news] if news["bids"] or news["asks"] else [])
            assert client.levels() == {"bids": dict(window.bids), "asks": dict(window.asks)}
            assert client.checksum == client.digest()
            rig.exchange.now += 1_000
        make_change(is_bid, ticks, units)


def published() -> list[Any]:
    books: list[Any] = json.loads(VECTORS.read_text())["book_checksum_single"]
    return books


@pytest.mark.parametrize("vector", published(), ids=lambda vector: vector["name"])
def test_published_checksums(vector: dict[str, Any]) -> None:
    sides = [tuple((Decimal(price), Decimal(quantity)) for price, quantity in vector[name]) for name in ("bids", "asks")]
    assert Depth(BookState(1, *sides)).checksum(vector["price_precision"], vector["qty_precision"]) == vector["checksum"]


def levels(*prices: int) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(price), Decimal(1)) for price in prices]


def test_a_level_that_is_pushed_out_is_not_mentioned() -> None:
    side = DepthSide(levels(10, 9, 8), -1)
    edge = side.edge(3)
    side.set(Decimal(11), Decimal(2))
    assert side.changes(3, edge) == [(Decimal(11), Decimal(2))]


def test_a_deletion_brings_the_level_that_enters() -> None:
    side = DepthSide(levels(10, 11, 12, 13), 1)
    edge = side.edge(3)
    side.set(Decimal(11), Decimal(0))
    assert side.changes(3, edge) == [(Decimal(11), Decimal(0)), (Decimal(13), Decimal(1))]


def test_what_happens_outside_the_window_is_not_mentioned() -> None:
    side = DepthSide(levels(10, 11, 12, 13), 1)
    edge = side.edge(3)
    side.set(Decimal(13), Decimal(0))
    side.set(Decimal(14), Decimal(5))
    assert side.changes(3, edge) == []


def test_what_was_undone_within_the_instant_is_not_mentioned() -> None:
    side = DepthSide(levels(10, 11), 1)
    edge = side.edge(3)
    for quantity in (5, 1):
        side.set(Decimal(10), Decimal(quantity))
    for quantity in (5, 0):
        side.set(Decimal(9), Decimal(quantity))
    assert side.changes(3, edge) == []


def test_settled_changes_are_old_news() -> None:
    side = DepthSide(levels(10), 1)
    side.set(Decimal(10), Decimal(5))
    side.settle()
    assert side.changes(3, side.edge(3)) == []


def test_changes_that_the_book_began_with_are_not_applied_again() -> None:
    depth = Depth(BookState(5, tuple(levels(10)), ()))
    depth.apply(LevelChange("BTC/USD", 5, Side.BUY, Decimal(10), Decimal(9), 0))
    assert depth.top() == ((Decimal(10), Decimal(1)), (Decimal(0), Decimal(0)))
    depth.apply(LevelChange("BTC/USD", 6, Side.BUY, Decimal(10), Decimal(9), 0))
    assert depth.top()[0] == (Decimal(10), Decimal(9))
