"""``tradewire sim``."""

from __future__ import annotations

import json
import signal
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from command import command, simulating
from process import process

from tradewire.cli import simulate
from tradewire.errors import ConfigurationError
from tradewire.venues.registry import venue_names


def test_it_says_in_one_line_where_everything_is_and_ctrl_c_ends_it() -> None:
    with process("sim", "--json", "--port", 0) as started:
        assert started.stdout is not None
        line = started.stdout.readline()
        discovery = json.loads(line)
        assert discovery["version"] == 1
        assert set(discovery["venues"]) >= {"theone", "binance"}
        for place in discovery["venues"].values():
            assert place["http"].startswith("http://127.0.0.1:")
            assert place["accounts"][0].keys() == {"name", "key", "secret", "balances"}
        assert discovery["venues"]["theone"]["ws"].keys() == {"stream"}
        assert discovery["venues"]["binance"]["ws"].keys() == {"stream", "ws_api"}
        with urllib.request.urlopen(discovery["venues"]["binance"]["http"] + "/api/v3/ping", timeout=10) as answer:
            assert (answer.status, answer.read()) == (200, b"{}")
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=30)
    assert (started.returncode, out, err) == (130, "", "")


@pytest.mark.parametrize("venues", [("binance",), ("theone", "binance")])
def test_a_person_sees_places_accounts_and_what_to_try(venues: tuple[str, ...]) -> None:
    with process("sim", *(word for venue in venues for word in ("--venue", venue)), "--port", 0) as started:
        assert started.stderr is not None
        assert "Ctrl-C ends it" in started.stderr.readline()
        attempt = started.stderr.readline().split()
        assert attempt[:7] == ["tradewire", "watch", "binance", "trades:BTC/USDT", "--env", "sim", "--url"]
        # What it says to try works.
        result = command(*attempt[1:], "--count", 1)
        assert json.loads(result.stdout)["channel"] == "trades:BTC/USDT"
        started.send_signal(signal.SIGINT)
        out, _ = started.communicate(timeout=30)
    assert started.returncode == 130
    for shown in ("binance_test_key_1", "binance_test_secret_1", "1000000.00 USDT", attempt[7]):
        assert shown in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--venue", "nowhere"), "no venue 'nowhere'"),
        (("--port", 70000), "--port"),
        (("--rate", 0), "--rate"),
        (("--faults", "missing.jsonl"), "missing.jsonl"),
    ],
)
def test_what_is_wrong_is_said_before_anything_listens(arguments: tuple[object, ...], words: str) -> None:
    result = command("sim", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_a_fault_script_that_is_wrong_names_the_line(tmp_path: Path) -> None:
    script = tmp_path / "faults.jsonl"
    script.write_text('{"fault": "drop", "at": 5}\n{"fault": "sneeze"}\n')
    result = command("sim", "--faults", script)
    assert result.exit_code == 2
    assert f"{script}, line 2: there is no fault 'sneeze'" in result.stderr


def test_a_taken_port_is_answered_with_the_remedy() -> None:
    with simulating("binance") as sim:
        result = command("sim", "--venue", "binance", "--port", sim.endpoints().http.rsplit(":", 1)[1])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "stop what listens on it, or choose other ports" in result.stderr


def test_options_reach_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def record(venues: tuple[str, ...], **options: object) -> None:
        given.update(options, venues=venues)
        raise ConfigurationError("seen enough")

    monkeypatch.setattr(simulate, "Simulator", record)
    options = ("--venue", "theone", "--venue", "binance", "--port", 9100, "--seed", 3, "--rate", 2.5, "--faults", "f.jsonl")
    assert "seen enough" in command("sim", *options).stderr
    assert given == {"venues": ("theone", "binance"), "ports": 9100, "seed": 3, "rate": 2.5, "faults": Path("f.jsonl")}
    command("sim")
    assert given["venues"][:2] == ("theone", "binance")  # the order of the fixed ports, which --port keeps
    assert set(given.pop("venues")) == set(venue_names())
    assert given == {"ports": None, "seed": 7, "rate": 1.0, "faults": None}
