"""The HTTP client: aiohttp behind one method."""

from __future__ import annotations

import ssl
from types import TracebackType
from typing import Self

import aiohttp
import yarl

from tradewire.errors import ConnectFailed, LinkLost
from tradewire.wire.protocol import HttpRequest, HttpResponse


class HttpClient:
    """Sends requests to one venue. Opens nothing before the first request.

    Args:
        base: Base URL without a trailing slash; the request target is appended untouched, because signatures cover it.
        venue: For error texts.
        timeout: Seconds for a whole request.
        proxy: ``http://`` or ``https://`` URL, or ``None``.
        ssl_context: Or ``None`` for the default, which verifies certificates.
    """

    def __init__(
        self,
        base: str,
        *,
        venue: str,
        timeout: float = 30.0,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.base = base.rstrip("/")
        self._venue = venue
        self._timeout = timeout
        self._proxy = proxy
        self._ssl: ssl.SSLContext | bool = ssl_context if ssl_context is not None else True
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send ``request`` and return the whole response, whatever its status.

        Raises:
            ConnectFailed: Nothing was sent.
            LinkLost: The request may have been sent; no complete answer came.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout))
        url = yarl.URL(self.base + request.target, encoded=True)
        try:
            async with self._session.request(
                request.method,
                url,
                data=request.body or None,
                headers=dict(request.headers),
                proxy=self._proxy,
                ssl=self._ssl,
                allow_redirects=False,
            ) as response:
                body = await response.read()
                return HttpResponse(status=response.status, body=body, headers=dict(response.headers))
        except aiohttp.ClientConnectorError as error:
            reason = "nothing listens there" if isinstance(error.os_error, ConnectionRefusedError) else str(error.os_error)
            raise ConnectFailed(f"cannot connect to {self.base}: {reason}", venue=self._venue) from None
        except TimeoutError:
            text = f"no answer to {request.method} {_path(request)} within {self._timeout:g} s"
            raise LinkLost(text, venue=self._venue) from None
        except (aiohttp.ClientError, OSError) as error:
            raise LinkLost(f"{request.method} {_path(request)} failed: {error}", venue=self._venue) from None

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()


def _path(request: HttpRequest) -> str:
    # The query may hold a signature.
    return request.target.split("?", 1)[0]
