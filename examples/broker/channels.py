"""Watch the balances and one order."""

import asyncio

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


async def handle_balances(message):
    print(f"Received balances: {message['data']}")


async def main():
    async with BrokerWSClient(api_key, secret_key, ws_url) as client:
        await client.subscribe("balances", handle_balances)

        order_id = "ord_12345678"
        channel = f"orders:{order_id}"

        async def handle_order_update(message):
            print(f"Order {order_id} status: {message['data']}")

        await client.subscribe(channel, handle_order_update)

        # Something to see: a swap moves the balances.
        await client.do_swap("0.1", "ETH", "USDT")
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main())
