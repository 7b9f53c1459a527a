"""``tradewire record`` and ``replay``, there and back."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command import CLEAN, command, simulating
from recordings import change, event, quote, snapshot, trade, whole, write

from tradewire.sim.faults import parse_faults
from tradewire.sim.recording import read_capture
from tradewire.sim.simulator import Simulator
from tradewire.wire.capture import CaptureLine

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
CHANNELS = ("trades:BTC/USDT", "quotes:BTC/USDT", "book:BTC/USDT")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with simulating("binance", "theone", rate=4) as simulator:
        yield simulator


def record(sim: Simulator, file: Path, *options: object, venue: str = "binance") -> tuple[object, ...]:
    place = sim.endpoints(venue).http
    return ("record", venue, *CHANNELS, "-o", file, "--env", "sim", "--url", place, *options)


def test_what_is_recorded_is_replayed_and_adds_up(sim: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "made.jsonl.gz"
    recorded = command(*record(sim, file, "--count", 500))
    assert recorded.exit_code == 0, recorded.stderr
    assert [line.split()[0] for line in recorded.stdout.splitlines()] == ["channel", *CHANNELS, f"{file}:"]
    lines = list(read_capture(file))
    assert {line.dir for line in lines} == {"in", "out", "event"}
    assert any(line.dir == "in" and "/api/v3/depth" in line.conn for line in lines)
    assert sum(line.dir == "in" for line in lines) >= 500

    verified = command("replay", file, "--verify", "--json")
    assert verified.exit_code == 0, verified.output
    found = json.loads(verified.stdout)
    (session,) = found["sessions"]
    assert found["compared"] > 3
    assert session["lines"] == len(lines)
    assert session["books"][0]["anchored"]
    assert session["gateway"]["compared"] > 3

    replayed = command("replay", file, "--speed", "max", "--channel", "trades:BTC/USDT")
    trades = [json.loads(line) for line in replayed.stdout.splitlines()]
    assert len(trades) == next(each["messages"] for each in session["streams"] if each["stream"] == "btcusdt@trade")
    assert {each["channel"] for each in trades} == {"trades:BTC/USDT"}


def test_a_recording_with_one_change_removed_names_the_place(sim: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "made.jsonl"
    assert command(*record(sim, file, "--count", 500)).exit_code == 0
    lines = list(read_capture(file))
    changes = [number for number, line in enumerate(lines) if "@depth" in line.raw and line.dir == "in"]
    del lines[changes[len(changes) // 2]]
    broken = command("replay", write(tmp_path / "broken.jsonl.gz", lines), "--verify")
    assert broken.exit_code == 1
    place = changes[len(changes) // 2 + 1]  # the next change, counted from 1, one line up
    assert f"broken.jsonl.gz, line {place}: btcusdt@depth@100ms: " in broken.stdout
    assert "missing after" in broken.stdout


def test_what_a_cut_lost_is_a_hole_although_the_gateway_healed(tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl.gz"
    cut = parse_faults('{"at": 1.0, "fault": "drop"}', source="here")
    with simulating("binance", rate=4, faults=cut) as sim:
        recorded = command(*record(sim, file, "--count", 800))
    assert recorded.exit_code == 0, recorded.stderr
    lines = list(read_capture(file))
    lost = next(number for number, line in enumerate(lines, 1) if line.raw.startswith("lost: "))
    broken = command("replay", file, "--verify")
    assert broken.exit_code == 1
    places = re.findall(r"cut\.jsonl\.gz, line (\d+): btcusdt@(?:trade|depth@100ms): \d+ ids? missing", broken.stdout)
    assert places
    assert all(lost < int(place) < lost + 100 for place in places)


KRAKEN = ("trades:BTC/USD", "quotes:BTC/USD", "book.25:BTC/USD", "candles:BTC/USD")


def test_checksums_are_verified_where_the_venue_sends_them(tmp_path: Path) -> None:
    file = tmp_path / "kraken.jsonl.gz"
    with simulating("kraken", rate=4) as sim:
        place = sim.endpoints("kraken").http
        recorded = command("record", "kraken", *KRAKEN, "-o", file, "--env", "sim", "--url", place, "--count", 300)
    assert recorded.exit_code == 0, recorded.stderr
    done = command("replay", file, "--verify", "--json")
    assert done.exit_code == 0, done.output
    (session,) = json.loads(done.stdout)["sessions"]
    (book,) = session["books"]
    assert book["checksums"] == book["updates"] > 20
    assert [each["stream"] for each in session["streams"]] == ["trade BTC/USD"]
    agreed = f"{book['checksums']:,} of {book['checksums']:,} checksums right: all is well"
    assert agreed in command("replay", file, "--verify").stdout

    lines = list(read_capture(file))
    updates = [number for number, line in enumerate(lines) if '"book","type":"update"' in line.raw]
    del lines[updates[10]]
    broken = command("replay", write(tmp_path / "broken.jsonl", lines), "--verify")
    assert broken.exit_code == 1
    assert f"broken.jsonl, line {updates[11]}: BTC/USD: the book's checksum is " in broken.stdout
    assert "11 of 12 checksums right: 1 problem" in broken.stdout


def test_a_file_is_not_overwritten_unless_told(sim: Simulator, tmp_path: Path) -> None:
    file = write(tmp_path / "made.jsonl", whole())
    before = file.read_bytes()
    kept = command(*record(sim, file, "--count", 1))
    assert (kept.exit_code, "--force overwrites it" in kept.stderr) == (2, True)
    assert file.read_bytes() == before
    assert command(*record(sim, file, "--count", 1, "--force")).exit_code == 0
    assert file.read_bytes() != before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("nowhere", "trades:BTC/USDT"), 2, "no venue 'nowhere'"),
        (("binance", "trade:BTC/USDT"), 2, "did you mean 'trades'?"),
        (("binance", "trades:BTC/USDX"), 2, "does not list 'BTC/USDX'"),
        (("binance", "trades:BTC/USDT", "--url", "http://127.0.0.1:9"), 3, "127.0.0.1:9"),
    ],
)
def test_what_could_not_begin_leaves_no_file(
    sim: Simulator, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    file = tmp_path / "none.jsonl.gz"
    place = () if "--url" in arguments else ("--url", sim.endpoints("binance").http)
    refused = command("record", *arguments, "-o", file, "--env", "sim", *place)
    assert refused.exit_code == code
    assert words in refused.stderr
    assert not file.exists()


def test_no_secret_is_recorded(sim: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "account.jsonl.gz"
    keys = {"BROKER_API_KEY": "test_key_1", "BROKER_SECRET_KEY": "test_secret_1"}
    place = sim.endpoints("theone").http
    recorded = command("record", "theone", "balances", "-o", file, "--env", "sim", "--url", place, "--count", 1, **keys)
    assert recorded.exit_code == 0, recorded.stderr
    text = gzip.decompress(file.read_bytes())
    assert b'\\"op\\":\\"auth\\"' in text
    assert b"***" in text
    assert not [secret for secret in keys.values() if secret.encode() in text]
    refused = command("replay", file, "--verify")
    assert (refused.exit_code, "recordings of theone have no numbers to check" in refused.stderr) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(sys.platform == "win32", reason="signals are not sent to processes there")
def test_a_signal_ends_a_recording_in_good_order(sim: Simulator, tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "made.jsonl.gz"

    async def scenario() -> tuple[int | None, bytes]:
        environment = {name: value for name, value in os.environ.items() if name not in CLEAN}
        arguments = [str(each) for each in record(sim, file)]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tradewire", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        assert process.stderr is not None
        assert b"Ctrl-C ends it" in await process.stderr.readline()
        process.send_signal(number)
        output, _ = await process.communicate()
        return process.returncode, output

    code, output = asyncio.run(scenario())
    assert code == 0
    assert b"messages from the venue in" in output
    assert list(read_capture(file))


def test_a_replay_shows_every_event(tmp_path: Path) -> None:
    file = write(tmp_path / "whole.jsonl.gz", whole())
    shown = command("replay", file, "--speed", "max")
    assert shown.exit_code == 0, shown.stderr
    kinds = [json.loads(line)["type"] for line in shown.stdout.splitlines()]
    assert (kinds.count("Trade"), kinds.count("Quote")) == (3, 3)
    assert "BookUpdate" in kinds
    assert "the end of whole.jsonl.gz: " in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--speed", "fast"), "--speed fast: give a positive number or max"),
        (("--speed", "0"), "give a positive number"),
        (("--speed", "nan"), "give a positive number"),
        (
            ("--channel", "trades:ETH/USDT"),
            "trades:ETH/USDT is not in the recording; there is quotes:BNB/BTC, book:BNB/BTC, trades:BNB/BTC",
        ),
        (("--channel", "trades:BNB/BTC", "--verify"), "leave --channel out"),
    ],
)
def test_what_cannot_be_played_is_refused(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    refused = command("replay", write(tmp_path / "whole.jsonl", whole()), *arguments)
    assert refused.exit_code == 2
    assert words in refused.stderr


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda _: None, "no such file"),
    "a folder": (Path.mkdir, "is a directory"),
    "empty": (lambda path: path.write_bytes(b""), "no message was recorded"),
    "nothing zipped": (lambda path: path.write_bytes(gzip.compress(b"")), "no message was recorded"),
    "no json": (lambda path: path.write_bytes(b"hello\n"), "line 1: JSON is malformed"),
    "no json later": (lambda path: path.write_bytes(write(path, [trade(1)]).read_bytes() + b"]\n"), "line 2: "),
    "a key missing": (lambda path: path.write_bytes(b'{"ts":1,"dir":"in","conn":"x"}\n'), "line 1: .*raw"),
    "no gzip inside": (lambda path: path.write_bytes(b"\x1f\x8bnonsense"), "line 1: "),
}


@pytest.mark.parametrize("verify", [(), ("--verify",)], ids=["played", "verified"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, damage: str, verify: tuple[str, ...]) -> None:
    spoil, words = DAMAGES[damage]
    name = "bad.jsonl"
    spoil(tmp_path / name)
    refused = command("replay", tmp_path / name, "--speed", "max", *verify)
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert re.search(f"{re.escape(name)}.*{words}", refused.stderr), refused.stderr


@pytest.mark.parametrize("name", ["cut.jsonl", "cut.jsonl.gz"])
def test_a_recording_that_is_cut_off_is_played_and_not_verified(tmp_path: Path, name: str) -> None:
    file = write(tmp_path / name, whole() * 200)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2 + 7])
    played = command("replay", file, "--speed", "max")
    assert played.exit_code == 0, played.stderr
    assert len(played.stdout.splitlines()) > 100
    found = re.search(r"warning: .* is cut off after line ([\d,]+): ", played.stderr)
    assert found
    refused = command("replay", file, "--verify")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f"cut off after line {found[1]}: " in refused.stderr
    assert f"head -n {found[1].replace(',', '')}" in refused.stderr


def verified(tmp_path: Path, *files: list[CaptureLine]) -> tuple[int, str]:
    paths = [write(tmp_path / f"{number}.jsonl", lines) for number, lines in enumerate(files, 1)]
    result = command("replay", *paths, "--verify")
    return result.exit_code, result.output


def test_a_mismatch_and_a_cut_are_found_and_placed(tmp_path: Path) -> None:
    code, output = verified(tmp_path, [change(1, 2), snapshot(2), change(3, 3), quote(3, "1.5")])
    assert code == 1
    assert (
        "1.jsonl, line 4: BNB/BTC: after update 3 the rebuilt book has 5 @ 1.0 | 1 @ 2, but 5 @ 1.5 | 1 @ 2 was quoted" in output
    )
    code, output = verified(tmp_path, [trade(1), event("lost: reset"), event("live"), trade(5)])
    assert (code, "1.jsonl, line 4: bnbbtc@trade: 3 ids missing after 1" in output) == (1, True)


def test_files_that_connect_are_one_and_a_book_without_snapshot_is_no_failure(tmp_path: Path) -> None:
    code, output = verified(tmp_path, [change(1, 2), snapshot(2), change(3, 3)], [change(4, 4), quote(4, "1.0")])
    assert code == 0, output
    assert "1.jsonl\n  continued by 2.jsonl" in output
    assert "1 of 1 top as quoted: all is well" in output
    code, output = verified(tmp_path, [change(1, 2), change(3, 3)])
    assert (code, "1 unanchored" in output) == (0, True)
    code, output = verified(tmp_path, whole(), whole())
    assert (code, "4 of 4 tops as quoted: all is well" in output) == (0, True)


def test_what_holds_nothing_to_check_is_no_success(tmp_path: Path) -> None:
    code, output = verified(tmp_path, [quote(1, "1"), quote(2, "1")])
    assert (code, "nothing to check" in output) == (1, True)
    code, output = verified(tmp_path, [change(1, 2), snapshot(2), change(3, 3), quote(9, "1")])
    assert (code, "nothing could be compared" in output) == (1, True)


@pytest.mark.captures
@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the recordings are not here")
def test_recordings_of_the_real_venue_add_up() -> None:
    files = sorted(CAPTURES.glob("binance_spot_*.jsonl.gz"))
    done = command("replay", *files, "--speed", "max", "--verify", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["compared"] == 3_031
    assert sum(session["lines"] for session in found["sessions"]) == 146_066
    assert [len(session["files"]) for session in found["sessions"]] == [1, 1, 1, 2, 1]
    assert all(session["gateway"]["compared"] > 0 for session in found["sessions"])


@pytest.mark.captures
@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the recordings are not here")
def test_recordings_with_checksums_add_up_and_old_ones_are_refused() -> None:
    done = command("replay", *sorted(CAPTURES.glob("kraken_v2_*_book*.jsonl.gz")), "--verify", "--json")
    assert done.exit_code == 0, done.output
    books = [book for session in json.loads(done.stdout)["sessions"] for book in session["books"]]
    assert [(book["checksums"], book["updates"]) for book in books] == [(510, 510), (1254, 1254), (19, 19)]
    old = command("replay", CAPTURES / "kraken_v1_xbtusd_book10_20230830.jsonl.gz", "--verify")
    assert (old.exit_code, "WebSocket v1" in old.stderr) == (2, True)


@pytest.mark.captures
@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the recordings are not here")
def test_recordings_of_derivatives_are_refused() -> None:
    refused = command("replay", CAPTURES / "binance_usdm_multi_2021.jsonl.gz", "--verify")
    assert refused.exit_code == 2
    assert "binance_usdm_multi_2021.jsonl.gz, line 1: recorded at fstream.binance.com" in refused.stderr
