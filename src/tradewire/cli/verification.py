"""``tradewire replay --verify``: does a recording add up, read directly and through a gateway?"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tradewire.cli.playback import play, playing, recorded_channels
from tradewire.cli.render import counted
from tradewire.errors import Unsupported
from tradewire.model.channels import Book, Channel
from tradewire.model.events import AggregateTrade, BookUpdate, Event, Gap, Quote, Trade
from tradewire.sim.recording import Recording, is_rest, read_capture
from tradewire.sim.tapes import tape_of
from tradewire.venues.binance.verify import CaptureVerifier
from tradewire.wire import verify
from tradewire.wire.capture import CaptureLine
from tradewire.wire.verify import BookCheck, Report, top_of_book, top_of_quote


class Verifier(Protocol):
    """Reads recordings of one venue line by line."""

    def begin_file(self) -> None:
        """A new file follows."""
        ...

    def take(self, line: CaptureLine, where: str) -> None:
        """Take one line."""
        ...

    def report(self) -> Report:
        """What has been found so far."""
        ...


#: The verifier of each venue, and the places whose recordings look like the venue's and are not.
_VERIFIERS: Mapping[str, tuple[type[Verifier], re.Pattern[str]]] = {
    "binance": (CaptureVerifier, re.compile(r"\w+://([fd](?:stream|api)\.[^/:]+)")),
}


@dataclass(frozen=True, slots=True)
class Direct:
    """What reading the files of a session line by line told.

    Attributes:
        frames: Recorded messages by the venue's name of the channel.
    """

    frames: Counter[str]
    report: Report


class Delivered:
    """What a gateway to the same files delivered.

    Args:
        names: The venue's names of the channels.

    Attributes:
        events: How many, by name of the channel; without gaps.
        gaps: How many, by name of the channel.
    """

    def __init__(self, names: Mapping[Channel, str]) -> None:
        self.names = names
        self.events: Counter[str] = Counter()
        self.gaps: Counter[str] = Counter()
        self.sequences: dict[str, verify.Sequence] = {}
        self.books: dict[str, BookCheck] = {each.symbol: BookCheck(each.symbol) for each in names if isinstance(each, Book)}
        self._updates: dict[str, BookUpdate] = {}

    def take(self, event: Event) -> None:
        """Take one event, as it is decoded."""
        name = self.names[event.channel]
        if isinstance(event, Gap):
            self.gaps[name] += 1
            return
        self.events[name] += 1
        match event:
            case Quote(symbol=symbol, update_id=update_id) if symbol in self.books:
                self.books[symbol].quote(update_id, top_of_quote(event), "")
            case BookUpdate(symbol=symbol, update_id=update_id):
                self._updates[symbol] = event
                self.books[symbol].updates += 1
                if (top := top_of_book(event)) is not None:
                    self.books[symbol].book(update_id, top, "")
            case Trade(trade_id=number) | AggregateTrade(aggregate_id=number):
                self.sequences.setdefault(name, verify.Sequence(name)).take(number, number, "")

    def stands_at(self, symbol: str) -> int | None:
        """Update id of the book of ``symbol``, or ``None`` if it did not become live."""
        update = self._updates.get(symbol)
        return None if update is None else update.update_id


@dataclass(frozen=True, slots=True)
class Session:
    """Files that go on where the one before ended, and what was found in them.

    Attributes:
        problems: One line each; none if all is well.
    """

    files: tuple[Path, ...]
    direct: Direct
    delivered: Delivered
    problems: tuple[str, ...]


def verify_files(files: Sequence[Path], speed: float | None) -> list[Session]:
    """Verify recordings of one venue.

    Args:
        files: In order. Files whose ids do not connect are verified apart.
        speed: Of the reading through a gateway; see ``tradewire.replay``.

    Raises:
        CaptureError: A file cannot be read; the text names file and line.
        Unsupported: Such recordings cannot be verified.
    """
    venue = Recording(files).venue
    sessions: list[Session] = []
    for group, direct in _connected(files, venue):
        recording = Recording(group, venue)
        delivered = asyncio.run(_read_through_gateway(group, recording, speed))
        problems = (*problems_of(direct), *differences(direct, delivered))
        sessions.append(Session(group, direct, delivered, problems))
    return sessions


def _connected(files: Iterable[Path], venue: str) -> list[tuple[tuple[Path, ...], Direct]]:
    groups: list[tuple[tuple[Path, ...], Direct]] = []
    for path in files:
        alone = read_directly((path,), venue)
        for index, (group, earlier) in enumerate(groups):
            if _goes_on(earlier.report, alone.report):
                groups[index] = ((*group, path), read_directly((*group, path), venue))
                break
        else:
            groups.append(((path,), alone))
    return groups


def _goes_on(earlier: Report, later: Report) -> bool:
    ends = {each.stream: each.last for each in earlier.sequences}
    return any(each.first is not None and ends.get(each.stream) == each.first - 1 for each in later.sequences)


def read_directly(files: Iterable[Path], venue: str) -> Direct:
    """Feed every line to the verifier of the venue."""
    if venue not in _VERIFIERS:
        text = f"recordings of {venue} have no numbers to check; those of {', '.join(_VERIFIERS)} can be verified"
        raise Unsupported(text, venue=venue)
    make, foreign = _VERIFIERS[venue]
    verifier, tape, frames = make(), tape_of(venue), Counter[str]()
    for path in files:
        verifier.begin_file()
        for number, line in enumerate(read_capture(path), 1):
            if elsewhere := foreign.match(line.conn):
                text = f"{path}, line {number}: recorded at {elsewhere[1]}, which numbers its books otherwise than {venue}"
                raise Unsupported(text, venue=venue)
            if line.dir == "in" and not is_rest(line):
                frames[tape.channel_of(line.raw) or ""] += 1
            verifier.take(line, f"{path.name}, line {number}")
    return Direct(frames, verifier.report())


async def _read_through_gateway(files: Sequence[Path], recording: Recording, speed: float | None) -> Delivered:
    async with playing(files, recording, speed) as gateway:
        delivered = Delivered(await recorded_channels(gateway, recording))
        await play(gateway, delivered.names, delivered.take)
    return delivered


def problems_of(direct: Direct) -> Iterator[str]:
    """Name what does not add up in the files themselves."""
    report = direct.report
    yield from report.unread
    for sequence in report.sequences:
        for hole in sequence.breaks:
            yield f"{hole.where}: {sequence.stream}: {counted(hole.missed, 'id')} missing after {hole.after}"
    for book in report.books:
        for wrong in book.mismatches:
            yield (
                f"{wrong.where}: {book.symbol}: after update {wrong.update_id} the rebuilt book has {_spelt(wrong.rebuilt)}, "
                f"but {_spelt(wrong.quoted)} was quoted"
            )
    restarts = sum(sequence.restarts for sequence in report.sequences)
    for book in report.books:
        if book.rebuilds > restarts:
            yield f"{book.symbol}: the book broke and had to be rebuilt ({counted(book.rebuilds, 'time')})"
    if not report.sequences:
        yield "no numbered stream is recorded, so there is nothing to check"
    quoted = any(book.anchored and book.quotes for book in report.books)
    if quoted and not sum(book.compared for book in report.books):
        yield "no quote carries an update id of a rebuilt book, so nothing could be compared"


def _spelt(top: verify.Top) -> str:
    return f"{top.bid_quantity} @ {top.bid} | {top.ask_quantity} @ {top.ask}"


def differences(direct: Direct, delivered: Delivered) -> Iterator[str]:
    """Name what the gateway delivered otherwise than the files hold it."""
    sequences = {each.stream: each for each in direct.report.sequences}
    books = {each.symbol: each for each in direct.report.books}
    for channel, name in delivered.names.items():
        if isinstance(channel, Book):
            book = books[channel.symbol]
            if book.anchored and not book.rebuilds:
                yield from _book_differences(book, delivered, name, sequences[name].last)
            continue
        recorded, came = direct.frames[name], delivered.events[name]
        # A message about all symbols holds several events.
        if getattr(channel, "symbol", "") and recorded != came:
            yield f"gateway: {name}: {came:,} of {recorded:,} recorded messages were delivered"
        read, through = sequences.get(name), delivered.sequences.get(name)
        if read and through and not read.restarts and (through.first, through.last) != (read.first, read.last):
            yield f"gateway: {name}: delivered {through.first} to {through.last}, recorded {read.first} to {read.last}"


def _book_differences(book: BookCheck, delivered: Delivered, name: str, last: int) -> Iterator[str]:
    through, stands_at = delivered.books[book.symbol], delivered.stands_at(book.symbol)
    if stands_at != last:
        yield f"gateway: {book.symbol}: the book stands at update {stands_at}, not at {last}"
    if through.mismatches:
        yield f"gateway: {book.symbol}: {len(through.mismatches):,} of {through.compared:,} tops differ from the quotes"
    if delivered.gaps[name]:
        yield f"gateway: {book.symbol}: {counted(delivered.gaps[name], 'gap')}"
