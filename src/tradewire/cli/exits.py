"""Exit codes, and one line on stderr for every error: what happened, and what to do."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import NoReturn

from tradewire.errors import (
    CaptureError,
    CommandError,
    ConfigurationError,
    ConnectFailed,
    LinkError,
    NotConnected,
    OutcomeUnknown,
    TradewireError,
)


class Exit(IntEnum):
    """What the command's exit code says."""

    OK = 0
    #: Something that was checked did not hold: a gap, a mismatch, a claim of the demo.
    CHECK_FAILED = 1
    #: Wrong arguments, settings or files.
    USAGE = 2
    #: No connection, or it was lost for good.
    CONNECTION = 3
    #: The venue said no.
    REFUSED = 4
    #: The venue did not answer: the request may have been carried out.
    UNKNOWN = 5
    #: Ctrl-C.
    INTERRUPTED = 130


def exit_code(error: TradewireError) -> Exit:
    """The exit code for an error."""
    match error:
        case ConfigurationError() | CaptureError():
            return Exit.USAGE
        case OutcomeUnknown():
            return Exit.UNKNOWN
        case LinkError() | NotConnected():
            return Exit.CONNECTION
        case CommandError():
            return Exit.REFUSED
    return Exit.CHECK_FAILED


def remedy(error: TradewireError) -> str:
    """A hint for what to try, or an empty text."""
    if isinstance(error, ConnectFailed):
        return "check the network, or try it offline: --env sim"
    if isinstance(error, OutcomeUnknown):
        return "ask the venue for the state of the order before you send it again"
    return ""


def fail(error: TradewireError) -> NoReturn:
    """Say what went wrong and exit."""
    where = f"{error.venue}: " if error.venue and error.venue not in str(error) else ""
    print(f"error: {where}{error}", file=sys.stderr)
    if hint := remedy(error):
        print(f"hint: {hint}", file=sys.stderr)
    sys.exit(exit_code(error))
