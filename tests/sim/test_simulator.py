"""The simulator in process: where it listens, what it shows, how it is steered."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tradewire.errors import ConfigurationError, UnknownSymbol, UnknownVenue
from tradewire.model.events import BUY
from tradewire.sim.accounts import FundedAccount, holdings
from tradewire.sim.fault_kinds import Drop
from tradewire.sim.orders import OrderRequest
from tradewire.sim.simulator import Simulator, server_maker
from tradewire.venues.backend import Account


def play(act: Callable[[Simulator, aiohttp.ClientSession], Awaitable[None]], **options: Any) -> None:
    async def scenario() -> None:
        before = asyncio.all_tasks()
        async with aiohttp.ClientSession() as client, Simulator("binance", **options) as sim:
            await act(sim, client)
        assert asyncio.all_tasks() == before

    asyncio.run(scenario())


async def subscribe(sim: Simulator, client: aiohttp.ClientSession, *names: str) -> aiohttp.ClientWebSocketResponse:
    stream = await client.ws_connect(sim.discovery()["venues"]["binance"]["ws"]["stream"])
    await stream.send_json({"method": "SUBSCRIBE", "params": names, "id": 1})
    assert await stream.receive_json(timeout=2) == {"result": None, "id": 1}
    return stream


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_discovery_says_everything_a_client_needs() -> None:
    async def act(sim: Simulator, client: aiohttp.ClientSession) -> None:
        http = sim.endpoints().http
        base = http.replace("http", "ws")
        assert json.loads(json.dumps(sim.discovery())) == {
            "version": 1,
            "venues": {
                "binance": {
                    "http": http,
                    "ws": {"stream": base + "/stream", "ws_api": base + "/ws-api/v3"},
                    "accounts": [{"name": "me", "key": "k", "secret": "s", "balances": {"USDT": "100.00"}}],
                }
            },
        }
        assert sim.endpoints().ws == {"market": base + "/stream"}
        async with client.get(http + "/api/v3/ping") as response:
            assert (response.status, await response.json()) == (200, {})

    play(act, accounts={"binance": [FundedAccount(Account("me", "k", "s"), holdings({"USDT": "100.00"}))]})


def test_market_data_flows_and_a_book_can_be_asked_for() -> None:
    async def act(sim: Simulator, client: aiohttp.ClientSession) -> None:
        stream = await subscribe(sim, client, "btcusdt@trade", "btcusdt@depth@100ms")
        missing = {"btcusdt@trade", "btcusdt@depth@100ms"}
        while missing:
            missing.discard((await stream.receive_json(timeout=5))["stream"])
        async with client.get(sim.endpoints().http + "/api/v3/depth?symbol=BTCUSDT&limit=5") as response:
            book = await response.json()
        assert len(book["bids"]) == len(book["asks"]) == 5
        await stream.close()

    play(act, rate=3.0)


def test_a_market_is_moved_and_the_trades_arrive() -> None:
    async def act(sim: Simulator, client: aiohttp.ClientSession) -> None:
        market = sim.market("BTC/USDT")
        market.pause()
        stream = await subscribe(sim, client, "btcusdt@trade")
        await market.move_to("63000")
        price = ""
        while price != "63000.00000000":
            price = (await stream.receive_json(timeout=2))["data"]["p"]
        await market.trade(BUY, "0.001")
        assert Decimal((await stream.receive_json(timeout=2))["data"]["q"]) == Decimal("0.001")
        await stream.close()
        with pytest.raises(UnknownSymbol):
            sim.market("BTC/NOPE")

    play(act)


def test_accounts_show_balances_and_orders() -> None:
    async def act(sim: Simulator, client: aiohttp.ClientSession) -> None:
        account = sim.account()
        total = account.balances["USDT"].total
        sim.market("BTC/USDT").pause()
        request = OrderRequest(symbol="BTC/USDT", side=BUY, quantity=Decimal("0.01"), price=Decimal(50000))
        order = sim.exchange().place(account.name, request)
        assert account.open_orders == (order,)
        assert account.balances["USDT"].free < total == account.balances["USDT"].total
        with pytest.raises(ConfigurationError, match="binance has no account 'ghost'; it has test_1, test_2"):
            sim.account(name="ghost")

    play(act)


def test_faults_of_a_script_file_and_of_a_post_happen(tmp_path: Path) -> None:
    path = tmp_path / "faults.jsonl"
    path.write_text('{"at": 0.5, "fault": "malformed", "payload": "scripted"}\n')

    async def act(sim: Simulator, client: aiohttp.ClientSession) -> None:
        stream = await client.ws_connect(sim.endpoints().ws["market"])
        assert await stream.receive_str(timeout=2) == "scripted"
        async with client.post(
            sim.endpoints().http + "/_sim/faults", data=b'{"fault": "malformed", "payload": "posted"}'
        ) as done:
            assert done.status == 200
        assert await stream.receive_str(timeout=2) == "posted"
        async with client.post(sim.endpoints().http + "/_sim/faults", data=b'{"fault": "sneeze"}') as done:
            assert done.status == 400
            assert "posted script, line 1: there is no fault 'sneeze'" in (await done.json())["error"]
        sim.faults.drop_connection()
        await stream.receive(timeout=2)
        assert stream.close_code == 1006

    play(act, faults=path)


def test_a_fault_in_the_future_that_cannot_happen_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def act(sim: Simulator, client: aiohttp.ClientSession) -> None:
        sim.faults.read('{"at": 0, "fault": "switch", "name": "sneeze"}\n{"at": 0.001, "fault": "malformed"}')
        stream = await client.ws_connect(sim.endpoints().ws["market"])
        sim.faults.malformed()
        await stream.receive_str(timeout=2)
        await stream.close()

    play(act)
    assert "a scheduled fault did not happen: binance cannot do the fault 'switch'" in caplog.text


def test_the_venue_s_own_switches_are_within_reach() -> None:
    async def act(sim: Simulator, client: aiohttp.ClientSession) -> None:
        sim.faults.http_status(429, retry_after=3)
        async with client.get(sim.endpoints().http + "/api/v3/ping") as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "3")
            assert (await response.json())["code"] == -1003
        sim.faults.read('{"fault": "switch", "name": "refuse_subscribes", "value": {"count": 1}}')
        stream = await client.ws_connect(sim.endpoints().ws["market"])
        await stream.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1})
        assert "invalid stream" in await stream.receive_str(timeout=2)
        await stream.close()

    play(act)


def test_what_arrived_is_on_record() -> None:
    async def act(sim: Simulator, client: aiohttp.ClientSession) -> None:
        async with client.get(sim.endpoints().http + "/api/v3/time"):
            pass
        (record,) = sim.records
        assert (record.venue, record.kind) == ("binance", "http")

    play(act)


def test_a_taken_port_is_a_clear_error_and_nothing_stays_open() -> None:
    async def scenario() -> None:
        async with Simulator("binance") as sim:
            taken = int(sim.endpoints().http.rsplit(":", 1)[1])
            other = Simulator(("theone", "binance"), ports={"theone": free_port(), "binance": taken})
            with pytest.raises(ConfigurationError, match=f"port {taken} on 127.0.0.1 is taken, so binance cannot be served"):
                await other.start()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", int(other.endpoints("theone").http.rsplit(":", 1)[1]))

    asyncio.run(scenario())


def test_ports_are_fixed_counted_named_or_free() -> None:
    def ports(**options: Any) -> list[int]:
        sim = Simulator(("theone", "binance"), **options)
        return [int(sim.endpoints(venue).http.rsplit(":", 1)[1]) for venue in sim.venues]

    assert ports(ports=None) == [8701, 8702]
    assert ports(ports=9100) == [9100, 9101]
    assert ports(ports={"binance": 9300}) == [0, 9300]
    assert ports() == [0, 0]


def test_unknown_venues_and_options_are_refused_before_anything_starts() -> None:
    with pytest.raises(UnknownVenue, match="no venue 'nowhere'"):
        Simulator("nowhere")
    with pytest.raises(UnknownVenue, match="no venue 'nowhere' can be simulated; there is binance"):
        server_maker("nowhere")
    with pytest.raises(ConfigurationError, match="binance server option"):
        Simulator("binance", options={"binance": {"nonsense": 1}})
    with pytest.raises(ConfigurationError, match="no venue 'theone' is simulated here"):
        Simulator("binance", faults=[Drop(venue="theone")])
