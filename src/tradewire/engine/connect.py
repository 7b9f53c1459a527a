"""From a venue's name and a few options to a gateway."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from tradewire.engine.gateway import Gateway
from tradewire.engine.setup import GatewayOptions
from tradewire.errors import ConfigurationError
from tradewire.settings import base_url, documented_url, environment_name, key_and_secret
from tradewire.venues.registry import venue_spec
from tradewire.venues.spec import Endpoints, Heartbeat, VenueSpec
from tradewire.wire.backoff import Backoff, ReconnectPolicy
from tradewire.wire.signing import Credentials, Hmac

#: What both aiohttp (REST) and picows (sockets) can go through; SOCKS would serve the sockets only.
_PROXIES = {"http", "https"}


def connect(
    venue: str | VenueSpec,
    *,
    env: str | None = None,
    endpoints: Endpoints | Mapping[str, str] | str | None = None,
    credentials: Credentials | None = None,
    reconnect: ReconnectPolicy | None = None,
    proxy: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
    connect_timeout: float | None = None,
    login_timeout: float | None = None,
    request_timeout: float = 10.0,
    http_timeout: float = 30.0,
    heartbeat: Heartbeat | None = None,
    record: str | Path | None = None,
    **options: Any,
) -> Gateway:
    """Make a gateway to ``venue``. Nothing is opened before ``async with``, ``await`` or ``connect()``.

    Args:
        venue: Name of an installed venue, or its spec.
        env: ``live``, ``testnet`` or ``sim``; else the environment variable ``TRADEWIRE_ENV``; else ``live``.
        endpoints: Where the venue lives, instead of the environment's: ``Endpoints``; a mapping from ``http`` and role names
            to URLs (what is missing stays as in the environment); or one base URL for everything. Else the variable
            ``TRADEWIRE_<VENUE>_URL``, which is one base URL; in ``live`` also the one that the venue's documents name.
        credentials: Else the venue's environment variables; in ``sim`` without them the published test account.
        reconnect: Else full jitter from 0.5 s, capped at 30 s, for ever.
        proxy: ``http://`` or ``https://`` URL of a proxy, for sockets and REST alike.
        ssl_context: For sockets and REST alike; the default verifies certificates.
        connect_timeout: Seconds for TCP, TLS and upgrade; else the venue's default.
        login_timeout: Seconds for the login; else the venue's default.
        request_timeout: Seconds that an operation may take unless it is told otherwise.
        http_timeout: Seconds for one REST call.
        heartbeat: Else the venue's own.
        record: File to record everything to, both ways, secrets redacted.
        **options: The venue's own options.

    Raises:
        UnknownVenue: No such venue is installed.
        ConfigurationError: An option, environment or URL is wrong; the text says which and what is possible.
    """
    spec = venue if isinstance(venue, VenueSpec) else venue_spec(venue)
    name = environment_name(env)
    unknown = sorted(set(options) - set(spec.options))
    if unknown:
        raise ConfigurationError(
            f"{spec.name} has no option {unknown[0]!r}; it has: {', '.join(sorted(spec.options)) or 'none'}", venue=spec.name
        )
    options = {**spec.options, **options}
    spec.check(options)
    if proxy is not None and urlsplit(proxy).scheme not in _PROXIES:
        # The URL may hold a password.
        raise ConfigurationError(
            f"a proxy must be an http:// or https:// URL, not {urlsplit(proxy).scheme or 'one without a scheme'}", venue=spec.name
        )
    places = _endpoints(spec, name, base_url(spec.name) if endpoints is None else endpoints)
    return Gateway(
        spec,
        GatewayOptions(
            environment=name,
            endpoints=places,
            credentials=credentials or _credentials(spec, name),
            reconnect=reconnect or Backoff(),
            proxy=proxy,
            ssl_context=ssl_context,
            connect_timeout=connect_timeout,
            login_timeout=login_timeout,
            request_timeout=request_timeout,
            http_timeout=http_timeout,
            heartbeat=heartbeat,
            record=record,
            venue_options=options,
        ),
    )


def _credentials(spec: VenueSpec, environment: str) -> Credentials | None:
    pair = key_and_secret(spec.credential_variables)
    if pair is None and environment == "sim":
        pair = spec.published_account
    return Hmac(*pair) if pair is not None else None


def _endpoints(spec: VenueSpec, environment: str, given: Endpoints | Mapping[str, str] | str | None) -> Endpoints:
    if isinstance(given, Endpoints):
        return given
    base = spec.environments.get(environment)
    if base is None:
        possible = ", ".join(spec.environments)
        raise ConfigurationError(f"{spec.name} has no environment {environment!r}; it has: {possible}", venue=spec.name)
    if given is None and environment == "live":
        given = documented_url(spec.credential_variables)
    if given is None:
        return base
    if isinstance(given, str):
        return _everything_at(spec, base, given)
    unknown = sorted(set(given) - {"http", *spec.roles})
    if unknown:
        possible = ", ".join(("http", *spec.roles))
        raise ConfigurationError(f"{spec.name} has no endpoint {unknown[0]!r}; it has: {possible}", venue=spec.name)
    for url in given.values():
        _scheme(spec, url)
    sockets = {role: given.get(role, url) for role, url in base.ws.items()}
    return Endpoints(http=given.get("http") or _http_of(next(iter(sockets.values())), base.http, given), ws=sockets)


def _http_of(socket_url: str, default: str, given: Mapping[str, str]) -> str:
    if not set(given) - {"http"}:
        return default
    parts = urlsplit(socket_url)
    return urlunsplit(("https" if parts.scheme == "wss" else "http", parts.netloc, "", "", ""))


def _everything_at(spec: VenueSpec, base: Endpoints, url: str) -> Endpoints:
    scheme = _scheme(spec, url)
    parts = urlsplit(url)
    secure = scheme in {"wss", "https"}
    http = urlunsplit(("https" if secure else "http", parts.netloc, "", "", ""))
    sockets = {}
    for role, usual in base.ws.items():
        path = parts.path if scheme in {"ws", "wss"} and parts.path.strip("/") else urlsplit(usual).path
        sockets[role] = urlunsplit(("wss" if secure else "ws", parts.netloc, path, "", ""))
    return Endpoints(http=http, ws=sockets)


def _scheme(spec: VenueSpec, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"ws", "wss", "http", "https"} or not parts.netloc:
        raise ConfigurationError(
            f"{url!r} is no URL for {spec.name}: write ws://, wss://, http:// or https:// and a host", venue=spec.name
        )
    return parts.scheme
