"""What Binance Spot is: connections, places, limits, channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from tradewire.errors import ConfigurationError, TradewireError, Unsupported
from tradewire.model.channels import AveragePrices, Candles, Channel, MiniTickers, PartialBook, Tickers
from tradewire.model.instrument import Instrument
from tradewire.venues.binance.client import MarketClient
from tradewire.venues.binance.rest import REST, error_of, header
from tradewire.venues.binance.streams import CHANNELS, MAX_DEPTH, Symbols, channel_of, resolve
from tradewire.venues.binance.verify import CaptureVerifier
from tradewire.venues.spec import ClientContext, Endpoint, Endpoints, Heartbeat, Role, VenueSpec, WeightLimit
from tradewire.wire.protocol import ClientProtocol, HttpResponse
from tradewire.wire.verify import Verifier

_HOURS = 3600.0

#: The venue allows five frames a second, pings and pongs included, and ends a connection after 24 hours. It pings every 20 s and
#: wants the pong within 60 s, so a minute without any frame at all is a dead link (web-socket-streams.md).
MARKET = Role(
    "market",
    max_channels=1024,
    frames_per_second=4,
    lifetime=24 * _HOURS - 600,
    heartbeat=Heartbeat(ping_every=30.0, pong_within=10.0, any_frame=True, silence=65.0),
)

#: Seconds of silence that are strange on streams with a fixed cadence (one or two seconds at the venue). The others speak only
#: when something happens.
_CADENCE_SECONDS: Mapping[type[Channel], float] = {
    AveragePrices: 10.0,
    Candles: 60.0,
    MiniTickers: 60.0,
    PartialBook: 60.0,
    Tickers: 60.0,
}


class BinanceSpec(VenueSpec):
    """Binance Spot, market data.

    Options: ``snapshot_limit`` is how many levels a side a local book starts with (1 to 5000; 5000 costs 250 of the 6000 request
    weight a minute); ``time_unit`` is ``ms``, or ``us`` to have the venue send microseconds.
    """

    name: ClassVar[str] = "binance"
    roles: ClassVar[Mapping[str, Role]] = {MARKET.name: MARKET}
    environments: ClassVar[Mapping[str, Endpoints]] = {
        "live": Endpoints("https://api.binance.com", {"market": "wss://stream.binance.com:9443/stream"}),
        "testnet": Endpoints("https://testnet.binance.vision", {"market": "wss://stream.testnet.binance.vision/stream"}),
        "demo": Endpoints("https://demo-api.binance.com", {"market": "wss://demo-stream.binance.com/stream"}),
        "sim": Endpoints("http://127.0.0.1:8702", {"market": "ws://127.0.0.1:8702/stream"}),
    }
    credential_variables: ClassVar[tuple[str, ...]] = ("BINANCE_API_KEY", "BINANCE_API_SECRET")
    rest: ClassVar[Mapping[str, Endpoint]] = REST
    weight_limit: ClassVar[WeightLimit | None] = WeightLimit(weight=6000, seconds=60)
    options: ClassVar[Mapping[str, Any]] = {"snapshot_limit": 5000, "time_unit": "ms"}
    channels: ClassVar[tuple[type[Channel], ...]] = CHANNELS

    def resolve(self, channel: Channel) -> Channel:
        """Return the stream that serves ``channel``, as a channel.

        Raises:
            Unsupported: There is none; the text names what there is.
            UnknownSymbol: The symbol is not written ``BASE/QUOTE``.
        """
        return resolve(channel)

    def check(self, options: Mapping[str, Any]) -> None:
        """Refuse impossible values.

        Raises:
            ConfigurationError: ``snapshot_limit`` or ``time_unit`` is none of the possible values.
        """
        limit, unit = options["snapshot_limit"], options["time_unit"]
        if not isinstance(limit, int) or not 1 <= limit <= MAX_DEPTH:
            raise ConfigurationError(f"snapshot_limit must be 1 to {MAX_DEPTH} levels a side, not {limit!r}", venue=self.name)
        if unit not in {"ms", "us"}:
            raise ConfigurationError(f"time_unit must be ms or us, not {unit!r}", venue=self.name)

    def url(self, role: str, endpoints: Endpoints, options: Mapping[str, Any]) -> str:
        """The endpoint, ending in ``/stream`` (events name their stream) unless it has a path of its own, with the time unit."""
        parts = urlsplit(endpoints.ws[role])
        unit = "timeUnit=MICROSECOND" if options.get("time_unit") == "us" else ""
        query = "&".join(filter(None, (parts.query, unit)))
        return urlunsplit(parts._replace(path=parts.path if parts.path.strip("/") else "/stream", query=query))

    def role_of(self, channel: Channel) -> str:
        """``market`` for all that is public."""
        return MARKET.name

    def client(self, role: str, context: ClientContext) -> ClientProtocol:
        """Make the client half of one socket."""
        if role != MARKET.name:
            raise Unsupported(f"binance has no connection {role!r}; it has market", venue=self.name)
        return MarketClient(context)

    def error_of(self, response: HttpResponse) -> TradewireError:
        """Turn a refusal into a typed error in the venue's words."""
        return error_of(response)

    def used_weight(self, response: HttpResponse) -> int | None:
        """The header ``X-MBX-USED-WEIGHT-1M`` that every response carries."""
        used = header(response, "x-mbx-used-weight-1m")
        return int(used) if used.isdecimal() else None

    def cadence(self, channel: Channel) -> float | None:
        """Silence worth a ``Stale``, for streams with a fixed cadence."""
        return _CADENCE_SECONDS.get(type(channel))

    def channels_named(self, name: str, instruments: Mapping[str, Instrument]) -> tuple[Channel, ...]:
        """The one channel that the stream ``name`` is."""
        channel = channel_of(name, Symbols(instruments))
        return () if channel is None else (channel,)

    def verifier(self) -> Verifier:
        """Ids must have no holes, and books the tops that were quoted."""
        return CaptureVerifier()


SPEC = BinanceSpec()
