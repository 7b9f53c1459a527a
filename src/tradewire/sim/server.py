"""Runs the server half of one venue on a loopback port."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import msgspec
from aiohttp import WSMessage, WSMsgType, web

from tradewire.errors import ConfigurationError
from tradewire.model.time import MILLISECOND, SECOND, Nanos
from tradewire.sim.connection import Connection
from tradewire.sim.fault_kinds import ConnectionFault, Fault, ServerFault
from tradewire.sim.listener import Listener, Now, answer, is_upgrade, line_behind, read_request, web_socket
from tradewire.wire.protocol import HttpRequest, HttpResponse, ServerSession, ServerVenue

#: Where fault script lines can be posted, on the port of any venue.
FAULTS_PATH = "/_sim/faults"
#: The world is moved on at most this often, so that events come in batches.
BATCH: Nanos = 5 * MILLISECOND


class World(Protocol):
    """What moves on behind a venue by itself: the exchange."""

    def advance(self, now: Nanos) -> None:
        """Let everything up to ``now`` happen."""

    def next_event(self) -> Nanos | None:
        """When something will happen next, or ``None``."""


class Record(msgspec.Struct, frozen=True):
    """Something that reached a simulated venue.

    Attributes:
        connection: Number of the WebSocket connection, 0 for REST.
        request: Of an upgrade or a REST call, as received.
        payload: Of a frame, as received.
        time: When, nanoseconds since the epoch.
    """

    venue: str
    kind: Literal["upgrade", "frame", "closed", "http"]
    connection: int
    time: Nanos
    request: HttpRequest | None = None
    payload: bytes = b""


class VenueServer:
    """One venue on one loopback port, REST and WebSocket alike.

    Args:
        name: Of the venue.
        venue: Its server half.
        world: What moves on behind it.
        port: To listen on; 0 takes a free one.
        now: Its clock.
        records: Takes note of everything that arrives.
        script: Takes the fault script lines that are posted to ``FAULTS_PATH``.
    """

    def __init__(
        self,
        name: str,
        venue: ServerVenue,
        *,
        world: World,
        now: Now,
        port: int = 0,
        records: deque[Record] | None = None,
        script: Callable[[bytes], int] | None = None,
    ) -> None:
        self.name = name
        self.venue = venue
        self.connections: dict[int, Connection] = {}
        self._world = world
        self._now = now
        self._records: deque[Record] = deque(maxlen=0) if records is None else records
        self._script = script
        self._listener = Listener(name, self._handle, port=port)
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._moved: Nanos = 0
        self._standing: list[ConnectionFault] = []
        self._refused_upgrades: deque[int | None] = deque()
        self._refused_requests: deque[tuple[int, int]] = deque()
        self._restarts: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._listener.port

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigurationError: The port is taken.
        """
        await self._listener.start()
        self.settle()

    async def stop(self) -> None:
        """End every connection; no task and no socket is left when this returns."""
        for task in self._restarts:
            task.cancel()
        if self._restarts:
            await asyncio.wait(self._restarts)
        await self._listener.stop()
        if self._timer is not None:
            self._timer.cancel()

    # Time.

    def settle(self) -> None:
        """Let everything that is due happen, hand on what it led to, and sleep until the next."""
        now = self._advance()
        if _due(self.venue.next_tick(), now):
            self.venue.tick(now)
        for connection in self.connections.values():
            if _due(connection.session.next_tick(), now):
                connection.session.tick(now)
        self._flush()

    def _advance(self) -> Nanos:
        now = self._now()
        self._moved = now
        self._world.advance(now)
        return now

    def _flush(self) -> None:
        for connection in self.connections.values():
            connection.flush()
        if self._timer is not None:
            self._timer.cancel()
        moments = [self.venue.next_tick(), *(connection.session.next_tick() for connection in self.connections.values())]
        event = self._world.next_event()
        if event is not None:
            moments.append(max(event, self._moved + BATCH))
        soonest = min((moment for moment in moments if moment is not None), default=None)
        if soonest is not None:
            wait = max(0, soonest - self._now()) / SECOND
            self._timer = asyncio.get_running_loop().call_later(wait, self.settle)

    # Requests.

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        received = await read_request(request)
        if is_upgrade(request):
            return await self._upgrade(request, received)
        if received.target == FAULTS_PATH:
            return answer(self._take_script(received))
        self._note("http", request=received)
        if self._refused_requests:
            status, retry_after = self._refused_requests.popleft()
            return web.Response(status=status, headers={"Retry-After": str(retry_after)})
        response = self.venue.http(received, self._advance())
        self.settle()
        return answer(response)

    async def _upgrade(self, request: web.BaseRequest, received: HttpRequest) -> web.StreamResponse:
        line = line_behind(request)
        socket = web_socket()
        if line is None or not socket.can_prepare(request):
            return web.Response(status=400)
        self._note("upgrade", self._count + 1, request=received)
        if self._refused_upgrades:
            status = self._refused_upgrades.popleft()
            if status is None:
                line.reset()
            return web.Response(status=status or 503)
        session = self.venue.upgrade(received, self._advance())
        if isinstance(session, HttpResponse):
            return answer(session)
        await socket.prepare(request)
        self._count += 1
        await self._serve(Connection(self._count, session, socket, line, self._now))
        return socket

    async def _serve(self, connection: Connection) -> None:
        self.connections[connection.number] = connection
        try:
            for fault in tuple(self._standing):
                self._strike(fault, connection)
            connection.session.opened(self._now())
            self.settle()
            await connection.run(self._receive)
        finally:
            del self.connections[connection.number]
            self._note("closed", connection.number)
            connection.session.closed(self._now())
            self._flush()

    def _receive(self, connection: Connection, message: WSMessage) -> None:
        now = self._advance()
        connection.flush()
        session: ServerSession = connection.session
        payload = message.data.encode() if isinstance(message.data, str) else bytes(message.data)
        match message.type:
            case WSMsgType.PING:
                connection.pong(payload)
                session.ping_received(payload, now)
            case WSMsgType.PONG:
                session.pong_received(payload, now)
            case kind:
                self._note("frame", connection.number, payload=payload)
                session.receive(payload, now, binary=kind is WSMsgType.BINARY)
        connection.flush(answer=True)
        self._flush()

    def _take_script(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or self._script is None:
            return HttpResponse(405, b"POST fault script lines here\n")
        try:
            count = self._script(request.body)
        except ConfigurationError as error:
            return HttpResponse(400, msgspec.json.encode({"error": error.text}), {"Content-Type": "application/json"})
        return HttpResponse(200, msgspec.json.encode({"faults": count}), {"Content-Type": "application/json"})

    def _note(
        self,
        kind: Literal["upgrade", "frame", "closed", "http"],
        connection: int = 0,
        *,
        request: HttpRequest | None = None,
        payload: bytes = b"",
    ) -> None:
        self._records.append(Record(self.name, kind, connection, self._now(), request, payload))

    # Faults.

    def inject(self, fault: Fault) -> None:
        """Make ``fault`` happen now.

        Raises:
            ConfigurationError: The venue cannot do it.
        """
        if isinstance(fault, ConnectionFault):
            for connection in tuple(self.connections.values()):
                self._strike(fault, connection)
            to_come = fault.connection is not None and fault.connection > self._count
            if to_come or (fault.lasting and fault.connection is None):
                self._standing.append(fault)
        elif isinstance(fault, ServerFault):
            fault.strike(self)
        self.settle()

    def _strike(self, fault: ConnectionFault, connection: Connection) -> None:
        if fault.connection in {None, connection.number}:
            fault.hit(connection)

    def restart(self, down_for: float) -> None:
        """Reset every connection and refuse new ones for ``down_for`` seconds."""
        task = asyncio.create_task(self._listener.restart(down_for), name=f"restart of {self.name}")
        self._restarts.add(task)
        task.add_done_callback(self._restarts.discard)

    def refuse_upgrades(self, count: int, status: int | None) -> None:
        """Refuse the next upgrades: with an HTTP status, or with a TCP reset."""
        self._refused_upgrades.extend([status] * count)

    def refuse_requests(self, count: int, status: int, retry_after: int) -> None:
        """Answer the next REST requests with a bare status."""
        self._refused_requests.extend([(status, retry_after)] * count)

    def arm(self, name: str, value: Any) -> bool:
        """Call the method ``name`` of the venue's own faults, or set the attribute; False if there is none.

        Raises:
            ConfigurationError: It takes other arguments.
        """
        faults = getattr(self.venue, "faults", None)
        switch = getattr(faults, name, None)
        if callable(switch):
            try:
                switch(**value) if isinstance(value, Mapping) else switch(value)
            except (TypeError, ValueError) as error:
                raise ConfigurationError(f"fault switch {name!r} of {self.name}: {error}", venue=self.name) from None
            return True
        if name.startswith("_") or not hasattr(faults, name):
            return False
        setattr(faults, name, value)
        return True

    def heal(self) -> None:
        """End every fault that can end."""
        self._standing.clear()
        self._refused_upgrades.clear()
        self._refused_requests.clear()
        self.arm("clear", {})
        for connection in self.connections.values():
            connection.faults.heal()
            connection.line.heal()


def _due(moment: Nanos | None, now: Nanos) -> bool:
    return moment is not None and moment <= now
