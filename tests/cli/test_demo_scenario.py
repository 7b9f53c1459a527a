"""The story of the demo, as it should go and as it goes when something is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tradewire.cli.demo_figures import COMPARED, Figures
from tradewire.cli.demo_scenario import BROKER, MARKET, Demo, Note, demo_simulator
from tradewire.model.events import SwapStatus
from tradewire.sim.simulator import Simulator
from tradewire.testing.hygiene import run_tidy


def play(
    prepare: Callable[[Simulator], None] = lambda _: None, *, seconds: float = 1.0, patience: float = 10.0
) -> tuple[Figures, list[Note]]:
    notes: list[Note] = []

    async def scenario() -> Figures:
        async with demo_simulator(seconds) as simulator:
            prepare(simulator)
            demo = Demo(simulator, seconds, notes.append, patience=patience)
            await demo.run()
        return demo.figures

    return run_tidy(scenario()), notes


def failed(figures: Figures) -> set[str]:
    return {claim.text for claim in figures.claims() if not claim.holds}


def test_it_goes_as_it_should() -> None:
    figures, notes = play()
    assert (failed(figures), figures.troubles) == (set(), [])
    assert figures.swap.course == "PENDING -> PROCESSING -> FILLED"
    assert figures.tape.lost >= 3  # those that were traded while nobody listened
    assert figures.latency.latency().samples == figures.tape.arrived
    assert [note.at for note in notes] == sorted(note.at for note in notes)
    assert {note.source for note in notes} == {"market", "broker", "connection"}
    story = "\n".join(note.text for note in notes)
    parts = ("are live", "logged in", "estimate", "FILLED", "cuts", "reconnecting", "healed", "loses", "stands still")
    places = [story.index(part) for part in parts]
    assert places == sorted(places)


def test_a_refused_login_is_told_and_the_story_goes_on() -> None:
    def refuse(simulator: Simulator) -> None:
        simulator.faults.read(b'{"fault": "refuse_login", "venue": "theone"}')

    figures, _ = play(refuse)
    (trouble,) = figures.troubles
    assert trouble.startswith("broker: ")
    assert "Invalid signature" in trouble
    assert failed(figures) == {
        "The broker took the login",
        "The swap ran its course",
        "It yielded what the estimate said",
        "Pushed balances add up to it",
        "They equal the broker's ledger",
    }


def test_a_swap_that_fails_is_not_passed_off_as_filled() -> None:
    def fail(simulator: Simulator) -> None:
        half = simulator.server(BROKER).venue
        half.faults.outcome = SwapStatus.FAILED  # type: ignore[attr-defined] # a server half may have faults

    figures, _ = play(fail)
    assert figures.swap.course == "PENDING -> PROCESSING -> FAILED"
    assert failed(figures) == {
        "The swap ran its course",
        "It yielded what the estimate said",
        "Pushed balances add up to it",
    }


def test_what_never_happens_is_not_waited_for_for_ever() -> None:
    def forget_the_swap(simulator: Simulator) -> None:
        simulator.faults.gap("PROCESSING", venue=BROKER)
        simulator.faults.gap("FILLED", venue=BROKER)

    figures, notes = play(forget_the_swap, patience=3.0)
    assert figures.troubles == ["broker: what was due did not happen within 3 s"]
    assert "The swap ran its course" in failed(figures)
    assert any(note.text.startswith("trouble: broker") for note in notes)


def test_a_book_that_differs_is_found_out() -> None:
    """A venue whose own book is not what it tells its clients."""

    def lie(simulator: Simulator) -> None:
        exchange = simulator.exchange(MARKET)
        true_book = exchange.book

        def other(symbol: str, depth: int) -> object:
            state = true_book(symbol, depth)
            return type(state)(state.update_id, state.bids[1:], state.asks) if depth == COMPARED else state

        exchange.book = other  # type: ignore[method-assign, assignment] # what a witness sees

    figures, _ = play(lie)
    assert figures.audit.different > 0
    assert failed(figures) == {"The book equals the venue's at the same update id"}


def test_leaving_early_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        live = asyncio.Event()
        async with demo_simulator(5.0) as simulator:
            demo = Demo(simulator, 5.0, lambda note: live.set() if "are live" in note.text else None)
            running = asyncio.create_task(demo.run())
            await live.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

    run_tidy(scenario())
