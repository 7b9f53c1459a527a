"""The client inside a service class."""

import asyncio

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


class WebSocketService:
    def __init__(self, api_key, secret_key, ws_url):
        self.client = BrokerWSClient(api_key, secret_key, ws_url)
        self.handlers = {}

    async def start(self):
        await self.client.connect()

    async def stop(self):
        await self.client.close()

    async def add_subscription(self, channel, callback):
        self.handlers[channel] = callback
        await self.client.subscribe(channel, callback)

    async def remove_subscription(self, channel):
        if channel in self.handlers:
            await self.client.unsubscribe(channel)
            del self.handlers[channel]

    async def get_balances(self):
        return await self.client.get_balances()

    async def estimate_swap(self, amount_in, asset_in, asset_out):
        return await self.client.estimate_swap(amount_in, asset_in, asset_out)

    async def execute_swap(self, amount_in, asset_in, asset_out):
        return await self.client.do_swap(amount_in, asset_in, asset_out)


async def main():
    service = WebSocketService(api_key, secret_key, ws_url)
    moved = asyncio.Event()

    def show(message):
        print("Balances:", message["data"])
        moved.set()

    await service.start()
    try:
        await service.add_subscription("balances", show)
        await service.get_balances()
        await service.estimate_swap("0.1", "ETH", "USDT")
        await service.execute_swap("0.1", "ETH", "USDT")
        await moved.wait()
        await service.remove_subscription("balances")
    finally:
        await service.stop()


if __name__ == "__main__":
    asyncio.run(main())
