"""Turns losses into the events that users see, and into one log line each."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tradewire.model.channels import Book, Channel
from tradewire.model.events import Gap, Stale
from tradewire.model.time import SECOND
from tradewire.wire.control import BookState

if TYPE_CHECKING:
    from tradewire.engine.resume import Loss
    from tradewire.engine.runtime import Runtime

_logger = logging.getLogger("tradewire.gaps")


class Reporter:
    """Reports for one connection.

    Args:
        runtime: What the gateway shares.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._broken: dict[Channel, BookState] = {}

    def gap(self, channel: Channel, loss: Loss, missed: int | None) -> None:
        """Events of ``channel`` were lost while there was no connection."""
        now = self._runtime.clock.now()
        seconds = (now - loss.since) / SECOND
        self._publish_gap(channel, f"{loss.reason}; {seconds:.2f} s without connection", missed, loss.since)

    def missed(self, channel: Channel, count: int) -> None:
        """Events of ``channel`` are missing in the middle of a connection."""
        self._publish_gap(channel, f"the venue skipped {count} of its numbers", count, None)

    def book(self, state: BookState) -> None:
        """A book stopped being live, or is live again."""
        channel = state.source
        if not state.live:
            self._broken[channel] = state
            if state.lost:
                self._runtime.counters.resyncs += 1
            _logger.warning("%s: book of %s: %s", self._runtime.spec.name, _symbol(channel), state.reason)
            self.stale(channel, state.reason, 0.0)
            return
        broken = self._broken.pop(channel, None)
        if broken is not None and broken.lost:
            self._publish_gap(channel, broken.reason, broken.missed, None)

    def silent(self, channel: Channel, seconds: float) -> None:
        """``channel`` has been silent for longer than its cadence allows."""
        _logger.warning("%s: %r silent for %.1f s", self._runtime.spec.name, channel, seconds)
        self.stale(channel, f"no data for {seconds:.1f} s", seconds)

    def stale(self, channel: Channel, reason: str, silent_for: float) -> None:
        """Tell the consumers of ``channel`` that its data must not be relied on for now."""
        event = Stale(
            symbol=_symbol(channel),
            reason=reason,
            silent_for=silent_for,
            venue=self._runtime.spec.name,
            received=self._runtime.clock.now(),
            channel=channel,
        )
        self._runtime.sinks.notify(event)

    def _publish_gap(self, channel: Channel, reason: str, missed: int | None, since: int | None) -> None:
        self._runtime.counters.gaps += 1
        gap = Gap(
            symbol=_symbol(channel),
            reason=reason,
            missed=missed,
            since=since,
            healed=isinstance(channel, Book),
            venue=self._runtime.spec.name,
            received=self._runtime.clock.now(),
            channel=channel,
        )
        _logger.warning(
            "%s: gap on %r: %s (missed: %s)", self._runtime.spec.name, channel, reason, "?" if missed is None else missed
        )
        self._runtime.sinks.notify(gap)


def _symbol(channel: Channel) -> str:
    symbol: str = getattr(channel, "symbol", "")
    return symbol
