"""One tree of errors: as drawn, picklable, and honest about retrying and outcomes."""

import copy
import pickle
import re

import pytest

from tradewire import errors
from tradewire.errors import (
    CommandError,
    ConnectFailed,
    LinkLost,
    LinkSilent,
    LoginRefused,
    LoginTimeout,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RemoteProtocolError,
    RequestTimeout,
    TradewireError,
)

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TradewireError)]


def drawn_tree() -> dict[str, str]:
    """Parent by name, read from the drawing in the module's docstring."""
    assert errors.__doc__ is not None
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in errors.__doc__.splitlines():
        drawn = re.match(r"    ([│├└─ ]*)([A-Z]\w+)", line)
        if drawn is not None:
            depth = len(drawn[1]) // 4
            path[depth:] = [drawn[2]]
            parents[drawn[2]] = path[depth - 1] if depth else "Exception"
    return parents


def test_the_tree_is_as_drawn() -> None:
    assert drawn_tree() == {kind.__name__: kind.__bases__[0].__name__ for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_errors_carry_venue_code_and_text(kind: type[TradewireError]) -> None:
    error = kind("the venue's words", venue="binance", code=-1013, retryable=True)
    assert str(error) == error.text == "the venue's words"
    assert (error.venue, error.code, error.retryable) == ("binance", "-1013", True)
    assert (kind("x").venue, kind("x").code) == ("", "")


@pytest.mark.parametrize("duplicate", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_errors_survive_pickling_and_copying(kind: type[TradewireError], duplicate: object) -> None:
    error = kind("text", venue="kraken", code="E1", retryable=True)
    error.add_note("assumed")
    assert callable(duplicate)
    twin = duplicate(error)
    assert type(twin) is kind
    assert (str(twin), twin.args, vars(twin)) == (str(error), error.args, vars(error))


def test_what_only_some_errors_know_survives_too() -> None:
    for error, name in (
        (RemoteProtocolError("x", raw=b"\xff"), "raw"),
        (Rejected("x", request_id=5), "request_id"),
        (RateLimited("x", retry_after=1.5), "retry_after"),
    ):
        assert getattr(pickle.loads(pickle.dumps(error)), name) == getattr(error, name) is not None


def test_only_a_write_without_an_answer_has_an_unknown_outcome() -> None:
    assert [kind for kind in KINDS if not kind.outcome_known] == [OutcomeUnknown]
    assert not issubclass(OutcomeUnknown, Rejected)


def test_only_lost_and_limited_things_are_worth_retrying_as_they_are() -> None:
    retryable = {kind for kind in KINDS if kind("x").retryable}
    assert retryable == {ConnectFailed, LinkLost, LinkSilent, LoginTimeout, RateLimited}
    assert not LoginRefused("x").retryable
    assert not issubclass(RequestTimeout, OutcomeUnknown)
    assert issubclass(RateLimited, CommandError)
