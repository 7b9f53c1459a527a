"""Recordings as files: reading them line by line, and what one look over them tells."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import shlex
import zlib
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

from tradewire.errors import CaptureError
from tradewire.sim.tapes import tape_of, venue_of
from tradewire.wire.capture import CaptureLine, decode_line


class CutOff(CaptureError):
    """The end of a recording is missing; everything before can be read.

    Args:
        path: Of the file.
        line: The last line that is whole.
    """

    def __init__(self, path: Path, line: int) -> None:
        file = shlex.quote(str(path))
        whole = f"gzip -dc {file} | head -n {line}" if _zipped(path) else f"head -n {line} {file}"
        super().__init__(
            f"{path} is cut off after line {line:,}: it is still being recorded, its writer was killed, or it was not copied "
            f"to its end; it can be replayed up to there; to verify that: {whole} > whole.jsonl"
        )
        self.path = path
        self.line = line


def read_capture(path: Path) -> Iterator[CaptureLine]:
    """Yield the lines of a recording, plain or gzipped (by its first bytes, whatever its name).

    Raises:
        CutOff: After the last whole line of a file whose end is missing.
        CaptureError: It cannot be read, or a line is no line of a recording; the text names file and line.
    """
    number = 0
    try:
        file = _open(path)
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else (error.strerror or str(error)).lower()
        raise CaptureError(f"cannot read {path}: {reason}") from None
    try:
        with file:
            for number, line in enumerate(file, 1):
                yield _decoded(line, path, number)
    except EOFError:
        raise CutOff(path, number) from None
    except (OSError, zlib.error) as error:
        raise CaptureError(f"{path}, line {number + 1}: {error}") from None


def read_what_is_there(path: Path) -> Iterator[CaptureLine]:
    """Yield the lines of a recording; one that is cut off ends after its last whole line.

    Raises:
        CaptureError: As ``read_capture``.
    """
    with contextlib.suppress(CutOff):
        yield from read_capture(path)


def _decoded(line: bytes, path: Path, number: int) -> CaptureLine:
    try:
        return decode_line(line, source=str(path), number=number)
    except CaptureError:
        if number == 1 or line.endswith(b"\n"):
            raise
        raise CutOff(path, number - 1) from None


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if _zipped(path) else path.open("rb")


def _zipped(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def is_rest(line: CaptureLine) -> bool:
    """Whether a line is the body of a REST response."""
    return line.conn.startswith("http") and line.dir == "in"


class Recording:
    """What a first pass over files of one venue finds. Of files that are cut off, it is in what is there.

    Args:
        files: In order.
        venue: Whose they are, or ``None`` to tell by their URLs.

    Attributes:
        tape: How to serve them.
        channels: Channels that there are frames of.
        snapshots: How many REST snapshots there are, by what they are about.
        rest: The last body of every other REST answer, by path.
        answers: Recorded answers on the socket, by kind, in order.
        cut_off: One for each file whose end is missing.

    Raises:
        CaptureError: A file cannot be read or is empty, or its venue cannot be told.
    """

    def __init__(self, files: Sequence[Path], venue: str | None = None) -> None:
        self.venue = venue or venue_of(itertools.chain.from_iterable(map(read_what_is_there, files)), str(files[0]))
        self.tape = tape_of(self.venue)
        self.channels: set[str] = set()
        self.snapshots: Counter[str] = Counter()
        self.rest: dict[str, bytes] = {}
        self.answers: defaultdict[str, deque[bytes]] = defaultdict(deque)
        self.cut_off: list[CutOff] = []
        for path in files:
            self._read(path)

    def _read(self, path: Path) -> None:
        line = None
        try:
            for line in read_capture(path):
                self._take(line)
        except CutOff as error:
            self.cut_off.append(error)
        if line is None:
            raise CaptureError(f"{path}: no message was recorded in it")

    def _take(self, line: CaptureLine) -> None:
        if is_rest(line):
            if snapshot := self.tape.snapshot_of(line.conn):
                self.snapshots[snapshot] += 1
            else:
                self.rest[urlsplit(line.conn).path] = line.raw.encode()
        elif line.dir == "in":
            channel = self.tape.channel_of(line.raw)
            if channel is not None:
                self.channels.add(channel)
            elif kind := self.tape.answer_kind(line.raw):
                self.answers[kind].append(line.raw.encode())
