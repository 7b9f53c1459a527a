"""Typed errors: what was misspelt, what the venue refused, what nobody answered."""

import asyncio

import tradewire
from tradewire import ConnectFailed, Trades, UnknownSymbol, UnknownVenue, Unsupported


async def main() -> None:
    try:
        tradewire.connect("binanse")
    except UnknownVenue as error:
        print("venue:", error)

    try:
        async with tradewire.connect("binance", endpoints="ws://127.0.0.1:1"):
            pass
    except ConnectFailed as error:
        print("connection:", error, "- retryable:", error.retryable)

    async with tradewire.connect("binance") as gateway:
        try:
            await gateway.on(Trades("BTC/USDTT"), print)
        except UnknownSymbol as error:
            print("symbol:", error)
        try:
            gateway.stream(tradewire.Balances())
        except Unsupported as error:
            print("channel:", error)
        try:
            await gateway.rest("klines", symbol="BTCUSDT", interval="2w")
        except tradewire.Rejected as no:
            print("refused:", no.code, no.text)


if __name__ == "__main__":
    asyncio.run(main())
