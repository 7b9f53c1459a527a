"""Whose answer is this? By request id where the protocol has ids, by order where it has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from tradewire.errors import LocalProtocolError
from tradewire.model.time import SECOND, Nanos

K = TypeVar("K")


class Correlator(Generic[K]):
    """Requests by the key that their answers carry. An answer whose request is over finds nothing."""

    def __init__(self) -> None:
        self._pending: dict[K, tuple[int, Nanos | None]] = {}

    def expect(self, key: K, request_id: int, deadline: Nanos | None) -> None:
        """Note that an answer with ``key`` belongs to ``request_id``.

        Raises:
            LocalProtocolError: A request with that key is unanswered.
        """
        if key in self._pending:
            raise LocalProtocolError(f"a request with the id {key!r} is still unanswered; use a fresh id")
        self._pending[key] = (request_id, deadline)

    def take(self, key: K) -> int | None:
        """Return and forget the request that an answer with ``key`` belongs to, or return ``None``."""
        found = self._pending.pop(key, None)
        return None if found is None else found[0]

    def expire(self, now: Nanos) -> list[int]:
        """Return and forget the requests whose deadline has come, oldest first."""
        over = [key for key, (_, deadline) in self._pending.items() if deadline is not None and deadline <= now]
        return [self._pending.pop(key)[0] for key in over]

    def next_deadline(self) -> Nanos | None:
        """Return when ``expire`` is wanted, or ``None``."""
        if not self._pending:  # as after nearly every socket read
            return None
        return min((deadline for _, deadline in self._pending.values() if deadline is not None), default=None)

    def drain(self) -> list[int]:
        """Return and forget all requests, oldest first (the connection is gone)."""
        requests = [request_id for request_id, _ in self._pending.values()]
        self._pending.clear()
        return requests


class Claim(msgspec.Struct, frozen=True):
    """The request that an answer or error belongs to.

    Attributes:
        late: The request has timed out before: drop the answer.
        guessed: The error named nothing and more than one request was outstanding; it went to the oldest.
    """

    request_id: int
    late: bool = False
    guessed: bool = False


class _Entry:
    __slots__ = ("awaited", "ch", "deadline", "late", "op", "request_id")

    def __init__(self, request_id: int, op: str, ch: str, deadline: Nanos | None, *, awaited: bool) -> None:
        self.request_id = request_id
        self.op = op
        self.ch = ch
        self.deadline = deadline
        self.awaited = awaited
        self.late = False


class FifoCorrelator:
    """Requests in order, for protocols without ids: an answer goes to the oldest request with its operation and channel.

    An error may name neither; it goes to the oldest request of any kind, on the assumption that the venue works in order.
    By default only one awaited request is outstanding at a time, so that such an error has one awaited owner.

    A request that has timed out keeps its place and takes its late answer with it, so that nobody else gets that answer;
    until then no awaited request of the same operation may follow. If nothing has come by the end of the grace period, the
    answer may still come at any time, and only closing the connection makes the order certain again: see ``overdue``.

    Args:
        pipelining: Whether several awaited requests may be outstanding at a time.
        grace: Seconds for which the late answer of a timed-out request is waited for before the connection must end.
    """

    def __init__(self, *, pipelining: bool = False, grace: float = 10.0) -> None:
        self._pipelining = pipelining
        self._grace = round(grace * SECOND)
        self._entries: list[_Entry] = []

    def may_send(self, op: str, *, awaited: bool = True) -> bool:
        """Say whether a request of operation ``op`` may be written now. One that nobody awaits always may."""
        if not awaited:
            return True
        if self._pipelining:
            return not any(entry.late and entry.op == op for entry in self._entries)
        return not any(entry.op == op or (entry.awaited and not entry.late) for entry in self._entries)

    def expect(self, op: str, ch: str, request_id: int, deadline: Nanos | None, *, awaited: bool = True) -> None:
        """Note that a request was written. ``ch`` is the channel that its answer will name, or ``""``."""
        self._entries.append(_Entry(request_id, op, ch, deadline, awaited=awaited))

    def answer(self, op: str, ch: str) -> Claim | None:
        """Return and forget the request that an answer belongs to, or return ``None`` if nobody asked."""
        return self._take(lambda entry: entry.op == op and entry.ch == ch)

    def error(self, op: str, ch: str) -> Claim | None:
        """Like ``answer``, for an error; ``""`` for what the error does not name."""
        return self._take(lambda entry: op in {"", entry.op} and ch in {"", entry.ch})

    def expire(self, now: Nanos) -> list[int]:
        """Return the requests that have just timed out, oldest first; their late answers are still expected."""
        over = [entry for entry in self._entries if not entry.late and entry.deadline is not None and entry.deadline <= now]
        for entry in over:
            entry.late = True
        return [entry.request_id for entry in over]

    def overdue(self, now: Nanos) -> str | None:
        """Return the operation of a request whose grace ended unanswered (the connection must be closed), or ``None``."""
        return next((entry.op for entry in self._entries if entry.late and (self._end(entry) or 0) <= now), None)

    def next_deadline(self) -> Nanos | None:
        """Return when ``expire`` or ``overdue`` is wanted (a request times out, or its grace ends), or ``None``."""
        if not self._entries:
            return None
        return min((end for entry in self._entries if (end := self._end(entry)) is not None), default=None)

    def drain(self) -> list[int]:
        """Return and forget all requests that have not timed out, oldest first (the connection is gone)."""
        requests = [entry.request_id for entry in self._entries if not entry.late]
        self._entries.clear()
        return requests

    def _take(self, fits: Callable[[_Entry], bool]) -> Claim | None:
        candidates = [entry for entry in self._entries if fits(entry)]
        if not candidates:
            return None
        entry = candidates[0]
        self._entries.remove(entry)
        guessed = any((other.op, other.ch) != (entry.op, entry.ch) for other in candidates)
        return Claim(entry.request_id, late=entry.late, guessed=guessed)

    def _end(self, entry: _Entry) -> Nanos | None:
        if entry.deadline is None:
            return None
        return entry.deadline + self._grace if entry.late else entry.deadline
