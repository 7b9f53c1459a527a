"""Where simulated venues live."""

from __future__ import annotations

from urllib.parse import urlsplit

from tradewire.sim.listener import HOST
from tradewire.venues.registry import venue_spec
from tradewire.venues.spec import Endpoints


def fixed_endpoints(venue: str) -> Endpoints:
    """Where ``venue`` is simulated when nobody says otherwise.

    Raises:
        UnknownVenue: No such venue is installed.
    """
    return venue_spec(venue).environments["sim"]


def endpoints_at(port: int, venue: str) -> Endpoints:
    """The places of ``fixed_endpoints`` on another port."""
    fixed = fixed_endpoints(venue)
    return Endpoints(_at(fixed.http, port), {role: _at(url, port) for role, url in fixed.ws.items()})


def _at(url: str, port: int) -> str:
    return urlsplit(url)._replace(netloc=f"{HOST}:{port}").geturl()
