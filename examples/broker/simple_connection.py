"""Connect, watch the balances for a minute, and trade a little."""

import asyncio

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


async def main():
    # Create and connect client
    async with BrokerWSClient(api_key, secret_key, ws_url) as client:
        # Subscribe to balances
        await client.subscribe("balances", lambda msg: print(f"Balances: {msg['data']}"))

        # Trading operations
        await client.get_balances()
        await client.estimate_swap("100", "ETH", "USDT")
        await client.do_swap("100", "ETH", "USDT")
        await client.get_order_status("ord_12345678")

        # Wait for activity
        await asyncio.sleep(60)  # Listen for 1 minute


if __name__ == "__main__":
    asyncio.run(main())
