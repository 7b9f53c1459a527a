"""Which connection carries which subscription, where a venue limits subscriptions per connection."""

from __future__ import annotations

from tradewire.errors import ConfigurationError
from tradewire.model.channels import Channel


class Plan:
    """Spreads the channels of one role over as few connections ("shards", numbered from 0) as its limit allows.

    A channel stays on its shard until it is released; room that becomes free is filled again, lowest shard first.

    Args:
        max_channels: Most channels on one connection; ``None`` is unlimited.

    Raises:
        ConfigurationError: ``max_channels`` is less than 1.
    """

    def __init__(self, max_channels: int | None) -> None:
        if max_channels is not None and max_channels < 1:
            raise ConfigurationError(f"a connection must carry at least one channel, not {max_channels}")
        self._max = max_channels
        self._shard_of: dict[Channel, int] = {}
        self._channels: list[dict[Channel, None]] = []  # by shard; a dict keeps the order and removes fast

    def assign(self, channel: Channel) -> int:
        """Return the shard of ``channel``, giving it the lowest one with room if it has none yet."""
        known = self._shard_of.get(channel)
        if known is not None:
            return known
        shard = next((number for number, held in enumerate(self._channels) if self._has_room(held)), len(self._channels))
        if shard == len(self._channels):
            self._channels.append({})
        self._channels[shard][channel] = None
        self._shard_of[channel] = shard
        return shard

    def release(self, channel: Channel) -> int | None:
        """Take ``channel`` off its shard; return the shard it was on, or ``None`` if it had none."""
        shard = self._shard_of.pop(channel, None)
        if shard is not None:
            del self._channels[shard][channel]
        return shard

    def shard_of(self, channel: Channel) -> int | None:
        """Return the shard of ``channel``, or ``None`` if it has none."""
        return self._shard_of.get(channel)

    def channels(self, shard: int) -> tuple[Channel, ...]:
        """Return the channels of ``shard`` in order of assignment; empty for a shard that has none."""
        return tuple(self._channels[shard]) if 0 <= shard < len(self._channels) else ()

    @property
    def shards(self) -> tuple[int, ...]:
        """Numbers of the shards that carry channels, ascending."""
        return tuple(number for number, held in enumerate(self._channels) if held)

    def _has_room(self, held: dict[Channel, None]) -> bool:
        return self._max is None or len(held) < self._max
