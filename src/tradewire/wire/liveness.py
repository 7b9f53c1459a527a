"""Whether a connection lives, and whether its channels still speak. Control frames never count as data."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from tradewire.model.channels import Channel
from tradewire.model.time import SECOND, Nanos


class Nothing(msgspec.Struct, frozen=True):
    """There is nothing to do."""


class SendPing(msgspec.Struct, frozen=True):
    """Send a WebSocket ping with this payload."""

    payload: bytes


class Cut(msgspec.Struct, frozen=True):
    """The link is dead: cut it. ``reason`` is one line for the log."""

    reason: str


Action: TypeAlias = Nothing | SendPing | Cut
NOTHING = Nothing()

#: While a cut is near, checks run at least this often, so that a pause of our own process is noticed as a late one.
_WATCH: Nanos = SECOND


class Liveness:
    """Pings the venue and decides when it no longer answers. The numbers are those of a venue's ``Heartbeat``, in seconds.

    A process that was stopped (a suspended laptop, SIGSTOP, a debugger) finds all deadlines passed while the answers wait
    unread in its socket. So only time that was watched counts: a check that comes late means that nobody was looking,
    and it sends a fresh ping and starts a new wait instead of cutting.

    Args:
        ping_every: Send a ping this often; ``None`` is never.
        pong_within: A ping must be answered within this time.
        any_frame: Whether any frame answers a ping, or only its pong.
        silence: Without any frame for this long the link is dead; ``None`` is never.
        now: When the connection opened.
    """

    def __init__(
        self, *, ping_every: float | None, pong_within: float, any_frame: bool, silence: float | None, now: Nanos
    ) -> None:
        self._ping_every = _nanos(ping_every)
        self._pong_within = math.ceil(pong_within * SECOND)
        self._any_frame = any_frame
        self._silence = _nanos(silence)
        self._step = min(_WATCH, self._pong_within // 4)
        self._heard = self._pinged = self._checked = now
        self._pings = 0
        self._answered = 0
        self._answer_due: Nanos = 0
        self._spared_until: Nanos = 0

    def received(self, now: Nanos) -> None:
        """Note that a frame of any kind came: data, ping or pong."""
        self._heard = now

    def pong(self, payload: bytes, now: Nanos) -> None:
        """Take a pong. Only the payload of a ping that was sent answers it, and earlier ones with it (RFC 6455, 5.5.3)."""
        self._heard = now
        number = int(payload) if payload.isdigit() else 0
        if self._answered < number <= self._pings:
            self._answered = number

    def check(self, now: Nanos) -> Action:
        """Say what to do now. Call it when ``next_check`` has come; an earlier call does no harm."""
        due = self.next_check()
        late = due is not None and now - due > self._step
        self._checked = now
        if late:
            self._spared_until = now + self._pong_within
            return NOTHING if self._ping_every is None else self._ping(now)
        if self._waiting and now >= self._answer_due:
            return Cut(f"no answer to a ping within {self._pong_within / SECOND:g} s")
        if self._silence is not None and now >= self._silent_at(self._silence):
            return Cut(f"not a single frame for {(now - self._heard) / SECOND:.1f} s")
        if self._ping_every is not None and not self._waiting and now >= self._pinged + self._ping_every:
            return self._ping(now)
        return NOTHING

    def next_check(self) -> Nanos | None:
        """Return when ``check`` is wanted, or ``None`` if the link is taken to live until it closes."""
        moments: list[Nanos] = []
        if self._waiting:
            moments.append(min(self._answer_due, self._checked + self._step))
        elif self._ping_every is not None:
            moments.append(self._pinged + self._ping_every)
        if self._silence is not None:
            end = self._silent_at(self._silence)
            watch = max(end - self._pong_within, self._checked + self._step)
            moments.append(min(end, watch))
        return min(moments, default=None)

    @property
    def _waiting(self) -> bool:
        if self._any_frame and self._heard > self._pinged:
            return False
        return self._answered < self._pings

    def _silent_at(self, silence: Nanos) -> Nanos:
        return max(self._heard + silence, self._spared_until)

    def _ping(self, now: Nanos) -> SendPing:
        self._pings += 1
        self._pinged = now
        self._answer_due = now + self._pong_within
        return SendPing(b"%d" % self._pings)


class _Watch:
    """One channel under watch. Times in nanoseconds."""

    __slots__ = ("count", "moved", "period", "reported", "sampled", "silent")

    def __init__(self, period: Nanos, now: Nanos, count: int) -> None:
        self.period = period
        self.count = count
        self.restart(now)

    def restart(self, now: Nanos) -> None:
        self.moved = self.sampled = now
        self.silent: Nanos = 0
        self.reported = False


class Cadence:
    """Notices channels that have fallen silent, at no cost per message: it samples counters twice per allowed silence.

    Silence is found between one and one and a half times the allowed seconds after the last message. Time in which nobody
    sampled (a stopped process) does not count.

    Args:
        count_of: Returns how many messages have come on a channel so far.
    """

    def __init__(self, count_of: Callable[[Channel], int]) -> None:
        self._count_of = count_of
        self._watches: dict[Channel, _Watch] = {}

    def expect(self, channel: Channel, seconds: float, now: Nanos) -> None:
        """Watch ``channel`` from now on: silence for ``seconds`` is worth a report."""
        self._watches[channel] = _Watch(max(1, round(seconds * SECOND / 2)), now, self._count_of(channel))

    def data(self, channel: Channel, now: Nanos) -> None:
        """Note that ``channel`` is alive for a reason that its counter does not show (a snapshot over REST)."""
        watch = self._watches.get(channel)
        if watch is not None:
            watch.restart(now)

    def forget(self, channel: Channel) -> None:
        """Stop watching ``channel``."""
        self._watches.pop(channel, None)

    def overdue(self, now: Nanos) -> list[tuple[Channel, float]]:
        """Return channels newly found silent, each with its seconds of silence. Each once, until data comes again."""
        silent_for: list[tuple[Channel, float]] = []
        for channel, watch in self._watches.items():
            if now < watch.sampled + watch.period:
                continue
            count = self._count_of(channel)
            if count != watch.count:
                watch.count = count
                watch.restart(now)
                continue
            watch.silent += min(now - watch.sampled, watch.period)
            watch.sampled = now
            if watch.silent >= 2 * watch.period and not watch.reported:
                watch.reported = True
                silent_for.append((channel, (now - watch.moved) / SECOND))
        return silent_for

    def next_check(self) -> Nanos | None:
        """Return when ``overdue`` is wanted, or ``None`` if nothing is watched."""
        return min((watch.sampled + watch.period for watch in self._watches.values()), default=None)


def _nanos(seconds: float | None) -> Nanos | None:
    return None if seconds is None else math.ceil(seconds * SECOND)
