"""Reading recordings: what one look tells, and what cannot be read."""

import gzip
from pathlib import Path

import pytest

from tradewire.errors import CaptureError
from tradewire.sim.recording import CutOff, Recording, is_rest, read_capture, read_what_is_there
from tradewire.wire.capture import CaptureLine, encode_line

STREAM = "wss://stream.binance.com/stream#1"
DEPTH = "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000"
LINES = (
    CaptureLine(0.5, "event", "market#0", "connecting"),
    CaptureLine(0.9, "out", DEPTH, "GET /api/v3/depth"),
    CaptureLine(1.0, "in", STREAM, '{"stream":"btcusdt@trade","data":{}}'),
    CaptureLine(1.5, "in", DEPTH, '{"lastUpdateId":1}'),
    CaptureLine(1.6, "in", "https://api.binance.com/api/v3/exchangeInfo", '{"symbols":[]}'),
    CaptureLine(None, "in", STREAM, '{"result":null,"id":1}'),
)
CONTENT = b"".join(map(encode_line, LINES))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "capture.jsonl"


def test_plain_and_zipped_files_read_alike_whatever_their_names(path: Path) -> None:
    path.write_bytes(CONTENT)
    assert tuple(read_capture(path)) == LINES
    path.write_bytes(gzip.compress(CONTENT))
    assert tuple(read_capture(path)) == LINES


def test_one_look_tells_venue_channels_snapshots_and_answers(path: Path) -> None:
    path.write_bytes(CONTENT)
    recording = Recording([path])
    assert recording.venue == "binance"
    assert recording.channels == {"btcusdt@trade"}
    assert recording.snapshots == {"btcusdt": 1}
    assert recording.rest == {"/api/v3/exchangeInfo": b'{"symbols":[]}'}
    assert [is_rest(line) for line in LINES] == [False, False, False, True, True, False]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (CONTENT + b'{"ts": 1\n', r"capture\.jsonl, line 7: "),
        (b'{"ts": "soon", "dir": "in", "conn": "", "raw": ""}\n', r"capture\.jsonl, line 1: .*\$\.ts"),
        (b"\x1f\x8bnot really zipped", r"capture\.jsonl, line 1: "),
        (b"", r"capture\.jsonl: no message was recorded in it"),
    ],
)
def test_what_cannot_be_read_names_file_and_line(path: Path, content: bytes, complaint: str) -> None:
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=complaint):
        Recording([path])


@pytest.mark.parametrize(
    ("content", "command"),
    [
        (gzip.compress(CONTENT * 1000)[:-20], r"gzip -dc .*capture\.jsonl \| head -n {}"),
        ((CONTENT * 1000)[:-20], r"head -n {} .*capture\.jsonl"),
    ],
    ids=["zipped", "plain"],
)
def test_what_is_cut_off_is_read_up_to_there(path: Path, content: bytes, command: str) -> None:
    path.write_bytes(content)
    there = list(read_what_is_there(path))
    assert 5900 < len(there) < 6000
    assert there == list(LINES * 1000)[: len(there)]
    (cut,) = Recording([path]).cut_off
    assert (cut.path, cut.line) == (path, len(there))
    with pytest.raises(CutOff, match=rf"is cut off after line {len(there):,}: .*{command.format(len(there))}"):
        list(read_capture(path))


def test_an_absent_or_empty_file_is_an_error_with_a_known_venue_too(path: Path) -> None:
    with pytest.raises(CaptureError, match=r"cannot read .*capture\.jsonl: no such file$"):
        Recording([path], "binance")
    path.touch()
    with pytest.raises(CaptureError, match="no message was recorded in it"):
        Recording([path], "binance")
