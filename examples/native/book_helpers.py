"""What a local book can be asked. All figures are exact decimals."""

import asyncio

import tradewire
from tradewire import Book, BookUpdate, OrderBook


def describe(book: OrderBook) -> None:
    view = book.snapshot(10)
    print("bid", book.best_bid.price, "ask", book.best_ask.price, "spread", book.spread, "mid", book.mid)
    print("ten levels:", view.levels("buy"), "bids from", view.bids()[-1].price, "and", view.levels("sell"), "asks")
    print("buying 2 costs on average", book.vwap("buy", "2"))
    print("for sale up to 10 above the mid:", book.quantity_to("buy", book.mid + 10))
    print("imbalance of five levels:", round(book.imbalance(5), 3))
    print("resting at the best bid:", book.quantity_at("buy", book.best_bid.price))


async def main() -> None:
    async with tradewire.connect("binance") as gateway, gateway.stream(Book("BTC/USDT")) as updates:
        async for update in updates:
            match update:
                case BookUpdate(book=book):
                    describe(book)
                    return


if __name__ == "__main__":
    asyncio.run(main())
