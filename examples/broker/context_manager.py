"""The client as a context manager."""

import asyncio

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


def handler(message):
    print("Data:", message["data"])


async def main():
    async with BrokerWSClient(api_key, secret_key, ws_url) as client:
        # Automatic connection
        await client.subscribe("balances", handler)
        # Automatic disconnection on exit
    print("Connected:", client.is_connected())


if __name__ == "__main__":
    asyncio.run(main())
