"""What Kraken Spot is: connections, places, limits, channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tradewire.errors import TradewireError, Unsupported
from tradewire.model.channels import Channel
from tradewire.model.instrument import Instrument
from tradewire.venues.kraken.client import PublicClient
from tradewire.venues.kraken.rest import REST, error_of
from tradewire.venues.kraken.streams import CHANNELS, VENUE, channels_of, resolve
from tradewire.venues.kraken.verify import CaptureVerifier
from tradewire.venues.spec import ClientContext, Endpoint, Endpoints, Heartbeat, Role, VenueSpec, WeightLimit
from tradewire.wire.protocol import ClientProtocol, HttpResponse
from tradewire.wire.verify import Verifier

#: The venue limits frames without saying how many; this is few enough. It speaks every second once something is subscribed, and
#: the client asks before that, so silence ends the link. WebSocket pings would tell less: a proxy in front answers those.
PUBLIC = Role("public", frames_per_second=5, heartbeat=Heartbeat(ping_every=None, silence=8.0))


class KrakenSpec(VenueSpec):
    """Kraken Spot, market data. There is no test network; the simulator is the place to try things."""

    name: ClassVar[str] = VENUE
    roles: ClassVar[Mapping[str, Role]] = {PUBLIC.name: PUBLIC}
    environments: ClassVar[Mapping[str, Endpoints]] = {
        "live": Endpoints(
            "https://api.kraken.com",
            {
                "public": "wss://ws.kraken.com/v2",
                "private": "wss://ws-auth.kraken.com/v2",
                "level3": "wss://ws-l3.kraken.com/v2",
            },
        ),
        "sim": Endpoints(
            "http://127.0.0.1:8703",
            {
                "public": "ws://127.0.0.1:8703/public/v2",
                "private": "ws://127.0.0.1:8703/private/v2",
                "level3": "ws://127.0.0.1:8703/level3/v2",
            },
        ),
    }
    credential_variables: ClassVar[tuple[str, ...]] = ("KRAKEN_API_KEY", "KRAKEN_API_SECRET")
    published_account: ClassVar[tuple[str, str] | None] = (
        "kraken_test_key_1",
        "a3Jha2VuLXRlc3Qtc2VjcmV0LTFrcmFrZW4tdGVzdC1zZWNyZXQtMWtyYWtlbi10ZXN0LXNlY3JldC0x",
    )
    rest: ClassVar[Mapping[str, Endpoint]] = REST
    #: About one public call a second.
    weight_limit: ClassVar[WeightLimit | None] = WeightLimit(weight=15, seconds=15)
    channels: ClassVar[tuple[type[Channel], ...]] = CHANNELS

    def resolve(self, channel: Channel) -> Channel:
        """Return ``channel`` as the venue has it.

        Raises:
            Unsupported: There is none; the text names what there is.
            UnknownSymbol: The symbol is not written ``BASE/QUOTE``.
        """
        return resolve(channel)

    def role_of(self, channel: Channel) -> str:
        """``public`` for all market data."""
        return PUBLIC.name

    def client(self, role: str, context: ClientContext) -> ClientProtocol:
        """Make the client half of one socket."""
        if role != PUBLIC.name:
            raise Unsupported(f"kraken has no connection {role!r}; it has public", venue=self.name)
        return PublicClient()

    def error_of(self, response: HttpResponse) -> TradewireError:
        """Turn a refusal into a typed error in the venue's words."""
        return error_of(response)

    def channels_named(self, name: str, instruments: Mapping[str, Instrument]) -> tuple[Channel, ...]:
        """The channels that the stream ``name`` serves; a ticker serves two."""
        return channels_of(name)

    def verifier(self) -> Verifier:
        """Books must have the checksums that were sent, and trade ids no holes."""
        return CaptureVerifier()


SPEC = KrakenSpec()
