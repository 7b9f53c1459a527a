"""What a verification found, for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from tradewire.cli.render import counted
from tradewire.cli.verification import Session
from tradewire.wire.verify import BookCheck

#: Problems shown of each session.
_SHOWN = 20


def ok(sessions: Sequence[Session]) -> bool:
    """Whether all is well."""
    return not any(session.problems for session in sessions)


def as_object(sessions: Sequence[Session]) -> dict[str, Any]:
    """Return all figures, for JSON."""
    return {"ok": ok(sessions), "compared": _compared(sessions), "sessions": [_session(session) for session in sessions]}


def _session(session: Session) -> dict[str, Any]:
    report, delivered = session.direct, session.delivered
    return {
        "files": [str(path) for path in session.files],
        "lines": report.lines,
        "streams": [
            {
                "stream": each.stream,
                "messages": each.messages,
                "first": each.first,
                "last": each.last,
                "joined": each.joined,
                "holes": [{"where": hole.where, "after": hole.after, "missed": hole.missed} for hole in each.breaks],
            }
            for each in report.sequences
        ],
        "books": [
            {
                "symbol": each.symbol,
                "anchored": each.anchored,
                "updates": each.updates,
                "rebuilds": each.rebuilds,
                "compared": each.compared,
                "mismatches": len(each.mismatches),
                "checksums": each.checksums,
                "faults": [{"where": fault.where, "reason": fault.reason} for fault in each.faults],
            }
            for each in report.books
        ],
        "gateway": {
            "events": delivered.events.total(),
            "compared": sum(book.compared for book in delivered.books.values()),
            "mismatches": sum(len(book.mismatches) for book in delivered.books.values()),
        },
        "problems": session.problems,
    }


def _compared(sessions: Sequence[Session]) -> int:
    return sum(book.checked for session in sessions for book in session.direct.books)


def show(sessions: Sequence[Session], *, as_json: bool) -> None:
    """Print the findings."""
    if as_json:
        print(msgspec.json.encode(as_object(sessions)).decode())
        return
    console = Console(highlight=False, soft_wrap=True)
    for session in sessions:
        _show_session(console, session)
    books = [book for session in sessions for book in session.direct.books]
    lines = sum(session.direct.lines for session in sessions)
    streams = sum(len(session.direct.sequences) for session in sessions)
    rebuilt = sum(book.anchored for book in books)
    problems = sum(len(session.problems) for session in sessions)
    verdict = counted(problems, "problem") if problems else "all is well"
    unanchored = f" ({len(books) - rebuilt:,} unanchored: no snapshot, so only ids were checked)" if rebuilt < len(books) else ""
    console.print(
        f"{counted(lines, 'line')}, {counted(streams, 'numbered stream')}, {counted(rebuilt, 'book')} rebuilt{unanchored}, "
        f"{_agreement(books)}: {verdict}",
        style="red" if problems else "green",
    )


def _agreement(books: Sequence[BookCheck]) -> str:
    checked, agreed = sum(book.checked for book in books), sum(book.agreed for book in books)
    if any(book.checksums for book in books):
        return f"{agreed:,} of {counted(checked, 'checksum')} right"
    return f"{agreed:,} of {counted(checked, 'top')} as quoted"


def _show_session(console: Console, session: Session) -> None:
    report, delivered = session.direct, session.delivered
    first, *others = (path.name for path in session.files)
    console.print(first + "".join(f"\n  continued by {name}" for name in others), style="bold")
    table = Table(box=None, pad_edge=False, header_style="dim")
    compared = "checksums" if any(book.checksums for book in report.books) else "tops as quoted"
    for name in ("book", "updates", compared, "by the gateway", ""):
        table.add_column(name, justify="left" if name in {"book", ""} else "right", no_wrap=True)
    for book in report.books:
        through = delivered.books.get(book.symbol)
        table.add_row(book.symbol, f"{book.updates:,}", _matches(book), _delivered(through, book), _remark(book))
    if report.books:
        console.print(table)
    numbered = sum(each.messages for each in report.sequences)
    holes = sum(len(each.breaks) for each in report.sequences)
    console.print(
        f"  {counted(report.lines, 'line')}; {counted(numbered, 'message')} in "
        f"{counted(len(report.sequences), 'numbered stream')}, {counted(holes, 'hole')}; "
        f"{counted(delivered.events.total(), 'event')} through the gateway"
    )
    for problem in session.problems[:_SHOWN]:
        console.print(f"  {problem}", style="red")
    if (more := len(session.problems) - _SHOWN) > 0:
        console.print(f"  and {more:,} more", style="red")
    console.print()


def _matches(book: BookCheck) -> str:
    return f"{book.agreed:,} of {book.checked:,}"


def _delivered(through: BookCheck | None, book: BookCheck) -> str:
    """Of a book with checksums the gateway delivers what matches them, and nothing else."""
    if through is None:
        return "-"
    return f"{through.updates:,} of {book.checksums:,}" if book.checksums else _matches(through)


def _remark(book: BookCheck) -> str:
    if not book.anchored:
        return "unanchored"
    return f"broken and rebuilt {counted(book.rebuilds, 'time')}" if book.rebuilds else ""
