"""Queues between the socket and consumers that take their time, each with a named overflow policy."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tradewire.errors import ConfigurationError, SlowConsumer
from tradewire.model.channels import Book, Channel, PartialBook, Quotes
from tradewire.model.events import Event, Gap
from tradewire.model.time import Nanos

_logger = logging.getLogger("tradewire.queue")


class Overflow(StrEnum):
    """What a full queue does."""

    #: Keep only the newest event of each channel: right for quotes and books.
    CONFLATE = "conflate"
    #: Drop the oldest, count it, and say so with a ``Gap``: right for trades.
    DROP_OLDEST = "drop oldest"
    #: Never drop; warn at the high-water mark: right for account data.
    UNBOUNDED = "unbounded"
    #: End the stream with ``SlowConsumer``.
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """How a stream buffers.

    Attributes:
        overflow: See ``Overflow``.
        size: Events held at most (``CONFLATE`` holds one per channel); the high-water mark of ``UNBOUNDED``.
    """

    overflow: Overflow
    size: int = 10_000

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ConfigurationError(f"a queue of size {self.size} holds nothing; give at least 1")


def default_policy(channel: Channel) -> QueuePolicy:
    """The policy of a channel when none is asked for."""
    if channel.private:
        return QueuePolicy(Overflow.UNBOUNDED)
    if isinstance(channel, Quotes | Book | PartialBook):
        return QueuePolicy(Overflow.CONFLATE)
    return QueuePolicy(Overflow.DROP_OLDEST)


def checked_policy(channel: Channel, policy: QueuePolicy | None) -> QueuePolicy:
    """Return the policy for ``channel``.

    Raises:
        ConfigurationError: Account data must not be dropped or conflated.
    """
    if policy is None:
        return default_policy(channel)
    if channel.private and policy.overflow in {Overflow.CONFLATE, Overflow.DROP_OLDEST}:
        raise ConfigurationError(
            f"{channel!r} is account data: '{policy.overflow.value}' would lose it; use 'unbounded' or 'fail'"
        )
    return policy


class EventQueue:
    """Holds events for one consumer. Filled by synchronous calls, emptied by one task.

    Args:
        venue: For the ``Gap`` that reports dropped events.
        now: Time source for that ``Gap``.
        on_drop: Called once per dropped event.
    """

    def __init__(self, venue: str, now: Callable[[], Nanos], on_drop: Callable[[], None]) -> None:
        self._venue = venue
        self._now = now
        self._on_drop = on_drop
        self._items: deque[list[Event]] = deque()
        self._conflated: dict[Channel, list[Event]] = {}
        self._policies: dict[Channel, QueuePolicy] = {}
        self._dropped: dict[Channel, int] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._error: BaseException | None = None
        self._ended = False
        self._warned = False

    def __len__(self) -> int:
        return len(self._items)

    def add(self, channel: Channel, policy: QueuePolicy) -> None:
        """Say how events of ``channel`` are to be held."""
        self._policies[channel] = policy

    def put(self, event: Event) -> None:
        """Take one event; never blocks."""
        channel: Channel = event.channel
        policy = self._policies[channel]
        if policy.overflow is Overflow.CONFLATE and not isinstance(event, Gap):
            held = self._conflated.get(channel)
            if held is not None and type(held[0]) is type(event):
                held[0] = event
                return
            slot = self._conflated[channel] = [event]
            self._append(slot)
            return
        if len(self._items) >= policy.size:
            self._overflow(channel, policy)
        self._append([event])

    def _append(self, slot: list[Event]) -> None:
        self._items.append(slot)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _overflow(self, channel: Channel, policy: QueuePolicy) -> None:
        if policy.overflow is Overflow.FAIL:
            self.fail(SlowConsumer(f"{channel!r}: more than {policy.size} events waited for their consumer", venue=self._venue))
        elif policy.overflow is Overflow.UNBOUNDED:
            if not self._warned:
                self._warned = True
                _logger.warning("%s: %d events of %r wait for a slow consumer", self._venue, len(self._items), channel)
        else:
            lost = self._items.popleft()[0].channel
            self._dropped[lost] = self._dropped.get(lost, 0) + 1
            self._on_drop()

    def fail(self, error: BaseException) -> None:
        """End the queue: what is held is still handed out, then ``error`` is raised."""
        self._error = error
        self.end()

    def end(self) -> None:
        """End the queue: what is held is still handed out, then iteration stops."""
        self._ended = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> Event:
        """Return the next event.

        Raises:
            StopAsyncIteration: The queue has ended.
        """
        while not self._items:
            if self._ended:
                if self._error is not None:
                    raise self._error
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._pop()

    def _pop(self) -> Event:
        if self._dropped:
            channel, missed = self._dropped.popitem()
            reason = f"slow consumer: {missed} events dropped from a full queue"
            return Gap(
                symbol=getattr(channel, "symbol", ""),
                reason=reason,
                missed=missed,
                since=None,
                healed=False,
                venue=self._venue,
                received=self._now(),
                channel=channel,
            )
        slot = self._items.popleft()
        event = slot[0]
        channel = event.channel
        if self._conflated.get(channel) is slot:
            del self._conflated[channel]
        return event
