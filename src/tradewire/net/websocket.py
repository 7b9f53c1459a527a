"""The client's WebSocket: picows behind a small interface.

The listener's frame callback is the start of the hot path: it reads the clock once per socket read, takes the payload as
bytes and hands it on with one direct call.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import sys
from collections.abc import Callable
from typing import Any

import aiohappyeyeballs
import picows

from tradewire.errors import ConnectFailed, LinkLost
from tradewire.model.time import Nanos
from tradewire.wire.clock import Clock
from tradewire.wire.protocol import Emit

_TEXT = picows.WSMsgType.TEXT
_BINARY = picows.WSMsgType.BINARY
_CONTINUATION = picows.WSMsgType.CONTINUATION
_PING = picows.WSMsgType.PING
_PONG = picows.WSMsgType.PONG
_CLOSE = picows.WSMsgType.CLOSE

#: Control frames carry at most this many bytes (RFC 6455, 5.5), so anything longer is data.
_LARGEST_CONTROL = 125
#: ``{``, as which nearly every text begins.
_BRACE = 0x7B
#: Close codes (RFC 6455, 7.4.1).
_PROTOCOL_ERROR, _TOO_BIG = 1002, 1009
#: Seconds that the other side has for answering a close frame.
_CLOSE_WITHIN = 0.25

# picows logs what we raise and report ourselves.
_silent = logging.getLogger("tradewire.socket.picows")
_silent.setLevel(logging.CRITICAL)


class SocketListener(picows.WSListener):
    """Reads one socket. A link derives from it and overrides the ``on_*`` methods below.

    Attributes:
        receive: Called as ``receive(payload, now, emit)`` for each complete text message.
        emit: What ``receive`` is given to emit with. Both may be replaced between messages.
        reading: True from the first to the last frame of one socket read; commands given meanwhile must wait.
        now: Time of the current socket read.
        messages: Data frames received.
        bytes_in: Payload bytes received.
        max_frame: Largest message accepted, bytes; set by ``open_socket``.
    """

    # Slots, because a derived class has too many attributes for the interpreter's fast path through instance dictionaries.
    __slots__ = (
        "_closing",
        "_disconnected",
        "_kind",
        "_parts",
        "_transport",
        "_violation",
        "bytes_in",
        "clock_now",
        "emit",
        "max_frame",
        "messages",
        "now",
        "reading",
        "receive",
    )

    def __init__(self, clock: Clock, receive: Callable[[bytes, Nanos, Emit], None], emit: Emit) -> None:
        self.clock_now = clock.now
        self.receive = receive
        self.emit = emit
        self.reading = False
        self.now: Nanos = clock.now()
        self.messages = 0
        self.bytes_in = 0
        self.max_frame = sys.maxsize
        self._parts: bytearray | None = None
        self._kind = _TEXT
        self._transport: picows.WSTransport | None = None
        self._violation: tuple[int, str] | None = None
        self._closing: asyncio.TimerHandle | None = None
        self._disconnected = asyncio.get_running_loop().create_future()

    # -- to be overridden ------------------------------------------------------------------------------------------

    def on_binary(self, payload: bytes) -> None:
        """One complete binary message."""

    def on_read_end(self) -> None:
        """The last frame of a socket read has been handed over."""

    def on_pong(self, payload: bytes) -> None:
        """A pong came."""

    def on_ping(self) -> None:
        """A ping came and has been answered."""

    def on_defect(self, error: Exception) -> None:
        """Reading a frame raised, which is a defect of ours: the socket will be dropped."""

    # -- picows ----------------------------------------------------------------------------------------------------

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Take one frame."""
        if not self.reading:
            self.reading = True
            self.now = self.clock_now()
        payload = frame.get_payload_as_bytes()
        try:
            # Reading the frame's type builds an enum member, which costs more than everything else here: what is too long for
            # a control frame and begins as a JSON object is read as a text whatever its type says; it would mean the same.
            size = len(payload)
            if size > _LARGEST_CONTROL and payload[0] == _BRACE and frame.fin and self._parts is None:
                self.messages += 1
                self.bytes_in += size
                receive = self.receive  # calling the attribute itself would first look for a method of that name
                receive(payload, self.now, self.emit)
            else:
                self._on_other(transport, frame, payload)
            if frame.last_in_buffer:
                self.reading = False
                self.on_read_end()
        except Exception as error:
            self.on_defect(error)
            raise

    def _on_other(self, transport: picows.WSTransport, frame: picows.WSFrame, payload: bytes) -> None:
        kind = frame.msg_type
        if kind is _PING:
            transport.send_pong(payload)
            self.on_ping()
        elif kind is _PONG:
            self.on_pong(payload)
        elif kind is _CLOSE:
            if not transport.is_close_frame_sent:
                transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif self._violation is None:
            self._on_data(kind, payload, fin=frame.fin)

    def _on_data(self, kind: picows.WSMsgType, payload: bytes, *, fin: bool) -> None:
        parts = self._parts
        if (kind is _CONTINUATION) is (parts is None):
            what = "a continuation of nothing" if parts is None else "a new message inside a fragmented one"
            self._break_off(_PROTOCOL_ERROR, f"Received {what}")
            return
        if parts is None:
            self._kind = kind
            if not fin:
                self._parts = bytearray(payload)
                return
        else:
            if len(parts) + len(payload) > self.max_frame:
                text = f"Received fragments of a message exceeding max allowed size, {self.max_frame}"
                self._break_off(_TOO_BIG, text)
                return
            parts += payload
            if not fin:
                return
            payload, self._parts = bytes(parts), None
        self.messages += 1
        self.bytes_in += len(payload)
        if self._kind is _BINARY:
            self.on_binary(payload)
        else:
            self.receive(payload, self.now, self.emit)

    def _break_off(self, code: int, text: str) -> None:
        self._violation = code, text
        self._parts = bytearray()  # keeps what still comes off the fast path; it is dropped
        self.send_close(code, text)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """Wake whoever waits for the end."""
        if self._closing is not None:
            self._closing.cancel()
        if not self._disconnected.done():
            self._disconnected.set_result(None)

    # -- for the link ----------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether frames can be written."""
        return self._transport is not None and not self._disconnected.done()

    @property
    def was_opened(self) -> bool:
        """Whether the upgrade succeeded, also if the socket has ended since."""
        return self._transport is not None

    def send_text(self, payload: bytes) -> None:
        """Write one text frame, unless a close frame has been written: nobody would read it."""
        if self._transport is not None and not self._transport.is_close_frame_sent:
            self._transport.send(_TEXT, payload)

    def send_ping(self, payload: bytes) -> None:
        """Write a ping."""
        if self._transport is not None:
            self._transport.send_ping(payload)

    def send_close(self, code: int, reason: str) -> None:
        """Write a close frame and drop the socket if no answer comes soon. What does not fit in is cut off."""
        if self._transport is None or self._disconnected.done() or self._transport.is_close_frame_sent:
            return
        fitting = reason.encode()[: _LARGEST_CONTROL - 2].decode(errors="ignore")
        self._transport.send_close(picows.WSCloseCode(code), fitting.encode())
        self._closing = asyncio.get_running_loop().call_later(_CLOSE_WITHIN, self.abort)

    def abort(self) -> None:
        """Drop the socket at once."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    async def wait_closed(self) -> None:
        """Wait until the socket is gone."""
        await asyncio.shield(self._disconnected)
        if self._transport is not None:
            try:
                await self._transport.wait_disconnected()
            except picows.WSProtocolError as error:
                self._violation = int(error.code), str(error.args[-1])
            except Exception:  # noqa: BLE001, S110 - what reading raised was handed to on_defect; picows hands it on once more
                pass

    def reason(self, venue: str) -> LinkLost:
        """Why the socket ended, as an error."""
        handshake = self._transport.close_handshake if self._transport is not None else None
        received = handshake.recv if handshake is not None else None
        if self._violation is not None:
            violated, text = self._violation
            return LinkLost(f"the venue broke the WebSocket protocol: {text}", venue=venue, code=violated)
        if handshake is not None and handshake.sent is not None and not handshake.recv_then_sent:
            sent = handshake.sent
            code = int(sent.code.value)
            return LinkLost(f"closed by us: {code} {sent.reason or ''}".rstrip(), venue=venue, code=code)
        if received is None:
            return LinkLost("connection lost without a close frame", venue=venue, code=1006)
        code = int(received.code.value)
        text = f"closed by the venue: {code} {received.reason or ''}".rstrip()
        return LinkLost(text, venue=venue, code=code)


async def open_socket(
    listener: SocketListener,
    url: str,
    *,
    venue: str,
    connect_timeout: float,
    max_frame: int,
    proxy: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> None:
    """Open ``url`` and attach ``listener``.

    Args:
        listener: Receives the frames.
        url: ``ws://`` or ``wss://``.
        venue: For error texts.
        connect_timeout: Seconds for name resolution, TCP, TLS and upgrade together.
        max_frame: Largest message accepted, in one frame or in fragments, bytes.
        proxy: ``http://`` or ``https://`` URL, as ``connect`` checks: REST could not go through SOCKS.
        ssl_context: For ``wss``; the default verifies certificates.

    Raises:
        ConnectFailed: With the URL and the reason.
    """
    listener.max_frame = max_frame
    opening = _Opening()
    connecting = asyncio.ensure_future(
        picows.ws_connect(
            lambda: listener,
            url,
            ssl_context=ssl_context,
            enable_auto_pong=False,
            websocket_handshake_timeout=None,
            max_frame_size=max_frame,
            proxy=proxy,
            socket_factory=opening.connect,
            logger_name=_silent,
        )
    )
    try:
        async with asyncio.timeout(connect_timeout):
            await asyncio.shield(connecting)
        if not listener.was_opened:
            # picows does not tell a socket that was closed before the answer from one that is open.
            raise _ended_early(url, venue)
    except TimeoutError:
        raise ConnectFailed(f"cannot connect to {url}: no answer within {connect_timeout:g} s", venue=venue) from None
    except picows.WSHandshakeError as error:
        raise _refused(url, venue, error) from None
    except (OSError, ValueError, picows.WSError) as error:
        raise ConnectFailed(f"cannot connect to {url}: {_words(error)}", venue=venue) from None
    finally:
        await opening.abandon(connecting)


class _Opening:
    """Holds the socket until the upgrade is done, because a cancelled upgrade would leave it open."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    async def connect(self, place: Any) -> socket.socket:
        loop = asyncio.get_running_loop()
        addresses = await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        self._socket = await aiohappyeyeballs.start_connection(addresses, loop=loop, happy_eyeballs_delay=0.25)
        return self._socket

    async def abandon(self, connecting: asyncio.Future[Any]) -> None:
        """End an attempt that is still under way; does nothing to one that has ended."""
        if connecting.done():
            return
        if self._socket is None:
            connecting.cancel()
        else:
            # The transport that owns the socket by now reads the end of the stream and cleans up after itself.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        await asyncio.wait({connecting})
        if not connecting.cancelled():
            connecting.exception()


def _refused(url: str, venue: str, error: Any) -> ConnectFailed:
    status = int(error.response.status) if error.response is not None else 0
    if not status:
        return _ended_early(url, venue)
    return ConnectFailed(f"cannot connect to {url}: the upgrade was refused with HTTP {status}", venue=venue, code=status)


def _ended_early(url: str, venue: str) -> ConnectFailed:
    return ConnectFailed(f"cannot connect to {url}: the connection ended during the upgrade", venue=venue)


def _words(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused (nothing listens there)"
    return str(error) or type(error).__name__
