"""Keys: from the environment, by hand, or never in this process."""

import asyncio
import base64
import hashlib
import hmac

import tradewire
from tradewire import Credentials, ExternalSigner, GetBalances, Hmac


def sign(message: bytes) -> bytes:
    """Stand for whatever holds the key: a hardware module, another process, a service."""
    key = base64.urlsafe_b64encode(hashlib.sha256(b"test_secret_2").digest())
    return hmac.digest(key, message, "sha256")


async def main() -> None:
    # None: BROKER_API_KEY and BROKER_SECRET_KEY, or in the simulator its published account.
    ways: list[Credentials | None] = [None, Hmac("test_key_2", "test_secret_2"), ExternalSigner("test_key_2", sign)]
    for credentials in ways:
        print(credentials)
        async with tradewire.connect("theone", credentials=credentials) as gateway:
            for balance in await gateway.execute(GetBalances()):
                print(balance.asset, balance.free, "of", balance.total)


if __name__ == "__main__":
    asyncio.run(main())
