"""Exit codes, and one line for every error."""

from __future__ import annotations

import pytest

from tradewire.cli.exits import Exit, exit_code, fail, remedy
from tradewire.errors import (
    BookNotLive,
    CaptureError,
    ConfigurationError,
    ConnectFailed,
    LinkLost,
    LoginRefused,
    NotConnected,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RequestTimeout,
    TradewireError,
    UnknownOrder,
    UnknownSymbol,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError("x"), Exit.USAGE),
        (UnknownSymbol("x"), Exit.USAGE),
        (CaptureError("x"), Exit.USAGE),
        (ConnectFailed("x"), Exit.CONNECTION),
        (LinkLost("x"), Exit.CONNECTION),
        (LoginRefused("x"), Exit.CONNECTION),
        (NotConnected("x"), Exit.CONNECTION),
        (Rejected("x"), Exit.REFUSED),
        (UnknownOrder("x"), Exit.REFUSED),
        (RateLimited("x"), Exit.REFUSED),
        (RequestTimeout("x"), Exit.REFUSED),
        (OutcomeUnknown("x"), Exit.UNKNOWN),
        (BookNotLive("x"), Exit.CHECK_FAILED),
    ],
)
def test_each_kind_of_error_has_its_code(error: TradewireError, code: Exit) -> None:
    assert exit_code(error) is code


def test_the_codes_are_those_that_scripts_rely_on() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "OK": 0,
        "CHECK_FAILED": 1,
        "USAGE": 2,
        "CONNECTION": 3,
        "REFUSED": 4,
        "UNKNOWN": 5,
        "INTERRUPTED": 130,
    }


def test_failing_says_where_what_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        fail(ConnectFailed("nothing listens there", venue="binance"))
    assert left.value.code == Exit.CONNECTION
    assert capsys.readouterr() == (
        "",
        "error: binance: nothing listens there\nhint: check the network, or try it offline: --env sim\n",
    )


def test_a_venue_that_the_text_names_is_not_named_twice(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        fail(UnknownSymbol("binance does not list X", venue="binance"))
    assert capsys.readouterr().err == "error: binance does not list X\n"


def test_an_unknown_outcome_is_not_to_be_repeated_blindly() -> None:
    assert "before you send it again" in remedy(OutcomeUnknown("x"))
    assert remedy(Rejected("x")) == ""
