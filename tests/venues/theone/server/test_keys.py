from typing import Any

import msgspec
import pytest
from theone_desk import KEY, START, FakeLedger

from tradewire.model.time import SECOND
from tradewire.venues.theone.server.balances import Balances
from tradewire.venues.theone.server.keys import Keys
from tradewire.venues.theone.server.options import parse_options
from tradewire.venues.theone.server.refusal import Refusal


class Bench:
    def __init__(self) -> None:
        self.ledger = FakeLedger()
        self.keys = Keys(self.ledger, Balances(self.ledger, lambda _: None), parse_options({}))

    def create(self, **members: Any) -> dict[str, Any]:
        return self.keys.create(msgspec.json.encode({"name": "desk", **members}), START)


def test_a_new_key_looks_like_an_issued_one_and_works_at_once() -> None:
    bench = Bench()
    made = bench.create(permissions=["read", "trade"], description="mine")
    assert made["key"].startswith("ak_")
    assert (len(made["key"]), len(made["secret"])) == (46, 64)
    account = bench.keys.account(made["key"], START)
    assert account is not None
    assert (account.secret, sorted(account.permissions)) == (made["secret"], ["read", "trade"])
    assert [row.asset for row in bench.ledger.holdings(account.name)] == ["USDT", "ETH", "BTC"]
    assert bench.create()["key"] != made["key"]


def test_the_secret_is_shown_once() -> None:
    bench = Bench()
    made = bench.create()
    assert made.keys() >= {"uuid", "key", "name", "description", "is_active", "permissions", "created_at", "expires_at"}
    shown = bench.keys.get(made["uuid"]).shown()
    assert shown.keys() == {"uuid", "key", "name", "is_active", "permissions", "created_at"}
    assert made["secret"] not in str(bench.keys.page({}))


def test_pages() -> None:
    bench = Bench()
    for number in range(3):
        bench.create(name=f"k{number}")
    page = bench.keys.page({"limit": "2", "offset": "1"})
    assert [row["name"] for row in page["api_keys"]] == ["k1", "k2"]
    assert page["pagination"] == {"count": 2, "limit": 2, "offset": 1}
    assert bench.keys.page({"limit": "1000"})["pagination"]["limit"] == 100
    assert bench.keys.page({})["pagination"]["limit"] == 20
    with pytest.raises(Refusal):
        bench.keys.page({"limit": "-1"})


def test_use_is_noted() -> None:
    bench = Bench()
    made = bench.create()
    assert bench.keys.page({})["api_keys"][0]["last_used_at"] is None
    bench.keys.account(made["key"], START)
    assert bench.keys.page({})["api_keys"][0]["last_used_at"] == "2024-11-25T09:20:00.000000Z"


def test_inactive_expired_and_deleted_keys_are_no_good() -> None:
    bench = Bench()
    assert bench.keys.account(KEY, START) is not None
    assert bench.keys.account("unknown", START) is None
    assert bench.keys.account(bench.create(is_active=False)["key"], START) is None
    expiring = bench.create(expires_at="2024-11-25T09:20:10Z")["key"]
    assert bench.keys.account(expiring, START + 9 * SECOND) is not None
    assert bench.keys.account(expiring, START + 10 * SECOND) is None
    made = bench.create()
    bench.keys.delete(made["uuid"])
    assert bench.keys.account(made["key"], START) is None
    for call in (bench.keys.get, bench.keys.delete):
        with pytest.raises(Refusal, match="Not found"):
            call(made["uuid"])


@pytest.mark.parametrize(
    "members",
    [{"name": ""}, {"name": 5}, {"permissions": ["fly"]}, {"expires_at": "soon"}, {"expires_at": "2025-01-01T00:00:00"}],
)
def test_other_requests_are_refused(members: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="Invalid request"):
        Bench().create(**members)
