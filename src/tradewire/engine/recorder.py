"""Writes what passes a gateway's tap to a recording, secrets redacted."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Collection
from pathlib import Path
from typing import IO, cast

from tradewire.engine.runtime import TapRecord
from tradewire.errors import ConfigurationError
from tradewire.model.time import SECOND, Nanos
from tradewire.wire.capture import CaptureLine, encode_line, redact, redact_fields


class Recorder:
    """A recording of one gateway: JSON lines, gzipped where the name ends in ``.gz``.

    About once a second all lines so far are handed to the operating system, so that a process that is killed loses little.

    Args:
        path: Created, or overwritten.
        secrets: Texts that must not appear (keys and secrets), replaced by ``***``.

    Raises:
        ConfigurationError: The file cannot be written.
    """

    def __init__(self, path: str | Path, secrets: Collection[str] = ()) -> None:
        self.path = Path(path)
        self.lines = 0
        self._flushed: Nanos = 0
        self._secrets = tuple(text for text in secrets if text)
        try:
            # Open for as long as the gateway, so no `with`.
            self._file: IO[bytes] = _open(self.path)
        except OSError as error:
            raise self._unwritable(error) from None

    def __call__(self, record: TapRecord) -> None:
        """Write one record.

        Raises:
            ConfigurationError: The file cannot be written any more; the recording has ended.
        """
        if self._file.closed:
            return
        payload = redact_fields(redact(record.payload, self._secrets))
        connection = redact(record.connection.encode(), self._secrets).decode()
        line = CaptureLine(
            ts=record.time / SECOND, dir=record.direction, conn=connection, raw=payload.decode("utf-8", "backslashreplace")
        )
        try:
            self._file.write(encode_line(line))
            if not 0 <= record.time - self._flushed < SECOND:  # the clock may have been set back
                self._file.flush()  # of gzip: ends a block (Z_SYNC_FLUSH), which reads back without what follows
                self._flushed = record.time
        except OSError as error:
            with contextlib.suppress(OSError):  # what could not be written cannot be flushed either
                self._file.close()
            raise self._unwritable(error) from None
        self.lines += 1

    def close(self) -> None:
        """Finish the file. Safe to call twice.

        Raises:
            ConfigurationError: The last lines cannot be written.
        """
        try:
            self._file.close()
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"cannot record to {self.path}: {error.strerror or error}")


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "wb")) if path.suffix == ".gz" else path.open("wb")
