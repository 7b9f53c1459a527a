"""The environment, read when a façade or command asks, never at import."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from tradewire.errors import ConfigurationError

#: Chooses the environment when ``connect`` is not told: ``live``, ``testnet`` or ``sim``.
ENV_VARIABLE = "TRADEWIRE_ENV"


def environment_name(argument: str | None, environ: Mapping[str, str] | None = None) -> str:
    """Return the environment to use: the argument, else ``TRADEWIRE_ENV``, else ``live``."""
    return argument or (os.environ if environ is None else environ).get(ENV_VARIABLE) or "live"


def base_url(venue: str, environ: Mapping[str, str] | None = None) -> str | None:
    """Return the base URL that ``TRADEWIRE_<VENUE>_URL`` sets for ``venue`` (``TRADEWIRE_BINANCE_URL``), or ``None``."""
    variable = f"TRADEWIRE_{venue.upper().replace('-', '_')}_URL"
    return (os.environ if environ is None else environ).get(variable) or None


def documented_url(variables: Sequence[str], environ: Mapping[str, str] | None = None) -> str | None:
    """Return the base URL from the third of ``variables``, or ``None`` if there is none."""
    values = os.environ if environ is None else environ
    return values.get(variables[2]) or None if len(variables) > 2 else None


def key_and_secret(variables: Sequence[str], environ: Mapping[str, str] | None = None) -> tuple[str, str] | None:
    """Return key and secret from the first two of ``variables``, or ``None`` if neither is set.

    Raises:
        ConfigurationError: Only one of the two is set.
    """
    values = os.environ if environ is None else environ
    if len(variables) < 2:
        return None
    key, secret = values.get(variables[0], ""), values.get(variables[1], "")
    if bool(key) != bool(secret):
        missing, present = (variables[1], variables[0]) if key else (variables[0], variables[1])
        raise ConfigurationError(f"{present} is set but {missing} is not; set both or neither")
    return (key, secret) if key else None
