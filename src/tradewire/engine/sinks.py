"""Where events go: a table from channel to the functions that want its events, called directly.

The table is the heart of the hot path. Delivering an event is one dictionary look-up (channels cache their hash) and one
call per target.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from tradewire.model.channels import DIAGNOSTICS, Channel
from tradewire.model.events import Event, Gap, Stale

#: Takes one event; must return quickly.
Target: TypeAlias = Callable[[Event], object]


class Sink:
    """The targets of one channel.

    Attributes:
        targets: Get the channel's data.
        notices: Get ``Gap`` and ``Stale``.
        count: Events delivered, ever; silence is noticed by its standing still.
        latest: The last of them.
    """

    __slots__ = ("count", "latest", "notices", "targets")

    def __init__(self) -> None:
        self.targets: tuple[Target, ...] = ()
        self.notices: tuple[Target, ...] = ()
        self.count = 0
        self.latest: object = None


class Sinks:
    """All channels of one gateway.

    Attributes:
        on_failure: Called with channel, target and exception when a target raises; the other targets go on.
    """

    def __init__(self) -> None:
        self.table: dict[Channel, Sink] = {}
        self.on_failure: Callable[[Channel, Target, BaseException], None] = _reraise

    def add(self, channel: Channel, target: Target, notice: Target | None = None) -> None:
        """Deliver the data of ``channel`` to ``target`` too, and what troubles it to ``notice``; in order of addition."""
        sink = self.table.setdefault(channel, Sink())
        sink.targets = (*sink.targets, target)
        if notice is not None:
            sink.notices = (*sink.notices, notice)

    def remove(self, channel: Channel, target: Target, notice: Target | None = None) -> bool:
        """Stop delivering to ``target``; False if it was not there. A channel without targets stays until ``forget``.

        One handler may be there for several handles; the ``notice`` it was added with tells them apart.
        """
        sink = self.table.get(channel)
        if sink is None or target not in sink.targets or (notice is not None and notice not in sink.notices):
            return False
        sink.targets = _without(sink.targets, target)
        if notice is not None:
            sink.notices = _without(sink.notices, notice)
        return True

    def forget(self, channel: Channel) -> None:
        """Drop the channel unless somebody still wants it."""
        sink = self.table.get(channel)
        if sink is not None and not sink.targets:
            del self.table[channel]

    def count(self, channel: Channel) -> int:
        """Events delivered on ``channel`` so far."""
        sink = self.table.get(channel)
        return sink.count if sink is not None else 0

    def latest(self, channel: Channel) -> Event | None:
        """The last event delivered on ``channel``."""
        sink = self.table.get(channel)
        return sink.latest if sink is not None and isinstance(sink.latest, Event) else None

    def publish(self, event: Event) -> bool:
        """Hand ``event`` to its channel's targets. False if nobody wants the channel."""
        sink = self.table.get(event.channel)
        if sink is None:
            return False
        sink.count += 1
        sink.latest = event
        self._deliver(event, sink.targets)
        return True

    def notify(self, event: Gap | Stale) -> None:
        """Tell those who follow the channel, and the diagnostics, that something is wrong with it."""
        sink = self.table.get(event.channel)
        if sink is not None:
            self._deliver(event, sink.notices)
        diagnostics = self.table.get(DIAGNOSTICS)
        if diagnostics is not None:
            self._deliver(event, diagnostics.targets)

    def _deliver(self, event: Event, targets: tuple[Target, ...]) -> None:
        for target in targets:
            try:
                target(event)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - a user's handler may raise anything; it ends its own subscription only. Nothing is awaited here: a CancelledError is the handler's own
                self.on_failure(event.channel, target, error)


def own_error(error: BaseException) -> BaseException:
    """``error`` of a user's function in a form that may be raised elsewhere: nobody is cancelled there."""
    if not isinstance(error, asyncio.CancelledError):
        return error
    own = RuntimeError("a handler raised CancelledError, though nobody had cancelled it")
    own.__cause__ = error
    return own


def _without(targets: tuple[Target, ...], target: Target | None) -> tuple[Target, ...]:
    # A bound method is a new object at each look-up, so equality, not identity.
    kept = list(targets)
    kept.remove(target)  # type: ignore[arg-type]  # the caller has looked
    return tuple(kept)


def _reraise(channel: Channel, target: Target, error: BaseException) -> None:  # noqa: ARG001 - an on_failure
    raise error
