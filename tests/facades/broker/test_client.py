from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tradewire.errors import (
    ConfigurationError,
    ConnectFailed,
    LocalProtocolError,
    LoginRefused,
    LoginTimeout,
    NotConnected,
    RequestTimeout,
    SubscriptionRefused,
    TradewireError,
)
from tradewire.facades.broker import BrokerWSClient, Limits
from tradewire.venues.theone.auth import compact

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from tests.facades.broker.conftest import Broker, Frame

    Run = Callable[[], AbstractAsyncContextManager[Broker]]

SECRET = "test_secret_1"


def client_of(url: str, **options: Any) -> BrokerWSClient:
    return BrokerWSClient("test_key_1", SECRET, url, **options)


def refusing(text: str, op: str = "auth") -> Callable[[Frame], Frame]:
    return lambda frame: {"error": text} if frame["op"] == op else {"op": frame["op"], "ch": frame.get("ch"), "data": {}}


def refusal_of(call: Callable[[], Any]) -> str:
    """Run ``call`` in a loop and return the text of what it raises."""

    async def scenario() -> str:
        with pytest.raises(TradewireError) as caught:
            await call()
        return str(caught.value)

    return asyncio.run(scenario())


# -- connecting ----------------------------------------------------------------------------------------------------------


def test_making_one_needs_no_loop_and_no_keys() -> None:
    client = BrokerWSClient(None, None, "ws://127.0.0.1:9/ws")
    assert (client.max_reconnect_attempts, client.reconnect_delay) == (5, 1.0)
    assert not client.is_connected()
    assert not client.running
    assert client.response_handler is None


@pytest.mark.parametrize(
    ("key", "secret", "url", "named"),
    [(None, "s", "ws://h/ws", "api_key"), ("k", "", "ws://h/ws", "secret_key"), ("k", "s", "", "ws_url")],
)
def test_a_missing_argument_is_named_before_anything_is_opened(key: str | None, secret: str, url: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{named} is missing"):
        asyncio.run(BrokerWSClient(key, secret, url).connect())


def test_it_signs_the_fixed_path_whatever_the_url(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            assert client.is_connected()
            assert client.authenticated
            login = server.frames[0]
            assert list(login) == ["op", "key", "ts", "nonce", "sig"]
            assert login["sig"] == client.generate_signature(login["ts"], login["nonce"])
        assert not client.is_connected()

    asyncio.run(scenario())


@pytest.mark.parametrize("frame", [{"error": "Invalid signature"}, {"op": "auth", "error": "Invalid signature"}])
def test_a_refused_login_raises_the_brokers_words_at_once_and_leaves_nothing(broker: Run, frame: Frame) -> None:
    async def scenario() -> None:
        async with broker() as server:
            server.answer = lambda sent: frame
            client = client_of(server.url)
            with pytest.raises(LoginRefused, match="Invalid signature"):
                async with client:
                    pytest.fail("connected")
            assert not client.is_connected()
            assert not client.running
            await server.until(lambda: server.sockets[-1].closed)
            assert server.ops() == ["auth"]

    asyncio.run(scenario())


def test_a_silent_broker_is_an_authentication_timeout(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            server.answer = lambda sent: None
            with pytest.raises(LoginTimeout, match="Authentication timeout"):
                await client_of(server.url, limits=Limits(authentication=0.05)).connect()

    asyncio.run(scenario())


def test_no_broker_at_all_is_an_exception_with_a_meaning(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            server.refusing = True
            with pytest.raises(ConnectFailed, match="503"):
                await client_of(server.url).connect()

    asyncio.run(scenario())


def test_connecting_twice_opens_one_socket(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            await asyncio.gather(client.connect(), client.connect())
            assert len(server.sockets) == 1

    asyncio.run(scenario())


def test_several_clients_share_a_loop(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            clients = [BrokerWSClient(f"key_{number}", SECRET, server.url) for number in range(3)]
            await asyncio.gather(*[client.connect() for client in clients])
            assert {frame["key"] for frame in server.frames} == {"key_0", "key_1", "key_2"}
            await asyncio.gather(*[client.close() for client in clients])

    asyncio.run(scenario())


def test_close_is_safe_at_any_time(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            client = client_of(server.url)
            await client.close()
            server.answer = refusing("Invalid API key")
            with pytest.raises(LoginRefused):
                await client.connect()
            await client.close()
            await client.close()

    asyncio.run(scenario())


def test_close_ends_a_connect_that_is_under_way(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            server.answer = lambda sent: None
            client = client_of(server.url)
            connecting = asyncio.ensure_future(client.connect())
            await server.until(lambda: server.ops() == ["auth"])
            await client.close()
            with pytest.raises(NotConnected):
                await connecting
            assert not client.running

    asyncio.run(scenario())


def test_a_cancelled_connect_leaves_nothing(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            server.answer = lambda sent: None
            client = client_of(server.url)
            connecting = asyncio.ensure_future(client.connect())
            await server.until(lambda: server.ops() == ["auth"])
            connecting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await connecting
            assert not client.running

    asyncio.run(scenario())


def test_a_second_connection_restores_the_subscriptions_and_checks_the_login_again(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server:
            client = client_of(server.url)
            got: asyncio.Queue[Frame] = asyncio.Queue()
            async with client:
                await client.subscribe("balances", got.put_nowait)
            async with client:
                assert server.ops() == ["auth", "subscribe", "auth", "subscribe"]
                await server.push({"ch": "balances", "data": []})
                assert await got.get() == {"ch": "balances", "data": []}
            server.answer = refusing("Invalid API key")
            with pytest.raises(LoginRefused):
                await client.connect()
            assert not client.is_connected()

    asyncio.run(scenario())


# -- channels ------------------------------------------------------------------------------------------------------------


def test_subscribe_waits_for_the_acknowledgement_and_a_second_handler_costs_no_frame(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            got: list[str] = []
            done = asyncio.Event()
            assert await client.subscribe("balances", lambda message: got.append("first")) is None  # type: ignore[func-returns-value]
            await client.subscribe("balances", lambda message: got.append("second"))
            await client.subscribe("balances", lambda message: done.set())
            assert server.ops() == ["auth", "subscribe"]
            await server.push({"ch": "balances", "data": []})
            await done.wait()
            assert got == ["first", "second"]

    asyncio.run(scenario())


def test_two_subscribers_at_once_share_one_acknowledgement(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            await asyncio.gather(client.subscribe("balances", print), client.subscribe("balances", repr))
            assert server.ops() == ["auth", "subscribe"]
            assert client.subscriptions == {"balances": [print, repr]}

    asyncio.run(scenario())


def test_a_refused_subscription_raises_and_forgets_the_handler(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            server.answer = refusing("Invalid channel format", "subscribe")
            with pytest.raises(SubscriptionRefused, match="Invalid channel format"):
                await client.subscribe("orders:ord_1", print)
            assert client.subscriptions == {}

    asyncio.run(scenario())


def test_a_subscription_that_is_not_acknowledged_in_time_raises_and_forgets_the_handler(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url, limits=Limits(acknowledgement=0.05)) as client:
            server.answer = lambda frame: None
            with pytest.raises(RequestTimeout):
                await client.subscribe("balances", print)
            assert client.subscriptions == {}

    asyncio.run(scenario())


def test_a_channel_that_cannot_exist_is_refused_before_anything_is_sent(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            for name in ("prices", "orders:", ""):
                with pytest.raises(LocalProtocolError, match="Invalid channel format"):
                    await client.subscribe(name, print)
            assert server.ops() == ["auth"]

    asyncio.run(scenario())


def test_the_limit_of_subscriptions_is_kept_here(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            await asyncio.gather(*[client.subscribe(f"orders:{number}", print) for number in range(100)])
            with pytest.raises(LocalProtocolError, match="100"):
                await client.subscribe("balances", print)
            await client.subscribe("orders:7", repr)
            assert len(server.sent("subscribe")) == 100
            assert len(server.sockets) == 1

    asyncio.run(scenario())


def test_unsubscribe_drops_the_handlers_and_tells_the_broker_once(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            await client.subscribe("balances", print)
            await client.subscribe("balances", repr)
            await client.unsubscribe("balances")
            assert client.subscriptions == {}
            await client.unsubscribe("balances")
            await client.unsubscribe("nonsense")
            assert server.ops() == ["auth", "subscribe", "unsubscribe"]
        await client.unsubscribe("balances")

    asyncio.run(scenario())


# -- calls that need a connection ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.subscribe("balances", print),
        lambda client: client.get_balances(),
        lambda client: client.estimate_swap("1", "ETH", "USDT"),
        lambda client: client.do_swap("1", "ETH", "USDT"),
        lambda client: client.get_order_status("ord_1"),
        lambda client: client.fetch_balances(),
    ],
)
def test_without_a_connection_every_call_says_not_authenticated(call: Callable[[BrokerWSClient], Any]) -> None:
    client = client_of("ws://127.0.0.1:9/ws")
    assert refusal_of(lambda: call(client)) == "Not authenticated"
    assert client.subscriptions == {}


# -- as the original had them --------------------------------------------------------------------------------------------


def test_the_original_helpers_sign_like_the_published_clients() -> None:
    client = client_of("ws://127.0.0.1:9/ws")
    assert (client.api_key, client.secret_key, client.websocket, client.reconnect_attempts) == ("test_key_1", SECRET, None, 0)
    assert (
        client.generate_signature(1732526400000, "1732526400000000000_1")
        == "c2d39f70af11aeee721c981c07a13adce60dcbe6f72af6c93c3c9fc57042473f"
    )
    data = {"assetIn": "ETH", "amountIn": "100", "assetOut": "USDT"}
    assert (
        client.generate_signature(1732526400000, "1732526400000000000_10", "estimate", data)
        == "f1a2b22c94bd34aa9ed2729c5057319574b7b488422b3b30706f2193496f45a2"
    )
    message = client.create_signed_message("estimate", data)
    assert list(message) == ["op", "ts", "nonce", "sig", "data"]
    assert list(message["data"]) == ["amountIn", "assetIn", "assetOut"]
    assert message["sig"] == client.generate_signature(message["ts"], message["nonce"], "estimate", data)
    assert "data" not in client.create_signed_message("balances")
    assert client.generate_nonce() != client.generate_nonce()


def test_a_payload_that_has_no_exact_text_is_not_signed() -> None:
    with pytest.raises(LocalProtocolError, match="float"):
        client_of("ws://127.0.0.1:9/ws").create_signed_message("swap", {"amountIn": float("nan")})


def test_what_is_hashed_is_what_is_sent_and_no_nonce_is_used_twice(broker: Run) -> None:
    async def scenario() -> None:
        async with broker() as server, client_of(server.url) as client:
            assert client.websocket is not None
            await client.do_swap("100", "ETH", "USDT", ["binance", "gate"], slippage_bps=30, client_order_id="mine&<1>")
            await client.get_balances()
            await client.fetch_balances()
            swap = server.sent("swap")[0]
            assert swap["data"] == {
                "amountIn": "100",
                "assetIn": "ETH",
                "assetOut": "USDT",
                "clientOrderId": "mine&<1>",
                "filter": ["binance", "gate"],
                "slippage_bps": 30,
            }
            assert b"\\u0026" in compact(swap["data"])
            for frame in server.frames[1:]:
                assert frame["sig"] == client.generate_signature(frame["ts"], frame["nonce"], frame["op"], frame.get("data"))
            assert len({frame["nonce"] for frame in server.frames}) == len(server.frames)

    asyncio.run(scenario())
