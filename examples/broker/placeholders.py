"""The one table of what the broker's documents leave to their reader: keys, addresses, ids.

The defaults are the published account of the simulator (``tradewire sim``) and its usual port; set the environment variables
to use your own.
"""

import asyncio
import os

api_key = os.getenv("BROKER_API_KEY", "test_key_1")
secret_key = os.getenv("BROKER_SECRET_KEY", "test_secret_1")
ws_url = os.getenv("BROKER_WS_URL", "ws://127.0.0.1:8701/ws/v1/stream")

# Two clients of one program: key1 and secret1 are the account above.
url = ws_url
key1, secret1 = api_key, secret_key
key2 = os.getenv("BROKER_API_KEY_2", "test_key_2")
secret2 = os.getenv("BROKER_SECRET_KEY_2", "test_secret_2")


async def some_async_operation():
    """Stand for whatever an asynchronous handler waits for."""
    await asyncio.sleep(0)
