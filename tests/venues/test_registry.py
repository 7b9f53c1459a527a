"""Venues by name."""

from __future__ import annotations

import pytest

from tradewire.errors import UnknownVenue
from tradewire.venues.registry import venue_names, venue_spec


def test_every_installed_venue_has_a_spec_of_its_name() -> None:
    assert {"binance", "theone"} <= set(venue_names())
    for name in venue_names():
        assert venue_spec(name).name == name


def test_an_unknown_one_is_answered_with_those_that_are_installed() -> None:
    with pytest.raises(UnknownVenue, match=r"no venue 'bitfinex'; installed: .*binance"):
        venue_spec("bitfinex")


@pytest.mark.parametrize("name", ["binanc", "Binance"])
def test_a_misspelt_one_is_answered_with_the_nearest(name: str) -> None:
    with pytest.raises(UnknownVenue, match=rf"no venue '{name}'; did you mean binance\? installed: "):
        venue_spec(name)
