"""``BrokerClient``: the broker's REST API, blocking, as its original client offered it."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import randbits
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from tradewire.errors import CommandError, ConfigurationError, ConnectFailed, OutcomeUnknown, RequestTimeout, TradewireError
from tradewire.model.secret import Secret
from tradewire.venues.spec import RestContext
from tradewire.venues.theone import auth
from tradewire.venues.theone.spec import SPEC
from tradewire.wire.protocol import HttpRequest, HttpResponse
from tradewire.wire.signing import Hmac

_VENUE: Final = SPEC.name


@dataclass(frozen=True, slots=True)
class Balance:
    """Holdings of one asset as the broker writes them: decimal texts, ``total`` including ``locked``."""

    asset: str
    total: str
    locked: str


class APIError(CommandError):
    """The broker answered with an error. ``raise … from`` keeps the typed one as ``__cause__``.

    Args:
        code: The broker's code, for example ``INSUFFICIENT_BALANCE``.
        message: Its text.
        request_id: What it calls the request, for its support desk.
    """

    def __init__(self, code: str, message: str, request_id: str = "") -> None:
        super().__init__(message, venue=_VENUE, code=code, request_id=request_id)
        self.message = message

    def __str__(self) -> str:
        return f"API Error [{self.code}]: {self.message} (RequestID: {self.request_id})"


class BrokerClient:
    """Blocking calls, each on a connection of its own. Do not use it inside an event loop: it stops it.

    Args:
        api_key: As issued by the broker.
        secret_key: As issued; never sent, shown or logged.
        base_url: For example ``https://partner-api.the-one.io``.
        key_mode: ``sha256-b64url`` as all published clients sign, or ``raw`` as the broker's documentation shows.
        timeout: Seconds to wait for the connection, and then for each part of an answer.
        ssl_context: Instead of the default, which verifies certificates.

    Raises:
        ConfigurationError: A key is missing, or ``base_url`` is no HTTP URL.
    """

    def __init__(
        self,
        api_key: str,
        secret_key: str,
        base_url: str,
        *,
        key_mode: str = auth.DERIVED,
        timeout: float = 30.0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        for value, argument in ((api_key, "api_key"), (secret_key, "secret_key"), (base_url, "base_url")):
            if not value:
                raise ConfigurationError(f"{argument} is missing: BrokerClient(api_key, secret_key, base_url)", venue=_VENUE)
        self.api_key = api_key
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        self._url = urlsplit(self.base_url)
        if self._url.scheme not in {"http", "https"} or not self._url.hostname:
            raise ConfigurationError(
                f"base_url={base_url!r} is no URL; give one such as https://partner-api.the-one.io", venue=_VENUE
            )
        self._credentials = Hmac(api_key, Secret(secret_key))
        self._options = {"key_mode": key_mode}
        self._ssl = ssl_context

    def get_balances(self) -> list[Balance]:
        """Return all balances.

        Raises:
            APIError: The broker refused.
            ConnectFailed: Nothing was sent.
            RequestTimeout: No answer came.
        """
        return [Balance(row["asset"], row["total"], row["locked"]) for row in self._call("balances")["balances"]]

    def estimate_swap(
        self,
        from_asset: str,
        to_asset: str,
        amount: str,
        network: str | None = None,
        account: str | None = None,
        *,
        filter_sources: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Return what a swap would yield: ``route``, ``price``, ``expectedOut``, ``fee``, ``expiresAt``.

        Raises:
            InvalidOrder: An argument that no broker could take; nothing was sent.
            APIError: The broker refused.
            ConnectFailed: Nothing was sent.
            RequestTimeout: No answer came.
        """
        return self._call(
            "estimate",
            amount_in=amount,
            asset_in=from_asset,
            asset_out=to_asset,
            network=network or "",
            account=account or "",
            sources=tuple(filter_sources or ()),
        )

    def swap(  # noqa: PLR0917 - the original's signature
        self,
        from_asset: str,
        to_asset: str,
        amount: str,
        account: str | None = None,
        slippage_bps: int | None = None,
        idempotency_key: str | None = None,
        client_order_id: str | None = None,
        *,
        filter_sources: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Swap, and return ``orderId`` and ``status``.

        Args:
            from_asset: Symbol of what is given.
            to_asset: Symbol of what is received.
            amount: Positive decimal text, in ``from_asset``.
            account: Where the key has several.
            slippage_bps: Largest acceptable slippage in basis points, 0 to 10000; the broker's default if not given.
            idempotency_key: With the same key the same call may be repeated safely; a fresh one is made if not given.
            client_order_id: Your own handle.
            filter_sources: Liquidity sources to use; all by default.

        Raises:
            InvalidOrder: An argument that no broker could take; nothing was sent.
            APIError: The broker refused.
            ConnectFailed: Nothing was sent.
            OutcomeUnknown: No answer came: the swap may have happened. ``request_id`` is the idempotency key with which
                the call can be repeated safely.
        """
        return self._call(
            "swap",
            amount_in=amount,
            asset_in=from_asset,
            asset_out=to_asset,
            account=account or "",
            slippage_bps=slippage_bps,
            client_order_id=client_order_id or "",
            idempotency_key=idempotency_key or f"swap_{_nonce()}",
            sources=tuple(filter_sources or ()),
        )

    def get_order_status(self, order_id: str, client_order_id: str | None = None) -> dict[str, Any]:
        """Return ``orderId``, ``status`` and, once there are any, ``filledOut``, ``txHash`` and ``updatedAt``.

        Args:
            order_id: The broker's order id, or a client order id.
            client_order_id: A second handle.

        Raises:
            APIError: The broker refused.
            ConnectFailed: Nothing was sent.
            RequestTimeout: No answer came.
        """
        return self._call("order_status", order_id=order_id, client_order_id=client_order_id or "")

    def _call(self, name: str, **params: Any) -> dict[str, Any]:
        endpoint = SPEC.rest[name]
        context = RestContext(now=time.time_ns(), credentials=self._credentials, nonce=_nonce, options=self._options)
        response = self._send(endpoint.build(params, context), params.get("idempotency_key"))
        try:
            if not 200 <= response.status < 300:
                raise SPEC.error_of(response)
            endpoint.parse(response)
        except TradewireError as error:
            request_id = error.request_id if isinstance(error, CommandError) else ""
            raise APIError(error.code, error.text, str(request_id or "")) from error
        answer: dict[str, Any] = msgspec.json.decode(response.body)
        return answer

    def _send(self, request: HttpRequest, idempotency_key: str | None) -> HttpResponse:
        """Send ``request``; one with an idempotency key writes."""
        connection = self._connection()
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise ConnectFailed(f"cannot connect to {self.base_url}: {error}", venue=_VENUE) from None
        try:
            connection.request(request.method, self._url.path + request.target, request.body or None, dict(request.headers))
            response = connection.getresponse()
            return HttpResponse(response.status, response.read(), dict(response.headers))
        except (OSError, http.client.HTTPException) as error:
            kind = RequestTimeout if idempotency_key is None else OutcomeUnknown
            path = request.target.split("?", 1)[0]
            text = f"no answer to {request.method} {path}: {error or type(error).__name__}"
            raise kind(text, venue=_VENUE, request_id=idempotency_key) from None
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        host = self._url.hostname or ""
        if self._url.scheme == "https":
            return http.client.HTTPSConnection(host, self._url.port, timeout=self.timeout, context=self._ssl)
        return http.client.HTTPConnection(host, self._url.port, timeout=self.timeout)


def _nonce() -> str:
    return f"{time.time_ns()}_{randbits(64)}"
