"""Recordings as files: reading them line by line, and what one look over them tells."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

from tradewire.errors import CaptureError
from tradewire.sim.tapes import tape_of, venue_of
from tradewire.wire.capture import CaptureLine, decode_line


def read_capture(path: Path) -> Iterator[CaptureLine]:
    """Yield the lines of a recording, plain or gzipped (by its first bytes, whatever its name).

    Raises:
        CaptureError: It cannot be read, or a line is no line of a recording; the text names file and line.
    """
    number = 0
    try:
        with _open(path) as file:
            for number, line in enumerate(file, 1):
                yield decode_line(line, source=str(path), number=number)
    except (OSError, EOFError, zlib.error) as error:
        raise CaptureError(f"{path}, line {number + 1}: {error}") from None


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path)) if zipped else path.open("rb")


def is_rest(line: CaptureLine) -> bool:
    """Whether a line is the body of a REST response."""
    return line.conn.startswith("http") and line.dir == "in"


class Recording:
    """What a first pass over files of one venue finds.

    Args:
        files: In order.
        venue: Whose they are, or ``None`` to tell by their URLs.

    Attributes:
        tape: How to serve them.
        channels: Channels that there are frames of.
        snapshots: How many REST snapshots there are, by what they are about.
        rest: The last body of every other REST answer, by path.
        answers: Recorded answers on the socket, by kind, in order.

    Raises:
        CaptureError: A file cannot be read or is empty, or its venue cannot be told.
    """

    def __init__(self, files: Sequence[Path], venue: str | None = None) -> None:
        self.venue = venue or venue_of(itertools.chain.from_iterable(map(read_capture, files)), str(files[0]))
        self.tape = tape_of(self.venue)
        self.channels: set[str] = set()
        self.snapshots: Counter[str] = Counter()
        self.rest: dict[str, bytes] = {}
        self.answers: defaultdict[str, deque[bytes]] = defaultdict(deque)
        for path in files:
            line = None
            for line in read_capture(path):
                self._take(line)
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
