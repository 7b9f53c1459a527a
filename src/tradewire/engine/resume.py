"""After a cut: nothing twice, and every loss announced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tradewire.model.channels import Channel
from tradewire.model.events import AggregateTrade, BookSnapshot, BookUpdate, Event, Quote, Trade
from tradewire.model.time import Nanos
from tradewire.wire.control import Control
from tradewire.wire.protocol import Emit


@dataclass(frozen=True, slots=True)
class Loss:
    """What is known of a channel at the moment its connection ended.

    Attributes:
        position: Sequence number of the last event delivered, where the channel has them.
        since: When the connection was lost.
        reason: Why.
    """

    position: int | None
    since: Nanos
    reason: str


def sequence_of(event: Event) -> int | None:
    """The number that orders events of one channel, where there is one."""
    match event:
        case Trade(trade_id=number):
            return number
        case AggregateTrade(aggregate_id=number):
            return number
        case Quote(update_id=number) | BookUpdate(update_id=number) | BookSnapshot(update_id=number):
            return number
    return None


def missed_between(event: Event, position: int | None) -> int | None:
    """How many events lie between ``position`` and ``event``, where ids are contiguous; else ``None``."""
    number = sequence_of(event)
    if position is None or number is None or not isinstance(event, Trade | AggregateTrade) or number <= position:
        return None
    return number - position - 1


class Resume:
    """Stands before the publisher until each channel has spoken once.

    Args:
        losses: By channel; consumed as channels speak.
        report: Called before the first event of a channel with the number of events missed (``None``: not known).
        publish: Where events go.
    """

    def __init__(self, losses: dict[Channel, Loss], report: Callable[[Channel, Loss, int | None], None], publish: Emit) -> None:
        self._losses = losses
        self._report = report
        self._publish = publish
        #: Called once when no channel is waited for any more.
        self.done: Callable[[], None] = lambda: None

    def emit(self, event: Event | Control) -> None:
        """Pass ``event`` on, after the report that is due."""
        if not isinstance(event, Control):
            loss = self._losses.pop(event.channel, None)
            if loss is not None:
                missed = missed_between(event, loss.position)
                if missed != 0:
                    self._report(event.channel, loss, missed)
            if not self._losses:
                self.done()
        self._publish(event)
