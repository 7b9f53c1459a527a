"""Handles on what is subscribed, a handler's and a stream's, and the calls that make them."""

from __future__ import annotations

import asyncio
import inspect
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar, overload

from tradewire.engine.queues import EventQueue, checked_policy
from tradewire.errors import NotConnected, TradewireError
from tradewire.model.channels import Channel, ChannelOf, E_co
from tradewire.model.events import Event, Gap, Stale
from tradewire.wire.subscriptions import SubscriptionState

if TYPE_CHECKING:
    from tradewire.engine.queues import QueuePolicy
    from tradewire.engine.wiring import Wiring

_OVER = {SubscriptionState.ENDED, SubscriptionState.REFUSED}

_logger = logging.getLogger("tradewire.subscriptions")

A = TypeVar("A", bound=Event)
B = TypeVar("B", bound=Event)
C = TypeVar("C", bound=Event)
D = TypeVar("D", bound=Event)

#: A plain function is called on the hot path; a coroutine function gets a queue and a task of its own.
Handler: TypeAlias = Callable[[Any], object]
#: Told how the subscription stands, and of the gaps and silences of its channel.
StatusHandler: TypeAlias = Callable[[SubscriptionState | Gap | Stale], object]


class Subscription:
    """One handler on one channel. Awaiting it waits for the venue's acknowledgement and returns it.

    Attributes:
        channel: As asked for.
        error: What ended it, if a refusal or its own handler did.
    """

    def __init__(self, wiring: Wiring, channel: Channel, handler: Handler, on_status: StatusHandler | None) -> None:
        self.channel = channel
        self.error: BaseException | None = None
        self._wiring = wiring
        self._wire = wiring.resolve(channel)
        self._handler = handler
        self._on_status = on_status
        self._state = SubscriptionState.WANTED
        self._queue: EventQueue | None = None
        self._worker: asyncio.Task[None] | None = None
        self._target: Callable[[Event], object] = handler
        self._attached = False
        self._opening = wiring.spawn(self._open(), f"subscribe {channel!r}")
        wiring.handles.add(self)

    def __await__(self) -> Generator[Any, None, Self]:
        return self._opened().__await__()

    async def _opened(self) -> Self:
        await asyncio.wait({self._opening})
        if self._opening.cancelled():
            raise NotConnected(f"{self.channel!r} was given up before the venue had acknowledged it")
        self._opening.result()
        return self

    async def _open(self) -> None:
        if inspect.iscoroutinefunction(self._handler) or inspect.iscoroutinefunction(getattr(self._handler, "__call__", None)):  # noqa: B004 - asks what calling it gives
            self._queue = self._wiring.new_queue()
            self._queue.add(self._wire, checked_policy(self._wire, None))
            self._worker = self._wiring.spawn(self._work(self._queue), f"handler {self.channel!r}")
            self._target = self._queue.put
        try:
            await self._wiring.attach((self._wire,), self._target, self._notice)
        except asyncio.CancelledError:
            self._end(SubscriptionState.ENDED, None)
            raise
        except BaseException as error:
            if isinstance(error, TradewireError):
                _logger.warning("%r was not subscribed: %s", self.channel, error)
            self._end(SubscriptionState.REFUSED, error)
            raise
        self._attached = True
        if self._state not in _OVER:
            self._set_state(self._wiring.state_of(self._wire))

    async def _work(self, queue: EventQueue) -> None:
        try:
            while self._state not in _OVER:
                try:
                    event = await queue.get()
                except StopAsyncIteration:
                    return
                if isinstance(event, Gap):  # what the queue dropped
                    self._notice(event)
                    continue
                result = self._handler(event)
                if inspect.isawaitable(result):
                    await result
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            self._wiring.handler_failed(self._wire, queue.put, error)
        except Exception as error:  # noqa: BLE001 - a user's handler may raise anything; it ends its own subscription only
            self._wiring.handler_failed(self._wire, queue.put, error)

    @property
    def state(self) -> SubscriptionState:
        """Where it stands; ``unconfirmed`` where the venue acknowledges nothing and no data has come yet."""
        if self._state in _OVER or self._state is SubscriptionState.WANTED:
            return self._state
        return self._wiring.state_of(self._wire)

    async def unsubscribe(self) -> None:
        """End it. The last handle on a channel takes it off the connection. Safe to call twice, also from the handler."""
        if self._state in _OVER:
            return
        self._wiring.own()
        opening = self._under_way()
        self._end(SubscriptionState.ENDED, None)
        await self._wiring.detach((self._wire,), self._target, self._notice, opening=opening)

    def serves(self, channel: Channel, target: Callable[[Event], object]) -> bool:
        """Whether the events of ``channel`` for ``target`` are its own."""
        return channel == self._wire and target == self._target

    def failed(self, error: BaseException) -> None:
        """End it for an error of its handler. Called by the gateway."""
        self._drop()
        self._end(SubscriptionState.ENDED, error)

    def refused(self, channel: Channel, error: TradewireError) -> None:
        """End it if ``channel``, which the venue has refused, is its own. Called by the gateway."""
        if channel == self._wire and self._attached:  # a refusal while it is opened is raised there
            self._drop()
            self._end(SubscriptionState.REFUSED, error)

    def _drop(self) -> None:
        self._wiring.abandon((self._wire,), self._target, self._notice, opening=self._under_way())

    def _under_way(self) -> asyncio.Task[None] | None:
        return None if self._attached else self._opening

    def _end(self, state: SubscriptionState, error: BaseException | None) -> None:
        if self._state in _OVER:
            return
        self.error = error
        self._wiring.handles.discard(self)
        if self._queue is not None:
            self._queue.end()
        if self._worker is not None and self._worker is not asyncio.current_task():
            self._worker.cancel()
        self._set_state(state)

    def _set_state(self, state: SubscriptionState) -> None:
        self._state = state
        self._tell(state)

    def _notice(self, event: Event) -> None:
        if isinstance(event, Gap | Stale):
            self._tell(event)

    def _tell(self, status: SubscriptionState | Gap | Stale) -> None:
        if self._on_status is None:
            return
        try:
            self._on_status(status)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as a handler's: it ends its own subscription only
            self._on_status = None
            self._wiring.handler_failed(self._wire, self._target, error)

    def __repr__(self) -> str:
        return f"Subscription({self.channel!r}, {self.state.value})"


class Stream(Generic[E_co]):
    """Events of several channels, in order, as an asynchronous iterator for one task.

    Leaving the loop early keeps the subscription until ``aclose()``, the end of ``async with``, or until nothing refers to
    the stream any more.
    """

    def __init__(self, wiring: Wiring, channels: tuple[Channel, ...], policy: QueuePolicy | None) -> None:
        self.channels = channels
        self._wiring = wiring
        self._queue = wiring.new_queue()
        self._opening: asyncio.Task[None] | None = None
        self._subscribed = False
        self._reading = False
        self._wire = tuple(dict.fromkeys(wiring.resolve(channel) for channel in channels))
        for channel in self._wire:
            self._queue.add(channel, checked_policy(channel, policy))
        wiring.streams.add(self)

    async def open(self) -> Self:
        """Subscribe now rather than at the first event. To be cancelled while waiting does no harm: the next call waits on.

        Raises:
            SubscriptionRefused: The venue refused one of the channels; none stays subscribed.
            NotConnected: The gateway has been closed.
        """
        self._wiring.own()
        if self._opening is None:
            if self._queue.ended:
                return self
            # A task of the gateway, and one that knows nothing of the stream, which may be forgotten meanwhile.
            queue, wire, wiring = self._queue, self._wire, self._wiring
            opening = self._opening = wiring.spawn(wiring.attach(wire, queue.put, queue.put), f"stream {wire!r}")
            queue.on_overflow = lambda: wiring.abandon(wire, queue.put, queue.put, opening=opening)
        await asyncio.wait({self._opening})
        if not self._opening.cancelled():
            self._opening.result()
        self._subscribed = True
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E_co:
        self._wiring.own()
        if self._reading:
            raise RuntimeError("another task is reading this stream; give each task a stream of its own")
        self._reading = True
        try:
            if not self._subscribed:
                await self.open()
            return await self._queue.get()  # type: ignore[return-value]  # the queue holds what its channels say
        finally:
            self._reading = False

    def end(self, error: BaseException | None) -> None:
        """Stop after what is held; raise ``error`` then, if there is one. Called by the gateway."""
        if error is not None:
            self._queue.fail(error)
        else:
            self._queue.end()

    def refused(self, channel: Channel, error: TradewireError) -> None:
        """Stop if ``channel``, which the venue has refused, is one of its own. Called by the gateway."""
        if channel in self._wire and self._opening is not None and self._opening.done():
            self.end(error)
            self._wiring.abandon(self._wire, self._queue.put, self._queue.put)

    async def aclose(self) -> None:
        """Unsubscribe. Safe to call twice."""
        self._wiring.own()
        self._queue.end()
        if self._opening is not None:
            await self._wiring.detach(self._wire, self._queue.put, self._queue.put, opening=self._opening)

    def __del__(self) -> None:
        # A loop that was left with `break` and forgotten must not keep its channels for ever.
        opening: asyncio.Task[None] | None = getattr(self, "_opening", None)  # a constructor that raised has not set it
        if opening is not None and not self._queue.ended:
            self._wiring.abandon(self._wire, self._queue.put, self._queue.put, opening=opening)
            self._queue.end()

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()


class Subscribing(ABC):
    """What makes handles; the types of the channels say what a handler takes and what a stream yields."""

    @abstractmethod
    def _require(self) -> Wiring: ...

    @overload
    def on(
        self, channel: ChannelOf[A], handler: Callable[[A], object], *, on_status: StatusHandler | None = None
    ) -> Subscription: ...
    @overload
    def on(
        self, channel: Channel, handler: Callable[[Event], object], *, on_status: StatusHandler | None = None
    ) -> Subscription: ...
    def on(self, channel: Channel, handler: Handler, *, on_status: StatusHandler | None = None) -> Subscription:
        """Call ``handler(event)`` for each event of ``channel``.

        A plain function is called directly as the frame is decoded: it must be quick. A coroutine function gets a queue (with
        the channel's default policy) and its own task. A handler that raises ends its own subscription; the error is logged
        once and raised where the gateway is closed.

        Args:
            channel: What to subscribe to.
            handler: Takes one event.
            on_status: Called with each new ``SubscriptionState`` (the handle's ``error`` says why), and with the ``Gap`` and
                ``Stale`` events of the channel, which a handler does not get.

        Returns:
            A handle; ``await`` it for the venue's acknowledgement, which may raise ``SubscriptionRefused``.
        """
        return Subscription(self._require(), channel, handler, on_status)

    @overload
    def stream(self, first: ChannelOf[A], /, *, queue: QueuePolicy | None = None) -> Stream[A | Gap | Stale]: ...
    @overload
    def stream(
        self, first: ChannelOf[A], second: ChannelOf[B], /, *, queue: QueuePolicy | None = None
    ) -> Stream[A | B | Gap | Stale]: ...
    @overload
    def stream(
        self, first: ChannelOf[A], second: ChannelOf[B], third: ChannelOf[C], /, *, queue: QueuePolicy | None = None
    ) -> Stream[A | B | C | Gap | Stale]: ...
    @overload
    def stream(
        self,
        first: ChannelOf[A],
        second: ChannelOf[B],
        third: ChannelOf[C],
        fourth: ChannelOf[D],
        /,
        *,
        queue: QueuePolicy | None = None,
    ) -> Stream[A | B | C | D | Gap | Stale]: ...
    @overload  # one kind of channel, for any number of symbols
    def stream(self, *channels: ChannelOf[A], queue: QueuePolicy | None = None) -> Stream[A | Gap | Stale]: ...
    @overload
    def stream(self, *channels: Channel, queue: QueuePolicy | None = None) -> Stream[Event]: ...
    def stream(self, *channels: Channel, queue: QueuePolicy | None = None) -> Stream[Any]:
        """Return the events of ``channels`` as an asynchronous iterator, with ``Gap`` and ``Stale`` inline.

        Args:
            channels: What to subscribe to, at the first event or at ``async with``.
            queue: Buffering for all channels; else quotes and books conflate, trades drop the oldest (with a ``Gap``),
                account data is unbounded.

        Raises:
            Unsupported: The venue has no such channel.
            ConfigurationError: The policy would lose account data.
        """
        return Stream(self._require(), channels, queue)
