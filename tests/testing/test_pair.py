"""The joined pair carries everything to the other half, in order and on time."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from tradewire.errors import LinkLost, Rejected, RemoteProtocolError, TradewireError
from tradewire.model.channels import Channel
from tradewire.model.events import Unrecognised
from tradewire.model.operations import Command, ListSubscriptions, Request
from tradewire.model.time import SECOND, Nanos
from tradewire.testing.clock import ManualClock
from tradewire.testing.pair import Pair, rest_answers
from tradewire.venues.spec import ClientContext, Endpoint, Endpoints, RestContext, Role, VenueSpec
from tradewire.wire.control import Answered, Ready
from tradewire.wire.protocol import (
    ClientProtocol,
    Close,
    Emit,
    Frame,
    HttpCall,
    HttpReply,
    HttpRequest,
    HttpResponse,
    Output,
    Ping,
    Pong,
    ServerOutput,
    ServerSession,
)


class EchoClient:
    """Sends what it is asked, says what it hears, and asks for the time when a tick is due."""

    def __init__(self, *ticks: Nanos) -> None:
        self.ticks = list(ticks)
        self.outputs: list[Output] = []
        self.lost: TradewireError | None = None

    def connected(self, now: Nanos, emit: Emit) -> None:
        self.outputs.append(Frame(lambda at: b"hello at %d" % at))
        emit(Ready())

    def receive(self, payload: bytes, now: Nanos, emit: Emit) -> None:
        emit(Unrecognised(raw=payload, reason="echo", venue="echo", received=now))

    def submit(self, command: Command, now: Nanos, emit: Emit) -> None:
        assert isinstance(command, Request)
        self.outputs.append(HttpCall(command.request_id, "time", {"n": command.request_id}))

    def http_reply(self, reply: HttpReply, now: Nanos, emit: Emit) -> None:
        emit(Answered(reply.call_id, reply.error or reply.result))

    def tick(self, now: Nanos, emit: Emit) -> None:
        self.outputs.append(Frame(b"tick %d" % self.ticks.pop(0)))

    def next_tick(self) -> Nanos | None:
        return self.ticks[0] if self.ticks else None

    def disconnected(self, now: Nanos, emit: Emit, reason: TradewireError) -> None:
        self.lost = reason

    def take_outputs(self) -> list[Output]:
        outputs, self.outputs = self.outputs, []
        return outputs

    def position(self, channel: Channel) -> int | None:
        return None


class EchoServer:
    """Sends every frame back, and what it is told to."""

    def __init__(self, *ticks: Nanos) -> None:
        self.ticks = list(ticks)
        self.outputs: list[ServerOutput] = []
        self.received: list[bytes] = []
        self.pongs: list[bytes] = []
        self.is_closed = False

    def opened(self, now: Nanos) -> None:
        self.outputs.append(Frame(b"welcome"))

    def receive(self, payload: bytes, now: Nanos, *, binary: bool = False) -> None:
        self.received.append(payload)
        self.outputs.append(Frame(b"echo " + payload))

    def ping_received(self, payload: bytes, now: Nanos) -> None:
        raise AssertionError("clients' pings are the engine's business")

    def pong_received(self, payload: bytes, now: Nanos) -> None:
        self.pongs.append(payload)

    def tick(self, now: Nanos) -> None:
        self.outputs.append(Frame(b"tock %d" % self.ticks.pop(0)))

    def next_tick(self) -> Nanos | None:
        return self.ticks[0] if self.ticks else None

    def closed(self, now: Nanos) -> None:
        self.is_closed = True

    def take_outputs(self) -> list[ServerOutput]:
        outputs, self.outputs = self.outputs, []
        return outputs


def heard(pair: Pair) -> list[bytes]:
    return [event.raw for event in pair.events if isinstance(event, Unrecognised)]


def joined(client: EchoClient | None = None, server: EchoServer | None = None) -> tuple[Pair, EchoClient, EchoServer]:
    client, server = client or EchoClient(), server or EchoServer()
    typed_client: ClientProtocol = client
    typed_server: ServerSession = server
    return Pair(typed_client, typed_server, clock=ManualClock(start=0)), client, server


def test_both_halves_hear_each_other_until_they_are_quiet() -> None:
    pair, _, server = joined()
    pair.open()
    assert server.received == [b"hello at 0"]
    assert heard(pair) == [b"welcome", b"echo hello at 0"]
    assert pair.controls == [Ready()]
    assert pair.transcript.splitlines() == [
        "    0.000 > hello at 0",
        "    0.000 < welcome",
        "    0.000 < echo hello at 0",
    ]


def test_time_passes_from_one_thing_that_is_due_to_the_next() -> None:
    pair, client, server = joined(EchoClient(2 * SECOND, 5 * SECOND), EchoServer(3 * SECOND))
    pair.advance(4)
    assert pair.now == 4 * SECOND
    assert [event.received for event in pair.events if isinstance(event, Unrecognised)] == [2 * SECOND, 3 * SECOND]
    assert heard(pair) == [b"echo tick 2000000000", b"tock 3000000000"]
    assert client.next_tick() == 5 * SECOND
    assert server.next_tick() is None


def test_a_tick_that_is_overdue_is_done_by_run() -> None:
    pair, _, server = joined(EchoClient(0))
    pair.run()
    assert server.received == [b"tick 0"]


def test_a_cut_is_told_to_both_and_nothing_is_carried_after_it() -> None:
    pair, client, server = joined()
    pair.open()
    server.outputs.append(Frame(b"lost"))
    pair.cut("cable pulled")
    pair.run()
    assert isinstance(client.lost, LinkLost)
    assert str(pair.closed) == "cable pulled"
    assert server.is_closed
    assert b"lost" not in heard(pair)


def test_a_close_of_the_client_ends_the_connection_after_what_was_before_it() -> None:
    pair, client, server = joined()
    client.outputs = [Frame(b"one"), Close(1000, "done"), Frame(b"never")]
    pair.run()
    assert server.received == [b"one"]
    assert pair.closed is not None
    assert pair.closed.code == "1000"
    assert client.lost is pair.closed


def test_a_close_of_the_server_reaches_the_client_with_its_code() -> None:
    pair, client, server = joined()
    server.outputs = [Close(1008, ""), Frame(b"never")]
    pair.run()
    assert client.lost is not None
    assert (client.lost.code, client.lost.text) == ("1008", "the connection was closed")
    assert heard(pair) == []


def test_pings_of_the_server_are_answered_as_a_socket_does() -> None:
    pair, _, server = joined()
    server.outputs = [Ping(b"abc"), Pong(b"x")]
    pair.run()
    assert server.pongs == [b"abc"]
    assert pair.events == []


def test_a_rest_call_without_an_answerer_is_a_mistake_of_the_test() -> None:
    pair, _, _ = joined()
    pair.submit(Request(1, ListSubscriptions()))
    with pytest.raises(AssertionError, match=r"give http=:\n    0.000 > REST time \{'n': 1\}"):
        pair.run()


def test_halves_that_never_become_quiet_are_caught() -> None:
    class Babbler(EchoClient):
        def tick(self, now: Nanos, emit: Emit) -> None:
            self.outputs.append(Frame(b"blah"))

    pair, _, _ = joined(Babbler(0))
    with pytest.raises(AssertionError, match=r"never become quiet:\n.*blah"):
        pair.run()


class Spec(VenueSpec):
    """One endpoint, ``time``."""

    name = "echo"
    roles: ClassVar[Mapping[str, Role]] = {}
    environments: ClassVar[Mapping[str, Endpoints]] = {}
    credential_variables = ()
    channels = ()

    def resolve(self, channel: Channel) -> Channel:
        return channel

    def role_of(self, channel: Channel) -> str:
        return ""

    def client(self, role: str, context: ClientContext) -> ClientProtocol:
        return EchoClient()

    def error_of(self, response: HttpResponse) -> TradewireError:
        return Rejected(response.body.decode())


def build(params: Mapping[str, Any], context: RestContext) -> HttpRequest:
    return HttpRequest("GET", f"/time?n={params['n']}&nonce={context.nonce()}")


def parse(response: HttpResponse) -> int:
    if not response.body.isdigit():
        raise RemoteProtocolError("not a number", raw=response.body)
    return int(response.body)


Spec.rest = {"time": Endpoint("time", build, parse)}


class Venue:
    """Answers with a fixed response and keeps what it was asked."""

    def __init__(self, status: int, body: bytes) -> None:
        self.response = HttpResponse(status, body)
        self.requests: list[HttpRequest] = []

    def upgrade(self, request: HttpRequest, now: Nanos) -> ServerSession | HttpResponse:
        return EchoServer()

    def http(self, request: HttpRequest, now: Nanos) -> HttpResponse:
        self.requests.append(request)
        return self.response

    def tick(self, now: Nanos) -> None: ...

    def next_tick(self) -> Nanos | None:
        return None


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [(200, b"42", int, "42"), (418, b"teapot", Rejected, "teapot"), (200, b"?", RemoteProtocolError, "not a number")],
)
def test_rest_calls_go_through_the_endpoint_table(status: int, body: bytes, kind: type, text: str) -> None:
    venue = Venue(status, body)
    pair = Pair(EchoClient(), EchoServer(), clock=ManualClock(start=9), http=rest_answers(Spec(), venue))
    pair.submit(Request(7, ListSubscriptions()))
    pair.run()
    (answered,) = pair.controls
    assert isinstance(answered, Answered)
    assert answered.request_id == 7
    assert isinstance(answered.result, kind)
    assert str(answered.result) == text
    assert venue.requests == [HttpRequest("GET", "/time?n=7&nonce=9_7")]
