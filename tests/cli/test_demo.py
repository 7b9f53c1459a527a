"""``tradewire demo``, whole."""

from __future__ import annotations

import signal

import pytest
from command import command
from process import on_terminal, process

from tradewire.cli.demo_scenario import demo_simulator
from tradewire.sim.simulator import Simulator


def test_on_a_pipe_it_tells_its_story_and_every_claim_holds() -> None:
    result = command("demo", "--seconds", 1)
    assert (result.exit_code, result.stderr) == (0, "")
    story, conclusion = result.stdout.split("\nmeasured\n")
    assert "logged in as test_1" in story
    assert "connected again, subscriptions restored" in story
    _, claims = conclusion.split("\nclaimed and checked\n")
    lines = claims.strip().splitlines()
    assert len(lines) == 13
    assert [line for line in lines if not line.strip().startswith("ok ")] == []
    assert result.stdout.isascii()


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (200, 50)])
def test_on_a_terminal_it_draws_panels_and_then_concludes(columns: int, rows: int) -> None:
    code, shown = on_terminal("demo", "--seconds", 1, columns=columns, rows=rows)
    assert code == 0
    assert "╭" in shown
    assert "of 1 s" in shown
    assert "\nclaimed and checked\n" in shown
    assert max(len(line) for line in shown.split("\n")) <= columns


def test_plain_lines_can_be_had_on_a_terminal_too() -> None:
    code, shown = on_terminal("demo", "--seconds", 1, "--plain", columns=80)
    assert code == 0
    assert "╭" not in shown
    assert "logged in as test_1" in shown


def test_when_a_claim_does_not_hold_the_exit_code_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(seconds: float) -> Simulator:
        simulator = demo_simulator(seconds)
        simulator.faults.read(b'{"fault": "refuse_login", "venue": "theone", "at": 0}')
        return simulator

    monkeypatch.setattr("tradewire.cli.demo.demo_simulator", refusing)
    result = command("demo", "--seconds", 1)
    assert result.exit_code == 1
    assert "FAILED  The broker took the login: no" in result.stdout
    assert "trouble: broker: Invalid signature" in result.stdout


@pytest.mark.parametrize("seconds", ["0", "1000", "soon"])
def test_an_impossible_length_is_a_usage_error(seconds: str) -> None:
    result = command("demo", "--seconds", seconds)
    assert result.exit_code == 2
    assert "--seconds" in result.stderr


def test_ctrl_c_ends_it() -> None:
    with process("demo", "--seconds", 60) as started:
        assert started.stdout is not None
        assert "connected" in started.stdout.readline()
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=30)
    assert (started.returncode, err) == (130, "")
