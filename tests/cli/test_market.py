"""``tradewire watch``, ``book`` and ``symbols`` against a simulated venue."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from command import command, simulating
from process import on_terminal, process

from tradewire.sim.simulator import Simulator


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with simulating("binance", "theone", rate=4) as simulator:
        yield simulator


def at(sim: Simulator, venue: str = "binance") -> tuple[str, ...]:
    return ("--env", "sim", "--url", sim.endpoints(venue).http)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# watch


def test_a_pipe_gets_a_line_of_json_per_event(sim: Simulator) -> None:
    result = command("watch", "binance", "trades:BTC/USDT", "quotes:ETH/USDT", "--count", 30, *at(sim))
    assert (result.exit_code, result.stderr) == (0, "")
    events = lines(result.stdout)
    assert len(events) == 30
    assert {(each["type"], each["channel"]) for each in events} == {("Trade", "trades:BTC/USDT"), ("Quote", "quotes:ETH/USDT")}
    trades = [each for each in events if each["type"] == "Trade"]
    assert all(isinstance(each["price"], str) and Decimal(each["price"]) > 0 for each in trades)
    ids = [each["trade_id"] for each in trades]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert all(each["venue_time"] <= each["received"] for each in events if each["venue_time"])


def test_every_public_kind_of_channel_can_be_watched(sim: Simulator) -> None:
    channels = (
        "trades:BTC/USDT",
        "aggtrades:BTC/USDT",
        "quotes:BTC/USDT",
        "book.3:BTC/USDT",
        "partial.5:BTC/USDT",
        "candles.1m:BTC/USDT",
        "ticker:BTC/USDT",
        "ticker.1h:BTC/USDT",
        "miniticker:BTC/USDT",
        "avgprice:BTC/USDT",
    )
    with process("watch", "binance", *channels, *at(sim)) as started:
        assert started.stdout is not None
        missing = set(channels)
        while missing:
            event = json.loads(started.stdout.readline())
            if event["channel"] in missing and event["type"] == "BookUpdate":
                assert len(event["bids"]) == len(event["asks"]) == 3
            missing.discard(event["channel"])


def test_ctrl_c_ends_it_with_130_and_nothing_on_stderr(sim: Simulator) -> None:
    with process("watch", "binance", "trades:BTC/USDT", *at(sim)) as started:
        assert started.stdout is not None
        assert json.loads(started.stdout.readline())["type"] == "Trade"
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=30)
    assert (started.returncode, err) == (130, "")
    lines(out)  # whole lines only


def test_it_ends_after_a_while_if_told_so(sim: Simulator) -> None:
    result = command("watch", "binance", "trades:BTC/USDT", "--for", 0, *at(sim))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_balances_and_orders_begin_with_how_they_stand(sim: Simulator) -> None:
    held = command("watch", "theone", "balances", "--count", 1, *at(sim, "theone"))
    (update,) = lines(held.stdout)
    assert (update["type"], update["channel"], bool(update["balances"])) == ("BalanceUpdate", "balances", True)
    swapped = command("broker", "swap", "0.1", "ETH", "USDT", "--json", *at(sim, "theone"))
    order = lines(swapped.stdout)[0]["order_id"]
    (state,) = lines(command("watch", "theone", f"swap:{order}", "--count", 1, *at(sim, "theone")).stdout)
    assert (state["order_id"], state["channel"], state["status"]) == (order, f"swap:{order}", "FILLED")


def test_an_order_that_nobody_knows_is_an_error(sim: Simulator) -> None:
    result = command("watch", "theone", "swap:ord_99", *at(sim, "theone"))
    assert (result.exit_code, result.stdout) == (4, "")
    assert "not found" in result.stderr


@pytest.mark.parametrize("columns", [80, 200])
def test_a_terminal_shows_a_table_that_fits(sim: Simulator, columns: int) -> None:
    code, shown = on_terminal("watch", "binance", "trades:BTC/USDT", "quotes:BTC/USDT", "--count", 100, *at(sim), columns=columns)
    assert code == 0
    rows = [line for line in shown.split("\n") if line.strip()]
    assert max(map(len, rows)) <= columns
    head, names, trades, quotes = rows[-4:]
    assert "binance: live" in head
    assert names.split() == ["channel", "latest", "ev/s", "gaps", "state"]
    assert trades.split()[0] == "trades:BTC/USDT"
    assert " @ 6" in trades
    assert quotes.split()[0] == "quotes:BTC/USDT"
    assert "spread" in quotes
    assert trades.split()[-1] == quotes.split()[-1] == "live"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("trade:BTC/USDT",), 2, "no channel 'trade'; did you mean 'trades'?"),
        (("trades:BTC/USTD",), 2, "binance does not list 'BTC/USTD'; did you mean BTC/USD"),
        (("balances",), 2, "binance has no Balances; it has Trades"),
        (("trades:BTC/USDT", "--count", "0"), 2, "--count"),
        (("trades:BTC/USDT", "--for", "-1"), 2, "--for"),
        ((), 2, "CHANNEL:SYMBOL"),
    ],
)
def test_what_is_wrong_is_answered_with_what_is_right(sim: Simulator, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = command("watch", "binance", *arguments, *at(sim))
    assert (result.exit_code, result.stdout) == (code, "")
    assert words in result.stderr


def test_where_nothing_listens_it_says_what_to_try() -> None:
    result = command("watch", "binance", "trades:BTC/USDT", "--url", "http://127.0.0.1:1")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "cannot connect to ws://127.0.0.1:1" in result.stderr
    assert "hint: check the network, or try it offline: --env sim" in result.stderr


# book


@pytest.mark.parametrize("columns", [80, 200])
def test_a_pipe_gets_one_picture_of_the_book(sim: Simulator, columns: int) -> None:
    result = command("book", "binance", "BTC/USDT", "--depth", 4, *at(sim), COLUMNS=str(columns))
    assert (result.exit_code, result.stderr) == (0, "")
    head, market, names, *rows = result.stdout.splitlines()
    assert head.split() == ["binance", "BTC/USDT", "live", "0", "gaps"]
    assert market.split()[::2] == ["spread", "imbalance"]
    assert names.split() == ["price", "quantity", "total"]
    figures = [[Decimal(figure) for figure in row.split()[:3]] for row in rows]
    prices = [price for price, _, _ in figures]
    assert len(prices) == 8
    assert prices == sorted(prices, reverse=True)
    quantities = [quantity for _, quantity, _ in figures]
    assert [total for _, _, total in figures] == [sum(quantities[i:4]) for i in range(4)] + [
        sum(quantities[4 : i + 1]) for i in range(4, 8)
    ]
    assert max(map(len, result.stdout.splitlines())) <= columns


def test_a_terminal_shows_the_ladder_until_its_time_is_over(sim: Simulator) -> None:
    code, shown = on_terminal("book", "binance", "BTC/USDT", "--depth", 30, "--for", 1.5, *at(sim), columns=80, rows=24)
    assert code == 0
    picture = shown[shown.rindex("binance BTC/USDT") :].rstrip().split("\n")
    assert "updates/s" in picture[0]
    assert len(picture) == 3 + 2 * 10  # what fits into 24 rows, of the 30 levels asked for
    assert max(map(len, shown.split("\n"))) <= 80


def test_once_is_one_picture_on_a_terminal_too(sim: Simulator) -> None:
    code, shown = on_terminal("book", "binance", "BTC/USDT", "--depth", 2, "--once", *at(sim), columns=80)
    assert code == 0
    assert shown.count("binance BTC/USDT") == 1


def test_a_book_that_does_not_come_in_time_is_an_error(sim: Simulator) -> None:
    result = command("book", "binance", "BTC/USDT", "--for", 0, *at(sim))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "error: binance: no book of BTC/USDT came within 0 s\n"


# symbols


def test_symbols_are_a_table_that_can_be_narrowed(sim: Simulator) -> None:
    result = command("symbols", "binance", "eth", *at(sim))
    names, *rows = [line.split() for line in result.stdout.splitlines()]
    assert names == ["symbol", "tick", "step", "minimum", "notional", "trading"]
    assert [row[0] for row in rows] == ["ETH/BTC", "ETH/USD", "ETH/USDT"]
    assert rows[2] == ["ETH/USDT", "0.01", "0.0001", "0.0001", "5", "yes"]
    assert result.stderr == "3 of 15 symbols\n"


def test_symbols_are_lines_of_json_too(sim: Simulator) -> None:
    result = command("symbols", "binance", "--json", *at(sim))
    found = {each["symbol"]: each for each in lines(result.stdout)}
    assert len(found) == 15
    assert found["BTC/USDT"]["tick"] == "0.01000000"
    assert (found["BTC/USDT"]["base"], found["BTC/USDT"]["quote"], found["BTC/USDT"]["active"]) == ("BTC", "USDT", True)


def test_a_venue_without_a_list_of_symbols_says_so() -> None:
    result = command("symbols", "theone")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", "error: theone does not publish symbols\n")
