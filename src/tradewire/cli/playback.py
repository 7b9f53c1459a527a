"""Plays recordings through a gateway."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live

from tradewire import replay
from tradewire.cli.channels import spell
from tradewire.cli.render import as_json, counted
from tradewire.cli.session import handle
from tradewire.cli.watch import Row, depths, keep_drawn, table
from tradewire.errors import ConfigurationError
from tradewire.model.channels import Channel
from tradewire.model.events import Event
from tradewire.sim.recording import Recording
from tradewire.sim.tapes import EVERYBODY
from tradewire.venues.registry import venue_spec

if TYPE_CHECKING:
    from tradewire.engine.gateway import Gateway

#: A recorded snapshot is served whatever depth is asked for, so ask for one that spends little of the venue's budget.
_OPTIONS: Mapping[str, Any] = {"snapshot_limit": 100}
#: The tape may take its time until it reaches a snapshot that has been asked for. Seconds.
_SNAPSHOT_WITHIN = 86_400.0


@asynccontextmanager
async def playing(
    files: Sequence[Path], recording: Recording, speed: float | None, asked: Iterable[Channel] = ()
) -> AsyncIterator[Gateway]:
    """Yield a gateway to a recording; it closes by itself at the end.

    The tape stands still until all channels that are recorded, or those of them that are ``asked`` for, have been subscribed.
    """
    spec = venue_spec(recording.venue)
    options = {name: value for name, value in _OPTIONS.items() if name in spec.options}
    wanted = {spec.resolve(channel) for channel in asked}
    served = [spec.channels_named(name, {}) for name in recording.channels]
    streams = sum(bool(channels and (not wanted or wanted.intersection(channels))) for channels in served)
    async with replay(*files, speed=speed, wait_for=max(1, streams), http_timeout=_SNAPSHOT_WITHIN, **options) as gateway:
        yield gateway


async def recorded_channels(gateway: Gateway, recording: Recording) -> dict[Channel, str]:
    """Return the channels that the recording holds, with the venue's names of them.

    Raises:
        ConfigurationError: It holds none, or does not tell them apart.
    """
    if _undivided(recording):
        raise ConfigurationError(f"say which channels of {recording.venue} to play: --channel CHANNEL:SYMBOL")
    if "instruments" in gateway.spec.rest:
        await gateway.instruments()
    instruments, names = gateway.runtime.context.instruments, sorted(recording.channels)
    channels = {channel: name for name in names for channel in gateway.spec.channels_named(name, instruments)}
    if not channels:
        raise ConfigurationError(f"no channel that tradewire reads is recorded; there is {', '.join(names) or 'none'}")
    return channels


def _undivided(recording: Recording) -> bool:
    return recording.channels == {EVERYBODY}


async def play(gateway: Gateway, channels: Iterable[Channel], take: Callable[[Event], None]) -> None:
    """Give every event of ``channels`` to ``take`` as it is decoded; return at the end of the recording."""
    await handle(gateway, dict.fromkeys(channels, take))
    await gateway.closed()


async def show_playback(files: Sequence[Path], speed: float | None, asked: Sequence[Channel], *, plain: bool) -> None:
    """Play recordings and show their events.

    Args:
        files: In order.
        speed: See ``tradewire.replay``.
        asked: Channels to play; empty means all.
        plain: One line of JSON per event, rather than a table.
    """
    recording = Recording(files)
    for cut in recording.cut_off:
        print(f"warning: {cut}", file=sys.stderr)
    events: Counter[str] = Counter()
    async with playing(files, recording, speed, asked) as gateway:
        channels = await _wanted(gateway, recording, asked)
        if plain:
            await _play_lines(gateway, channels, events)
        else:
            await _play_table(gateway, channels, events)
    counts = ", ".join(counted(count, name) for name, count in sorted(events.items())) or "no events"
    print(f"the end of {', '.join(path.name for path in files)}: {counts}", file=sys.stderr)


async def _wanted(gateway: Gateway, recording: Recording, asked: Sequence[Channel]) -> dict[Channel, Channel]:
    if asked and _undivided(recording):
        return {gateway.spec.resolve(channel): channel for channel in asked}
    recorded = await recorded_channels(gateway, recording)
    if not asked:
        return {channel: channel for channel in recorded}
    for channel in asked:
        if gateway.spec.resolve(channel) not in recorded:
            there = ", ".join(map(spell, recorded))
            raise ConfigurationError(f"{spell(channel)} is not in the recording; there is {there}")
    return {gateway.spec.resolve(channel): channel for channel in asked}


async def _play_lines(gateway: Gateway, channels: dict[Channel, Channel], events: Counter[str]) -> None:
    levels = depths(channels)
    gone: list[BrokenPipeError] = []

    def write(event: Event) -> None:
        asked, depth = channels[event.channel], levels.get(event.channel, 0)
        line = as_json(event, depth, channel=asked) if depth else as_json(event, channel=asked)
        try:
            sys.stdout.write(line.decode() + "\n")
            sys.stdout.flush()
        except BrokenPipeError as error:
            gone.append(error)
            lines.cancel()
        events[type(event).__name__] += 1

    lines = asyncio.create_task(play(gateway, channels, write))
    try:
        await lines
    except asyncio.CancelledError:
        if gone:
            raise gone[0] from None
        raise
    finally:
        lines.cancel()


async def _play_table(gateway: Gateway, channels: dict[Channel, Channel], events: Counter[str]) -> None:
    rows = {wire: Row(asked) for wire, asked in channels.items()}

    def take(event: Event) -> None:
        events[type(event).__name__] += 1
        rows[event.channel].take(event)

    shown = list(rows.values())
    with Live(table(gateway, shown, replayed=True), console=Console(), auto_refresh=False) as live:
        drawing = asyncio.create_task(keep_drawn(gateway, shown, live, replayed=True))
        try:
            await play(gateway, channels, take)
        finally:
            drawing.cancel()
            await asyncio.gather(drawing, return_exceptions=True)
            live.update(table(gateway, shown, replayed=True), refresh=True)
