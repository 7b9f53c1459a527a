"""The markets that a simulated venue lists unless told otherwise."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from tradewire.model.instrument import Instrument


class Market(msgspec.Struct, frozen=True):
    """One instrument and the character of its synthetic order flow.

    Attributes:
        start_price: Fair price when the flow begins, quote currency.
        daily_volatility: Standard deviation of the fair price's relative change over 24 hours (0.02 is 2 %).
        spread: Least and most ticks between the flow's best bid and best ask as it quotes them.
        depth: Least and most base currency in one order of the flow (a level holds one to three orders).
        actions_per_second: Mean arrival rate of the flow: orders, cancels and trades together.
        levels: How many price levels a side the flow keeps alive.
        reach: How far from the fair price those levels spread, relative to it; wider where the ticks are too coarse.
    """

    instrument: Instrument
    start_price: Decimal
    daily_volatility: float
    spread: tuple[int, int]
    depth: tuple[Decimal, Decimal]
    actions_per_second: float = 20.0
    levels: int = 1000
    reach: float = 0.01

    @property
    def symbol(self) -> str:
        """``BASE/QUOTE``."""
        return self.instrument.symbol


def market(
    symbol: str,
    price: str,
    *,
    tick: str,
    step: str,
    minimum: str,
    notional: str,
    spread: tuple[int, int],
    depth: tuple[str, str],
    daily_volatility: float = 0.025,
    actions_per_second: float = 20.0,
) -> Market:
    """Declare a market in decimal text; ``minimum`` is the least quantity, ``notional`` the least value of an order.

    The other arguments are the fields of ``Market`` and of its instrument.
    """
    base, quote = symbol.split("/")
    instrument = Instrument(
        symbol=symbol,
        base=base,
        quote=quote,
        venue_symbol=base + quote,
        tick=Decimal(tick),
        step=Decimal(step),
        minimum_quantity=Decimal(minimum),
        minimum_notional=Decimal(notional),
    )
    least, most = depth
    return Market(
        instrument=instrument,
        start_price=Decimal(price),
        daily_volatility=daily_volatility,
        spread=spread,
        depth=(Decimal(least), Decimal(most)),
        actions_per_second=actions_per_second,
    )


# fmt: off
#: Ticks, steps and minimums are in the manner of the large spot venues; one line a market.
DEFAULT_MARKETS: tuple[Market, ...] = (
    market("BTC/USDT", "64123.45", tick="0.01", step="0.00001", minimum="0.00001", notional="5",
           spread=(1, 12), depth=("0.002", "0.8"), actions_per_second=40),
    market("ETH/USDT", "2163.78", tick="0.01", step="0.0001", minimum="0.0001", notional="5",
           spread=(1, 4), depth=("0.05", "20"), daily_volatility=0.03, actions_per_second=40),
    market("BNB/USDT", "587.40", tick="0.01", step="0.001", minimum="0.001", notional="5",
           spread=(1, 6), depth=("0.1", "25")),
    market("SOL/USDT", "142.36", tick="0.01", step="0.001", minimum="0.001", notional="5",
           spread=(1, 3), depth=("1", "200"), daily_volatility=0.035),
    market("XRP/USDT", "2.3147", tick="0.0001", step="0.1", minimum="0.1", notional="5",
           spread=(1, 3), depth=("50", "9000"), daily_volatility=0.035),
    market("ADA/USDT", "0.6721", tick="0.0001", step="0.1", minimum="0.1", notional="5",
           spread=(1, 2), depth=("100", "20000"), daily_volatility=0.035),
    market("DOGE/USDT", "0.16254", tick="0.00001", step="1", minimum="1", notional="5",
           spread=(1, 3), depth=("500", "60000"), daily_volatility=0.04),
    market("LTC/USDT", "84.27", tick="0.01", step="0.001", minimum="0.001", notional="5",
           spread=(1, 3), depth=("0.5", "120")),
    market("ETH/BTC", "0.03374", tick="0.00001", step="0.0001", minimum="0.0001", notional="0.0001",
           spread=(1, 2), depth=("0.05", "30"), daily_volatility=0.015),
    market("BNB/BTC", "0.009160", tick="0.000001", step="0.001", minimum="0.001", notional="0.0001",
           spread=(1, 3), depth=("0.1", "30"), daily_volatility=0.015),
    market("USDT/USD", "0.99985", tick="0.00001", step="0.01", minimum="5", notional="0.5",
           spread=(1, 2), depth=("100", "80000"), daily_volatility=0.0003),
    market("EUR/USD", "1.08421", tick="0.00001", step="0.01", minimum="0.5", notional="0.5",
           spread=(1, 4), depth=("200", "90000"), daily_volatility=0.004),
    market("BTC/USD", "84210.5", tick="0.1", step="0.00001", minimum="0.00005", notional="0.5",
           spread=(1, 8), depth=("0.002", "0.8"), actions_per_second=40),
    market("ETH/USD", "2164.05", tick="0.01", step="0.0001", minimum="0.002", notional="0.5",
           spread=(1, 6), depth=("0.05", "20"), daily_volatility=0.03),
    market("BTC/EUR", "77671.2", tick="0.1", step="0.00001", minimum="0.00005", notional="0.45",
           spread=(1, 12), depth=("0.002", "0.5")),
)
# fmt: on
