"""One connection that is kept alive: the only reconnect loop.

It reads top to bottom: connect, log in, replay subscriptions, pump, and on the end of the link wait and start again. A
connection that the venue is about to end, or that grows too old, is replaced before it is given up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tradewire.engine.acknowledgements import Acknowledgements
from tradewire.engine.link import Link
from tradewire.engine.report import Reporter
from tradewire.engine.resume import Loss, sequence_of
from tradewire.engine.statistics import Reconnect
from tradewire.engine.successor import Successor, first_of
from tradewire.errors import LinkError, LinkLost, NotConnected, RequestTimeout, TradewireError
from tradewire.model.channels import Book, Channel
from tradewire.model.events import LinkState
from tradewire.model.operations import Request, Subscribe, Unsubscribe
from tradewire.model.time import SECOND
from tradewire.wire.control import Answered, BookState, Confirmed, Control, Denied, Failed, Missed, ShutdownNotice, Withdrawn
from tradewire.wire.subscriptions import Ledger, SubscriptionState

if TYPE_CHECKING:
    from tradewire.engine.runtime import Runtime
    from tradewire.venues.spec import Role

_logger = logging.getLogger("tradewire.connection")

_AGREED = {SubscriptionState.CONFIRMED, SubscriptionState.UNCONFIRMED}

#: Seconds that the successor of a connection may take before the attempt is given up.
_REPLACE_WITHIN = 60.0
#: Seconds that the books of a successor may take; their snapshots have to fit into the venue's REST budget.
_BOOKS_WITHIN = 300.0
#: Seconds between attempts to replace a connection that still works, where the policy has no more to give.
_PATIENCE = 60.0


class Shard:
    """One role's connection number ``number``: its wanted channels outlive its sockets.

    Args:
        runtime: What the gateway shares.
        role: The kind of connection.
        number: Counts shards of the role from 0.
        answered: Called with each answer to a ``Request``.
        state_changed: Called with the new state and its reason.
        refused: Called with each channel that the venue refuses for good when a connection is restored.
    """

    def __init__(
        self,
        runtime: Runtime,
        role: Role,
        number: int,
        *,
        answered: Callable[[Answered | Failed], None],
        state_changed: Callable[[Shard, LinkState, str], None],
        refused: Callable[[Channel, TradewireError], None],
    ) -> None:
        self.role = role
        self.number = number
        self.state = LinkState.IDLE
        self.ledger = Ledger()
        self.link: Link | None = None
        self._runtime = runtime
        self._answered = answered
        self._state_changed = state_changed
        self._refused = refused
        self._reporter = Reporter(runtime)
        self._acknowledgements = Acknowledgements(runtime.spec.name, self.ledger)
        self._losses: dict[Channel, Loss] = {}
        self._sockets = 0
        self._replace: asyncio.Future[str] | None = None
        self._task: asyncio.Task[None] | None = None
        self._started: asyncio.Future[None] | None = None
        self._stop_reason: TradewireError | None = None
        #: Why the reconnect policy gave up, once it has.
        self.given_up: TradewireError | None = None

    # -- life ------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect for the first time: one attempt, which raises.

        Raises:
            LinkError: As ``Link.open``.
        """
        if self._started is None:
            self._started = asyncio.get_running_loop().create_future()
            self._task = self._runtime.spawn(self._run(), f"{self.role.name}#{self.number}")
        try:
            await asyncio.shield(self._started)
        except asyncio.CancelledError:
            if not self._started.done():
                await self.close()
            raise

    async def close(self) -> None:
        """End the connection and the loop; waiters get ``NotConnected``."""
        self._stop_reason = NotConnected("the gateway was closed", venue=self._runtime.spec.name)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._started is not None and not self._started.done():
            self._started.set_exception(self._stop_reason)
            self._started.exception()  # retrieved: the caller may have been cancelled meanwhile
        self._acknowledgements.give_up(self._stop_reason)

    async def _run(self) -> None:
        attempt = 0
        try:
            while True:
                restored_at = None
                try:
                    self.link = await self._establish()
                    restored_at = self._runtime.clock.now()
                    if not self._runtime.policy.stable_after:
                        attempt = 0
                    self._now_live()
                    reason = await self._pump()
                except LinkError as error:
                    if self._first_attempt_failed(error):
                        return
                    reason = error
                alive = (self._runtime.clock.now() - restored_at) / SECOND if restored_at is not None else 0.0
                if restored_at is not None and alive >= self._runtime.policy.stable_after:
                    attempt = 0
                attempt += 1
                if not await self._wait(attempt, reason):
                    return
        except Exception as error:
            # A defect, or a signer that raised: whoever waits for the first connection must hear of it.
            self._first_attempt_failed(error)
            raise
        finally:
            await self._put_down()

    async def _establish(self) -> Link:
        self._set_state(LinkState.CONNECTING if self._sockets == 0 else LinkState.RECONNECTING, "")
        self._runtime.clock.resync()
        link = Link(self._runtime, self.role, self._next_name(), self._control)
        link.tapped(on=bool(self._runtime.taps))
        await link.open()
        try:
            # From here to the replay nothing waits: what is wanted later goes to the link directly.
            self.link = link
            link.resume(dict(self._losses), self._reporter.gap)
            self._losses.clear()
            await self._restore(link)
        except BaseException:
            await link.close()
            raise
        return link

    def _next_name(self) -> str:
        self._sockets += 1
        return f"{self._runtime.urls()[self.role.name]}#{self._sockets}"

    async def _restore(self, link: Link) -> tuple[Channel, ...]:
        channels = self.ledger.replay()
        if not channels:
            return ()
        waits = [self._acknowledgements.joining(channel) for channel in channels]
        if link is self.link:
            self.ledger.sent(channels)
        link.submit(Subscribe(channels))
        await first_of(link.ended(), asyncio.gather(*waits, return_exceptions=True), seconds=None)
        for channel, wait in zip(channels, waits, strict=True):
            error = wait.exception()
            if isinstance(error, TradewireError) and (error.retryable or isinstance(error, RequestTimeout)):
                raise LinkLost(f"a subscription could not be restored: {error}", venue=self._runtime.spec.name)
            if isinstance(error, TradewireError):
                self._refused(channel, error)
        return channels

    def _now_live(self) -> None:
        self._set_state(LinkState.LIVE, "")
        if self._started is not None and not self._started.done():
            self._started.set_result(None)

    def _first_attempt_failed(self, error: Exception) -> bool:
        if self._started is None or self._started.done():
            return False
        self._set_state(LinkState.CLOSED, str(error))
        started, self._started = self._started, None
        started.set_exception(error)
        started.exception()  # retrieved: the caller may have been cancelled meanwhile
        return True

    async def _pump(self) -> LinkError:
        """Deliver until the connection is gone; replace it when the venue asks for it or it is old."""
        while True:
            link = self.link
            assert link is not None  # noqa: S101 - set by _establish
            self._replace = asyncio.get_running_loop().create_future()
            await first_of(link.ended(), self._replace, seconds=self.role.lifetime)
            reason = self._replace.result() if self._replace.done() else f"it is {self.role.lifetime} s old"
            attempt = 0
            while not await self._make_before_break(link, reason):
                attempt += 1
                delay = self._runtime.policy.delay(attempt, self._runtime.uniform)
                await first_of(link.ended(), None, seconds=_PATIENCE if delay is None else delay)

    async def _make_before_break(self, old: Link, reason: str) -> bool:
        """Replace ``old``. False: the successor failed, and ``old`` still lives. Raises when ``old`` has ended meanwhile."""
        _logger.info("%s: replacing %s: %s", self._runtime.spec.name, old.name, reason)
        successor = Successor(self._runtime, self.role, self._next_name(), self._control)
        successor.tapped(on=bool(self._runtime.taps))
        opening = asyncio.ensure_future(self._succeed(successor))
        try:
            await first_of(old.ended(), opening, seconds=_REPLACE_WITHIN)
            carried = opening.result()
        except (LinkError, asyncio.InvalidStateError, asyncio.CancelledError) as error:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
            await successor.close()
            if isinstance(error, asyncio.CancelledError):
                raise
            if not old.is_open:
                raise await old.ended() from None
            words = error if isinstance(error, LinkError) else "no answer in time"
            _logger.warning("%s: could not replace %s: %s", self._runtime.spec.name, old.name, words)
            return False
        await self._hand_over(old, successor, carried)
        return True

    async def _succeed(self, successor: Successor) -> tuple[Channel, ...]:
        await successor.open()
        return await self._restore(successor)

    async def _hand_over(self, old: Link, successor: Successor, carried: tuple[Channel, ...]) -> None:
        books = frozenset(channel for channel in carried if isinstance(channel, Book))
        ready = asyncio.ensure_future(successor.books_live(books))
        try:
            await first_of(old.ended(), ready, seconds=_BOOKS_WITHIN)
            reason = LinkLost("replaced", venue=self._runtime.spec.name)
            self._losses = {channel: self._loss(old, channel, str(reason), cut=False) for channel in self.ledger.replay()}
            old.lost(reason)
            for book in successor.not_live(books):
                self._reporter.stale(book, "its new connection has no snapshot yet", 0.0)
        except LinkError as error:
            # The successor stands ready, so the loss is over as soon as it is noted.
            self._lost(error)
            self.ledger.confirmed(carried)
        finally:
            ready.cancel()
        self.link = successor
        losses, self._losses = self._losses, {}
        successor.promote(losses, self._reporter.gap)
        self._set_state(LinkState.LIVE, "")
        wanted = self.ledger.replay()
        if joined := tuple(channel for channel in wanted if channel not in carried):
            successor.submit(Subscribe(joined))
        if left := tuple(channel for channel in carried if channel not in wanted):
            successor.submit(Unsubscribe(left))
        await old.close()

    def _loss(self, link: Link, channel: Channel, reason: str, *, cut: bool) -> Loss:
        now = self._runtime.clock.now()
        earlier = link.unresumed.get(channel)
        if earlier is not None:
            # Nothing has come since the last loss: it is still the one that counts.
            return earlier if earlier.cut or not cut else replace(earlier, since=now, reason=reason, cut=True)
        latest = self._runtime.sinks.latest(channel)
        if latest is None:
            return Loss(link.protocol.position(channel), None, now, reason, cut)
        return Loss(sequence_of(latest), getattr(latest, "venue_time", None), now, reason, cut)

    async def _wait(self, attempt: int, reason: LinkError) -> bool:
        """Announce the loss and wait before attempt ``attempt``. False: give up."""
        self._lost(reason)
        delay = self._runtime.policy.delay(attempt, self._runtime.uniform) if reason.retryable else None
        if delay is None:
            text = f"{reason}; not reconnecting" if not reason.retryable else f"Max reconnection attempts reached: {reason}"
            _logger.error("%s: %s", self._runtime.spec.name, text)
            self._stop_reason = self.given_up = NotConnected(text, venue=self._runtime.spec.name)
            self.given_up.__cause__ = reason
            self._acknowledgements.give_up(self._stop_reason)
            self._set_state(LinkState.CLOSED, text)
            return False
        _logger.warning("%s: %s: reconnect attempt %d in %.2f s", self._runtime.spec.name, reason, attempt, delay)
        await self._runtime.sleep(delay)
        return True

    def _lost(self, reason: LinkError) -> None:
        link, self.link = self.link, None
        if link is None:
            return
        now = self._runtime.clock.now()
        self._runtime.counters.reconnects.append(Reconnect(link.name, str(reason), now))
        for channel in self.ledger.replay():
            self._losses.setdefault(channel, self._loss(link, channel, str(reason), cut=True))
        link.lost(reason)
        for channel in self.ledger.replay():
            if isinstance(channel, Book):
                self._reporter.stale(channel, str(reason), 0.0)
        self.ledger.lost()
        self._acknowledgements.lost()
        self._runtime.tap("event", f"lost: {reason}".encode(), link.name)
        self._set_state(LinkState.RECONNECTING, str(reason))

    async def _put_down(self) -> None:
        link, self.link = self.link, None
        if link is not None:
            await link.close()
        if self.state is not LinkState.CLOSED:
            self._set_state(LinkState.CLOSED, "closed")

    def _set_state(self, state: LinkState, reason: str) -> None:
        if state is not self.state:
            self.state = state
            self._state_changed(self, state, reason)

    # -- subscriptions ---------------------------------------------------------------------------------------------

    async def subscribe(self, channels: tuple[Channel, ...]) -> None:
        """Want ``channels`` once more, in one frame; returns when the venue has acknowledged all of them.

        Raises:
            SubscriptionRefused: The venue said no to one of them; none of these wishes stays.
            RequestTimeout: The venue said nothing.
            NotConnected: The connection has been given up.
        """
        if self._stop_reason is not None:
            raise NotConnected(str(self._stop_reason), venue=self._runtime.spec.name)
        new = tuple(channel for channel in channels if self.ledger.want(channel))
        waits = [self._acknowledgements.joining(channel) for channel in channels if self.ledger.state(channel) not in _AGREED]
        if new and self.link is not None:
            self.ledger.sent(new)
            self.link.submit(Subscribe(new))
        try:
            if waits:
                await asyncio.wait(waits)
            for wait in waits:
                wait.result()
        except BaseException:
            # The wishes go with their failure; whoever else wants a channel keeps it.
            for channel in channels:
                self.forget(channel)
            raise

    async def unsubscribe(self, channels: tuple[Channel, ...]) -> None:
        """Want ``channels`` once less; those that nobody wants are taken off, and their acknowledgement is waited for."""
        left = self._released(channels)
        if self.link is not None and left:
            gone = [self._acknowledgements.leaving(channel) for channel in left]
            self.link.submit(Unsubscribe(left))
            await asyncio.wait(gone, timeout=self.role.acknowledge_timeout)

    def forget(self, channel: Channel) -> None:
        """Like ``unsubscribe``, without waiting."""
        left = self._released((channel,))
        if self.link is not None and left:
            self.link.submit(Unsubscribe(left))

    def _released(self, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
        left = tuple(channel for channel in channels if self.ledger.release(channel))
        for channel in left:
            self._losses.pop(channel, None)
        return left

    def submit(self, request: Request) -> None:
        """Send a request now.

        Raises:
            NotConnected: There is no live connection.
        """
        if self.link is None or self.state is not LinkState.LIVE:
            raise NotConnected(
                str(self._stop_reason or "not connected: the connection is being restored"), venue=self._runtime.spec.name
            )
        self.link.submit(request)

    # -- what the protocol says ------------------------------------------------------------------------------------

    def _control(self, link: Link, message: Control) -> None:
        match message:
            case Confirmed():
                self._acknowledgements.confirmed(message)
            case Denied():
                self._acknowledgements.denied(message)
            case Withdrawn():
                self._acknowledgements.withdrawn(message)
            case Answered() | Failed():
                self._answered(message)
            case BookState():
                self._reporter.book(message)
            case Missed(source=channel, count=count):
                self._reporter.missed(channel, count)
            case ShutdownNotice(reason=reason):
                if link is self.link and self._replace is not None and not self._replace.done():
                    self._replace.set_result(reason)
