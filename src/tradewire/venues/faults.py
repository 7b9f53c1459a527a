"""Faults that every server half knows: frames that get lost or mangled on their way out, and refused HTTP requests."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Generic, Protocol, Self, TypeVar

import msgspec


class FrameAction(StrEnum):
    """What happens to an event on its way out."""

    DROP = "drop"
    DUPLICATE = "duplicate"
    #: Held back and sent after the next event of the same stream.
    REORDER = "reorder"
    #: Cut in half, so that it is no JSON.
    MALFORM = "malform"


class Passing(Protocol):
    """An event on its way out."""

    @property
    def stream(self) -> str:
        """Name of the stream it belongs to."""
        ...

    def malformed(self) -> Self:
        """Return the same event cut in half."""
        ...


class FrameFault(msgspec.Struct):
    """One standing order about events; ``remaining`` is ``None`` for endless."""

    action: FrameAction
    pattern: str
    remaining: int | None


M = TypeVar("M", bound=Passing)


class FrameFaults(Generic[M]):
    """The standing orders about events, carried out one event at a time."""

    def __init__(self) -> None:
        self._orders: list[FrameFault] = []
        self._held: dict[str, M] = {}

    def add(self, action: FrameAction, pattern: str, count: int | None) -> None:
        """Do ``action`` to the next ``count`` events of streams whose names match ``pattern``; endlessly with ``None``."""
        self._orders.append(FrameFault(action, pattern, count))

    def clear(self) -> None:
        """Forget all orders, and what was held back."""
        self._orders.clear()
        self._held.clear()

    def pass_on(self, message: M) -> Sequence[M]:
        """Return what goes out instead of ``message``."""
        if not self._orders and not self._held:
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
        for order in self._orders:
            if fnmatchcase(stream, order.pattern):
                if order.remaining is not None:
                    order.remaining -= 1
                    if order.remaining <= 0:
                        self._orders.remove(order)
                return order.action
        return None


class Refusal(msgspec.Struct):
    """The next ``remaining`` HTTP requests are answered with ``status``; ``retry_after`` is in seconds."""

    status: int
    remaining: int
    retry_after: int


class Refusals:
    """HTTP refusals that wait, in order."""

    def __init__(self) -> None:
        self._waiting: list[Refusal] = []

    def add(self, status: int, count: int, retry_after: int) -> None:
        """Refuse the next ``count`` requests, after those to be refused already."""
        if count > 0:
            self._waiting.append(Refusal(status, count, retry_after))

    def clear(self) -> None:
        """Refuse nothing any more."""
        self._waiting.clear()

    def take(self) -> Refusal | None:
        """Use up one request of the first refusal; ``None`` if nothing is to be refused."""
        if not self._waiting:
            return None
        refusal = self._waiting[0]
        refusal.remaining -= 1
        if refusal.remaining <= 0:
            del self._waiting[0]
        return refusal
