"""Finds venues by name. A venue is an entry point of the group ``tradewire.venues``, so third parties add theirs alike."""

from __future__ import annotations

import difflib
from importlib.metadata import entry_points

from tradewire.errors import UnknownVenue
from tradewire.venues.spec import VenueSpec

GROUP = "tradewire.venues"


def venue_names() -> tuple[str, ...]:
    """Names of all installed venues, sorted."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def venue_spec(name: str) -> VenueSpec:
    """Return the spec of the venue ``name``.

    Raises:
        UnknownVenue: No such venue is installed; the text names the nearest one, and those that are.
    """
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            spec: VenueSpec = entry.load()
            return spec
    names = venue_names()
    near = difflib.get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise UnknownVenue(f"no venue {name!r}; {hint}installed: {', '.join(names) or 'none'}", venue=name)
