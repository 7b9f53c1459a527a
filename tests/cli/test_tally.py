"""Counting what is recorded."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from recordings import whole, write

from tradewire.cli.tally import Tally
from tradewire.engine.runtime import TapRecord
from tradewire.errors import NotConnected
from tradewire.model.channels import Quotes, Trades
from tradewire.model.events import BUY, Gap, Stale, Trade

TRADES, QUOTES = Trades("BTC/USDT"), Quotes("BTC/USDT")


class FakeGateway:
    """Closes when told."""

    def __init__(self) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def closed(self) -> None:
        await self.over


def payload(direction: str) -> TapRecord:
    return TapRecord(direction, b"{}", 1, "wss://venue#1")  # type: ignore[arg-type] # one of three words


def test_events_and_gaps_are_counted_by_channel_as_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tally = Tally([TRADES, QUOTES, TRADES], None)
    take = tally.handler(TRADES)
    one = Decimal(1)
    for number in (1, 2):
        take(Trade("BTC/USDT", one, one, BUY, number, "binance", None, 1, TRADES))
    take(Gap("BTC/USDT", "cut", None, None, False, "binance", 1, TRADES))
    take(Stale("BTC/USDT", "silent", 9.0, "binance", 1, TRADES))
    for direction in ("out", "in", "event", "in"):
        tally.tap(payload(direction))
    file = write(tmp_path / "made.jsonl", whole())
    tally.show(file)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[1:3] == [["trades:BTC/USDT", "2", "1"], ["quotes:BTC/USDT", "0", "0"]]
    assert rows[3][:2] == [f"{file}:", "2"]
    assert f"{file.stat().st_size:,}" in rows[3]


def test_it_is_enough_at_the_count_or_at_the_end_of_the_gateway() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        tally = Tally([TRADES], 2)
        waiting = asyncio.create_task(tally.wait(gateway))  # type: ignore[arg-type] # all it needs
        tally.tap(payload("in"))
        tally.tap(payload("out"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
        tally.tap(payload("in"))
        await waiting

        ended = FakeGateway()
        ended.over.set_exception(NotConnected("gave up"))
        with pytest.raises(NotConnected, match="gave up"):
            await Tally([TRADES], None).wait(ended)  # type: ignore[arg-type] # likewise

    asyncio.run(scenario())
