"""One encoding per form."""

from __future__ import annotations

from tradewire.model.time import MICROSECOND, MILLISECOND
from tradewire.venues.binance.server.messages import Form, Message


def test_a_form_is_encoded_once() -> None:
    units: list[int] = []

    def build(unit: int) -> dict[str, int]:
        units.append(unit)
        return {"E": 7_000_000 // unit}

    message = Message("btcusdt@trade", build)
    raw, combined, fine = Form(), Form(combined=True), Form(MICROSECOND)
    assert message.frame(raw).payload == b'{"E":7}'
    assert message.frame(combined).payload == b'{"stream":"btcusdt@trade","data":{"E":7}}'
    assert message.frame(fine).payload == b'{"E":7000}'
    assert message.frame(Form()) is message.frame(raw)
    assert units == [MILLISECOND, MILLISECOND, MICROSECOND]


def test_names_are_escaped() -> None:
    assert Message('a"b', lambda _unit: 1).frame(Form(combined=True)).payload == b'{"stream":"a\\"b","data":1}'


def test_a_malformed_message_is_half_of_it() -> None:
    assert Message("s", lambda _unit: [1, 2]).malformed().frame(Form()).payload == b"[1"
