"""A swap at a broker: ask for the price, swap, follow it to its end. What was not answered is asked about, never sent again."""

import asyncio
import uuid

import tradewire
from tradewire import EstimateSwap, ExecuteSwap, OutcomeUnknown, Rejected, SwapOrders, SwapUpdate


async def main() -> None:
    async with tradewire.connect("theone") as gateway:
        estimate = await gateway.execute(EstimateSwap("0.1", "ETH", "USDT"))
        print("expected:", estimate.expected_out, "USDT at", estimate.price)

        swap = ExecuteSwap("0.1", "ETH", "USDT", slippage_bps=30, client_order_id=str(uuid.uuid4()))
        try:
            order_id = (await gateway.execute(swap)).order_id
        except Rejected as no:
            print("refused, and nothing was done:", no.code, no.text)
            return
        except OutcomeUnknown:
            order_id = (await gateway.rest("order_status", order_id=swap.client_order_id)).order_id

        async with gateway.stream(SwapOrders(order_id)) as updates:
            async for update in updates:
                match update:
                    case SwapUpdate():
                        print(update.status.value, update.filled_out)
                        if update.status.final:
                            return


if __name__ == "__main__":
    asyncio.run(main())
