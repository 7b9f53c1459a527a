"""One handler on several channels, for debugging."""

import asyncio

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


async def debug_handler(message):
    print(f"DEBUG: Received message: {message}")


async def main():
    async with BrokerWSClient(api_key, secret_key, ws_url) as client:
        # Subscribe to all channels for debugging
        await client.subscribe("balances", debug_handler)
        await client.subscribe("orders:test_order", debug_handler)

        # Something to see: a swap moves the balances.
        await client.do_swap("0.1", "ETH", "USDT")
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main())
