"""``BrokerWSClient``: the broker's stream, programmed by channel names, whole messages and handlers."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
import ssl
import time
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from tradewire.engine.connect import connect
from tradewire.engine.gateway import Gateway
from tradewire.errors import ConfigurationError, LocalProtocolError, NotConnected, TradewireError
from tradewire.facades.broker.dispatch import ErrorHandler, Handler
from tradewire.facades.broker.session import Routes, Session
from tradewire.facades.broker.settings import DocumentedBackoff, Limits
from tradewire.facades.broker.trading import VENUE, Trading
from tradewire.model.channels import Channel
from tradewire.model.secret import Secret
from tradewire.model.time import MILLISECOND
from tradewire.venues.spec import Heartbeat
from tradewire.venues.theone import auth
from tradewire.venues.theone.messages import channel_of
from tradewire.wire.signing import Hmac

_DEFAULT_LIMITS: Final = Limits()
_numbers = itertools.count(1)


class BrokerWSClient(Trading):
    """A client of the broker's WebSocket.

    Making one does no I/O and needs no event loop. It may be connected, closed and connected again; handlers stay
    registered meanwhile. ``async with`` connects on entry and closes on exit.

    The four documented trading methods send and return ``None``; their answers go to ``response_handler``. Each has a twin
    that waits and returns the answer, typed, or raises the broker's refusal: ``fetch_balances``, ``fetch_estimate``,
    ``execute_swap`` (or ``swap_and_wait``) and ``fetch_order_status``.

    Messages reach handlers in the order of arrival, one at a time, beside the reading of the socket: a handler may await
    whatever it likes, and call any method of the client. While one handler waits, the others wait too.

    Args:
        api_key: As issued by the broker.
        secret_key: As issued; never sent, shown or logged.
        ws_url: For example ``wss://partner-api.the-one.io/ws/v1/stream``.
        key_mode: ``sha256-b64url`` as all published clients sign, or ``raw`` as the broker's documentation shows.
        field_style: ``clients`` (``amountIn``, ``assetIn``, ``assetOut``) or ``docs`` (``amount``, ``from``, ``to``).
        pipelining: Whether several awaited operations may be under way at once. The protocol has no request ids, so an
            error is then attributed to the oldest of them.
        keep_alive: Whether to ask for the balances after four minutes without a frame sent.
        limits: The documented limits.
        on_error: Called once, after all messages, with the error that ended the connection for good: the last reconnect
            attempt failed, or the broker refused the credentials.
        proxy: URL of an HTTP or SOCKS proxy.
        ssl_context: Instead of the default, which verifies certificates.
        name: The last part of the logger's name; a running number if not given.

    Attributes:
        max_reconnect_attempts: After a lost connection; 0 means none. Read when used.
        reconnect_delay: Seconds before the first attempt; it doubles with each further one. Read when used.
        subscriptions: Handlers by channel name. To be read; use ``subscribe`` and ``unsubscribe`` to change it.
        on_error: As given.
        logger: ``tradewire.broker.<name>``, with neither handlers nor a level of its own.
    """

    def __init__(
        self,
        api_key: str | None,
        secret_key: str | None,
        ws_url: str,
        *,
        key_mode: str = auth.DERIVED,
        field_style: str = "clients",
        pipelining: bool = False,
        keep_alive: bool = False,
        limits: Limits = _DEFAULT_LIMITS,
        on_error: ErrorHandler | None = None,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        name: str | None = None,
    ) -> None:
        self.api_key = api_key
        self._secret = Secret(secret_key or "")
        self.ws_url = ws_url
        self.max_reconnect_attempts: int = 5
        self.reconnect_delay: float = 1.0
        self.on_error = on_error
        self.subscriptions: dict[str, list[Handler]] = {}
        self.logger = logging.getLogger(f"tradewire.broker.{name or next(_numbers)}")
        self._routes = Routes(self.subscriptions)
        self._limits = limits
        self._network: dict[str, Any] = {"proxy": proxy, "ssl_context": ssl_context}
        self._options: dict[str, Any] = {
            "key_mode": key_mode,
            "field_style": field_style,
            "pipelining": pipelining,
            "keep_alive": keep_alive,
        }
        self._backoff = DocumentedBackoff(self)
        self._opening = asyncio.Lock()
        self._session: Session | None = None

    # -- connection ------------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Connect, log in, and restore the subscriptions of an earlier connection. One attempt; no-op when connected.

        While the client is reconnecting by itself, this makes an attempt at once instead.

        Raises:
            ConfigurationError: A key, the secret or the URL is missing; nothing was opened.
            ConnectFailed: There is no connection to be had.
            LoginRefused: The broker refused the credentials, in its words.
            LoginTimeout: "Authentication timeout": it said nothing in time.
        """
        async with self._opening:
            if self.is_connected():
                return
            gateway = self._gateway()
            await self.close()
            session = self._session = Session(gateway, self._routes, self.logger, self._ended)
            self.logger.info("connecting to %s", self.ws_url)
            try:
                await session.open()
                for channel, handlers in tuple(self.subscriptions.items()):
                    for _ in tuple(handlers):
                        await gateway.subscribe(_channel(channel))
            except BaseException:
                if self._session is session:
                    self._session = None
                await session.close()
                raise

    async def close(self) -> None:
        """Close the connection and stop reconnecting. Idempotent, also before ``connect`` and after it failed.

        Messages that wait for handlers are dropped. A handler may call this.
        """
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def is_connected(self) -> bool:
        """Whether the client is connected and authenticated (and not reconnecting). Never raises."""
        return self._session is not None and self._session.live

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    def _gateway(self) -> Gateway:
        for value, argument in ((self.api_key, "api_key"), (self.secret_key, "secret_key"), (self.ws_url, "ws_url")):
            if not value:
                raise ConfigurationError(f"{argument} is missing: BrokerWSClient(api_key, secret_key, ws_url)", venue=VENUE)
        limits = self._limits
        return connect(
            VENUE,
            endpoints={"stream": self.ws_url},
            credentials=Hmac(self.api_key or "", self._secret),
            reconnect=self._backoff,
            login_timeout=limits.authentication,
            request_timeout=limits.answer,
            heartbeat=Heartbeat(ping_every=limits.heartbeat, pong_within=limits.pong, any_frame=True),
            acknowledge_timeout=limits.acknowledgement,
            max_subscriptions=limits.subscriptions,
            **self._network,
            **self._options,
        )

    def _live(self) -> Gateway:
        if self._session is None or not self._session.live:
            raise NotConnected("Not authenticated", venue=VENUE, retryable=True)
        return self._session.gateway

    def _ended(self, error: TradewireError) -> object:
        return None if self.on_error is None else self.on_error(error)

    # -- channels --------------------------------------------------------------------------------------------------

    async def subscribe(self, channel: str, handler: Handler) -> None:
        """Call ``handler`` with every message of ``channel``, whole; several handlers are called in order of subscription.

        Returns when the broker has acknowledged. A further handler of a channel costs no frame.

        Args:
            channel: ``balances`` or ``orders:<order id>``. The order need not exist yet.
            handler: Function, coroutine function, lambda, any callable. One that raises is logged, nothing more.

        Raises:
            NotConnected: "Not authenticated".
            SubscriptionRefused: By the broker, in its words; the handler is not registered.
            RequestTimeout: No acknowledgement came in time; the handler is not registered.
            LocalProtocolError: The limit of subscriptions is reached, or ``channel`` is none; nothing was sent.
        """
        gateway, wanted = self._live(), _channel(channel)
        if channel not in self.subscriptions and len(self.subscriptions) >= self._limits.subscriptions:
            raise LocalProtocolError(f"{self._limits.subscriptions} channels are subscribed, which is the limit", venue=VENUE)
        # Registered first: a push may follow the acknowledgement at once.
        self.subscriptions.setdefault(channel, []).append(handler)
        try:
            await gateway.subscribe(wanted)
        except BaseException:
            self._drop(channel, handler)
            raise

    def _drop(self, channel: str, handler: Handler) -> None:
        handlers = self.subscriptions.get(channel, [])
        if handler in handlers:
            handlers.remove(handler)
        if not handlers:
            self.subscriptions.pop(channel, None)

    async def unsubscribe(self, channel: str) -> None:
        """Drop all handlers of ``channel`` at once, tell the broker if connected, and wait for its acknowledgement.

        An unknown channel, or no connection, is no error.
        """
        handlers = self.subscriptions.pop(channel, [])
        if self._session is not None:
            for _ in handlers:
                await self._session.gateway.unsubscribe(_channel(channel))

    # -- as the original client had them -----------------------------------------------------------------------------

    @property
    def secret_key(self) -> str:
        """The secret, as given."""
        return self._secret.reveal()

    @property
    def response_handler(self) -> Handler | None:
        """Gets what answers an operation (logins and acknowledgements included), and errors that name no channel."""
        return self._routes.response_handler

    @response_handler.setter
    def response_handler(self, handler: Handler | None) -> None:
        self._routes.response_handler = handler

    @property
    def authenticated(self) -> bool:
        """The same as ``is_connected()``."""
        return self.is_connected()

    @property
    def running(self) -> bool:
        """Whether there is a connection, or one is being restored."""
        return self._session is not None and not self._session.over

    @property
    def websocket(self) -> Gateway | None:
        """The engine's gateway behind this client while connected, else ``None``."""
        return self._session.gateway if self._session is not None and self._session.live else None

    @property
    def reconnect_attempts(self) -> int:
        """Number of the reconnect attempt under way; 0 while connected."""
        return 0 if self.is_connected() else self._backoff.attempts

    def generate_nonce(self) -> str:
        """Return a text that is unique and cannot be guessed."""
        return f"{time.time_ns()}_{secrets.randbits(64)}"

    def generate_signature(
        self, timestamp: int, nonce: str, operation: str | None = None, data: dict[str, Any] | None = None
    ) -> str:
        """Return the signature of a login, or of ``operation`` with ``data``.

        Args:
            timestamp: Milliseconds since the epoch.
            nonce: As it will be sent.
            operation: ``estimate``, ``swap``, ``order_status`` or ``balances``.
            data: Must be sent as compact JSON with sorted keys, which is what is signed.

        Raises:
            LocalProtocolError: ``data`` holds a float or something that is no JSON value.
        """
        signer = auth.signer_of(Hmac(self.api_key or "", self._secret), self._options["key_mode"])
        path = auth.operation_path(operation) if operation else auth.STREAM_PATH
        body = b"" if data is None else auth.compact(data)
        return auth.signature(signer, auth.STREAM_METHOD, path, auth.Stamp(timestamp, nonce), body)

    def create_signed_message(self, operation: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the message of ``operation``, signed now; the members of its ``data`` are sorted as they were signed.

        Raises:
            LocalProtocolError: ``data`` holds a float or something that is no JSON value.
        """
        timestamp, nonce = time.time_ns() // MILLISECOND, self.generate_nonce()
        message = {
            "op": operation,
            "ts": timestamp,
            "nonce": nonce,
            "sig": self.generate_signature(timestamp, nonce, operation, data),
        }
        return message if data is None else message | {"data": msgspec.json.decode(auth.compact(data))}


def _channel(name: str) -> Channel:
    channel = channel_of(name)
    if channel is None:
        raise LocalProtocolError(f"Invalid channel format: {name!r}; there are 'balances' and 'orders:<order id>'", venue=VENUE)
    return channel
