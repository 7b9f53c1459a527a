r"""The line format of recordings, and the removal of secrets before anything is recorded or logged.

A recording is JSON Lines (usually gzip-compressed), one message a line, in order of arrival::

    {"ts": 1723161253.9351, "dir": "in", "conn": "wss://stream.example/ws", "raw": "{\"e\":\"trade\"}"}
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, TypeAlias
from urllib.parse import quote

import msgspec

from tradewire.errors import CaptureError

#: ``in`` from the venue, ``out`` to it, ``event`` about the connection itself (opened, lost, closed).
Direction: TypeAlias = Literal["in", "out", "event"]

MASK = b"***"

_NAMES = rb"key|sig|signature|apiKey|api_key|secret|token|listenKey"
_FIELD = re.compile(rb'("(?:' + _NAMES + rb')"\s*:\s*")(?:[^"\\]|\\.)*"', re.DOTALL)


class CaptureLine(msgspec.Struct, frozen=True):
    """One line of a recording. Keys that it does not know are ignored when reading.

    Attributes:
        ts: Local time of receiving (or sending), seconds since the epoch, or ``None`` where the source kept none.
        dir: See ``Direction``.
        conn: URL of the connection, with ``#1``, ``#2`` … where several sockets share one. For a REST response: its URL.
        raw: The message text; for ``event`` one line saying what happened.
    """

    ts: float | None
    dir: Direction
    conn: str
    raw: str


_decoder = msgspec.json.Decoder(CaptureLine)
_encoder = msgspec.json.Encoder()


def decode_line(line: bytes, *, source: str, number: int) -> CaptureLine:
    """Read one line.

    Args:
        line: With or without its line break.
        source: Name of the file, for the error.
        number: Number of the line, from 1, for the error.

    Raises:
        CaptureError: The line is not JSON, or a key is missing or has the wrong type.
    """
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CaptureError(f"{source}, line {number}: {error}") from None


def encode_line(line: CaptureLine) -> bytes:
    """Return the line as JSON with its line break."""
    return _encoder.encode(line) + b"\n"


def redact(payload: bytes, secrets: Collection[str]) -> bytes:
    """Replace every occurrence of the given texts by ``***``, also where they are JSON-escaped or percent-encoded.

    Args:
        payload: Any text frame, URL or body.
        secrets: Texts to remove; empty ones are ignored.
    """
    for secret in sorted(secrets, key=len, reverse=True):  # a secret may contain another one
        for spelling in _spellings(secret):
            if spelling in payload:
                payload = payload.replace(spelling, MASK)
    return payload


def redact_fields(payload: bytes) -> bytes:
    """Replace the string values of JSON keys that carry secrets (``sig``, ``apiKey``, ``token`` …) by ``"***"``.

    For payloads whose secrets are not known by value, such as a listen key that the venue has just minted. The same
    object comes back when there is nothing to replace.
    """
    return _FIELD.sub(rb'\1***"', payload)


def _spellings(secret: str) -> list[bytes]:
    if not secret:
        return []
    plain = secret.encode()
    escaped = _encoder.encode(secret)[1:-1]
    variants = {plain, escaped, escaped.replace(b"/", rb"\/"), quote(secret, safe="").encode(), quote(secret).encode()}
    return sorted(variants, key=len, reverse=True)
