"""An asynchronous handler: it gets a queue and a task of its own, so it may wait without holding up the socket."""

import asyncio

import tradewire
from tradewire import Gap, Stale, SubscriptionState, Trade, Trades


async def on_trade(trade: Trade) -> None:
    await asyncio.sleep(0.001)  # stands for a slow database
    print("stored", trade.trade_id)


def on_status(status: SubscriptionState | Gap | Stale) -> None:
    match status:
        case Gap():
            print(f"{status.missed} trades are missing: {status.reason}")
        case Stale() | SubscriptionState():
            print("status:", status)


async def main() -> None:
    async with tradewire.connect("binance") as gateway:
        await gateway.on(Trades("BTC/USDT"), on_trade, on_status=on_status)
        await gateway.closed()


if __name__ == "__main__":
    asyncio.run(main())
