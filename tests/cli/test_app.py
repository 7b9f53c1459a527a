"""The tree of subcommands: help, logging, and how it ends."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from command import command
from process import process

import tradewire
from tradewire.cli.app import run

NAMES = ("demo", "sim", "watch", "book", "symbols", "record", "replay", "broker")


def test_the_version() -> None:
    result = command("--version")
    assert (result.exit_code, result.stdout) == (0, f"tradewire {tradewire.__version__}\n")


def test_help_names_every_command_and_where_to_start() -> None:
    result = command("--help", COLUMNS="80")
    assert result.exit_code == 0
    assert [name for name in NAMES if f"│ {name} " not in result.stdout] == []
    assert "Start with: tradewire demo" in result.stdout


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_help_shows_examples_that_fit(name: str, option: str) -> None:
    result = command(name, option, COLUMNS="80")
    assert result.exit_code == 0
    _, _, rest = result.stdout.partition("Examples:")
    assert f"tradewire {name}" in rest
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_misspelt_option_is_a_usage_error() -> None:
    result = command("watch", "--cuont", "3")
    assert result.exit_code == 2
    assert "--count" in result.stderr


def test_every_typed_error_is_one_line_and_an_exit_code() -> None:
    result = command("watch", "nowhere", "trades:BTC/USDT")
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: no venue 'nowhere'; installed: binance, ")


@pytest.mark.parametrize(
    ("flags", "level", "own"),
    [((), logging.WARNING, [logging.ERROR]), (("-v",), logging.INFO, []), (("-vv",), logging.DEBUG, [])],
)
def test_it_is_quiet_unless_asked(flags: tuple[str, ...], level: int, own: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    configured: dict[str, object] = {}
    levels: list[int] = []
    monkeypatch.setattr(logging, "basicConfig", lambda **options: configured.update(options))
    monkeypatch.setattr(logging.getLogger("tradewire"), "setLevel", levels.append)
    command(*flags, "watch", "nowhere", "trades:BTC/USDT")
    levels.pop()  # the helper's, which undoes the command's
    assert (configured["level"], levels) == (level, own)


def test_settings_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRADEWIRE_ENV", "")  # so that what the file sets is undone
    monkeypatch.delenv("TRADEWIRE_ENV")
    (tmp_path / ".env").write_text("TRADEWIRE_ENV=moon\n")
    result = command("watch", "binance", "trades:BTC/USDT")
    assert "binance has no environment 'moon'" in result.stderr


def test_a_reader_that_leaves_is_no_error() -> None:
    with process("watch", "binance", "trades:BTC/USDT", "--env", "sim", "--json") as started:
        assert started.stdout is not None
        assert started.stderr is not None
        assert '"type":"Trade"' in started.stdout.readline()
        started.stdout.close()
        assert started.wait(timeout=30) == 0
        assert "Traceback" not in started.stderr.read()


def test_a_small_character_set_is_no_error() -> None:
    with process("sim", "--help", encoding="ascii") as started:
        out, err = started.communicate(timeout=30)
    assert (started.returncode, err) == (0, "")
    assert "N means N, N+1, ?" in out


def test_run_is_the_app(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["tradewire", "--version"])
    with pytest.raises(SystemExit) as left:
        run()
    assert left.value.code == 0
    assert capsys.readouterr().out == f"tradewire {tradewire.__version__}\n"
