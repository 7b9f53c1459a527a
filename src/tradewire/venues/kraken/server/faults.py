"""What can be made to go wrong at the level of the protocol."""

from __future__ import annotations

from collections import deque
from typing import Literal, TypeAlias, get_args

from tradewire.venues.faults import FrameAction, FrameFaults, Refusals
from tradewire.venues.kraken.server.messages import Message

#: States of the trading engine (status channel).
System: TypeAlias = Literal["online", "maintenance", "cancel_only", "post_only"]


class Times:
    """How many times something is still to happen."""

    def __init__(self) -> None:
        self._left = 0

    def add(self, count: int) -> None:
        """Let it happen ``count`` times more."""
        self._left += max(0, count)

    def take(self) -> bool:
        """Whether it happens now; that is one time less."""
        happens = self._left > 0
        self._left -= happens
        return happens

    def clear(self) -> None:
        """Let it happen no more."""
        self._left = 0


class ServerFaults:
    """Switches for tests and drills. Everything is off at first; each method arms one fault.

    Streams are named by channel and symbol (``book BTC/USD``, ``trade ETH/USD``), and may be patterns (``book *``).
    """

    def __init__(self) -> None:
        self.frames: FrameFaults[Message] = FrameFaults()
        self.rest = Refusals()
        self.upgrades = Refusals()
        #: Errors with which the next REST calls and subscriptions are answered.
        self.rest_errors: deque[str] = deque()
        self.subscribe_errors: deque[str] = deque()
        self.broken_checksums = Times()
        self.repeated_entries = Times()
        self.refused_messages = Times()
        self.system: System = "online"
        #: Seconds from the next tick's announcement to the close, or ``None``; the server clears it.
        self.shutdown_after: float | None = None

    def affect_frames(self, action: FrameAction | str, pattern: str = "*", count: int | None = 1) -> None:
        """Do ``action`` to the next ``count`` updates of matching streams; endlessly with ``None``.

        Snapshots pass. A dropped book update shows only in the checksums of those that follow.
        """
        self.frames.add(FrameAction(action), pattern, count)

    def break_checksum(self, count: int = 1) -> None:
        """Give the next ``count`` book updates a checksum that does not fit."""
        self.broken_checksums.add(count)

    def repeat_entries(self, count: int = 1) -> None:
        """Name every price of the next ``count`` book updates twice: the later entry counts."""
        self.repeated_entries.add(count)

    def refuse_rest(self, status: int, count: int = 1, retry_after: int = 1) -> None:
        """Answer the next ``count`` REST calls with the HTTP ``status``, as the proxy in front of the venue does."""
        self.rest.add(status, count, retry_after)

    def fail_rest(self, error: str = "EService:Unavailable", count: int = 1) -> None:
        """Answer the next ``count`` REST calls with ``error`` in the body."""
        self.rest_errors.extend([error] * count)

    def refuse_upgrades(self, status: int, count: int = 1, retry_after: int = 1) -> None:
        """Answer the next ``count`` WebSocket upgrades with ``status``; 429 is what too many attempts bring."""
        self.upgrades.add(status, count, retry_after)

    def refuse_subscribes(self, count: int = 1, error: str = "EService:Unavailable") -> None:
        """Answer the next ``count`` subscribe requests with ``error``."""
        self.subscribe_errors.extend([error] * count)

    def exceed_rate(self, count: int = 1) -> None:
        """Treat the next ``count`` requests as too many: they are not carried out."""
        self.refused_messages.add(count)

    def set_system(self, system: System) -> None:
        """Put the trading engine in another state; connections hear of it with the next tick.

        Raises:
            ValueError: There is no such state.
        """
        if system not in get_args(System):
            raise ValueError(f"{system!r} is no state of the system; there are: {', '.join(get_args(System))}")
        self.system = system

    def shut_down(self, after: float = 1.0) -> None:
        """Announce maintenance at the next tick, and close all connections ``after`` seconds later.

        Once they are closed the venue is online again.
        """
        self.shutdown_after = after

    def clear(self) -> None:
        """Disarm everything."""
        self.frames.clear()
        self.rest.clear()
        self.upgrades.clear()
        self.rest_errors.clear()
        self.subscribe_errors.clear()
        self.broken_checksums.clear()
        self.repeated_entries.clear()
        self.refused_messages.clear()
        self.system = "online"
        self.shutdown_after = None
