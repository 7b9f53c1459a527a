"""Another place for the same venue: a mirror, a proxy, a simulator on other ports. ``ws://127.0.0.1`` is always fine.

Without a word in the program the same is done by the variable ``TRADEWIRE_BINANCE_URL``.
"""

import asyncio

import tradewire
from tradewire import Backoff, Heartbeat, Trades
from tradewire.sim import Simulator


async def main() -> None:
    async with Simulator(venues="binance") as sim:
        places = sim.endpoints()
        everything_there = places.http
        only_the_socket = {"market": places.ws["market"]}
        for endpoints in (everything_there, only_the_socket, places):
            gateway = tradewire.connect(
                "binance",
                endpoints=endpoints,
                connect_timeout=5,
                heartbeat=Heartbeat(ping_every=10, pong_within=5),
                reconnect=Backoff(initial=1, cap=10, attempts=5),
                time_unit="us",
            )
            async with gateway, gateway.stream(Trades("BTC/USDT")) as trades:
                print(await anext(trades))


if __name__ == "__main__":
    asyncio.run(main())
