"""One event on its way to many connections, encoded once per form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import msgspec

from tradewire.model.time import MICROSECOND, MILLISECOND
from tradewire.wire.protocol import Frame

#: Makes the payload, given how many nanoseconds the connection's time unit has.
Build: TypeAlias = Callable[[int], Any]

encode = msgspec.json.Encoder().encode


class Form(NamedTuple):
    """How a connection wants its events.

    Attributes:
        unit: Nanoseconds in its time unit (``timeUnit``).
        combined: Whether events are wrapped with their stream's name.
    """

    unit: int = MILLISECOND
    combined: bool = False


TIME_UNITS = {
    "MILLISECOND": MILLISECOND,
    "millisecond": MILLISECOND,
    "MICROSECOND": MICROSECOND,
    "microsecond": MICROSECOND,
}


class Message:
    """An event of ``stream``; its frames are made when first asked for, and shared by all connections of the same form."""

    __slots__ = ("_broken", "_build", "_frames", "stream")

    def __init__(self, stream: str, build: Build, *, broken: bool = False) -> None:
        self.stream = stream
        self._build = build
        self._broken = broken
        self._frames: dict[Form, Frame] = {}

    def frame(self, form: Form) -> Frame:
        """Return the frame for connections of ``form``."""
        frame = self._frames.get(form)
        if frame is None:
            frame = self._frames[form] = Frame(self._encode(form))
        return frame

    def malformed(self) -> Message:
        """Return the same event cut in half."""
        return Message(self.stream, self._build, broken=True)

    def _encode(self, form: Form) -> bytes:
        data = encode(self._build(form.unit))
        if form.combined:
            data = b'{"stream":%b,"data":%b}' % (encode(self.stream), data)
        return data[: len(data) // 2] if self._broken else data
