"""A ladder against the simplest thing that can be right: a dict of decimals, sorted at every read."""

from collections.abc import Iterable
from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tradewire.model.ladder as ladder_module
from tradewire.model.ladder import Change, Ladder, Level


class Model:
    """One side of a book, the obvious way."""

    def __init__(self, *, descending: bool, max_levels: int | None) -> None:
        self.descending = descending
        self.max_levels = max_levels
        self.levels: dict[Decimal, Decimal] = {}

    def apply(self, changes: Iterable[Change]) -> None:
        for price, quantity, *_ in changes:
            self.levels[Decimal(price)] = Decimal(quantity)
        self.levels = {price: quantity for price, quantity in self.levels.items() if quantity}
        self.levels = dict(self.read(len(self.levels) if self.max_levels is None else self.max_levels))

    def read(self, count: int) -> tuple[tuple[Decimal, Decimal], ...]:
        return tuple(sorted(self.levels.items(), reverse=self.descending)[:count])


def spell(cents: int, style: int) -> str:
    """One price in several spellings: ``1.50``, ``1.5``, ``1.500``, ``01.50``, and ``2`` for ``2.00``."""
    whole, rest = divmod(cents, 100)
    two = f"{whole}.{rest:02d}"
    return (two, two, two, two.rstrip("0").rstrip("."), two + "0", "0" + two)[style]


def changes(styles: st.SearchStrategy[int], prices: int) -> st.SearchStrategy[list[list[str]]]:
    quantity = st.sampled_from(["0", "0.00", "0.00000000", "1", "1.0", "2.50", "0.00000001", "123456789.12345678"])
    price = st.builds(spell, st.integers(1, prices), styles)
    return st.lists(st.builds(lambda p, q: [p, q], price, quantity), max_size=25)


def steps(styles: st.SearchStrategy[int], prices: int) -> st.SearchStrategy[list[tuple[list[list[str]], int]]]:
    """Updates, each followed by a read of so many levels (none for -1)."""
    return st.lists(st.tuples(changes(styles, prices), st.integers(-1, 30)), max_size=25)


def compare(steps: list[tuple[list[list[str]], int]], *, descending: bool, max_levels: int | None) -> None:
    ladder = Ladder(descending=descending, max_levels=max_levels)
    model = Model(descending=descending, max_levels=max_levels)
    for update, count in steps:
        ladder.apply(update)
        model.apply(update)
        if count >= 0:
            texts = [(Decimal(price), Decimal(quantity)) for price, quantity in ladder.texts(count)]
            assert ladder.read(count) == model.read(count) == tuple(texts)
    for price in model.levels:
        assert ladder.quantity_at(price) == model.levels[price]
    assert len(ladder) == len(model.levels)
    assert ladder.read(10_000) == model.read(10_000)


limits = st.sampled_from([None, None, 1, 5])


@given(steps(st.just(0), 900), st.booleans(), limits)
def test_equals_the_model_when_spelled_in_one_way(
    steps: list[tuple[list[list[str]], int]], descending: bool, limit: int | None
) -> None:
    compare(steps, descending=descending, max_levels=limit)


@given(steps(st.just(0), 1100), st.booleans(), limits)
def test_equals_the_model_across_a_power_of_ten(
    steps: list[tuple[list[list[str]], int]], descending: bool, limit: int | None
) -> None:
    compare(steps, descending=descending, max_levels=limit)


@given(steps(st.integers(0, 5), 300), st.booleans(), limits)
def test_equals_the_model_in_mixed_spellings(
    steps: list[tuple[list[list[str]], int]], descending: bool, limit: int | None
) -> None:
    compare(steps, descending=descending, max_levels=limit)


@given(steps(st.just(0), 900), st.booleans(), st.integers(1, 12))
def test_equals_the_model_when_deeper_than_what_is_kept_in_order(
    steps: list[tuple[list[list[str]], int]], descending: bool, near: int
) -> None:
    with patch.object(ladder_module, "_NEAR", near):
        compare(steps, descending=descending, max_levels=None)


@pytest.mark.parametrize("descending", [True, False])
def test_what_is_kept_in_order_follows_the_best_price(descending: bool) -> None:
    """Levels arrive one by one, each better than all before, and nobody reads meanwhile."""
    ladder, model = Ladder(descending=descending), Model(descending=descending, max_levels=None)
    prices = range(1000, 3000) if descending else range(2999, 999, -1)
    for price in prices:
        ladder.apply([[str(price), "1"]])
        model.levels[Decimal(price)] = Decimal(1)
    assert ladder.read(5) == model.read(5)
    ladder.apply([[str(prices[0] - 1), "2"]])
    model.levels[Decimal(prices[0] - 1)] = Decimal(2)
    for count in (10, 200, 250, 900, 1999, 5000):
        assert ladder.read(count) == model.read(count)


@pytest.mark.parametrize("descending", [True, False])
def test_a_best_price_that_runs_away_leaves_nothing_behind(descending: bool) -> None:
    """Only removals near the best, for longer than what is kept in order."""
    ladder = Ladder(descending=descending)
    ladder.apply([[f"{price}.00", "1"] for price in range(1000, 2000)])
    run = range(1999, 1000, -1) if descending else range(1000, 1999)
    for price in run:
        ladder.apply([[f"{price}.00", "0"]])
        following = price - 1 if descending else price + 1
        assert ladder.read(1) == ((Decimal(following), Decimal(1)),)
    assert len(ladder) == 1


@pytest.mark.parametrize("descending", [True, False])
def test_removed_levels_do_not_pile_up(descending: bool) -> None:
    ladder = Ladder(descending=descending)
    for price in range(1000, 9000):
        ladder.apply([[str(price), "1"]])
        ladder.apply([[str(price), "0"]])
    assert len(ladder._levels) < 1000
    assert ladder.read(1) == ()


def test_levels_keep_the_wires_digits_and_are_made_once() -> None:
    ladder = Ladder(descending=True)
    ladder.apply([["64000.10", "0.50000000"]])
    (level,) = ladder.read(1)
    assert isinstance(level, Level)
    assert repr(level) == "Level(price=Decimal('64000.10'), quantity=Decimal('0.50000000'))"
    ladder.apply([["64000.00", "1"]])
    assert ladder.read(2)[0] is level


def test_the_last_word_on_a_price_counts_whatever_its_spelling() -> None:
    ladder = Ladder(descending=False)
    ladder.apply([["1.0", "5"]])
    ladder.apply([["1.00", "0"], ["1.0", "7"]])
    assert ladder.read(5) == ((Decimal(1), Decimal(7)),)
    ladder.apply([["1.0", "8"], ["1.000", "0"]])
    assert ladder.read(5) == ()


def test_elements_past_the_second_are_ignored_and_any_iterable_will_do() -> None:
    ladder = Ladder(descending=False)
    ladder.apply(iter([("2.0", "1", "ts"), ("1.0", "1"), ("2.0", "3", "ts", "more")]))
    assert ladder.read(5) == ((Decimal(1), Decimal(1)), (Decimal(2), Decimal(3)))
    ladder.apply(())
    assert ladder.read(0) == ()


def test_exact_where_floats_are_equal() -> None:
    ladder = Ladder(descending=True)
    ladder.apply([["0.10000000000000000001", "1"], ["0.10000000000000000002", "2"]])
    assert [level.quantity for level in ladder.read(2)] == [2, 1]
    assert ladder.quantity_at(Decimal("0.10000000000000000001")) == 1
    assert ladder.quantity_at(Decimal("0.1")) == 0
    assert ladder.quantity_at(Decimal("0.100000000000000000011")) == 0


@pytest.mark.parametrize("price", ["", "abc", "NaN", "1e5", "-1.0", "0", "0.00", " 1", "1.", "0.0", "9" * 41])
@pytest.mark.parametrize("before", [[], [["1.0", "1"]], [["1.0", "1"], ["10", "1"]]])
def test_a_bad_price_is_refused_at_once(price: str, before: list[list[str]]) -> None:
    ladder = Ladder(descending=True)
    ladder.apply(before)
    with pytest.raises(ValueError, match=r"not a p|too long"):
        ladder.apply([["2.0", "1"], [price, "1"]])
    ladder.clear()
    ladder.apply([["2.0", "1"]])
    assert ladder.read(1) == ((Decimal(2), Decimal(1)),)


@pytest.mark.parametrize(
    "quantity",
    [
        "abc",
        "NaN",
        "sNaN",
        "Infinity",
        "-1",
        "1e400",
        "1e5",
        "1_0",
        " 7 ",
        "\uff11\uff12",
        "+3",
        "-0",
        ".5",
        "9" * 41,
        "0." + "1" * 39,
    ],
)
def test_a_bad_quantity_is_refused_when_read(quantity: str) -> None:
    ladder = Ladder(descending=True)
    ladder.apply([["2.0", "1"], ["1.0", quantity]])
    assert ladder.read(1) == ((Decimal(2), Decimal(1)),)
    with pytest.raises(ValueError, match=r"the level at 1\.0 has the quantity"):
        ladder.read(2)
    with pytest.raises(ValueError, match=r"the level at 1\.0 has the quantity"):
        ladder.quantity_at(Decimal(1))


@pytest.mark.parametrize("zero", ["0", "0.00"])
def test_a_removed_level_has_no_quantity(zero: str) -> None:
    ladder = Ladder(descending=True)
    ladder.apply([["2.0", "1"], ["1.0", zero]])
    assert ladder.quantity_at(Decimal(1)) == 0
