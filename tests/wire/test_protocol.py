"""Outputs and HTTP messages are values with harmless defaults."""

import pytest

from tradewire.wire.protocol import Close, Frame, HttpReply, HttpRequest, HttpResponse, Ping, Pong


def test_equal_outputs_are_equal_values() -> None:
    assert Frame(b"a") == Frame(b"a", urgent=False)
    assert Close(1000, "bye") == Close(1000, "bye")
    assert len({Ping(), Pong()}) == 2
    with pytest.raises(AttributeError):
        Frame(b"a").payload = b"b"  # type: ignore[misc]  # frozen


def test_a_frame_may_be_made_at_the_moment_of_writing() -> None:
    frame = Frame(lambda now: b"ts=%d" % now)
    assert callable(frame.payload)
    assert frame.payload(5) == b"ts=5"


def test_http_messages_have_no_headers_and_no_body_unless_given() -> None:
    assert (HttpRequest("GET", "/").headers, HttpRequest("GET", "/").body) == ({}, b"")
    assert HttpResponse(200, b"").headers == {}
    assert (HttpReply(1).result, HttpReply(1).error) == (None, None)
