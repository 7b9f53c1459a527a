"""An asynchronous handler: it gets a queue and a task of its own, so it may wait without holding up the socket."""

import asyncio

import tradewire
from tradewire import Gap, Trade, Trades


async def store(trade: Trade) -> None:
    """Stand for a slow database."""
    await asyncio.sleep(0.001)
    print("stored", trade.trade_id)


async def on_trade(event: Trade | Gap) -> None:
    match event:
        case Trade():
            await store(event)
        case Gap():
            print(f"{event.missed} trades are missing: {event.reason}")


async def main() -> None:
    async with tradewire.connect("binance") as gateway:
        await gateway.on(Trades("BTC/USDT"), on_trade)
        await gateway.closed()


if __name__ == "__main__":
    asyncio.run(main())
