"""Several symbols on one connection: channels are plain values, made by any loop."""

import asyncio

import tradewire
from tradewire import Candle, Candles

SYMBOLS = ["BTC/USDT", "ETH/USDT", "BNB/USDT"]


async def main() -> None:
    async with tradewire.connect("binance") as gateway:
        known = await gateway.instruments()
        for symbol in SYMBOLS:
            print(symbol, "tick", known[symbol].tick, "step", known[symbol].step)
        async for event in gateway.stream(*(Candles(symbol, interval="1s") for symbol in SYMBOLS)):
            match event:
                case Candle(closed=True):
                    print(event.symbol, event.open, event.high, event.low, event.close)


if __name__ == "__main__":
    asyncio.run(main())
