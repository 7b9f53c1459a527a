"""Connect and close by hand."""

import asyncio

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


async def handle_balances(message):
    print(f"Data: {message['data']}")


async def main():
    client = BrokerWSClient(api_key, secret_key, ws_url)

    try:
        await client.connect()
        await client.subscribe("balances", handle_balances)

        # Your code...
        print("Connected:", client.is_connected())

    finally:
        await client.close()
    print("Connected:", client.is_connected())


if __name__ == "__main__":
    asyncio.run(main())
