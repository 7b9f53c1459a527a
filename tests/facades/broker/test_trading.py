from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tradewire.errors import InsufficientBalance, InvalidOrder, LocalProtocolError, OutcomeUnknown, RequestTimeout, UnknownOrder
from tradewire.facades.broker import BrokerWSClient, Limits, Message
from tradewire.model.events import SwapStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.facades.broker.conftest import Broker, Frame

    Run = Callable[[], AbstractAsyncContextManager[Broker]]


def client_of(url: str, **options: Any) -> BrokerWSClient:
    return BrokerWSClient("test_key_1", "test_secret_1", url, **options)


def test_the_documented_methods_send_at_once_and_return_nothing(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            client = client_of(server.url)
            got: asyncio.Queue[Message] = asyncio.Queue()
            async with client:
                client.response_handler = got.put_nowait
                calls = (
                    client.get_balances(),
                    client.estimate_swap("100", "ETH", "USDT"),
                    client.do_swap("100", "ETH", "USDT"),
                    client.get_order_status("ord_12345678"),
                )
                assert [await call for call in calls] == [None] * 4  # type: ignore[func-returns-value]
                assert [(await got.get())["op"] for _ in calls] == ["balances", "estimate", "swap", "order_status"]
            signed = server.frames[1:]
            assert [list(frame) for frame in signed] == [
                ["op", "ts", "nonce", "sig"],
                *[["op", "ts", "nonce", "sig", "data"]] * 3,
            ]
            assert signed[1]["data"] == {"amountIn": "100", "assetIn": "ETH", "assetOut": "USDT"}
            assert signed[3]["data"] == {"id": "ord_12345678"}

    asyncio.run(scenario())


def test_a_refusal_of_an_operation_that_nobody_awaits_is_logged(broker: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            usual = server.answer
            server.answer = lambda frame: {"error": "Insufficient balance for swap"} if frame["op"] == "swap" else usual(frame)
            await client.do_swap("100", "ETH", "USDT")
            # The refusal is the swap's, not the next operation's.
            assert await client.fetch_balances()

    asyncio.run(scenario())
    assert "Insufficient balance for swap" in caplog.text


@pytest.mark.parametrize("amount", ["", "0", "-1", "1e3", "NaN", "one", 1.5])
def test_an_amount_that_is_none_is_refused_before_anything_is_sent(broker: Run, amount: Any) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            for call in (client.do_swap, client.estimate_swap, client.execute_swap, client.fetch_estimate):
                with pytest.raises(InvalidOrder):
                    await call(amount, "ETH", "USDT")
            assert server.ops() == ["auth"]

    asyncio.run(scenario())


def test_a_message_over_64_kilobytes_is_refused_before_it_is_sent(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            with pytest.raises(LocalProtocolError, match="65536"):
                await client.get_order_status("x" * 65_536)
            assert server.ops() == ["auth"]

    asyncio.run(scenario())


def test_answers_are_typed_and_exact(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url, field_style="docs") as client:
            balances = await client.fetch_balances()
            assert [(balance.asset, str(balance.total), balance.free) for balance in balances] == [
                ("USDT", "100.00", Decimal("100.00")),
                ("ETH", "2.5", Decimal("2.0")),
            ]
            estimate = await client.fetch_estimate("100", "ETH", "USDT", ["binance"], network="ETH", account="a")
            assert (estimate.price, estimate.expected_out) == (Decimal("2163.78"), Decimal(216378))
            receipt = await client.execute_swap("100", "ETH", "USDT", slippage_bps=30, client_order_id="mine", account="a")
            assert (receipt.order_id, receipt.status) == ("ord_1", SwapStatus.PENDING)
            assert (await client.fetch_order_status("ord_1")).status.final
            assert server.sent("estimate")[0]["data"] == {
                "account": "a",
                "amount": "100",
                "filter": ["binance"],
                "from": "ETH",
                "network": "ETH",
                "to": "USDT",
            }

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("text", "kind"), [("Insufficient balance for swap", InsufficientBalance), ("Order not found", UnknownOrder)]
)
def test_a_bare_refusal_belongs_to_the_one_who_waits(broker: Run, text: str, kind: type[Exception]) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            server.answer = lambda frame: {"error": text}
            with pytest.raises(kind, match=text):
                await client.execute_swap("1", "ETH", "USDT")

    asyncio.run(scenario())


def test_no_answer_in_time(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url, limits=Limits(answer=0.05)) as client:
            server.answer = lambda frame: None
            with pytest.raises(RequestTimeout):
                await client.fetch_balances()
            with pytest.raises(OutcomeUnknown):
                await client.execute_swap("1", "ETH", "USDT")

    asyncio.run(scenario())


def status(text: str) -> Frame:
    return {"op": "order_status", "data": {"orderId": "ord_1", "status": text}}


def test_swap_and_wait_follows_the_order_to_its_end(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            usual = server.answer
            server.answer = lambda frame: status("PENDING") if frame["op"] == "order_status" else usual(frame)
            swap = asyncio.ensure_future(client.swap_and_wait("100", "ETH", "USDT"))
            await server.until(lambda: "order_status" in server.ops())
            for text in ("PROCESSING", "partial", "filled"):
                await server.push({"ch": "orders:ord_1", "data": {"status": text, "filledOut": "216378", "txHash": "0xabc"}})
            update = await swap
            assert (update.order_id, update.status, update.filled_out) == ("ord_1", SwapStatus.FILLED, Decimal(216378))
            assert server.ops() == ["auth", "swap", "subscribe", "order_status", "unsubscribe"]

    asyncio.run(scenario())


def test_swap_and_wait_asks_again_after_a_lost_connection(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            client.reconnect_delay = 0.001
            usual = server.answer
            server.answer = lambda frame: status("PENDING") if frame["op"] == "order_status" else usual(frame)
            swap = asyncio.ensure_future(client.swap_and_wait("100", "ETH", "USDT"))
            await server.until(lambda: "order_status" in server.ops())
            server.answer = lambda frame: status("FAILED") if frame["op"] == "order_status" else usual(frame)
            await server.close()
            assert (await swap).status is SwapStatus.FAILED
            assert len(server.sent("swap")) == 1

    asyncio.run(scenario())


def test_swap_and_wait_says_which_order_it_stopped_following(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            usual = server.answer
            server.answer = lambda frame: status("PENDING") if frame["op"] == "order_status" else usual(frame)
            with pytest.raises(OutcomeUnknown, match="ord_1 is not final after") as caught:
                await client.swap_and_wait("100", "ETH", "USDT", timeout=0.05)
            assert caught.value.request_id == "ord_1"

            client.max_reconnect_attempts = 0
            swap = asyncio.ensure_future(client.swap_and_wait("100", "ETH", "USDT"))
            await server.until(lambda: len(server.sent("order_status")) == 2)
            await server.refuse()
            with pytest.raises(OutcomeUnknown, match="connection has ended"):
                await swap

    asyncio.run(scenario())
