"""Watch the connection from another task."""

import asyncio

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


async def main():
    async with BrokerWSClient(api_key, secret_key, ws_url) as client:

        async def monitor_connection():
            while True:
                print(f"Connected: {client.is_connected()}")
                await asyncio.sleep(10)

        # Run in background
        asyncio.create_task(monitor_connection())

        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main())
