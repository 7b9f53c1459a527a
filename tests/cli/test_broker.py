"""``tradewire broker`` against a simulated broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import command, simulating

from tradewire.model.events import SwapStatus
from tradewire.sim.simulator import Simulator
from tradewire.venues.theone.server.faults import ServerFaults

KEYS = {"BROKER_API_KEY": "test_key_1", "BROKER_SECRET_KEY": "test_secret_1"}
SWAP = ("broker", "swap", "1.0", "ETH", "USDT")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with simulating("theone", options={"theone": {"fill_delays_s": (0.01, 0.01)}}) as simulator:
        yield simulator


def at(sim: Simulator, env: str = "sim") -> tuple[str, ...]:
    return ("--env", env, "--url", sim.endpoints().http)


def faults(sim: Simulator) -> ServerFaults:
    half = sim.server().venue
    found: ServerFaults = half.faults  # type: ignore[attr-defined] # a server half may have faults
    return found


def test_balances_as_table_and_as_lines(sim: Simulator) -> None:
    table = command("broker", "balances", *at(sim))
    assert table.exit_code == 0, table.stderr
    assert [line.split() for line in table.stdout.splitlines()] == [
        ["asset", "total", "locked", "free"],
        ["USDT", "100", "0", "100"],
        ["ETH", "2.5", "0.5", "2"],
        ["BTC", "0.1", "0", "0.1"],
    ]
    lines = command("broker", "balances", "--json", *at(sim)).stdout.splitlines()
    assert json.loads(lines[1]) == {"asset": "ETH", "total": "2.5", "locked": "0.5", "free": "2.0"}


def test_an_estimate(sim: Simulator) -> None:
    shown = command("broker", "estimate", "1.5", "ETH", "USDT", *at(sim))
    assert shown.exit_code == 0, shown.stderr
    assert "2163.78 USDT per ETH" in shown.stdout
    found = json.loads(command("broker", "estimate", "1.5", "ETH", "USDT", "--json", *at(sim)).stdout)
    assert (found["price"], found["expected_out"]) == ("2163.78", "3245.67")


def test_a_swap_is_followed_to_its_end_and_found_again_by_either_id(sim: Simulator) -> None:
    swapped = command(*SWAP, "--client-order-id", "mine-1", "--slippage-bps", "50", "--json", *at(sim))
    assert swapped.exit_code == 0, swapped.stderr
    updates = [json.loads(line) for line in swapped.stdout.splitlines()]
    states = [update["status"] for update in updates]
    assert states == sorted(set(states), key=["PENDING", "PROCESSING", "FILLED"].index)
    assert states[-1] == "FILLED"
    assert updates[-1]["filled_out"] == "2163.78"
    for handle in ("mine-1", updates[-1]["order_id"]):
        found = command("broker", "order", handle, *at(sim))
        assert found.exit_code == 0, found.stderr
        assert "FILLED  received 2163.78  transaction 0x" in found.stdout
        assert command("broker", "order", handle, "--follow", "--json", *at(sim)).stdout.count("FILLED") == 1


def test_a_swap_without_a_handle_is_given_one(sim: Simulator) -> None:
    swapped = command(*SWAP, *at(sim))
    assert swapped.exit_code == 0
    handle = swapped.stderr.split("client order id ")[1].split()[0]
    assert "FILLED" in command("broker", "order", handle, *at(sim)).stdout


@pytest.mark.parametrize("outcome", [SwapStatus.FAILED, SwapStatus.CANCELLED])
def test_an_order_that_comes_to_nothing_is_no_success(sim: Simulator, outcome: SwapStatus) -> None:
    faults(sim).outcome = outcome
    swapped = command(*SWAP, *at(sim))
    assert (swapped.exit_code, outcome.value in swapped.stdout) == (4, True)


def test_a_refusal_is_in_the_broker_s_words(sim: Simulator) -> None:
    refused = command("broker", "swap", "1000", "ETH", "USDT", *at(sim))
    assert refused.exit_code == 4
    assert "error: theone: Insufficient balance for swap" in refused.stderr
    unknown = command("broker", "order", "ord_99", *at(sim))
    assert unknown.exit_code == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("swap", "abc", "ETH", "USDT"), "'abc' is no amount"),
        (("swap", "0", "ETH", "USDT", "--client-order-id", "mine-2"), "'0' is no amount"),
        (("swap", "1", "ETH", "USDT", "--slippage-bps", "99999"), "slippage_bps=99999 is not between 0 and 10000"),
        (("estimate", "1,5", "ETH", "USDT"), "'1,5' is no amount"),
    ],
)
def test_what_no_broker_could_take_is_a_usage_error_before_anything_is_done(
    sim: Simulator, arguments: tuple[str, ...], words: str
) -> None:
    for env in ("sim", "live"):
        refused = command("broker", *arguments, *at(sim, env), **KEYS)
        assert (refused.exit_code, refused.stdout) == (2, "")
        (line,) = refused.stderr.splitlines()
        assert words in line
    assert not sim.records


@pytest.mark.parametrize("name", ["swap", "estimate"])
def test_assets_that_the_broker_does_not_know_are_named(sim: Simulator, name: str) -> None:
    refused = command("broker", name, "1.0", "eth", "USDT", *at(sim))
    assert refused.exit_code == 4
    assert "Invalid request; sent was 1.0 eth to USDT, and assets are written in upper case, such as ETH" in refused.stderr


def test_an_unknown_outcome_says_how_to_find_out(sim: Simulator) -> None:
    faults(sim).lose_swap_answers = 1
    lost = command(*SWAP, "--client-order-id", "lost-1", "--timeout", "0.2", *at(sim))
    assert lost.exit_code == 5
    assert "find out with: tradewire broker order lost-1 --env sim" in lost.stderr
    assert lost.stdout == ""
    assert "FILLED" in command("broker", "order", "lost-1", "--follow", *at(sim)).stdout


def test_live_asks_before_it_sends(sim: Simulator) -> None:
    for typed in ("n\n", ""):
        kept = command(*SWAP, *at(sim, "live"), typed=typed, **KEYS)
        assert kept.exit_code == 2
        assert f"swap 1.0 ETH to USDT, the broker's slippage, at {sim.endpoints().http}" in kept.stderr
        assert "nothing was sent" in kept.stderr
    assert not sim.records
    sent = command(*SWAP, *at(sim, "live"), typed="y\n", **KEYS)
    assert (sent.exit_code, "Send it?" in sent.stderr, "FILLED" in sent.stdout) == (0, True, True)
    unasked = command(*SWAP, "--yes", *at(sim, "live"), **KEYS)
    assert (unasked.exit_code, "Send it?" in unasked.stderr) == (0, False)


def test_missing_keys_are_named() -> None:
    missing = command("broker", "balances")
    assert missing.exit_code == 2
    assert "BROKER_API_KEY and BROKER_SECRET_KEY are not set" in missing.stderr
    half = command("broker", "balances", BROKER_API_KEY="k")
    assert (half.exit_code, "BROKER_SECRET_KEY is not" in half.stderr) == (2, True)


def test_keys_and_place_may_come_from_a_file(sim: Simulator, tmp_path: Path) -> None:
    settings = KEYS | {"BROKER_BASE_URL": sim.endpoints().http}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    held = command("broker", "balances", "--json")
    assert held.exit_code == 0, held.stderr
    assert len(held.stdout.splitlines()) == 3


def test_real_keys_do_not_reach_a_simulator_and_wrong_ones_are_refused(sim: Simulator) -> None:
    real = {"BROKER_API_KEY": "real-key", "BROKER_SECRET_KEY": "real-secret"}
    assert command("broker", "balances", *at(sim), **real).exit_code == 0
    assert b"real-key" not in b"".join(bytes(record.payload) for record in sim.records)
    refused = command("broker", "balances", *at(sim, "live"), **real)
    assert refused.exit_code == 3
    assert "real-secret" not in refused.output
