"""The public names, loaded when they are first used."""

from __future__ import annotations

import pytest

import tradewire


def test_every_public_name_is_there() -> None:
    for name in tradewire.__all__:
        assert getattr(tradewire, name) is not None
    assert set(tradewire.__all__) <= set(dir(tradewire))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'conect'"):
        tradewire.conect  # noqa: B018 - the look-up is the test
