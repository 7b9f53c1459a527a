"""How often and how fast the client comes back after a lost connection, and what happens when it cannot."""

import asyncio

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


async def main():
    over = asyncio.Event()

    def on_error(error):
        print(f"Gave up: {error}")
        over.set()

    client = BrokerWSClient(api_key, secret_key, ws_url, on_error=on_error)

    # Reconnection settings (defaults)
    client.max_reconnect_attempts = 5
    client.reconnect_delay = 1.0  # 1 second

    async with client:
        await client.subscribe("balances", lambda message: print(f"Balances: {message['data']}"))
        print("Connected:", client.is_connected())
        await over.wait()


if __name__ == "__main__":
    asyncio.run(main())
