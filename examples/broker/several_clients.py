"""Everything is asynchronous, so several accounts share one event loop."""

import asyncio

from placeholders import api_key, key1, key2, secret1, secret2, secret_key, url, ws_url

from broker_ws_client import BrokerWSClient


def handler(message):
    print("Data:", message["data"])


async def main():
    client = BrokerWSClient(api_key, secret_key, ws_url)

    # All operations are asynchronous
    await client.connect()
    await client.subscribe("balances", handler)
    await client.unsubscribe("balances")
    await client.close()

    # Support for multiple clients
    clients = [
        BrokerWSClient(key1, secret1, url),
        BrokerWSClient(key2, secret2, url),
    ]

    await asyncio.gather(*[client.connect() for client in clients])

    for client in clients:
        print("Balances:", [balance.asset for balance in await client.fetch_balances()])
    await asyncio.gather(*[client.close() for client in clients])


if __name__ == "__main__":
    asyncio.run(main())
