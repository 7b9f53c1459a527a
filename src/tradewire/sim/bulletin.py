"""Delivery of events to listeners, in order, even when a listener causes the next one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from tradewire.venues.backend import MarketEvent


class Bulletin:
    """Collects events while an operation is under way and delivers them when it is done."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[MarketEvent], None]] = []
        self._pending: deque[MarketEvent] = deque()
        self._delivering = False

    def listen(self, listener: Callable[[MarketEvent], None]) -> None:
        """Call ``listener`` for every event posted from now on."""
        self._listeners.append(listener)

    def post(self, event: MarketEvent) -> None:
        """Keep ``event`` until the operation that caused it is complete."""
        self._pending.append(event)

    def deliver(self) -> None:
        """Hand over what was posted. Called by a listener it does nothing: the outer call goes on until all is handed over.

        What a listener raises comes out here. Listeners after it miss that event; the events after it follow with the next
        call.
        """
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._pending:
                event = self._pending.popleft()
                for listener in self._listeners:
                    listener(event)
        finally:
            self._delivering = False
