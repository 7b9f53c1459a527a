"""Losses become events that users see, and one log line each."""

from __future__ import annotations

import asyncio
import logging

import pytest
from toy_venue import BTC, Collector, toy

from tradewire import Book, Gap, Stale
from tradewire.engine.report import Reporter
from tradewire.engine.resume import Loss
from tradewire.testing.hygiene import run_tidy
from tradewire.wire.control import BookState

BOOK = Book("BTC/USDT")


def test_a_broken_book_is_stale_at_once_and_a_healed_gap_when_it_is_live_again(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with toy() as (_, gateway):
            seen = Collector()
            gateway.runtime.sinks.add(BOOK, print, seen)
            reporter = Reporter(gateway.runtime)
            with caplog.at_level(logging.WARNING):
                reporter.book(BookState(BOOK, live=False, reason="3 updates are missing", lost=True, missed=3))
                reporter.book(BookState(BOOK, live=True, reason="rebuilt"))
            stale, gap = seen.events
            assert isinstance(stale, Stale)
            assert isinstance(gap, Gap)
            assert (gap.missed, gap.healed, gap.reason) == (3, True, "3 updates are missing")
            figures = gateway.statistics()
            assert (figures.resyncs, figures.gaps) == (1, 1)
            assert all("3 updates are missing" in record.getMessage() for record in caplog.records)
            assert len(caplog.records) == 2

    run_tidy(scenario())


def test_a_first_building_is_no_gap() -> None:
    async def scenario() -> None:
        async with toy() as (_, gateway):
            seen = Collector()
            gateway.runtime.sinks.add(BOOK, print, seen)
            Reporter(gateway.runtime).book(BookState(BOOK, live=True, reason="built"))
            assert seen.events == []

    run_tidy(scenario())


def test_a_hole_in_the_numbers_of_a_stream_is_a_gap() -> None:
    async def scenario() -> None:
        async with toy() as (_, gateway):
            seen = Collector()
            gateway.runtime.sinks.add(BTC, print, seen)
            Reporter(gateway.runtime).missed(BTC, 4)
            (gap,) = seen.gaps
            assert (gap.missed, gap.healed, gap.reason) == (4, False, "the venue skipped 4 of its numbers")

    run_tidy(scenario())


def test_a_lost_trade_stays_lost_and_silence_is_told() -> None:
    async def scenario() -> None:
        async with toy() as (_, gateway):
            seen = Collector()
            gateway.runtime.sinks.add(BTC, print, seen)
            reporter = Reporter(gateway.runtime)
            reporter.gap(BTC, Loss(4, None, gateway.runtime.clock.now() - 2_000_000_000, "cut"), 7)
            reporter.silent(BTC, 12.5)
            gap, stale = seen.events
            assert (gap.missed, gap.healed) == (7, False)
            assert gap.reason.startswith("cut; 2.0")
            assert (stale.silent_for, stale.reason) == (12.5, "no data for 12.5 s")

    asyncio.run(scenario())
