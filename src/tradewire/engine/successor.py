"""The connection that takes over from another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from tradewire.engine.link import Link
from tradewire.engine.resume import Loss, Report, latest_books
from tradewire.errors import LinkError
from tradewire.model.channels import Channel
from tradewire.model.events import Event
from tradewire.wire.control import BookState, Control, Missed

if TYPE_CHECKING:
    from tradewire.engine.runtime import Runtime
    from tradewire.venues.spec import Role


class Successor(Link):
    """A link that is made ready while its predecessor still delivers: until ``promote`` its events are held back.

    Args: as ``Link``.
    """

    def __init__(self, runtime: Runtime, role: Role, name: str, control: Callable[[Link, Control], None]) -> None:
        super().__init__(runtime, role, name, control)
        self._held: list[Event | Control] = []
        self._live_books: set[Channel] = set()
        self._changed = asyncio.Event()
        self.emit = self._keep

    def _keep(self, event: Event | Control) -> None:
        if isinstance(event, BookState):
            # The predecessor's book is the one that is read, so nobody needs to hear of the trouble of this one.
            (self._live_books.add if event.live else self._live_books.discard)(event.source)
            self._changed.set()
        elif isinstance(event, Control) and not isinstance(event, Missed):
            self._unrouted(event)
        else:
            self._held.append(event)

    async def books_live(self, books: frozenset[Channel]) -> None:
        """Wait until all ``books`` are live here too."""
        while not books <= self._live_books:
            self._changed.clear()
            await self._changed.wait()

    def not_live(self, books: frozenset[Channel]) -> frozenset[Channel]:
        """Those of ``books`` that are not live here yet."""
        return books - self._live_books

    def promote(self, losses: dict[Channel, Loss], report: Report) -> None:
        """Deliver from now on, beginning with what was held and is new."""
        held, self._held = self._held, []
        self.emit = self._publish
        self.resume(losses, report)
        for event in latest_books(held):
            self.emit(event)


async def first_of(ended: Coroutine[Any, Any, LinkError], other: asyncio.Future[Any] | None, *, seconds: float | None) -> None:
    """Wait for ``other``, or ``seconds``; raise the reason if the connection ends first."""
    watching = asyncio.ensure_future(ended)
    everything: list[asyncio.Future[Any]] = [watching] if other is None else [watching, other]
    try:
        await asyncio.wait(everything, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            raise watching.result()
    finally:
        watching.cancel()
