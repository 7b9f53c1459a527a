"""What a client protocol tells the engine, beside the events meant for users.

They are emitted like events and addressed to the channel ``CONTROL``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tradewire.errors import LoginRefused, TradewireError
from tradewire.model.channels import CONTROL, Channel


class Control(msgspec.Struct, frozen=True):
    """Base of all control messages."""

    @property
    def channel(self) -> Channel:
        """Always ``CONTROL``."""
        return CONTROL


class Ready(Control, frozen=True):
    """The connection is logged in (where the role needs it) and takes commands."""


class LoginFailed(Control, frozen=True):
    """The venue refused the login. ``error.retryable`` says whether a fresh attempt may succeed."""

    error: LoginRefused


class Confirmed(Control, frozen=True):
    """The venue acknowledged these channels (or, with ``unconfirmed``, they were written and it never acknowledges)."""

    channels: tuple[Channel, ...]
    unconfirmed: bool = False


class Denied(Control, frozen=True):
    """The venue refused these channels."""

    channels: tuple[Channel, ...]
    error: TradewireError


class Withdrawn(Control, frozen=True):
    """The venue acknowledged that these channels ended."""

    channels: tuple[Channel, ...]


class Answered(Control, frozen=True):
    """The answer to a ``Request``.

    Attributes:
        result: The type that the operation's docstring names; ``bytes`` for a ``RawOperation``.
    """

    request_id: int
    result: Any


class Failed(Control, frozen=True):
    """A ``Request`` ended in an error: refused, timed out, or lost with the connection."""

    request_id: int
    error: TradewireError


class BookState(Control, frozen=True):
    """A book stopped being live (``live=False``: it is being rebuilt) or became live again.

    Attributes:
        reason: One line: the missing ids, the crossed levels, the bad checksum.
        lost: Whether updates were lost, so that a ``Gap`` is due.
    """

    source: Channel
    live: bool
    reason: str
    lost: bool = False
    missed: int | None = None


class Missed(Control, frozen=True):
    """Events of a numbered stream are missing in the middle of a connection.

    Attributes:
        count: How many, by their numbers.
    """

    source: Channel
    count: int


class ShutdownNotice(Control, frozen=True):
    """The venue will end this connection: open its successor first, then leave."""

    reason: str
