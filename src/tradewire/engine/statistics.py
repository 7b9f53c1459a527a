"""What a gateway counts about itself."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from tradewire.model.events import LinkState
from tradewire.model.time import SECOND, Nanos

#: Samples kept per histogram; older ones fade out.
_WINDOW = 4096

#: A day. What is longer was not measured: it comes from a time that the venue made up, or from a recording.
_LONGEST = 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Latency:
    """A distribution in microseconds, over the latest samples (one socket read in 16 is sampled).

    Attributes:
        samples: How many samples the percentiles rest on.
        max_us: Largest ever seen.
    """

    samples: int
    p50_us: float
    p99_us: float
    max_us: float


class Histogram:
    """Collects durations in nanoseconds."""

    __slots__ = ("_largest", "_values")

    def __init__(self) -> None:
        self._values: deque[int] = deque(maxlen=_WINDOW)
        self._largest = 0

    def add(self, nanos: int) -> None:
        """Take one sample; one of more than a day, either way, is ignored."""
        if not -_LONGEST <= nanos <= _LONGEST:
            return
        self._values.append(nanos)
        self._largest = max(self._largest, nanos)

    def latency(self) -> Latency:
        """Percentiles so far; zeros where there is no sample."""
        ordered = sorted(self._values)
        if not ordered:
            return Latency(0, 0.0, 0.0, 0.0)
        last = len(ordered) - 1
        return Latency(
            samples=len(ordered),
            p50_us=ordered[last // 2] / 1000,
            p99_us=ordered[min(last, round(last * 0.99))] / 1000,
            max_us=self._largest / 1000,
        )


@dataclass(frozen=True, slots=True)
class Reconnect:
    """One loss of a connection."""

    connection: str
    reason: str
    at: Nanos


@dataclass(frozen=True, slots=True)
class Statistics:
    """A frozen picture of a gateway.

    Attributes:
        uptime: Seconds since ``connect()`` succeeded.
        connections: Sockets open now.
        messages: Data frames received, all connections, ever.
        bytes_in: Payload bytes of those frames.
        frames_out: Text frames written.
        reconnects: Every loss of a connection, with its reason.
        resyncs: Books rebuilt because of missing updates, a crossed book or a bad checksum.
        gaps: ``Gap`` events emitted.
        unrecognised: Frames that the protocol does not allow.
        dropped: Events dropped by full queues.
        lag: Received less venue time; includes the difference of the two clocks. More than a day is not counted.
        decode: From payload to event.
        deliver: In handlers and queues.
        clock_offset: Venue time less local time, seconds, where it has been measured.
    """

    venue: str
    state: LinkState
    uptime: float
    connections: int
    messages: int
    bytes_in: int
    frames_out: int
    reconnects: tuple[Reconnect, ...]
    resyncs: int
    gaps: int
    unrecognised: int
    dropped: int
    lag: Latency
    decode: Latency
    deliver: Latency
    clock_offset: float


@dataclass(slots=True)
class Counters:
    """The mutable side of ``Statistics``, shared by the parts of one gateway."""

    started: Nanos | None = None
    messages: int = 0
    bytes_in: int = 0
    frames_out: int = 0
    resyncs: int = 0
    gaps: int = 0
    unrecognised: int = 0
    dropped: int = 0
    reconnects: list[Reconnect] = field(default_factory=list)
    lag: Histogram = field(default_factory=Histogram)
    decode: Histogram = field(default_factory=Histogram)
    deliver: Histogram = field(default_factory=Histogram)

    def picture(
        self, *, venue: str, state: LinkState, now: Nanos, connections: int, messages: int, bytes_in: int, clock_offset: float
    ) -> Statistics:
        """Freeze the figures, adding ``messages`` and ``bytes_in`` that links have not handed in yet."""
        return Statistics(
            venue=venue,
            state=state,
            uptime=(now - self.started) / SECOND if self.started is not None else 0.0,
            connections=connections,
            messages=self.messages + messages,
            bytes_in=self.bytes_in + bytes_in,
            frames_out=self.frames_out,
            reconnects=tuple(self.reconnects),
            resyncs=self.resyncs,
            gaps=self.gaps,
            unrecognised=self.unrecognised,
            dropped=self.dropped,
            lag=self.lag.latency(),
            decode=self.decode.latency(),
            deliver=self.deliver.latency(),
            clock_offset=clock_offset,
        )
