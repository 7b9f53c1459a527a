"""The fastest path: a plain function, called directly as the frame is decoded."""

import asyncio

import tradewire
from tradewire import Quotes


def on_quote(quote: tradewire.Quote) -> None:
    spread = quote.ask - quote.bid
    print(quote.symbol, spread)


async def main() -> None:
    async with tradewire.connect("binance") as gateway:
        await gateway.on(Quotes("ETH/USDT"), on_quote)
        await gateway.closed()


if __name__ == "__main__":
    asyncio.run(main())
