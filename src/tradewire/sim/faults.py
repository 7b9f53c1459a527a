r"""What can go wrong at a simulated venue, as values that can be written down.

A fault script is JSON Lines; blank lines and lines that start with ``#`` are skipped::

    {"at": 5, "venue": "binance", "fault": "drop"}
    {"at": 8.5, "venue": "theone", "connection": 2, "fault": "half_open"}
    {"fault": "gap", "match": "btcusdt@depth", "count": 1}

``at`` is in seconds from the start of the simulator, ``null`` or absent for at once; ``venue`` is a name or ``null`` for all;
``connection`` is the number of a WebSocket connection, counted from 1 per venue, or ``null`` for all. The other keys are the
fault's own.

Faults of the wire act on the relay line under a connection, faults of frames on the frames of a connection. Faults of the
protocol are asked of the venue itself: its server half may have an attribute ``faults``, and a fault is armed by calling the
first method of the right name there (or by setting an attribute, where it is one); ``VenueFault.orders`` of each fault lists
the names. A venue that has none of them refuses the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from tradewire.errors import ConfigurationError
from tradewire.sim import fault_kinds as kinds
from tradewire.sim.connection import Muted
from tradewire.sim.fault_kinds import Fault


def _leaves(kind: type[Fault]) -> Iterator[type[Fault]]:
    children = kind.__subclasses__()
    if not children:
        yield kind
    for child in children:
        yield from _leaves(child)


#: Every fault by its name in a script.
FAULTS: Mapping[str, type[Fault]] = {str(kind.__struct_config__.tag): kind for kind in _leaves(Fault)}

_KIND = msgspec.json.Decoder(dict[str, msgspec.Raw])


def parse_faults(text: str | bytes, *, source: str) -> tuple[Fault, ...]:
    """Read a fault script.

    Args:
        text: JSON Lines.
        source: Where it comes from, for the error.

    Raises:
        ConfigurationError: A line is no fault; the text names the line, what is wrong and what would be right.
    """
    lines = (text if isinstance(text, str) else text.decode(errors="replace")).splitlines()
    return tuple(
        _parse_line(line, f"{source}, line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    )


def _parse_line(line: str, where: str) -> Fault:
    try:
        name = msgspec.json.decode(_KIND.decode(line).get("fault", b"null"))
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{where}: not a JSON object ({error})") from None
    kind = FAULTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ConfigurationError(f"{where}: there is no fault {name!r}; the faults are {', '.join(sorted(FAULTS))}")
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{where}: {error}; {name} takes {', '.join(kind.__struct_fields__)}") from None


class FaultScript:
    """The one way to make things go wrong: by method, by script line, by file.

    Every method takes ``venue`` (default: all) and, where a fault concerns connections, ``connection`` (default: all of them;
    faults that last then also meet the connections to come). All act at once; for a later time ``add`` a fault with ``at``.

    Args:
        schedule: Makes a fault happen at its time.
        venues: Names that faults may have.
    """

    def __init__(self, schedule: Callable[[Fault], None], venues: Collection[str]) -> None:
        self._schedule = schedule
        self._venues = venues

    def add(self, *faults: Fault) -> None:
        """Schedule faults.

        Raises:
            ConfigurationError: A venue is not simulated here, or cannot do what is due at once.
        """
        for fault in faults:
            if fault.venue is not None and fault.venue not in self._venues:
                raise ConfigurationError(f"no venue {fault.venue!r} is simulated here; there is {', '.join(self._venues)}")
        for fault in faults:
            self._schedule(fault)

    def read(self, text: str | bytes, *, source: str = "fault script") -> int:
        """Schedule the faults of a script and return how many there are.

        Raises:
            ConfigurationError: As ``parse_faults`` and ``add``.
        """
        faults = parse_faults(text, source=source)
        self.add(*faults)
        return len(faults)

    def load(self, path: Path) -> int:
        """Schedule the faults of a script file and return how many there are.

        Raises:
            ConfigurationError: The file cannot be read, or as ``read``.
        """
        try:
            text = path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"the fault script cannot be read: {error}") from None
        return self.read(text, source=str(path))

    def drop_connection(self, connection: int | None = None, *, venue: str | None = None) -> None:
        """End the TCP connection without a close frame."""
        self.add(kinds.Drop(venue=venue, connection=connection))

    def reset_connection(self, connection: int | None = None, *, venue: str | None = None) -> None:
        """Reset the TCP connection."""
        self.add(kinds.Reset(venue=venue, connection=connection))

    def close_connection(
        self, code: int = 1001, reason: str = "", *, connection: int | None = None, venue: str | None = None
    ) -> None:
        """Close the connection from the venue's side with this WebSocket code."""
        self.add(kinds.CloseConnection(venue=venue, connection=connection, code=code, reason=reason))

    def half_open(self, connection: int | None = None, *, venue: str | None = None) -> None:
        """Let nothing arrive any more in either direction, and tell neither side."""
        self.add(kinds.HalfOpen(venue=venue, connection=connection))

    def stall(
        self,
        seconds: float,
        *,
        direction: Literal["in", "out", "both"] = "both",
        connection: int | None = None,
        venue: str | None = None,
    ) -> None:
        """Hold everything for ``seconds``, then let it arrive."""
        self.add(kinds.Stall(venue=venue, connection=connection, seconds=seconds, direction=direction))

    def delay(self, seconds: float, *, connection: int | None = None, venue: str | None = None) -> None:
        """Let everything the venue sends arrive ``seconds`` later."""
        self.add(kinds.Delay(venue=venue, connection=connection, seconds=seconds))

    def slow_reader(self, bytes_per_second: float = 1024.0, *, connection: int | None = None, venue: str | None = None) -> None:
        """Let the client read no more than ``bytes_per_second``."""
        self.add(kinds.SlowReader(venue=venue, connection=connection, bytes_per_second=bytes_per_second))

    def mute(
        self, seconds: float | None = None, *, what: Muted = "all", connection: int | None = None, venue: str | None = None
    ) -> None:
        """Let the venue say nothing for ``seconds``, or ever again; ``what`` narrows it to data, or to the answers to pings."""
        self.add(kinds.Mute(venue=venue, connection=connection, seconds=seconds, what=what))

    def gap(self, match: str = "", *, count: int = 1, connection: int | None = None, venue: str | None = None) -> None:
        """Lose the next ``count`` frames in which ``match`` occurs."""
        self.add(kinds.Gap(venue=venue, connection=connection, match=match, count=count))

    def duplicate(self, match: str = "", *, count: int = 1, connection: int | None = None, venue: str | None = None) -> None:
        """Send the next ``count`` frames in which ``match`` occurs twice."""
        self.add(kinds.Duplicate(venue=venue, connection=connection, match=match, count=count))

    def reorder(self, match: str = "", *, count: int = 1, connection: int | None = None, venue: str | None = None) -> None:
        """Let the next ``count`` frames in which ``match`` occurs change places with the one that follows."""
        self.add(kinds.Reorder(venue=venue, connection=connection, match=match, count=count))

    def lose_answers(self, match: str = "", *, count: int = 1, connection: int | None = None, venue: str | None = None) -> None:
        """Lose the next ``count`` answers in which ``match`` occurs; what was asked is done all the same."""
        self.add(kinds.LostAck(venue=venue, connection=connection, match=match, count=count))

    def malformed(self, payload: str = '{"broken":', *, connection: int | None = None, venue: str | None = None) -> None:
        """Send a text frame that the protocol does not allow."""
        self.add(kinds.Malformed(venue=venue, connection=connection, payload=payload))

    def refuse_connections(self, count: int = 1, *, status: int | None = None, venue: str | None = None) -> None:
        """Refuse the next ``count`` upgrades with an HTTP status, or with a TCP reset."""
        self.add(kinds.RefuseConnect(venue=venue, count=count, status=status))

    def restart(self, venue: str | None = None, *, down_for: float = 1.0) -> None:
        """Take the venue down and up again ``down_for`` seconds later."""
        self.add(kinds.Restart(venue=venue, down_for=down_for))

    def http_status(self, status: int, *, count: int = 1, retry_after: int = 1, venue: str | None = None) -> None:
        """Answer the next ``count`` REST calls with ``status``."""
        self.add(kinds.HttpStatus(venue=venue, status=status, count=count, retry_after=retry_after))

    def shutdown_notice(self, after: float = 1.0, *, venue: str | None = None) -> None:
        """Let the venue announce that it closes its connections ``after`` seconds."""
        self.add(kinds.ShutdownNotice(venue=venue, after=after))

    def heal(self, venue: str | None = None) -> None:
        """End everything that can end."""
        self.add(kinds.Heal(venue=venue))
