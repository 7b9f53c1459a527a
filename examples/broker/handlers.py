"""Handlers may be plain functions or coroutine functions."""

import asyncio

from placeholders import api_key, secret_key, some_async_operation, ws_url

from broker_ws_client import BrokerWSClient


# Synchronous handler
def sync_handler(message):
    print("Sync handler:", message["data"])


# Asynchronous handler
async def async_handler(message):
    await some_async_operation()
    print("Async handler:", message["data"])


async def main():
    async with BrokerWSClient(api_key, secret_key, ws_url) as client:
        await client.subscribe("balances", sync_handler)
        await client.subscribe("orders:123", async_handler)

        # Something to see: a swap moves the balances, and its order has a channel too.
        receipt = await client.execute_swap("0.1", "ETH", "USDT")
        await client.subscribe(f"orders:{receipt.order_id}", async_handler)
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main())
