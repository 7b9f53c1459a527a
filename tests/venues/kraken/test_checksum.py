"""The checksum, against published values, recordings, and a writer of its own."""

from __future__ import annotations

import gzip
import json
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewire.venues.kraken.checksum import CHECKED, Tokens, checksum

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "kraken-vectors.json").read_text())
CAPTURES = Path(__file__).parents[4] / "shared" / "captures"


def pairs(levels: list[list[str]]) -> list[tuple[str, str]]:
    return [(price, quantity) for price, quantity in levels[:CHECKED]]


@pytest.mark.parametrize("vector", VECTORS["book_checksum_single"], ids=lambda vector: vector["name"])
def test_published_books(vector: dict[str, Any]) -> None:
    asks, bids = Tokens().of(pairs(vector["asks"])), Tokens().of(pairs(vector["bids"]))
    assert asks.decode() == vector["asks_string"]
    assert bids.decode() == vector["bids_string"]
    assert checksum(asks, bids) == vector["checksum"]


@pytest.mark.parametrize("step", VECTORS["formatting_steps"], ids=lambda step: step["text"])
def test_points_and_leading_zeros_go(step: dict[str, str]) -> None:
    assert Tokens().of([(step["text"], "0.0")]).decode() == step["token"]


def test_an_empty_book_has_a_checksum_too() -> None:
    assert checksum(b"", b"") == 0


@pytest.mark.captures
def test_recorded_ladders() -> None:
    file = CAPTURES / "kraken_v2_btcusd_ladder_checksums_20260721.jsonl.gz"
    if not file.exists():
        pytest.skip(f"{file} is absent")
    ladders = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    assert len(ladders) == 134
    for ladder in ladders:
        assert checksum(Tokens().of(pairs(ladder["asks"])), Tokens().of(pairs(ladder["bids"]))) == ladder["checksum"]


def naive(levels: list[tuple[Decimal, Decimal]], price_places: int, quantity_places: int) -> str:
    """A side's string from numbers: whole steps, which have neither point nor leading zeros."""
    return "".join(f"{int(price.scaleb(price_places))}{int(quantity.scaleb(quantity_places))}" for price, quantity in levels[:10])


@given(
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 10**14)), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(1, 10**9), st.integers(1, 10**14)), max_size=12),
    st.integers(1, 8),
)
def test_what_a_writer_computes_from_numbers_a_reader_finds_in_texts(
    asks: list[tuple[int, int]], bids: list[tuple[int, int]], places: int
) -> None:
    sides = [
        [(Decimal(price).scaleb(-places), Decimal(quantity).scaleb(-8)) for price, quantity in side] for side in (asks, bids)
    ]
    written = zlib.crc32("".join(naive(side, places, 8) for side in sides).encode())
    texts = [[(f"{price:.{places}f}", f"{quantity:.8f}") for price, quantity in side[:CHECKED]] for side in sides]
    assert checksum(Tokens().of(texts[0]), Tokens().of(texts[1])) == written


def test_memory_is_bounded() -> None:
    tokens = Tokens()
    for price in range(Tokens.LIMIT + 5):
        assert tokens.of([(f"{price}.5", "0.10")]).decode() == f"{price}5".lstrip("0") + "10"
    assert len(tokens) == 5
