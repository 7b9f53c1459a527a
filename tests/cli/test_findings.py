"""What a verification shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recordings import change, quote, snapshot, trade, whole, write

from tradewire.cli import findings
from tradewire.cli.verification import verify_files


def shown(capsys: pytest.CaptureFixture[str], path: Path, *, as_json: bool = False) -> tuple[bool, str]:
    sessions = verify_files([path], None)
    findings.show(sessions, as_json=as_json)
    return findings.ok(sessions), capsys.readouterr().out


def test_a_whole_recording(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ok, text = shown(capsys, write(tmp_path / "whole.jsonl", whole()))
    assert ok
    assert text.splitlines()[2].split()[:5] == ["BNB/BTC", "3", "2", "of", "2"]
    assert "11 lines; 6 messages in 2 numbered streams, 0 holes" in text
    assert "11 lines, 2 numbered streams, 1 book rebuilt, 2 of 2 tops as quoted: all is well" in text


def test_many_problems_are_counted_and_the_first_are_shown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ok, text = shown(capsys, write(tmp_path / "holes.jsonl", map(trade, range(1, 100, 2))))
    assert not ok
    assert text.count("1 id missing after") == 20
    assert "  and 29 more" in text
    assert text.rstrip().endswith("49 problems")


def test_a_book_without_a_snapshot_is_said_to_be_unanchored(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ok, text = shown(capsys, write(tmp_path / "changes.jsonl", [change(1, 2), change(3, 4)]))
    assert ok
    assert "unanchored" in text.splitlines()[2]
    assert "0 books rebuilt (1 unanchored: no snapshot, so only ids were checked)" in text


def test_figures_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    lines = [change(1, 2), snapshot(2), quote(3, "1.5"), change(3, 3), trade(7), trade(9)]
    ok, text = shown(capsys, write(tmp_path / "bad.jsonl", lines), as_json=True)
    found = json.loads(text)
    (session,) = found["sessions"]
    assert (ok, found["ok"], found["compared"]) == (False, False, 1)
    assert session["files"] == [str(tmp_path / "bad.jsonl")]
    assert session["streams"][1]["holes"] == [{"where": "bad.jsonl, line 6", "after": 7, "missed": 1}]
    assert (session["books"][0]["mismatches"], session["gateway"]["mismatches"]) == (1, 1)
    assert len(session["problems"]) == 3
