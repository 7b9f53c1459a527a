"""Raw frames, both ways, beside the events; costs nothing once removed."""

import asyncio

import tradewire
from tradewire import ListSubscriptions, TapRecord, Trades


def show(record: TapRecord) -> None:
    print(tradewire.utc(record.time).isoformat(), record.direction, record.payload[:100])


async def main() -> None:
    gateway = tradewire.connect("binance")
    remove = gateway.tap(show)
    async with gateway:
        await gateway.subscribe(Trades("BTC/USDT"))
        print(await gateway.execute(ListSubscriptions()))
        print(await gateway.request('{"method": "LIST_SUBSCRIPTIONS", "id": "mine"}'))
        remove()


if __name__ == "__main__":
    asyncio.run(main())
