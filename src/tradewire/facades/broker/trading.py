"""The trading operations, each in two forms: sent and forgotten, or awaited."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from tradewire.engine.gateway import Gateway
from tradewire.errors import LinkLost, NotConnected, OutcomeUnknown, RequestTimeout
from tradewire.model.channels import DIAGNOSTICS, SwapOrders
from tradewire.model.events import Balance, ConnectionState, LinkState, SwapUpdate
from tradewire.model.operations import EstimateSwap, ExecuteSwap, GetBalances, GetSwap, Operation, SwapEstimate, SwapReceipt

VENUE: Final = "theone"


class Trading(ABC):
    """Trading over a live gateway."""

    @abstractmethod
    def _live(self) -> Gateway:
        """Return the connected gateway.

        Raises:
            NotConnected: "Not authenticated".
        """

    # -- as documented: send, and let response_handler see the answer ------------------------------------------------

    async def get_balances(self) -> None:
        """Ask for the balances; the answer goes to ``response_handler``.

        Raises:
            NotConnected: "Not authenticated".
        """
        self._send(GetBalances())

    async def estimate_swap(
        self,
        amount_in: str,
        asset_in: str,
        asset_out: str,
        filter_sources: Sequence[str] | None = None,
        *,
        network: str = "",
        account: str = "",
    ) -> None:
        """Ask what a swap would yield; the answer goes to ``response_handler``. Arguments as for ``fetch_estimate``.

        Raises:
            NotConnected: "Not authenticated".
            InvalidOrder: An argument that no broker could take; nothing was sent.
        """
        self._send(EstimateSwap(amount_in, asset_in, asset_out, tuple(filter_sources or ()), network, account))

    async def do_swap(
        self,
        amount_in: str,
        asset_in: str,
        asset_out: str,
        filter_sources: Sequence[str] | None = None,
        *,
        slippage_bps: int | None = None,
        client_order_id: str = "",
        account: str = "",
    ) -> None:
        """Swap, without waiting; the answer goes to ``response_handler``. Arguments as for ``execute_swap``.

        Raises:
            NotConnected: "Not authenticated".
            InvalidOrder: An argument that no broker could take; nothing was sent.
        """
        sources = tuple(filter_sources or ())
        self._send(ExecuteSwap(amount_in, asset_in, asset_out, sources, account, slippage_bps, client_order_id))

    async def get_order_status(self, order_id: str) -> None:
        """Ask for the state of an order; the answer goes to ``response_handler``.

        Raises:
            NotConnected: "Not authenticated".
        """
        self._send(GetSwap(order_id))

    def _send(self, operation: Operation) -> None:
        gateway = self._live()
        try:
            gateway.execute_nowait(operation)
        except NotConnected as error:
            raise NotConnected("WebSocket not connected", venue=VENUE, retryable=True) from error

    # -- with an answer ----------------------------------------------------------------------------------------------

    async def fetch_balances(self) -> tuple[Balance, ...]:
        """Return the balances.

        Raises:
            NotConnected: "Not authenticated".
            Rejected: In the broker's words.
            RequestTimeout: No answer in time.
            LinkLost: The connection ended before the answer.
        """
        balances: tuple[Balance, ...] = await self._live().execute(GetBalances())
        return balances

    async def fetch_estimate(
        self,
        amount_in: str,
        asset_in: str,
        asset_out: str,
        filter_sources: Sequence[str] | None = None,
        *,
        network: str = "",
        account: str = "",
    ) -> SwapEstimate:
        """Return what a swap would yield.

        Args:
            amount_in: Positive decimal text, in ``asset_in``.
            asset_in: Symbol of what is given.
            asset_out: Symbol of what is received.
            filter_sources: Liquidity sources to use, such as ``binance``, ``bybit``, ``gate``; all by default.
            network: Of the input asset, where the broker asks for it.
            account: Where the key has several.

        Raises:
            NotConnected: "Not authenticated".
            InvalidOrder: An argument that no broker could take; nothing was sent.
            Rejected: In the broker's words.
            RequestTimeout: No answer in time.
            LinkLost: The connection ended before the answer.
        """
        operation = EstimateSwap(amount_in, asset_in, asset_out, tuple(filter_sources or ()), network, account)
        estimate: SwapEstimate = await self._live().execute(operation)
        return estimate

    async def execute_swap(
        self,
        amount_in: str,
        asset_in: str,
        asset_out: str,
        filter_sources: Sequence[str] | None = None,
        *,
        slippage_bps: int | None = None,
        client_order_id: str = "",
        account: str = "",
    ) -> SwapReceipt:
        """Swap, and return the broker's receipt with the order id.

        Args:
            amount_in: Positive decimal text, in ``asset_in``.
            asset_in: Symbol of what is given.
            asset_out: Symbol of what is received.
            filter_sources: Liquidity sources to use; all by default.
            slippage_bps: Largest acceptable slippage in basis points, 0 to 10000; the broker's default if not given.
            client_order_id: Your own handle, by which a swap can be found whose answer was lost.
            account: Where the key has several.

        Raises:
            NotConnected: "Not authenticated".
            InvalidOrder: An argument that no broker could take; nothing was sent.
            InsufficientBalance: The broker's word.
            Rejected: Likewise, for another reason.
            OutcomeUnknown: No answer came: the swap may have happened. Ask for ``client_order_id``; never swap again blindly.
        """
        sources = tuple(filter_sources or ())
        operation = ExecuteSwap(amount_in, asset_in, asset_out, sources, account, slippage_bps, client_order_id)
        receipt: SwapReceipt = await self._live().execute(operation)
        return receipt

    async def swap_and_wait(
        self,
        amount_in: str,
        asset_in: str,
        asset_out: str,
        filter_sources: Sequence[str] | None = None,
        *,
        slippage_bps: int | None = None,
        client_order_id: str = "",
        account: str = "",
        timeout: float | None = None,  # noqa: ASYNC109 - only its second half is under the limit
    ) -> SwapUpdate:
        """Swap, and return the order once nothing more can happen to it: filled, failed or cancelled.

        Args are those of ``execute_swap``, and ``timeout`` in seconds for following the order.

        Raises:
            OutcomeUnknown: The order was taken and is not final within ``timeout``, or the connection ended for good;
                ``request_id`` is the order id.
            TradewireError: As ``execute_swap``.
        """
        gateway = self._live()
        receipt = await self.execute_swap(
            amount_in,
            asset_in,
            asset_out,
            filter_sources,
            slippage_bps=slippage_bps,
            client_order_id=client_order_id,
            account=account,
        )
        order_id = receipt.order_id
        hint = f"ask fetch_order_status({order_id!r})"
        try:
            async with asyncio.timeout(timeout):
                return await self._final(gateway, order_id)
        except TimeoutError:
            text = f"swap {order_id} is not final after {timeout:g} s; {hint}"
            raise OutcomeUnknown(text, venue=VENUE, request_id=order_id) from None
        except NotConnected as error:
            text = f"swap {order_id} is not final, and the connection has ended; {hint}"
            raise OutcomeUnknown(text, venue=VENUE, request_id=order_id) from error

    async def _final(self, gateway: Gateway, order_id: str) -> SwapUpdate:
        async with aclosing(follow(gateway, order_id)) as updates:
            async for update in updates:
                if update.status.final:
                    return update
        raise NotConnected("the client was closed", venue=VENUE)

    async def fetch_order_status(self, order_id: str) -> SwapUpdate:
        """Return the state of an order.

        Raises:
            NotConnected: "Not authenticated".
            UnknownOrder: The broker's word.
            Rejected: Likewise, for another reason.
            RequestTimeout: No answer in time.
            LinkLost: The connection ended before the answer.
        """
        update: SwapUpdate = await self._live().execute(GetSwap(order_id))
        return update


async def follow(gateway: Gateway, order_id: str) -> AsyncGenerator[SwapUpdate]:
    """Yield the states of an order up to the one that is final, across reconnects; stop early if the gateway is closed.

    A state may come twice: the order is asked for beside the pushes, since it may have moved on before the subscription and
    while a connection was down.

    Args:
        gateway: Connected to the broker.
        order_id: The broker's order id.

    Raises:
        NotConnected: The connection has ended for good.
        UnknownOrder: The broker's word.
    """
    async with gateway.stream(SwapOrders(order_id), DIAGNOSTICS) as events:
        update = await _state_of(gateway, order_id)
        if update is not None:
            yield update
        while update is None or not update.status.final:
            event = await anext(events, None)
            if event is None:
                return
            restored = isinstance(event, ConnectionState) and event.state is LinkState.LIVE
            update = await _state_of(gateway, order_id) if restored else event if isinstance(event, SwapUpdate) else None
            if update is not None:
                yield update


async def _state_of(gateway: Gateway, order_id: str) -> SwapUpdate | None:
    try:
        update: SwapUpdate = await gateway.execute(GetSwap(order_id))
    except (LinkLost, NotConnected, RequestTimeout):
        return None  # asked again once the connection is restored
    return update
