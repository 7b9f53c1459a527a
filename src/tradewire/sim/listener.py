"""A loopback port that speaks HTTP and WebSocket through aiohttp, with a relay line in front of every connection."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from tradewire.errors import ConfigurationError
from tradewire.model.time import Nanos
from tradewire.sim.relay import Line, line_of
from tradewire.wire.protocol import HttpRequest, HttpResponse

#: The only address that simulated venues listen on.
HOST = "127.0.0.1"
LAST_PORT = 65_535
#: Largest WebSocket message accepted, bytes. Venues have smaller limits and enforce them in their own words.
MAX_MESSAGE = 32 * 1024 * 1024
#: Seconds to wait for a client's half of the closing handshake, and for handlers at the end.
PATIENCE = 1.0

Handler: TypeAlias = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
#: What time it is, nanoseconds since the epoch.
Now: TypeAlias = Callable[[], Nanos]


class Listener:
    """Accepts connections on one loopback port.

    Args:
        name: What is served, for error texts.
        handler: Called with each HTTP request; upgrades it to a WebSocket where asked.
        port: Port to take; 0 takes a free one.

    Attributes:
        port: The port taken.
        lines: The open connections.
    """

    def __init__(self, name: str, handler: Handler, *, port: int = 0) -> None:
        self.name = name
        self.port = port
        self.lines: set[Line] = set()
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._http: web.Server | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigurationError: The port is taken or out of reach; the text names the remedy.
        """
        self._http = web.Server(self._handler, access_log=None, auto_decompress=False, lingering_time=0.0)
        self._server = await self._listen()
        self.port = self._server.sockets[0].getsockname()[1]

    async def restart(self, down_for: float) -> None:
        """Reset every connection, refuse new ones for ``down_for`` seconds, then listen again on the same port.

        Raises:
            ConfigurationError: Somebody else has taken the port meanwhile.
        """
        if self._server is None:
            return
        self._server.close()
        for line in tuple(self.lines):
            line.reset()
        await asyncio.sleep(down_for)
        self._server = await self._listen()

    async def _listen(self) -> asyncio.Server:
        if not 0 <= self.port <= LAST_PORT:  # uvloop would quietly take another one
            raise self._refusal("does not exist")
        try:
            return await asyncio.get_running_loop().create_server(self._line, HOST, self.port)
        except OSError as error:
            raise self._refusal("is taken" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error})") from None

    def _refusal(self, why: str) -> ConfigurationError:
        return ConfigurationError(
            f"port {self.port} on {HOST} {why}, so {self.name} cannot be served there: "
            "stop what listens on it, or choose other ports (0 takes free ones)"
        )

    async def stop(self) -> None:
        """Stop listening and end every connection; no task is left when this returns."""
        if self._server is None or self._http is None:
            return
        server, http = self._server, self._http
        self._server = self._http = None
        server.close()
        running = {task for task in map(_task_of, http.connections) if task is not None}
        http.pre_shutdown()
        for line in tuple(self.lines):
            line.drop()
        await http.shutdown(PATIENCE)
        if running:
            await asyncio.wait(running, timeout=PATIENCE)
        await server.wait_closed()

    def _line(self) -> Line:
        assert self._http is not None  # noqa: S101 - accepted while listening
        return Line(self._http(), self.lines)


def _task_of(connection: object) -> asyncio.Task[None] | None:
    """The task that aiohttp runs for a connection: it offers no way to wait for the idle ones."""
    return getattr(connection, "_task_handler", None)


def is_upgrade(request: web.BaseRequest) -> bool:
    """Whether the request asks for a WebSocket."""
    return request.headers.get("Upgrade", "").lower() == "websocket"


async def read_request(request: web.BaseRequest) -> HttpRequest:
    """Return the request with its target and body exactly as they came: signatures cover them."""
    body = await request.read() if request.body_exists else b""
    return HttpRequest(request.method, request.raw_path, dict(request.headers), body)


def answer(response: HttpResponse) -> web.Response:
    """Return the response in aiohttp's form."""
    return web.Response(status=response.status, body=response.body, headers=dict(response.headers))


def line_behind(request: web.BaseRequest) -> Line | None:
    """Return the relay line that the request came over, or ``None`` if it is gone already."""
    return None if request.transport is None else line_of(request.transport)


def web_socket() -> web.WebSocketResponse:
    """Return a WebSocket that leaves pings to its owner and compresses nothing."""
    return web.WebSocketResponse(timeout=PATIENCE, autoping=False, compress=False, max_msg_size=MAX_MESSAGE)
