"""A secret shows itself only to those who ask for it by name."""

import copy
import json
import logging
import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.model.secret import Secret

TEXT = "s3cr3t-text"


@pytest.mark.parametrize("form", ["{}", "{!s}", "{!r}", "{:>40}", "%s", "%r"])
def test_no_way_of_formatting_shows_it(form: str) -> None:
    shown = form % Secret(TEXT) if "%" in form else form.format(Secret(TEXT))
    assert TEXT not in shown
    assert "***" in shown


def test_containers_and_logs_do_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("%s %r %s", Secret(TEXT), Secret(TEXT), {"secret": [Secret(TEXT)]})
    assert TEXT not in caplog.text


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode, vars])
def test_it_cannot_be_serialised_or_copied(leak: object) -> None:
    assert callable(leak)
    with pytest.raises(TypeError):
        leak(Secret(TEXT))


def test_pickling_says_why() -> None:
    with pytest.raises(TypeError, match="a Secret cannot be pickled"):
        pickle.dumps({"credentials": [Secret(TEXT)]})


def test_reveal_returns_it() -> None:
    assert Secret(TEXT).reveal() == TEXT


@given(st.text(), st.text())
def test_equality_and_truth_are_those_of_the_text(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) is (one == other)
    assert (hash(Secret(one)) == hash(Secret(other))) is (one == other)
    assert Secret(one) != one
    assert bool(Secret(one)) is bool(one)
