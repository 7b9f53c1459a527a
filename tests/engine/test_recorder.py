"""Recordings hold everything but secrets."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from tradewire import ConfigurationError, TapRecord
from tradewire.engine.recorder import Recorder
from tradewire.model.time import SECOND
from tradewire.sim.recording import read_what_is_there
from tradewire.wire.capture import decode_line


def test_a_recording_reads_back_without_its_secrets(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    recorder = Recorder(path, ["my-key", "my-secret", ""])
    recorder(TapRecord("out", b'{"key":"my-key","sig":"abcdef","s":"my-secret"}', 1_500_000_000, "ws://x/my-key#1"))
    recorder(TapRecord("in", '{"text":"Москва"}'.encode(), 2_000_000_000, "ws://x#1"))
    recorder(TapRecord("in", b"\xff\xfe", 2_500_000_000, "ws://x#1"))
    recorder.close()
    recorder.close()
    recorder(TapRecord("in", b"late", 3, "ws://x#1"))
    text = gzip.decompress(path.read_bytes())
    assert b"my-key" not in text
    assert b"my-secret" not in text
    assert b"abcdef" not in text
    lines = [decode_line(line, source="x", number=number) for number, line in enumerate(text.splitlines(), 1)]
    assert [line.ts for line in lines] == [1.5, 2.0, 2.5]
    assert lines[1].raw == '{"text":"Москва"}'
    assert recorder.lines == 3


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot record to .*missing/x\.jsonl"):
        Recorder(tmp_path / "missing" / "x.jsonl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("name", ["full.jsonl", "full.jsonl.gz"])
def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.symlink_to("/dev/full")
    few, many = Recorder(path), Recorder(path)
    few(TapRecord("in", b"little", 1, "ws://x#1"))
    with pytest.raises(ConfigurationError, match=f"cannot record to .*{name}"):
        few.close()
    with pytest.raises(ConfigurationError, match=f"cannot record to .*{name}"):
        many(TapRecord("in", random.Random(1).randbytes(500_000).hex().encode(), 1, "ws://x#1"))
    few.close()
    many.close()


@pytest.mark.parametrize("name", ["killed.jsonl", "killed.jsonl.gz"])
def test_what_is_older_than_a_second_survives_a_kill(tmp_path: Path, name: str) -> None:
    recorder = Recorder(tmp_path / name)
    for tenths in (100, 105, 110, 111, 50, 51):  # the clock is set back once
        recorder(TapRecord("in", b"%d" % tenths, tenths * SECOND // 10, "ws://x#1"))
    # What a killed process leaves is what the file holds before it is closed.
    (tmp_path / "left").write_bytes((tmp_path / name).read_bytes())
    recorder.close()
    assert [line.raw for line in read_what_is_there(tmp_path / "left")] == ["100", "105", "110", "111", "50"]
