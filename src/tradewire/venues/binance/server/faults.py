"""What can be made to go wrong at the level of the protocol."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tradewire.venues.binance.server.messages import Message
from tradewire.venues.faults import FrameAction, FrameFaults, Refusals


class AgedSnapshots(msgspec.Struct):
    """The next ``requests`` depth snapshots of a symbol are ``updates`` book updates old."""

    updates: int
    requests: int


class ServerFaults:
    """Switches for tests and drills. Everything is off at first; each method arms one fault.

    Stream names are the wire's (``btcusdt@depth@100ms``), and may be patterns (``*@trade``); symbols are the wire's too
    (``BTCUSDT``).
    """

    def __init__(self) -> None:
        self.frames: FrameFaults[Message] = FrameFaults()
        self.rest = Refusals()
        self.upgrades = Refusals()
        self.refused_subscribes = 0
        self.aged: dict[str, AgedSnapshots] = {}
        #: Seconds from the next tick's announcement to the close, or ``None``; the server clears it.
        self.shutdown_after: float | None = None

    def affect_frames(self, action: FrameAction | str, pattern: str = "*", count: int | None = 1) -> None:
        """Do ``action`` to the next ``count`` events of matching streams; endlessly with ``None``.

        Dropping one event of a diff stream makes a gap; dropping endlessly mutes a stream.
        """
        self.frames.add(FrameAction(action), pattern, count)

    def refuse_rest(self, status: int, count: int = 1, retry_after: int = 1) -> None:
        """Answer the next ``count`` REST calls with ``status`` (403, 418, 429 or 5xx)."""
        self.rest.add(status, count, retry_after)

    def refuse_upgrades(self, status: int, count: int = 1, retry_after: int = 1) -> None:
        """Answer the next ``count`` WebSocket upgrades with ``status``."""
        self.upgrades.add(status, count, retry_after)

    def refuse_subscribes(self, count: int = 1) -> None:
        """Answer the next ``count`` SUBSCRIBE requests as if a name were malformed."""
        self.refused_subscribes += count

    def age_snapshots(self, symbol: str, updates: int, requests: int = 1) -> None:
        """Answer the next ``requests`` depth calls of ``symbol`` with the book as it was ``updates`` updates ago.

        Books are kept from now on, so nothing older than this call is ever served.
        """
        self.aged[symbol] = AgedSnapshots(updates, requests)

    def shut_down(self, after: float = 1.0) -> None:
        """Announce ``serverShutdown`` at the next tick to all connections, and close them ``after`` seconds later."""
        self.shutdown_after = after

    def clear(self) -> None:
        """Disarm everything."""
        self.frames.clear()
        self.rest.clear()
        self.upgrades.clear()
        self.aged.clear()
        self.refused_subscribes = 0
        self.shutdown_after = None

    def take_subscribe_refusal(self) -> bool:
        """Use up one refused SUBSCRIBE."""
        if not self.refused_subscribes:
            return False
        self.refused_subscribes -= 1
        return True

    def pass_on(self, message: Message) -> Sequence[Message]:
        """Return what goes out instead of ``message``."""
        return self.frames.pass_on(message)
