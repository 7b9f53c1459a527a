"""Queues between the socket and consumers that take their time, each with a named overflow policy."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tradewire.errors import ConfigurationError, SlowConsumer
from tradewire.model.channels import Book, Channel, PartialBook, Quotes
from tradewire.model.events import Event, Gap, Stale
from tradewire.model.time import Nanos

_logger = logging.getLogger("tradewire.queue")


class Overflow(StrEnum):
    """What a full queue does."""

    #: Keep only the newest event of each channel: right for quotes and books.
    CONFLATE = "conflate"
    #: Drop the oldest of the channel, count it, and say so with a ``Gap``: right for trades.
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
        size: Events of one channel held at most (``CONFLATE`` holds one, and its notices); the high-water mark of ``UNBOUNDED``.
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
    """Holds events for one consumer, in order. Filled by synchronous calls, emptied by one task.

    Each channel has its own policy and its own room: a burst on one never costs another its events.

    Args:
        venue: For the ``Gap`` that reports dropped events.
        now: Time source for that ``Gap``.
        on_drop: Called once per dropped event.

    Attributes:
        ended: Whether it takes no more; what is held can still be had.
        on_overflow: Called once when a channel with the policy ``FAIL`` has overflowed.
    """

    def __init__(self, venue: str, now: Callable[[], Nanos], on_drop: Callable[[], None]) -> None:
        self.ended = False
        self.on_overflow: Callable[[], None] = _nothing
        self._venue = venue
        self._now = now
        self._on_drop = on_drop
        self._items: OrderedDict[int, Event] = OrderedDict()  # by running number: any of them can go in one step
        self._next = 0
        self._held: dict[Channel, deque[int]] = {}  # numbers of what is not conflated
        self._conflated: dict[tuple[Channel, type[Event]], int] = {}
        self._policies: dict[Channel, QueuePolicy] = {}
        self._dropped: dict[Channel, int] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._error: BaseException | None = None
        self._warned: set[Channel] = set()

    def __len__(self) -> int:
        return len(self._items)

    def add(self, channel: Channel, policy: QueuePolicy) -> None:
        """Say how events of ``channel`` are to be held."""
        self._policies[channel] = policy
        self._held.setdefault(channel, deque())

    def put(self, event: Event) -> None:
        """Take one event; never blocks. Does nothing once the queue has ended."""
        if self.ended:
            return
        channel: Channel = event.channel
        policy = self._policies[channel]
        held = self._held[channel]
        if policy.overflow is Overflow.CONFLATE and not isinstance(event, Gap | Stale):
            self._conflate(event, held)
            return
        if len(held) >= policy.size and not self._has_room(channel, policy, held):
            return
        held.append(self._append(event))

    def _conflate(self, event: Event, notices: deque[int]) -> None:
        key = (event.channel, type(event))
        number = self._conflated.get(key)
        if number is not None:
            if not notices or notices[-1] < number:
                self._items[number] = event
                return
            del self._items[number]  # a Gap or Stale came since, and what is newer must not overtake it
        self._conflated[key] = self._append(event)

    def _append(self, event: Event) -> int:
        number = self._next
        self._next += 1
        self._items[number] = event
        self._wake()
        return number

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _has_room(self, channel: Channel, policy: QueuePolicy, held: deque[int]) -> bool:
        if policy.overflow is Overflow.FAIL:
            detach = self.on_overflow
            self.fail(SlowConsumer(f"{channel!r}: more than {policy.size} events waited for their consumer", venue=self._venue))
            detach()
            return False
        if policy.overflow is Overflow.UNBOUNDED:
            if channel not in self._warned:
                self._warned.add(channel)
                _logger.warning("%s: %d events of %r wait for a slow consumer", self._venue, len(held), channel)
            return True
        del self._items[held.popleft()]
        self._dropped[channel] = self._dropped.get(channel, 0) + 1
        self._on_drop()
        return True

    def fail(self, error: BaseException) -> None:
        """End the queue: what is held is still handed out, then ``error`` is raised. The first end counts."""
        if not self.ended:
            self._error = error
            self.end()

    def end(self) -> None:
        """End the queue: what is held is still handed out, then iteration stops."""
        self.ended = True
        self.on_overflow = _nothing  # it may refer to this queue
        self._wake()

    async def get(self) -> Event:
        """Return the next event.

        Raises:
            StopAsyncIteration: The queue has ended.
            RuntimeError: Another task is waiting already: one of the two would never wake.
        """
        while not self._items:
            if self.ended:
                if self._error is not None:
                    raise self._error
                raise StopAsyncIteration
            if self._waiter is not None:
                raise RuntimeError("another task is reading this stream; give each task a stream of its own")
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._pop()

    def _pop(self) -> Event:
        number, event = next(iter(self._items.items()))
        channel: Channel = event.channel
        if self._dropped and (missed := self._dropped.pop(channel, 0)):
            return self._gap(channel, missed)
        del self._items[number]
        held = self._held[channel]
        if held and held[0] == number:
            held.popleft()
        else:
            del self._conflated[channel, type(event)]
        return event

    def _gap(self, channel: Channel, missed: int) -> Gap:
        return Gap(
            symbol=getattr(channel, "symbol", ""),
            reason=f"slow consumer: {missed} events dropped from a full queue",
            missed=missed,
            since=None,
            healed=False,
            venue=self._venue,
            received=self._now(),
            channel=channel,
        )


def _nothing() -> None:
    pass
