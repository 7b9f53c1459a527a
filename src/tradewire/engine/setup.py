"""Puts the parts of a gateway together."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewire.engine.rest import Rest, fresh_nonce
from tradewire.engine.runtime import Runtime
from tradewire.engine.sinks import Sinks
from tradewire.engine.statistics import Counters
from tradewire.net.clock import SystemClock
from tradewire.net.http import HttpClient
from tradewire.venues.spec import ClientContext, Endpoints, Heartbeat, VenueSpec
from tradewire.wire.backoff import ReconnectPolicy
from tradewire.wire.protocol import HttpRequest, HttpResponse
from tradewire.wire.signing import Credentials, HmacSigner


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What ``tradewire.connect`` has made of its arguments; see there."""

    environment: str
    endpoints: Endpoints
    credentials: Credentials | None
    reconnect: ReconnectPolicy
    proxy: str | None
    ssl_context: ssl.SSLContext | None
    connect_timeout: float | None
    login_timeout: float | None
    request_timeout: float
    http_timeout: float
    heartbeat: Heartbeat | None
    record: str | Path | None
    venue_options: Mapping[str, Any]


def new_runtime(spec: VenueSpec, options: GatewayOptions) -> Runtime:
    """Make what the parts of one gateway share. Opens nothing."""
    clock = SystemClock()
    http = HttpClient(
        options.endpoints.http,
        venue=spec.name,
        timeout=options.http_timeout,
        proxy=options.proxy,
        ssl_context=options.ssl_context,
    )

    def observe(request: HttpRequest, response: HttpResponse) -> None:
        url = http.base + request.target
        runtime.tap("out", f"{request.method} {request.target}".encode(), url)
        runtime.tap("in", response.body, url)

    rest = Rest(spec, http, clock=clock, credentials=options.credentials, options=options.venue_options, observe=observe)
    runtime = Runtime(
        spec=spec,
        endpoints=options.endpoints,
        context=ClientContext(
            credentials=options.credentials,
            nonce=lambda: fresh_nonce(clock),
            clock_offset=rest.offset.offset,
            instruments={},
            options=options.venue_options,
        ),
        clock=clock,
        rest=rest,
        sinks=Sinks(),
        counters=Counters(),
        policy=options.reconnect,
        heartbeat=options.heartbeat,
        proxy=options.proxy,
        ssl_context=options.ssl_context,
        connect_timeout=options.connect_timeout,
        login_timeout=options.login_timeout,
    )
    return runtime


def secrets_of(credentials: Credentials | None) -> tuple[str, ...]:
    """Texts that must not appear in a recording."""
    if credentials is None:
        return ()
    signer = credentials.signer
    return (credentials.key, signer.secret.reveal()) if isinstance(signer, HmacSigner) else (credentials.key,)
