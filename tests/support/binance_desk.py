"""A client of the market streams, what it emitted, and what it wants written."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

from tradewire.model.channels import Channel
from tradewire.model.events import Event
from tradewire.model.operations import Command, Subscribe, Unsubscribe
from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.venues.binance.messages import Depth
from tradewire.venues.binance.spec import SPEC
from tradewire.venues.spec import ClientContext
from tradewire.wire.control import Control, Ready
from tradewire.wire.protocol import Frame, HttpCall, HttpReply

START: Nanos = 1_700_000_000_000 * MILLISECOND
Kind = TypeVar("Kind")


class Desk:
    """Drives one client by hand, on manual time."""

    def __init__(self, **options: Any) -> None:
        self.now = START
        self.emitted: list[Event | Control] = []
        context = ClientContext(
            credentials=None, nonce=lambda: "", clock_offset=lambda: 0, instruments={}, options={**SPEC.options, **options}
        )
        self.client = SPEC.client("market", context)
        self.client.connected(self.now, self.emitted.append)
        assert self.take_all() == [Ready()]

    def submit(self, command: Command) -> None:
        self.client.submit(command, self.now, self.emitted.append)

    def subscribe(self, *channels: Channel) -> None:
        """Subscribe, and acknowledge."""
        self.submit(Subscribe(tuple(SPEC.resolve(channel) for channel in channels)))
        self.acknowledge()

    def unsubscribe(self, *channels: Channel) -> None:
        self.submit(Unsubscribe(tuple(SPEC.resolve(channel) for channel in channels)))

    def acknowledge(self) -> None:
        for request in self.requests():
            self.receive({"result": None, "id": request["id"]})
        self.emitted.clear()

    def receive(self, frame: bytes | dict[str, Any] | list[Any]) -> None:
        payload = frame if isinstance(frame, bytes) else json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode()
        self.client.receive(payload, self.now, self.emitted.append)

    def event(self, stream: str, data: Any) -> None:
        self.receive({"stream": stream, "data": data})

    def wait(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)
        self.client.tick(self.now, self.emitted.append)

    def requests(self) -> list[dict[str, Any]]:
        """The control frames written since the last look (REST calls are kept for ``call``)."""
        return [msgspec.json.decode(output.payload) for output in self.outputs() if isinstance(output, Frame)]  # type: ignore[arg-type]

    def outputs(self) -> list[Any]:
        return list(self.client.take_outputs())

    def calls(self) -> list[HttpCall]:
        return [output for output in self.outputs() if isinstance(output, HttpCall)]

    def answer(self, call: HttpCall, snapshot: dict[str, Any]) -> None:
        result = msgspec.convert(snapshot, Depth)
        self.client.http_reply(HttpReply(call.call_id, result), self.now, self.emitted.append)

    def take(self, kind: type[Kind]) -> Kind:
        """The one thing emitted since the last look."""
        assert len(self.emitted) == 1, self.emitted
        only = self.emitted.pop()
        assert isinstance(only, kind), only
        return only

    def take_all(self) -> list[Event | Control]:
        emitted, self.emitted[:] = list(self.emitted), []
        return emitted
