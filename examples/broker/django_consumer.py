"""The client inside a consumer of django-channels."""

from channels.generic.websocket import AsyncWebsocketConsumer
from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient


class TradingConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.ws_client = BrokerWSClient(api_key, secret_key, ws_url)
        await self.ws_client.connect()
        await self.accept()

    async def disconnect(self, close_code):
        if hasattr(self, "ws_client"):
            await self.ws_client.close()
