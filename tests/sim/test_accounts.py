"""The published test accounts."""

from __future__ import annotations

from base64 import b64decode

import pytest

from tradewire.sim.accounts import default_accounts
from tradewire.sim.markets import DEFAULT_MARKETS


def test_the_broker_has_its_documented_accounts_and_balances() -> None:
    first, second = default_accounts("theone")
    assert (first.account.key, first.account.secret) == ("test_key_1", "test_secret_1")
    assert (second.account.key, second.account.secret) == ("test_key_2", "test_secret_2")
    assert [(h.asset, str(h.total), str(h.locked)) for h in first.holdings] == [
        ("USDT", "100.00", "0"),
        ("ETH", "2.5", "0.5"),
        ("BTC", "0.1", "0"),
    ]


@pytest.mark.parametrize("venue", ["binance", "bitunix", "kraken", "somebody-elses"])
def test_every_venue_has_two_accounts_that_can_trade_every_default_market(venue: str) -> None:
    accounts = default_accounts(venue)
    assert len({funded.account.key for funded in accounts}) == 2
    assets = {holding.asset for holding in accounts[0].holdings}
    assert assets >= {asset for market in DEFAULT_MARKETS for asset in (market.instrument.base, market.instrument.quote)}


def test_a_kraken_secret_is_base64() -> None:
    assert len(b64decode(default_accounts("kraken")[0].account.secret, validate=True)) > 32
