"""What type checkers make of a user's program."""

import re
from pathlib import Path

import pytest
from mypy import api

SOURCE = Path(__file__).parents[1] / "src"

PROGRAM = """
import tradewire
from tradewire import Book, BookUpdate, Channel, Diagnostics, Gap, Quotes, Stale, Tickers, Trades

def on_quote(quote: tradewire.Quote) -> None: ...

async def on_quote_later(quote: tradewire.Quote) -> None: ...

def on_any(event: tradewire.Event) -> None: ...

def on_trades(channel: tradewire.ChannelOf[tradewire.Trade]) -> None: ...

async def main(a: tradewire.Gateway, b: tradewire.Gateway, channels: list[Channel], symbols: list[str]) -> None:
{body}
"""

REVEALED = {
    'a.stream(Trades("BTC/USDT"))': "Trade | Gap | Stale",
    'a.stream(Trades("BTC/USDT"), Quotes("BTC/USDT"))': "Trade | Quote | Gap | Stale",
    'a.stream(Trades("X/Y"), Quotes("X/Y"), Tickers("X/Y"))': "Trade | Quote | Ticker | Gap | Stale",
    'a.stream(Trades("X/Y"), Quotes("X/Y"), Tickers("X/Y"), Book("X/Y"))': "Trade | Quote | Ticker | BookUpdate | Gap | Stale",
    'a.stream(Book("BTC/USDT", depth=50))': "BookUpdate | Gap | Stale",
    "a.stream(Diagnostics())": "ConnectionState | VenueStatus | Unrecognised | Gap | Stale",
    "a.stream(*(Quotes(symbol) for symbol in symbols))": "Quote | Gap | Stale",
    "a.stream(*channels)": "Event",
    'tradewire.merge(a.stream(Quotes("BTC/USDT")), b.stream(Quotes("BTC/USD")))': "Quote | Gap | Stale",
}

RIGHT = [
    'await a.on(Quotes("ETH/USDT"), on_quote)',
    'await a.on(Quotes("ETH/USDT"), on_quote_later)',
    'await a.on(Quotes("ETH/USDT"), on_any)',
    'await a.on(Quotes("ETH/USDT"), print)',
    'await a.on(Quotes("ETH/USDT"), lambda quote: quote.ask - quote.bid)',
    "await a.on(channels[0], on_any)",
    'on_trades(Trades("ETH/USDT"))',
]

WRONG = {
    'await a.on(Trades("ETH/USDT"), on_quote)': "arg-type",
    'await a.on(Trades("ETH/USDT"), on_quote_later)': "arg-type",
    'await a.on(Trades("ETH/USDT"), lambda trade: trade.bid)': "attr-defined",
    "await a.on(channels[0], on_quote)": "arg-type",
}

MATCHED = """
    async for update in a.stream(Book("BTC/USDT", depth=50)):
        match update:
            case BookUpdate(book=book):
                reveal_type(book)
            case Gap() | Stale() as trouble:
                reveal_type(trouble.reason)
            case _:
                reveal_type(update)  # never reached, so nothing is revealed
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("typing")


def checked(place: Path, body: str) -> list[str]:
    """What mypy says of a program, a line each, without the names of modules."""
    program = place / "program.py"
    program.write_text(PROGRAM.format(body=body))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MYPYPATH", str(SOURCE))
        said, failed, _ = api.run(
            [
                "--strict",
                "--config-file=",
                f"--cache-dir={place / 'cache'}",
                "--no-error-summary",
                "--hide-error-context",
                str(program),
            ]
        )
    assert not failed
    return [re.sub(r"\b(?:[a-z_]\w*\.)+(?=\w)", "", line) for line in said.splitlines()]


def revealed(lines: list[str]) -> list[str]:
    assert not [line for line in lines if " error: " in line], lines
    return [found[1] for line in lines if (found := re.search(r'Revealed type is "(.*)"', line))]


def test_a_stream_yields_what_its_channels_say_and_their_troubles(place: Path) -> None:
    loops = [f"    async for event{n} in {stream}:\n        reveal_type(event{n})" for n, stream in enumerate(REVEALED)]
    assert revealed(checked(place, "\n".join(loops))) == list(REVEALED.values())


def test_matching_a_books_events_is_exhaustive(place: Path) -> None:
    book, reason = revealed(checked(place, MATCHED))
    assert (book, reason) == ("OrderBook", "str")


def test_a_handler_that_takes_the_channels_events_is_right(place: Path) -> None:
    assert checked(place, "\n".join(f"    {call}" for call in RIGHT)) == []


@pytest.mark.parametrize("call", WRONG)
def test_a_handler_that_takes_other_events_is_an_error(place: Path, call: str) -> None:
    errors = [line for line in checked(place, f"    {call}") if " error: " in line]
    assert len(errors) == 1
    assert errors[0].endswith(f"[{WRONG[call]}]")
