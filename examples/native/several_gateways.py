"""Several gateways, one loop. Each has its own connection, so a cut of one leaves the other alone."""

import asyncio

import tradewire
from tradewire import Quote, Quotes


async def main() -> None:
    async with tradewire.connect("binance") as a, tradewire.connect("binance") as b:
        async for event in tradewire.merge(a.stream(Quotes("BTC/USDT")), b.stream(Quotes("ETH/USDT"))):
            match event:
                case Quote():
                    print(event.venue, event.symbol, event.bid, event.ask)


if __name__ == "__main__":
    asyncio.run(main())
