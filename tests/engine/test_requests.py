"""Questions and their answers."""

from __future__ import annotations

import asyncio

import pytest
from toy_venue import toy

import tradewire
from tradewire.testing.hygiene import run_tidy


def test_questions_get_their_own_answers_or_typed_errors() -> None:
    async def scenario() -> None:
        async with toy(request_timeout=0.05) as (server, gateway):
            assert await gateway.request(b"{}", key=1) == b'{"answer": 1}'
            server.mute.add("ask")
            with pytest.raises(tradewire.RequestTimeout):
                await gateway.request("{}")
            asking = asyncio.ensure_future(gateway.execute(tradewire.ListSubscriptions(), timeout=60))
            peer = await server.peer(0)
            await peer.heard("ask", 3)
            await peer.send({"error": 3})
            with pytest.raises(tradewire.Rejected):
                await asking
            asking = asyncio.ensure_future(gateway.execute(tradewire.ListSubscriptions(), timeout=60))
            await peer.heard("ask", 4)
            peer.drop()
            with pytest.raises(tradewire.LinkLost):
                await asking

    run_tidy(scenario())
