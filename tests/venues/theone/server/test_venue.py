import pytest
from theone_desk import KEY, SECRET, START, FakeLedger, ServerBench, only

from tradewire.errors import ConfigurationError
from tradewire.venues.theone.server import TheOneServer, make_server
from tradewire.wire.protocol import HttpRequest, HttpResponse


def upgrade(server: TheOneServer, target: str) -> int | None:
    answer = server.upgrade(HttpRequest("GET", target), START)
    return answer.status if isinstance(answer, HttpResponse) else None


def test_any_path_takes_an_upgrade_unless_some_are_named() -> None:
    for target in ("/ws", "/ws/v1/stream", "/anything?x=1"):
        assert upgrade(make_server(FakeLedger()), target) is None
    strict = make_server(FakeLedger(), options={"paths": ["/ws/v1/stream"]})
    assert upgrade(strict, "/ws/v1/stream?x=1") is None
    assert upgrade(strict, "/ws") == 404


def test_wrong_options_are_told() -> None:
    with pytest.raises(ConfigurationError, match="no_such"):
        make_server(FakeLedger(), options={"no_such": 1})


def test_what_is_subscribed_and_which_nonces_were_used_can_be_seen() -> None:
    bench = ServerBench()
    first, second = bench.connect(KEY, SECRET), bench.connect(KEY, SECRET)
    first.subscribe("balances")
    second.subscribe("orders:1")
    assert bench.server.subscriptions == {1: {"balances"}, 2: {"orders:1"}}
    first.session.closed(bench.now)
    assert bench.server.subscriptions == {2: {"orders:1"}}
    assert bench.server.nonces(KEY) == ("s1", "s2")


def test_a_test_can_write_anything_to_everybody() -> None:
    bench = ServerBench()
    connection = bench.connect()
    assert bench.server.next_tick() is None
    for text in ("[]", '{"ch":"nobody"}'):
        bench.server.faults.push(text)
    assert bench.server.next_tick() == 0
    bench.server.tick(bench.now)
    assert connection.heard() == [[], {"ch": "nobody"}]
    assert bench.server.next_tick() is None


def test_swaps_move_on_by_the_venues_own_clock() -> None:
    bench = ServerBench()
    connection = bench.connect(KEY, SECRET)
    connection.subscribe("orders:ord_1")
    connection.ask("swap", '{"amountIn":"1.5","assetIn":"ETH","assetOut":"USDT"}')
    for status in ("PROCESSING", "FILLED"):
        due = bench.server.next_tick()
        assert due is not None
        bench.wait((due - bench.now) / 1e9)
        assert only(connection.heard())["data"]["status"] == status
    assert bench.server.next_tick() is None
