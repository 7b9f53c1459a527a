"""Runs the endpoint table of a venue: builds at the moment of sending, keeps the weight budget, types the errors."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tradewire.errors import ConfigurationError, ConnectFailed, LinkLost, OutcomeUnknown, RateLimited, RequestTimeout, Unsupported
from tradewire.model.time import SECOND, Nanos
from tradewire.net.http import HttpClient
from tradewire.venues.spec import Endpoint, RestContext, VenueSpec
from tradewire.wire.clock import Clock, ClockOffset
from tradewire.wire.protocol import HttpRequest, HttpResponse
from tradewire.wire.ratelimit import WindowBudget
from tradewire.wire.signing import Credentials

_logger = logging.getLogger("tradewire.rest")

#: Told of every request and its response, for recordings.
Observer = Callable[[HttpRequest, HttpResponse], None]


def fresh_nonce(clock: Clock) -> str:
    """A nonce that is unique and cannot be guessed: nanoseconds, and 64 random bits."""
    return f"{clock.now()}_{secrets.randbits(64)}"


class Rest:
    """REST side of one gateway.

    Args:
        http: Sends; owned and closed by this object.
        observe: Called after each response.
        sleep: Waits for the weight budget.
    """

    def __init__(
        self,
        spec: VenueSpec,
        http: HttpClient,
        *,
        clock: Clock,
        credentials: Credentials | None,
        options: Mapping[str, Any],
        observe: Observer,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._spec = spec
        self._http = http
        self._clock = clock
        self._credentials = credentials
        self._options = options
        self._observe = observe
        self._sleep = sleep
        limit = spec.weight_limit
        self._budget = WindowBudget(limit.weight, limit.seconds) if limit is not None else None
        self.offset = ClockOffset()

    async def call(self, name: str, params: Mapping[str, Any]) -> Any:
        """Make one call and return its parsed result.

        Raises:
            Unsupported: The venue has no such endpoint.
            RateLimited: The venue refused for a limit; later calls wait until it is over.
            OutcomeUnknown: A call that may change something was sent and not answered.
            RequestTimeout: A read was not answered.
            TradewireError: As the venue's answer says.
        """
        endpoint = self._spec.rest.get(name)
        if endpoint is None:
            known = ", ".join(sorted(self._spec.rest)) or "none"
            raise Unsupported(f"{self._spec.name} has no REST call {name!r}; it has: {known}", venue=self._spec.name)
        if endpoint.signed and self._credentials is None:
            variables = " and ".join(self._spec.credential_variables[:2])
            raise ConfigurationError(
                f"REST call {name!r} needs an API key: set {variables} or pass credentials=", venue=self._spec.name
            )
        await self._within_budget(endpoint.weight(params))
        sent = self._clock.now()
        context = RestContext(
            now=sent + self.offset.offset(),
            credentials=self._credentials,
            nonce=lambda: fresh_nonce(self._clock),
            options=self._options,
        )
        request = endpoint.build(params, context)
        response = await self._send(endpoint, request)
        self._observe(request, response)
        if self._budget is not None and (used := self._spec.used_weight(response)) is not None:
            self._budget.observe(self._venue_now(), used)
        if not 200 <= response.status < 300:
            raise self._refused(response)
        result = endpoint.parse(response)
        if name == "time":
            self.offset.sample(sent, result, self._clock.now())
        return result

    async def _within_budget(self, weight: int) -> None:
        if self._budget is None:
            return
        while (wait := self._budget.ready_at(self._venue_now(), weight) - self._venue_now()) > 0:
            _logger.info("%s: waiting %.1f s for the REST weight budget", self._spec.name, wait / SECOND)
            await self._sleep(wait / SECOND)
        self._budget.spend(self._venue_now(), weight)

    def _venue_now(self) -> Nanos:
        return self._clock.now() + self.offset.offset()

    async def _send(self, endpoint: Endpoint, request: HttpRequest) -> HttpResponse:
        try:
            return await self._http.send(request)
        except ConnectFailed:
            raise
        except LinkLost as error:
            kind = RequestTimeout if endpoint.idempotent else OutcomeUnknown
            raise kind(f"{endpoint.name}: {error.text}", venue=self._spec.name, retryable=endpoint.idempotent) from None

    def _refused(self, response: HttpResponse) -> Exception:
        error = self._spec.error_of(response)
        if isinstance(error, RateLimited) and self._budget is not None and error.retry_after is not None:
            self._budget.block_until(self._venue_now() + round(error.retry_after * SECOND))
            _logger.warning("%s: %s; REST waits %.0f s", self._spec.name, error, error.retry_after)
        return error

    @property
    def base(self) -> str:
        """Base URL, for recordings."""
        return self._http.base

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()
