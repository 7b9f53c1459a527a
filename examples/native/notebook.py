"""In a notebook the lines of ``main`` are cells: it awaits by itself, and ``gateway`` alone shows a small table.

Running the first cell again closes the gateway that it opened before.
"""

import asyncio

import tradewire
from tradewire import Quotes


async def main() -> None:
    gateway = await tradewire.connect("binance")

    quotes = gateway.stream(Quotes("BTC/USDT"))
    print(await anext(quotes))

    print(gateway)

    await gateway.close()


if __name__ == "__main__":
    asyncio.run(main())
