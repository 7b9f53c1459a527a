from dataclasses import fields

import pytest

from tradewire.model.events import SwapStatus
from tradewire.venues.theone.server.faults import ServerFaults


def test_clear_puts_everything_back() -> None:
    faults = ServerFaults(refuse_login="no", login_delay=1.0, drop_ack=True, outcomes={"x": SwapStatus.FAILED})
    faults.push("x")
    faults.refuse_rest(429)
    faults.clear()
    assert all(getattr(faults, switch.name) == getattr(ServerFaults(), switch.name) for switch in fields(faults))


def test_pushes_are_taken_once() -> None:
    faults = ServerFaults()
    faults.push("a")
    faults.push("b")
    assert faults.pushes_wait
    assert faults.take_pushes() == [b"a", b"b"]
    assert not faults.pushes_wait


def test_rest_refusals_are_counted() -> None:
    faults = ServerFaults()
    faults.refuse_rest(503, count=2, retry_after=7)
    assert [faults.take_rest_refusal() for _ in range(3)] == [(503, 7), (503, 7), None]


@pytest.mark.parametrize(("style", "text"), [("documented", "CANCELLED"), ("lower", "cancelled"), ("american", "CANCELED")])
def test_statuses_can_be_spelt_differently(style: str, text: str) -> None:
    faults = ServerFaults()
    faults.status_style = style  # type: ignore[assignment]
    assert faults.spell(SwapStatus.CANCELLED) == text


def test_the_end_of_an_order_is_found_by_either_id() -> None:
    faults = ServerFaults(outcomes={"ord_1": SwapStatus.FAILED, "mine": SwapStatus.CANCELLED})
    assert faults.end_of("ord_1", "other") is SwapStatus.FAILED
    assert faults.end_of("ord_2", "mine") is SwapStatus.CANCELLED
    assert faults.end_of("ord_2", "") is SwapStatus.FILLED
    faults.outcomes["ord_2"] = "FAILED"  # type: ignore[assignment]
    assert faults.end_of("ord_2", "") is SwapStatus.FAILED, "a fault script can only write text"
