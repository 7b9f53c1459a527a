"""The four trading operations: sent and forgotten, or awaited."""

import asyncio

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


async def main():
    client = BrokerWSClient(api_key, secret_key, ws_url)
    # Answers of the operations that are not awaited come here.
    client.response_handler = lambda message: print("Response:", message.get("op"), message.get("data"), message.get("error"))

    async with client:
        # Request current balances (signed message)
        await client.get_balances()

        # Estimate swap cost (signed message)
        await client.estimate_swap("100", "ETH", "USDT")

        # Execute swap operation (signed message)
        await client.do_swap("100", "ETH", "USDT")

        # Get order status (signed message)
        await client.get_order_status("ord_12345678")

        # The same with an answer, or the broker's refusal as an exception.
        print("Balances:", await client.fetch_balances())
        print("Estimate:", await client.fetch_estimate("0.1", "ETH", "USDT"))
        order = await client.swap_and_wait("0.1", "ETH", "USDT", slippage_bps=30, timeout=30)
        print("Swapped:", order.order_id, order.status, order.filled_out)


if __name__ == "__main__":
    asyncio.run(main())
