"""What TheOne declares about itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from tradewire.errors import TradewireError, Unsupported
from tradewire.model.channels import Balances, Channel, SwapOrders
from tradewire.model.instrument import Instrument
from tradewire.venues.spec import ClientContext, Endpoint, Endpoints, Heartbeat, Role, VenueSpec
from tradewire.venues.theone import refusals
from tradewire.venues.theone.auth import DERIVED, STREAM_PATH
from tradewire.venues.theone.client import TheOneClient
from tradewire.venues.theone.messages import VENUE, channel_name, channel_of
from tradewire.venues.theone.rest import ENDPOINTS
from tradewire.wire.protocol import ClientProtocol, HttpResponse

STREAM = "stream"


def ws_url_of(base_url: str) -> str:
    """Return the stream's URL for a REST base URL: ``https://host/`` gives ``wss://host/ws/v1/stream``."""
    scheme, separator, rest = base_url.rstrip("/").partition("://")
    return f"{ {'http': 'ws', 'https': 'wss'}.get(scheme, scheme) }{separator}{rest}{STREAM_PATH}"


def _environment(base_url: str) -> Endpoints:
    return Endpoints(http=base_url, ws={STREAM: ws_url_of(base_url)})


class TheOneSpec(VenueSpec):
    """TheOne, a swap broker: one private stream, two channels, four signed operations."""

    name = VENUE
    #: Limits where the broker's texts disagree: the smaller message size is obeyed in sending, the larger one in receiving.
    roles: ClassVar[Mapping[str, Role]] = MappingProxyType(
        {
            STREAM: Role(
                STREAM,
                private=True,
                max_channels=100,
                # The broker allows 100; its clock and the network's jitter must not make ours one more.
                frames_per_second=95,
                heartbeat=Heartbeat(ping_every=30.0, pong_within=10.0, any_frame=True),
                max_frame_in=1024 * 1024,
                max_frame_out=65_536,
                login_timeout=10.0,
                acknowledge_timeout=5.0,
            )
        }
    )
    environments: ClassVar[Mapping[str, Endpoints]] = MappingProxyType(
        {
            "live": _environment("https://partner-api.the-one.io"),
            "testnet": _environment("https://partner-api-dev.the-one.io"),
            "sim": _environment("http://127.0.0.1:8701"),
        }
    )
    credential_variables = ("BROKER_API_KEY", "BROKER_SECRET_KEY", "BROKER_BASE_URL")
    published_account = ("test_key_1", "test_secret_1")
    #: No ``instruments``: the broker lists none.
    rest: ClassVar[Mapping[str, Endpoint]] = ENDPOINTS
    options: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            "key_mode": DERIVED,  # or "raw": the secret itself is the HMAC key
            "field_style": "clients",  # or "docs": amount, from, to
            "keep_alive": False,  # ask for the balances after four minutes without a frame sent
            "pipelining": False,  # several requests at once, correlated by order alone
            "acknowledge_timeout": 5.0,  # seconds
            "max_subscriptions": 100,  # per connection; 50 in another text of the broker
            "broker_token": "",  # for key management over REST
        }
    )
    channels = (Balances, SwapOrders)

    def resolve(self, channel: Channel) -> Channel:
        """Return ``channel`` itself; see ``VenueSpec.resolve``."""
        if channel_name(channel) is None:
            raise Unsupported(f"TheOne has no channel {channel!r}; it has Balances() and SwapOrders(order_id)", venue=VENUE)
        return channel

    def role_of(self, channel: Channel) -> str:
        """Return ``stream``, the only role."""
        return STREAM

    def client(self, role: str, context: ClientContext) -> ClientProtocol:
        """Make the client half for one socket."""
        return TheOneClient(context)

    def error_of(self, response: HttpResponse) -> TradewireError:
        """Turn a response that is not 2xx into a typed error in the broker's words."""
        return refusals.error_of(response)

    def channels_named(self, name: str, instruments: Mapping[str, Instrument]) -> tuple[Channel, ...]:
        """The one channel that the broker calls ``name``."""
        channel = channel_of(name)
        return () if channel is None else (channel,)


SPEC = TheOneSpec()
