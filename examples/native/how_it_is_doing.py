"""Know how a gateway is doing: a frozen picture of its figures, and its states as events."""

import asyncio

import tradewire
from tradewire import ConnectionState, Diagnostics, Trades


def on_state(event: object) -> None:
    match event:
        case ConnectionState():
            print("connection:", event.connection, event.state.value, event.reason)


async def main() -> None:
    async with tradewire.connect("binance") as gateway:
        await gateway.on(Diagnostics(), on_state)
        async with gateway.stream(Trades("BTC/USDT")) as trades:
            async for _ in trades:
                figures = gateway.statistics()
                if figures.decode.samples:
                    break
        print(figures)
        print("reconnects:", [loss.reason for loss in figures.reconnects])
        print(f"decoding takes {figures.decode.p50_us:.1f} µs, {figures.decode.p99_us:.1f} µs at worst in a hundred")


if __name__ == "__main__":
    asyncio.run(main())
