"""A book that can be trusted: while it is not live it cannot be read, and the program is told why."""

import asyncio

import tradewire
from tradewire import Book, BookUpdate, Gap, Stale


async def main() -> None:
    async with tradewire.connect("binance") as gateway:
        async for update in gateway.stream(Book("BTC/USDT", depth=50)):
            match update:
                case BookUpdate(book=book):
                    print(book.best_bid, book.best_ask, book.imbalance(levels=5), book.vwap("buy", "2.5"))
                case Gap() | Stale() as trouble:
                    print("not live:", trouble.reason)


if __name__ == "__main__":
    asyncio.run(main())
