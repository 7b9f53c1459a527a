"""Playing recordings through a gateway."""

from __future__ import annotations

import asyncio
import json
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from recordings import SOCKET, change, event, quote, snapshot, trade, whole, write

from tradewire.cli.playback import play, playing, recorded_channels, show_playback
from tradewire.errors import ConfigurationError
from tradewire.model.channels import AggregateTrades, Balances, Book, SwapOrders, Trades
from tradewire.model.events import Event
from tradewire.sim.recording import Recording
from tradewire.wire.capture import CaptureLine


def test_every_event_is_delivered_as_it_is_decoded(tmp_path: Path) -> None:
    numbers = range(3, 400)
    lines = [change(1, 2), snapshot(2), *(change(n, n, (f"1.{n}", "5")) for n in numbers)]
    file = write(tmp_path / "book.jsonl.gz", [*lines, *map(trade, numbers)])
    best: list[tuple[int, Decimal]] = []
    seen: list[int] = []

    def take(update: Event) -> None:
        if isinstance(update.channel, Book):
            best.append((update.update_id, update.book.best_bid.price))  # type: ignore[attr-defined] # a BookUpdate
        else:
            seen.append(update.trade_id)  # type: ignore[attr-defined] # a Trade

    async def scenario() -> None:
        recording = Recording([file])
        async with playing([file], recording, None) as gateway:
            channels = await recorded_channels(gateway, recording)
            assert channels == {Book("BNB/BTC", 0, 100): "bnbbtc@depth@100ms", Trades("BNB/BTC"): "bnbbtc@trade"}
            await play(gateway, channels, take)

    asyncio.run(scenario())
    assert seen == list(numbers)
    assert best[-1] == (399, Decimal("1.99"))
    tops = [max((Decimal(f"1.{n}") for n in range(3, update + 1)), default=Decimal(1)) for update, _ in best]
    assert [price for _, price in best] == tops


def test_what_a_handler_raises_comes_out(tmp_path: Path) -> None:
    file = write(tmp_path / "trades.jsonl", [trade(1), trade(2)])

    def take(_: Event) -> None:
        raise ZeroDivisionError

    async def scenario() -> None:
        async with playing([file], Recording([file]), None) as gateway:
            await play(gateway, [Trades("BNB/BTC")], take)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(scenario())


def test_the_channels_of_a_broker_s_recording(tmp_path: Path) -> None:
    url = "wss://partner-api.the-one.io/ws/v1/stream#1"
    pushes = ['{"ch":"balances","data":[]}', '{"ch":"orders:ord_1","data":{"status":"FILLED"}}']
    file = write(tmp_path / "account.jsonl", [CaptureLine(1.0, "in", url, raw) for raw in pushes])

    async def scenario() -> None:
        recording = Recording([file])
        async with playing([file], recording, None) as gateway:
            assert set(await recorded_channels(gateway, recording)) == {Balances(), SwapOrders("ord_1")}

    asyncio.run(scenario())


def test_a_recording_without_a_known_channel_says_what_there_is(tmp_path: Path) -> None:
    raw = '{"stream":"bnbbtc@referencePrice","data":{}}'
    file = write(tmp_path / "odd.jsonl", [CaptureLine(1.0, "in", SOCKET, raw)])
    with pytest.raises(ConfigurationError, match="there is bnbbtc@referencePrice"):
        asyncio.run(show_playback([file], None, [], plain=True))


def test_lines_name_the_channel_as_it_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "whole.jsonl", whole())
    asyncio.run(show_playback([file], None, [Book("BNB/BTC", depth=1)], plain=True))
    output = capsys.readouterr()
    updates = [json.loads(line) for line in output.out.splitlines()]
    assert {(each["channel"], len(each["bids"])) for each in updates} == {("book.1:BNB/BTC", 1)}
    assert output.err == f"the end of whole.jsonl: {len(updates)} BookUpdates\n"


def test_a_channel_that_is_not_recorded_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "whole.jsonl", whole())
    with pytest.raises(ConfigurationError, match=r"aggtrades:BNB/BTC is not in the recording; there is quotes:BNB/BTC"):
        asyncio.run(show_playback([file], None, [AggregateTrades("BNB/BTC")], plain=True))


def test_a_table_has_a_row_for_each_channel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "whole.jsonl", [event("live"), quote(1, "1.0"), change(1, 2), snapshot(2), change(3, 3), trade(7)])
    asyncio.run(show_playback([file], None, [], plain=False))
    head, _, *rows = [line for line in capsys.readouterr().out.split("\n") if line.strip()][-5:]
    assert "lag" not in head
    assert {row.split()[0] for row in rows} == {"trades:BNB/BTC", "quotes:BNB/BTC", "book:BNB/BTC"}
    assert "1 | 2  spread 1  imbalance" in "".join(rows)  # as it last was, although closing has ended the book


def test_a_reader_that_leaves_ends_the_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, text: str) -> None:
            raise BrokenPipeError

        def flush(self) -> None:
            pass

    file = write(tmp_path / "trades.jsonl", map(trade, range(500)))
    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(BrokenPipeError):
        asyncio.run(show_playback([file], None, [], plain=True))
