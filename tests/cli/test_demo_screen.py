"""How the demo is drawn."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from decimal import Decimal

import pytest
from drawing import drawn
from rich.live import Live

from tradewire.cli.demo_figures import Figures, Swap
from tradewire.cli.demo_scenario import Demo, Note
from tradewire.cli.demo_screen import Lines, Panels, conclusion, shown
from tradewire.model.book import BookStatus, OrderBook
from tradewire.model.channels import Trades
from tradewire.model.events import BUY, SELL, Trade
from tradewire.sim.simulator import Simulator

NOTES = (
    Note(0.1, "connection", "binance: connected to http://127.0.0.1:40000, a simulator in this process"),
    Note(0.2, "broker", "logged in as test_1, signed with a published test key"),
    Note(3.0, "connection", "now the simulator cuts the connection in mid-stream"),
    Note(3.1, "connection", "book is not live: connection lost without a close frame"),
    Note(4.0, "connection", "binance: healed after 0.90 s: book rebuilt, lost trades announced"),
    Note(5.0, "market", "the market stands still at update 7; both books are compared level by level"),
)


def demo(*, status: BookStatus = BookStatus.LIVE) -> Demo:
    demo = Demo(Simulator(), 20.0, lambda _: None)
    for number, side in ((1, BUY), (2, SELL)):
        demo.trades.appendleft(
            Trade("BTC/USDT", Decimal("64123.450"), Decimal(number), side, number, "binance", 1, 2, Trades("BTC/USDT"))
        )
        demo.figures.tape.trade(number)
    demo.book = OrderBook("binance", "BTC/USDT")
    levels = range(1, 101)
    demo.book.load([(f"{1000 - n}.5", "1") for n in levels], [(f"{1000 + n}.5", "2") for n in levels], 7)
    demo.book.mark(status, "" if status is BookStatus.LIVE else "connection lost")
    return demo


def picture(demo: Demo, columns: int, rows: int) -> list[str]:
    panels = Panels(Live())
    for note in NOTES:
        panels.tell(note)
    return drawn(panels.picture(demo), columns, rows)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (100, 40), (200, 50)])
def test_the_panels_fill_the_terminal_and_no_more(columns: int, rows: int) -> None:
    lines = picture(demo(), columns, rows)
    assert len(lines) == rows
    assert max(map(len, lines)) == columns
    text = "\n".join(lines)
    for title in (
        "tradewire demo",
        " trades BTC/USDT ",
        " book BTC/USDT ",
        " broker ",
        " connection ",
        "2 trades, 0 book updates",
    ):
        assert title in text
    assert "64123.45         2  sell" in text
    assert "stands still" in text  # the last note, if not the first
    assert "logged in as test_1" in text


def test_the_ladder_is_as_deep_as_there_is_room_with_the_spread_in_the_middle() -> None:
    for rows in (24, 50):
        words = " ".join(picture(demo(), 200, rows)).split()
        prices = [float(word) for word in words if re.fullmatch(r"\d+\.5", word)]
        asks, bids = [price for price in prices if price > 1000], [price for price in prices if price < 1000]
        assert len(asks) == len(bids) >= 4
        assert (min(asks), max(bids)) == (1001.5, 999.5)


def test_a_book_that_is_not_live_is_not_drawn() -> None:
    text = "\n".join(picture(demo(status=BookStatus.STALE), 80, 24))
    assert "stale: connection lost" in text
    assert "1001.5" not in text
    empty = demo()
    empty.book, empty.trades = None, deque()
    assert "waiting for the first snapshot" in "\n".join(picture(empty, 80, 24))


def test_long_notes_are_wrapped_beside_their_time() -> None:
    lines = [line[33:] for line in picture(demo(), 80, 40)]
    (start,) = [number for number, line in enumerate(lines) if "3.1 book is not live" in line]
    assert "      without a close frame" in lines[start + 1]


def test_notes_have_colours_that_mean_something() -> None:
    panels = Panels(Live())
    for note in (*NOTES, Note(6.0, "connection", "trouble: broker: no")):
        panels.tell(note)
    styled = "\n".join(drawn(panels.picture(demo()), 200, 50, styled=True))
    assert "\x1b[1mnow the simulator cuts" in styled
    assert "\x1b[33mbook is not live" in styled
    assert "\x1b[32mbinance: healed" in styled
    assert "\x1b[1;31mtrouble: broker" in styled


def test_lines_are_plain_ascii_and_tell_where_the_market_is() -> None:
    written: list[str] = []
    lines = Lines(written.append)
    waiting = demo()
    waiting.trades.clear()
    lines.draw(waiting)
    assert written == []  # nothing to say yet
    for note in NOTES:
        lines.tell(note)
    assert written[1] == "  0.20 s  broker      logged in as test_1, signed with a published test key"
    lines.draw(demo())
    assert written[-1].endswith("market      BTC/USDT 999.5 | 1001.5  2 trades, 0 book updates")
    lines.draw(demo(status=BookStatus.RESYNCING))
    assert "BTC/USDT book resyncing" in written[-1]
    assert all(line.isascii() for line in written)


def test_it_is_drawn_again_and_again_while_the_block_runs() -> None:
    class Counting:
        every = 0.0

        def __init__(self) -> None:
            self.pictures = 0
            self.enough = asyncio.Event()

        def tell(self, note: Note) -> None: ...

        def draw(self, demo: Demo) -> None:
            self.pictures += 1
            if self.pictures == 3:
                self.enough.set()

    async def scenario() -> None:
        screen = Counting()
        async with shown(screen, demo()):
            await screen.enough.wait()
        at_the_end = screen.pictures
        await asyncio.sleep(0)
        assert screen.pictures == at_the_end
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(scenario())


def test_the_conclusion_shows_figures_claims_and_troubles() -> None:
    figures = Figures(Swap("ETH", "USDT", Decimal("0.5")), troubles=["broker: Invalid signature"])
    figures.tape.trade(1)
    figures.latency.add(2_500_000)
    lines = drawn(conclusion(figures), 120)
    assert "  events      1: 1 trades, 0 book updates" in lines
    assert "  latency     p50 2.50 ms, p99 2.50 ms (venue to handler, 1 samples)" in lines
    assert "  swap        0.5 ETH for nothing: never placed" in lines
    assert "  ok      Trades arrive live: 1 trades" in lines
    assert "  FAILED  The broker took the login: no" in lines
    assert "  trouble: broker: Invalid signature" in lines
    assert all(line.isascii() for line in lines)
