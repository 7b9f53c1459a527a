"""Take the keys from the environment, or from a file named ``.env`` (package ``python-dotenv``)."""

import asyncio
import os

# Or with python-dotenv
from dotenv import load_dotenv
from placeholders import ws_url

from broker_ws_client import BrokerWSClient

api_key = os.getenv("BROKER_API_KEY")
secret_key = os.getenv("BROKER_SECRET_KEY")

load_dotenv()

api_key = os.getenv("BROKER_API_KEY")


async def main():
    try:
        async with BrokerWSClient(api_key, secret_key, ws_url) as client:
            print("Connected:", client.is_connected())
    except Exception as e:
        print(f"Connection failed: {e}")


if __name__ == "__main__":
    asyncio.run(main())
