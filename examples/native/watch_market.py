"""Watch a market: every trade and every change of the best bid and ask, one line each."""

import asyncio

import tradewire
from tradewire import Quotes, Trades


async def main() -> None:
    async with tradewire.connect("binance") as gateway:
        async for event in gateway.stream(Trades("BTC/USDT"), Quotes("BTC/USDT")):
            print(event)


if __name__ == "__main__":
    asyncio.run(main())
