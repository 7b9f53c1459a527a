"""Markets to steer and accounts to look at."""

import asyncio
from decimal import Decimal

import pytest

from tradewire.errors import InvalidOrder
from tradewire.model.events import SELL
from tradewire.sim.accounts import FundedAccount, holdings
from tradewire.sim.exchange import Exchange
from tradewire.sim.handles import AccountView, MarketHandle
from tradewire.venues.backend import Account, TradeTick

ACCOUNT = Account("me", "key", "very-secret")


@pytest.fixture
def exchange() -> Exchange:
    return Exchange(accounts=[FundedAccount(ACCOUNT, holdings({"USDT": "100.00", "ETH": "2.5"}, {"ETH": "0.5"}))], start=0)


def test_a_market_is_steered_at_every_place_and_each_is_settled(exchange: Exchange) -> None:
    other = Exchange(start=0)
    settled: list[str] = []
    places = [
        (exchange.market("BTC/USDT"), lambda: settled.append("first")),
        (other.market("BTC/USDT"), lambda: settled.append("second")),
    ]
    market = MarketHandle(places)

    async def scenario() -> None:
        market.pause()
        assert exchange.next_event() is None
        await market.move_to("63000")
        await market.trade(SELL, "0.001")
        market.resume()
        market.set_rate(2.0)

    asyncio.run(scenario())
    for place in (exchange, other):
        last: TradeTick = place.recent_trades("BTC/USDT", 1)[-1]
        assert last.quantity == Decimal("0.001")
        assert Decimal(62990) < last.price <= Decimal(63000)
        assert place.next_event() is not None
    assert settled[0] == "first"
    assert settled[-1] == "second"
    with pytest.raises(InvalidOrder):
        asyncio.run(market.move_to("63000.001"))


def test_an_account_shows_what_the_venue_knows_now(exchange: Exchange) -> None:
    view = AccountView(exchange, ACCOUNT)
    assert (view.name, view.key, view.secret) == ("me", "key", "very-secret")
    assert view.balances["ETH"].free == Decimal("2.0")
    exchange.deposit("me", "USDT", Decimal("0.50"))
    assert view.balances["USDT"].total == Decimal("100.50")
    assert view.open_orders == ()
    assert "very-secret" not in repr(view)
