"""What a venue declares about itself, so that the engine never needs to know its name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tradewire.errors import TradewireError
from tradewire.model.channels import Channel
from tradewire.model.instrument import Instrument
from tradewire.model.time import Nanos
from tradewire.wire.protocol import ClientProtocol, HttpRequest, HttpResponse
from tradewire.wire.signing import Credentials
from tradewire.wire.verify import Verifier


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How a connection proves that it lives. Seconds.

    Attributes:
        ping_every: The client sends a WebSocket ping this often; ``None`` means never.
        pong_within: A ping that is not followed by its pong (or by any frame, with ``any_frame``) within this time cuts the link.
        any_frame: Whether any frame counts as an answer.
        silence: Without any frame at all, ping or pong included, for this long the link is cut; ``None`` means never.
    """

    ping_every: float | None = 20.0
    pong_within: float = 10.0
    any_frame: bool = False
    silence: float | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """One kind of connection that a venue offers.

    Attributes:
        private: Whether it logs in.
        max_channels: Subscriptions one connection may carry; more open another connection.
        frames_per_second: Outgoing frames a second that the client allows itself, control frames included; ``None`` is unlimited.
        lifetime: Seconds after which the client replaces the connection (make-before-break), or ``None``.
        max_frame_in: Largest frame accepted, bytes.
        max_frame_out: Largest frame sent, bytes.
        connect_timeout: Seconds for socket and upgrade.
        login_timeout: Seconds from open socket to ``Ready``.
        acknowledge_timeout: Seconds to wait for a subscription's acknowledgement.
    """

    name: str
    private: bool = False
    max_channels: int | None = None
    frames_per_second: float | None = None
    lifetime: float | None = None
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    max_frame_in: int = 16 * 1024 * 1024
    max_frame_out: int | None = None
    connect_timeout: float = 10.0
    login_timeout: float = 10.0
    acknowledge_timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a venue lives in one environment.

    Attributes:
        http: Base URL of REST, without a trailing slash.
        ws: Base WebSocket URL by role name.
    """

    http: str
    ws: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RestContext:
    """What building a request may need besides its parameters.

    Attributes:
        now: The venue's time as best known, nanoseconds.
        credentials: Or ``None`` for public calls.
        nonce: Makes a fresh nonce.
        options: The venue's own options, as given to ``connect``.
    """

    now: Nanos
    credentials: Credentials | None
    nonce: Callable[[], str]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One REST call: pure build, pure parse.

    Attributes:
        build: Parameters and context to a request (target without scheme and host).
        parse: A 2xx response to the result. Raises ``RemoteProtocolError`` when it cannot be read.
        idempotent: Whether the engine may repeat it after a lost answer.
        weight: Cost against the venue's weight budget, as a function of the parameters.
    """

    name: str
    build: Callable[[Mapping[str, Any], RestContext], HttpRequest]
    parse: Callable[[HttpResponse], Any]
    signed: bool = False
    idempotent: bool = True
    weight: Callable[[Mapping[str, Any]], int] = lambda params: 1  # noqa: ARG005 - the default ignores its argument


@dataclass(frozen=True, slots=True)
class WeightLimit:
    """A REST weight budget: ``weight`` per window of ``seconds``, windows aligned to the epoch."""

    weight: int
    seconds: int


@dataclass(frozen=True, slots=True)
class ClientContext:
    """What a client protocol is born with.

    Attributes:
        credentials: For private roles.
        nonce: Makes a fresh nonce (injected, so that the protocol stays pure).
        clock_offset: Venue time less local time, nanoseconds, read when needed.
        instruments: Known instruments by venue symbol; may be filled later, the same mapping.
        options: The venue's own options, as given to ``connect``.
    """

    credentials: Credentials | None
    nonce: Callable[[], str]
    clock_offset: Callable[[], Nanos]
    instruments: MutableMapping[str, Instrument]
    options: Mapping[str, Any]


class VenueSpec(ABC):
    """Everything that the engine, the simulator's launcher and the command know about a venue."""

    name: ClassVar[str]
    #: Roles by name; the first one is opened by ``connect()``.
    roles: ClassVar[Mapping[str, Role]]
    #: ``live``, ``testnet`` (where there is one) and ``sim``.
    environments: ClassVar[Mapping[str, Endpoints]]
    #: Environment variables of key, secret and (optional) REST base URL.
    credential_variables: ClassVar[tuple[str, ...]]
    #: Key and secret of the account that every simulator of this venue has, or ``None``.
    published_account: ClassVar[tuple[str, str] | None] = None
    #: The REST calls, by name. ``"instruments"`` returns ``tuple[Instrument, ...]``; ``"time"`` returns ``Nanos``.
    rest: ClassVar[Mapping[str, Endpoint]]
    weight_limit: ClassVar[WeightLimit | None] = None
    #: Options that ``connect(venue, **options)`` accepts, with their defaults.
    options: ClassVar[Mapping[str, Any]] = {}
    #: The channels (classes) it offers, for help texts and capability tables.
    channels: ClassVar[tuple[type[Channel], ...]]

    @abstractmethod
    def resolve(self, channel: Channel) -> Channel:
        """Return the channel as the wire knows it (two wishes served by one stream resolve to equal values).

        Raises:
            Unsupported: The venue has no such channel; the text names those it has.
        """

    @abstractmethod
    def role_of(self, channel: Channel) -> str:
        """Name of the role whose connections carry ``channel``."""

    @abstractmethod
    def client(self, role: str, context: ClientContext) -> ClientProtocol:
        """Make the client half for one socket of ``role``."""

    @abstractmethod
    def error_of(self, response: HttpResponse) -> TradewireError:
        """Turn a response that is not 2xx into a typed error in the venue's words."""

    def used_weight(self, response: HttpResponse) -> int | None:
        """REST weight used in the running window, where the venue's responses say so."""
        return None

    def check(self, options: Mapping[str, Any]) -> None:  # noqa: B027 - most venues take any value
        """Look at the values of the venue's own options, defaults included.

        Raises:
            ConfigurationError: A value is not possible; the text names those that are.
        """

    def url(self, role: str, endpoints: Endpoints, options: Mapping[str, Any]) -> str:
        """WebSocket URL to open for ``role``."""
        return endpoints.ws[role]

    def cadence(self, channel: Channel) -> float | None:
        """Seconds after which silence on ``channel`` is worth a ``Stale``, or ``None`` for event-driven channels."""
        return None

    def channels_named(self, name: str, instruments: Mapping[str, Instrument]) -> tuple[Channel, ...]:
        """Resolved channels that a recorded stream serves.

        Args:
            name: As the venue names the stream.
            instruments: Known instruments by venue symbol.
        """
        return ()

    def verifier(self) -> Verifier | None:
        """Make what checks recordings of this venue, or ``None`` where they hold nothing to check."""
        return None
