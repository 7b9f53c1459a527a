"""A misspelt symbol never reaches a venue that would stay silent."""

from __future__ import annotations

import pytest
from toy_venue import toy

import tradewire
from tradewire import Trades
from tradewire.testing.hygiene import run_tidy


def test_a_misspelt_symbol_is_answered_with_the_nearest_ones() -> None:
    async def scenario() -> None:
        async with toy() as (_, gateway):
            with pytest.raises(tradewire.UnknownSymbol, match="did you mean BTC/USDT"):
                await gateway.on(Trades("BTC/USTD"), print)
            with pytest.raises(tradewire.Unsupported, match="it has Trades"):
                gateway.stream(tradewire.Quotes("BTC/USDT"))

    run_tidy(scenario())
