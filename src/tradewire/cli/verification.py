"""``tradewire replay --verify``: does a recording add up, read directly and through a gateway?"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tradewire.cli.playback import play, playing, recorded_channels
from tradewire.cli.render import counted
from tradewire.errors import Unsupported
from tradewire.model.channels import Book, Channel
from tradewire.model.events import AggregateTrade, BookUpdate, Event, Gap, Quote, Trade
from tradewire.sim.recording import Recording, read_capture
from tradewire.venues.registry import venue_names, venue_spec
from tradewire.wire import verify
from tradewire.wire.verify import BookCheck, Report, top_of_book, top_of_quote


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

    def take(self, event: Event) -> None:
        """Take one event, as it is decoded."""
        name = self.names[event.channel]
        if isinstance(event, Gap):
            self.gaps[name] += 1
            return
        self.events[name] += 1
        match event:
            case Quote(symbol=symbol, update_id=update_id) if update_id and symbol in self.books:
                self.books[symbol].quote(update_id, top_of_quote(event), "")
            case BookUpdate(symbol=symbol, update_id=update_id):
                self.books[symbol].update(event)
                if (top := top_of_book(event)) is not None:
                    self.books[symbol].book(update_id, top, "")
            case Trade(trade_id=number) | AggregateTrade(aggregate_id=number):
                self.sequences.setdefault(name, verify.Sequence(name)).take(number, number, "")

    def book_of(self, name: str) -> Book | None:
        """The book that the venue calls ``name``, if that is one."""
        return next((each for each, called in self.names.items() if called == name and isinstance(each, Book)), None)

    def stands_at(self, symbol: str) -> int | None:
        """Update id of the book of ``symbol``, or ``None`` if it did not become live."""
        return self.books[symbol].stands_at


@dataclass(frozen=True, slots=True)
class Session:
    """Files that go on where the one before ended, and what was found in them.

    Attributes:
        problems: One line each; none if all is well.
    """

    files: tuple[Path, ...]
    direct: Report
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


def _connected(files: Iterable[Path], venue: str) -> list[tuple[tuple[Path, ...], Report]]:
    groups: list[tuple[tuple[Path, ...], Report]] = []
    for path in files:
        alone = read_directly((path,), venue)
        for index, (group, earlier) in enumerate(groups):
            if _goes_on(earlier, alone):
                groups[index] = ((*group, path), read_directly((*group, path), venue))
                break
        else:
            groups.append(((path,), alone))
    return groups


def _goes_on(earlier: Report, later: Report) -> bool:
    ends = {each.stream: each.last for each in earlier.sequences}
    return any(each.first is not None and ends.get(each.stream) == each.first - 1 for each in later.sequences)


def read_directly(files: Iterable[Path], venue: str) -> Report:
    """Feed every line to the verifier of the venue.

    Raises:
        Unsupported: Such recordings cannot be verified.
    """
    verifier = venue_spec(venue).verifier()
    if verifier is None:
        those = ", ".join(name for name in venue_names() if venue_spec(name).verifier() is not None)
        raise Unsupported(f"recordings of {venue} have no numbers to check; those of {those} can be verified", venue=venue)
    for path in files:
        verifier.begin_file()
        for number, line in enumerate(read_capture(path), 1):
            verifier.take(line, f"{path.name}, line {number}")
    return verifier.report()


async def _read_through_gateway(files: Sequence[Path], recording: Recording, speed: float | None) -> Delivered:
    async with playing(files, recording, speed) as gateway:
        delivered = Delivered(await recorded_channels(gateway, recording))
        await play(gateway, delivered.names, delivered.take)
    return delivered


def problems_of(report: Report) -> Iterator[str]:
    """Name what does not add up in the files themselves."""
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
        yield from (f"{fault.where}: {book.symbol}: {fault.reason}" for fault in book.faults)
    restarts = sum(sequence.restarts for sequence in report.sequences)
    for book in report.books:
        if book.rebuilds > restarts:
            yield f"{book.symbol}: the book broke and had to be rebuilt ({counted(book.rebuilds, 'time')})"
    if not report.sequences and not any(book.checksums for book in report.books):
        yield "no numbered stream is recorded, so there is nothing to check"
    quoted = any(book.anchored and book.quotes for book in report.books)
    if quoted and not sum(book.compared for book in report.books):
        yield "no quote carries an update id of a rebuilt book, so nothing could be compared"


def _spelt(top: verify.Top) -> str:
    return f"{top.bid_quantity} @ {top.bid} | {top.ask_quantity} @ {top.ask}"


def differences(direct: Report, delivered: Delivered) -> Iterator[str]:
    """Name what the gateway delivered otherwise than the files hold it."""
    sequences = {each.stream: each for each in direct.sequences}
    books = {each.symbol: each for each in direct.books}
    for name in dict.fromkeys(delivered.names.values()):
        came, recorded = delivered.events[name], direct.events.get(name, 0)
        if (channel := delivered.book_of(name)) is not None:
            book = books[channel.symbol]
            if book.anchored and not book.rebuilds and not book.faults:
                yield from _book_differences(book, delivered, name)
            continue
        if recorded != came:
            yield f"gateway: {name}: {came:,} of {recorded:,} recorded events were delivered"
        read, through = sequences.get(name), delivered.sequences.get(name)
        if read and through and not read.restarts and (through.first, through.last) != (read.first, read.last):
            yield f"gateway: {name}: delivered {through.first} to {through.last}, recorded {read.first} to {read.last}"


def _book_differences(book: BookCheck, delivered: Delivered, name: str) -> Iterator[str]:
    through, stands_at = delivered.books[book.symbol], delivered.stands_at(book.symbol)
    if stands_at != book.stands_at:
        yield f"gateway: {book.symbol}: the book stands at update {stands_at}, not at {book.stands_at}"
    if through.mismatches:
        yield f"gateway: {book.symbol}: {len(through.mismatches):,} of {through.compared:,} tops differ from the quotes"
    if delivered.gaps[name]:
        yield f"gateway: {book.symbol}: {counted(delivered.gaps[name], 'gap')}"
