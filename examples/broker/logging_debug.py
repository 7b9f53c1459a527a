"""Turn on debug logs: for everything, or for one client."""

import asyncio
import logging

from placeholders import api_key, secret_key, ws_url

from broker_ws_client import BrokerWSClient

logging.basicConfig(
    level=logging.DEBUG,
    format="%(asctime)s - %(name)s - %(levelname)s - %(message)s",
)

# Enable debug logs
logging.basicConfig(level=logging.DEBUG)

# Or for specific client
client = BrokerWSClient(api_key, secret_key, ws_url)
client.logger.setLevel(logging.DEBUG)


async def main():
    async with client:
        await client.get_balances()
        await client.fetch_balances()


if __name__ == "__main__":
    asyncio.run(main())
