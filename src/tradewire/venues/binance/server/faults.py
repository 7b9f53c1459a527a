"""What can be made to go wrong at the level of the protocol."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from tradewire.venues.binance.server.messages import Message


class FrameAction(StrEnum):
    """What happens to an event on its way out."""

    DROP = "drop"
    DUPLICATE = "duplicate"
    #: Held back and sent after the next event of the same stream.
    REORDER = "reorder"
    #: Cut in half, so that it is no JSON.
    MALFORM = "malform"


class FrameFault(msgspec.Struct):
    """One standing order about events; ``remaining`` is ``None`` for endless."""

    action: FrameAction
    pattern: str
    remaining: int | None


class Refusal(msgspec.Struct):
    """The next ``remaining`` HTTP requests are answered with ``status``; ``retry_after`` is in seconds."""

    status: int
    remaining: int
    retry_after: int


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
        self.frames: list[FrameFault] = []
        self.rest: list[Refusal] = []
        self.upgrades: list[Refusal] = []
        self.refused_subscribes = 0
        self.aged: dict[str, AgedSnapshots] = {}
        #: Seconds from the next tick's announcement to the close, or ``None``; the server clears it.
        self.shutdown_after: float | None = None
        self._held: dict[str, Message] = {}

    def affect_frames(self, action: FrameAction | str, pattern: str = "*", count: int | None = 1) -> None:
        """Do ``action`` to the next ``count`` events of matching streams; endlessly with ``None``.

        Dropping one event of a diff stream makes a gap; dropping endlessly mutes a stream.
        """
        self.frames.append(FrameFault(FrameAction(action), pattern, count))

    def refuse_rest(self, status: int, count: int = 1, retry_after: int = 1) -> None:
        """Answer the next ``count`` REST calls with ``status`` (403, 418, 429 or 5xx)."""
        self.rest.append(Refusal(status, count, retry_after))

    def refuse_upgrades(self, status: int, count: int = 1, retry_after: int = 1) -> None:
        """Answer the next ``count`` WebSocket upgrades with ``status``."""
        self.upgrades.append(Refusal(status, count, retry_after))

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
        self._held.clear()
        self.refused_subscribes = 0
        self.shutdown_after = None

    def take_refusal(self, refusals: list[Refusal]) -> Refusal | None:
        """Use up one call of the first refusal in ``refusals`` (``rest`` or ``upgrades``)."""
        if not refusals:
            return None
        refusal = refusals[0]
        refusal.remaining -= 1
        if refusal.remaining <= 0:
            del refusals[0]
        return refusal

    def take_subscribe_refusal(self) -> bool:
        """Use up one refused SUBSCRIBE."""
        if not self.refused_subscribes:
            return False
        self.refused_subscribes -= 1
        return True

    def pass_on(self, message: Message) -> Sequence[Message]:
        """Return what goes out instead of ``message``."""
        if not self.frames and not self._held:
            return (message,)
        held = self._held.pop(message.stream, None)
        after = () if held is None else (held,)
        match self._take_action(message.stream):
            case FrameAction.DROP:
                return after
            case FrameAction.DUPLICATE:
                return (message, message, *after)
            case FrameAction.MALFORM:
                return (message.malformed(), *after)
            case FrameAction.REORDER if held is None:
                self._held[message.stream] = message
                return ()
            case _:
                return (message, *after)

    def _take_action(self, stream: str) -> FrameAction | None:
        for fault in self.frames:
            if fnmatchcase(stream, fault.pattern):
                if fault.remaining is not None:
                    fault.remaining -= 1
                    if fault.remaining <= 0:
                        self.frames.remove(fault)
                return fault.action
        return None
