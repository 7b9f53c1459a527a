"""The whole of the WebSocket client: channels, trading operations, answers. Ctrl-C ends it."""

import asyncio
import logging

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


async def handle_balances(message):
    for balance in message["data"]:
        print(f"  {balance['asset']:>5}  total {balance['total']}, of which {balance['locked']} locked")


async def handle_order(message):
    order = message["data"]
    print(f"  order {message['ch'].removeprefix('orders:')}: {order['status']} {order.get('filledOut', '')}")


async def main():
    logging.basicConfig(level=logging.INFO, format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")
    client = BrokerWSClient(api_key, secret_key, ws_url, on_error=lambda error: print(f"Connection lost for good: {error}"))

    async def handle_response(message):
        if message.get("error"):
            print(f"Refused: {message['error']}")
        elif message["op"] == "swap":
            # Follow the order. A handler may call the client.
            await client.subscribe(f"orders:{message['data']['orderId']}", handle_order)
        elif message["op"] == "estimate":
            print(f"Estimate: {message['data']['expectedOut']} at {message['data']['price']}")

    client.response_handler = handle_response
    async with client:
        await client.subscribe("balances", handle_balances)
        await client.estimate_swap("0.1", "ETH", "USDT")
        await client.do_swap("0.1", "ETH", "USDT", slippage_bps=50)
        print("Listening; press Ctrl-C to end")
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("Ended")
