"""After a cut, and when one connection takes over from another: nothing twice, and every loss announced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tradewire.model.channels import Channel
from tradewire.model.events import AggregateTrade, BookSnapshot, BookUpdate, Event, Quote, Trade
from tradewire.model.time import Nanos
from tradewire.wire.control import Control, Missed
from tradewire.wire.protocol import Emit

#: A number that falls back by more than this is no old event: the venue has begun to count afresh.
_RENUMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Loss:
    """What is known of a channel at the moment its connection ended.

    Attributes:
        position: Sequence number of the last event delivered, where the channel has them.
        venue_time: Venue time of the last event delivered, where it has one.
        since: When the connection was lost.
        reason: Why.
        cut: Whether there was a time without a connection, so that anything may be missing.
    """

    position: int | None
    venue_time: Nanos | None
    since: Nanos
    reason: str
    cut: bool = True


Report = Callable[[Channel, Loss, int | None], None]


def sequence_of(event: Event) -> int | None:
    """The number that orders events of one channel, where there is one; a venue that numbers nothing gives 0."""
    match event:
        case Trade(trade_id=number):
            return number
        case AggregateTrade(aggregate_id=number):
            return number
        case Quote(update_id=number) | BookUpdate(update_id=number) | BookSnapshot(update_id=number):
            return number or None
    return None


def missed_between(event: Event, position: int | None) -> int | None:
    """How many events lie between ``position`` and ``event``, where ids are contiguous; else ``None``."""
    number = sequence_of(event)
    if position is None or number is None or not isinstance(event, Trade | AggregateTrade) or number <= position:
        return None
    return number - position - 1


def seen_before(event: Event, loss: Loss) -> bool:
    """Whether ``event`` was delivered before the connection ended. Books are complete each time, so never."""
    if isinstance(event, BookUpdate | BookSnapshot):
        return False
    number = sequence_of(event)
    if number is not None:
        return loss.position is not None and 0 <= loss.position - number < _RENUMBERED
    moment: Nanos | None = getattr(event, "venue_time", None)
    return moment is not None and loss.venue_time is not None and moment <= loss.venue_time


def latest_books(events: Iterable[Event | Control]) -> list[Event | Control]:
    """Leave out all updates of a book but the last: every one shows the same replica."""
    kept: list[Event | Control] = []
    books: set[Channel] = set()
    for event in reversed(list(events)):
        if isinstance(event, BookUpdate):
            if event.channel in books:
                continue
            books.add(event.channel)
        kept.append(event)
    return kept[::-1]


class Resume:
    """Stands before the publisher until each channel has gone beyond what was delivered before.

    Args:
        losses: By channel.
        report: Called before the first new event of a channel, with the number of events missed (``None``: not known),
            after every cut, and after a handover that left a hole.
        publish: Where events go.

    Attributes:
        losses: Of channels that have not spoken yet.
    """

    def __init__(self, losses: dict[Channel, Loss], report: Report, publish: Emit) -> None:
        self.losses = losses
        self._report = report
        self._publish = publish
        #: Called once when no channel is waited for any more.
        self.done: Callable[[], None] = lambda: None

    def emit(self, event: Event | Control) -> None:
        """Pass ``event`` on unless it was seen, after the report that is due."""
        if isinstance(event, Missed) and event.source in self.losses:
            # The hole lies before the first new event, whose number tells of it.
            return
        if not isinstance(event, Control):
            loss = self.losses.get(event.channel)
            if loss is not None:
                if seen_before(event, loss):
                    return
                self._resumed(event, loss)
        self._publish(event)

    def _resumed(self, event: Event, loss: Loss) -> None:
        del self.losses[event.channel]
        missed = missed_between(event, loss.position)
        if missed or loss.cut:
            self._report(event.channel, loss, missed)
        if not self.losses:
            self.done()
