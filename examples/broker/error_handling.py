"""Errors of the connection are exceptions; errors of a channel reach its handler."""

import asyncio

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


async def handle_balances(message):
    if "error" in message and message["error"]:
        print(f"Error: {message['error']}")
        return

    # Process data
    print(f"Data: {message['data']}")


async def main():
    try:
        async with BrokerWSClient(api_key, secret_key, ws_url) as client:
            await client.subscribe("balances", handle_balances)
            await asyncio.sleep(60)
    except Exception as e:
        print(f"Connection failed: {e}")


if __name__ == "__main__":
    asyncio.run(main())
