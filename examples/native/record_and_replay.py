"""Record an incident, replay it through the same code. Keys and secrets never reach the file."""

import asyncio
import sys
from pathlib import Path
from tempfile import gettempdir

import tradewire
from tradewire import Gateway, Trade, Trades


async def trade_ids(gateway: Gateway, count: int | None = None) -> list[int]:
    """The program under the lens: it cannot tell a recording from the market."""
    ids: list[int] = []
    async with gateway.stream(Trades("BTC/USDT")) as events:
        async for event in events:
            match event:
                case Trade():
                    ids.append(event.trade_id)
            if len(ids) == count:
                break
    return ids


async def main(file: Path) -> None:
    async with tradewire.connect("binance", record=file) as gateway:
        recorded = await trade_ids(gateway, 20)

    # At the end of the recording the gateway closes by itself, so loops end.
    async with tradewire.replay(file, speed=10) as gateway:
        replayed = await trade_ids(gateway)

    print("the same trades in the same order:", replayed[:20] == recorded)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(gettempdir(), "incident.jsonl.gz")))
