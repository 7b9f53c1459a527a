from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from tradewire.facades.broker import BrokerWSClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    import pytest
    from tests.facades.broker.conftest import Broker

    Run = Callable[[], AbstractAsyncContextManager[Broker]]

SECRET = "test_secret_1"


def client_of(url: str, **options: Any) -> BrokerWSClient:
    return BrokerWSClient("test_key_1", SECRET, url, **options)


def test_each_client_has_a_logger_of_its_own_without_handlers(broker: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with broker() as server:
            loud, quiet = client_of(server.url, name="loud"), client_of(server.url, name="quiet")
            loud.logger.setLevel(logging.DEBUG)
            async with loud, quiet:
                await loud.get_balances()
                await quiet.fetch_balances()
        assert (loud.logger.handlers, quiet.logger.handlers) == ([], [])
        assert loud.logger.propagate

    asyncio.run(scenario())
    debug = [record.name for record in caplog.records if record.levelno == logging.DEBUG and record.name.startswith("tradewire")]
    assert set(debug) == {"tradewire.broker.loud"}
    lines = [record.getMessage() for record in caplog.records if record.name == "tradewire.broker.loud"]
    assert lines.count("sent op=balances ch=None") == 1
    logging.getLogger("tradewire.broker.loud").setLevel(logging.NOTSET)


def test_nothing_secret_is_logged_at_any_level(broker: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def scenario() -> list[str]:
        async with broker() as server, client_of(server.url) as client:
            await client.fetch_estimate("1", "ETH", "USDT")
            assert SECRET not in repr(client)
            return [frame["sig"] for frame in server.frames]

    signatures = asyncio.run(scenario())
    assert len(signatures) == 2
    assert "sent op=estimate" in caplog.text
    for secret in (SECRET, *signatures):
        assert secret not in caplog.text
