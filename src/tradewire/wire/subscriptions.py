"""What is wanted of a venue, and how far the venue has agreed. It outlives sockets."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from tradewire.model.channels import Channel


class SubscriptionState(StrEnum):
    """How far a subscription has come."""

    WANTED = "wanted"  # to be sent, now or with the next connection
    PENDING = "pending"  # sent, not acknowledged yet
    CONFIRMED = "confirmed"  # acknowledged, or data has come
    UNCONFIRMED = "unconfirmed"  # sent to a venue that acknowledges nothing
    REFUSED = "refused"  # the venue said no
    ENDED = "ended"  # nobody wants it


class _Entry:
    __slots__ = ("holders", "state")

    def __init__(self) -> None:
        self.holders = 1
        self.state = SubscriptionState.WANTED


class Ledger:
    """Counts who wants which channel, and keeps the state of each.

    News about a channel that nobody wants any more (a late acknowledgement) is ignored. A refusal ends all wishes for
    its channel, so that a later one is sent afresh and no reconnect repeats what the venue has refused.
    """

    def __init__(self) -> None:
        self._entries: dict[Channel, _Entry] = {}  # in order of first wish
        self._refused: set[Channel] = set()

    def want(self, channel: Channel) -> bool:
        """Add one wish; return whether it is the first, so that the channel must be sent."""
        entry = self._entries.get(channel)
        if entry is not None:
            entry.holders += 1
            return False
        self._refused.discard(channel)
        self._entries[channel] = _Entry()
        return True

    def release(self, channel: Channel) -> bool:
        """Take one wish back; return whether it was the last, so that the channel must be unsubscribed."""
        entry = self._entries.get(channel)
        if entry is None:
            return False
        entry.holders -= 1
        if entry.holders:
            return False
        del self._entries[channel]
        return True

    def sent(self, channels: Iterable[Channel]) -> None:
        """Note that the subscription has been written."""
        self._set(channels, SubscriptionState.PENDING)

    def confirmed(self, channels: Iterable[Channel], *, unconfirmed: bool = False) -> None:
        """Note the venue's acknowledgement; with ``unconfirmed``: that it was written and none will come."""
        if not unconfirmed:
            self._set(channels, SubscriptionState.CONFIRMED)
            return
        silent = [channel for channel in channels if self.state(channel) is not SubscriptionState.CONFIRMED]
        self._set(silent, SubscriptionState.UNCONFIRMED)

    def refused(self, channel: Channel) -> None:
        """Note that the venue refused the channel: all wishes for it end."""
        if self._entries.pop(channel, None) is not None:
            self._refused.add(channel)

    def data(self, channel: Channel) -> None:
        """Note that data has come: it confirms a channel whose venue acknowledges nothing."""
        if self.state(channel) is SubscriptionState.UNCONFIRMED:
            self._set((channel,), SubscriptionState.CONFIRMED)

    def lost(self) -> None:
        """Note that the connection is gone: everything has to be sent again."""
        self._set(self._entries, SubscriptionState.WANTED)

    def replay(self) -> tuple[Channel, ...]:
        """Return all wanted channels in order of first wish: what a new connection must subscribe to."""
        return tuple(self._entries)

    def state(self, channel: Channel) -> SubscriptionState:
        """Return the state of ``channel``; ``ENDED`` for one that nobody wants."""
        entry = self._entries.get(channel)
        if entry is not None:
            return entry.state
        return SubscriptionState.REFUSED if channel in self._refused else SubscriptionState.ENDED

    def _set(self, channels: Iterable[Channel], state: SubscriptionState) -> None:
        for channel in channels:
            entry = self._entries.get(channel)
            if entry is not None:
                entry.state = state
