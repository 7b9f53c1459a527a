"""The REST weight budget: one for all callers, since they all come from loopback (rest-api.md, "Limits")."""

from __future__ import annotations

from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.venues.binance.server.options import ServerOptions

_MINUTE: Nanos = 60 * SECOND
_LONGEST_BAN: Nanos = 3 * 86_400 * SECOND


class WeightBudget:
    """Request weight used in the current minute (minutes begin at :00), and the ban for not minding it."""

    def __init__(self, options: ServerOptions) -> None:
        self.used = 0
        self._options = options
        self._minute = 0
        self._refused = 0
        self._bans = 0
        self._banned_until: Nanos = 0

    def banned_until(self, now: Nanos) -> Nanos | None:
        """Return when the ban ends, or ``None`` if there is none."""
        return self._banned_until if now < self._banned_until else None

    def spend(self, weight: int, now: Nanos) -> bool:
        """Take ``weight`` off the budget; False if the call is one too many. Too many of those bring a ban."""
        if self._minute != now // _MINUTE:
            self._minute, self.used, self._refused = now // _MINUTE, 0, 0
        self.used += weight
        if self.used <= self._options.weight_limit:
            return True
        self._refused += 1
        if self._refused > self._options.ban_after:
            self._banned_until = now + min(self._options.ban_seconds * SECOND << self._bans, _LONGEST_BAN)
            self._bans += 1
            self._refused = 0
        return False

    def retry_after(self, now: Nanos) -> int:
        """Seconds until the budget (or the ban) is over, rounded up."""
        until = self.banned_until(now) or (now // _MINUTE + 1) * _MINUTE
        return -(-(until - now) // SECOND)


def over_limit_text(limit: int) -> str:
    """What comes with a 429 (errors.md, -1003)."""
    return (
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API."
    )


def ban_text(until: Nanos) -> str:
    """What comes with a 418 (errors.md, -1003)."""
    return (
        f"Way too much request weight used; IP banned until {until // MILLISECOND}. "
        "Please use WebSocket Streams for live updates to avoid bans."
    )
