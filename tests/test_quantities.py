"""Counts as low / best / high: what wordings stand for, and the arithmetic of open intervals."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict_timeline.errors import QuantityError
from conflict_timeline.quantities import WORDING_RULE, Quantity, worded

# The naive oracle: an interval is the set of whole numbers in it, and an open end reaches to the
# end of a line long enough that sums and differences of the drawn numbers stay well within it.
SMALL = 6
LINE = range(-60, 61)
bounds = st.none() | st.integers(-SMALL, SMALL)
triples = st.builds(Quantity, low=bounds, best=bounds, high=bounds)
ordered = triples.filter(lambda q: not q.disordered)


def members(quantity):
    low, high = quantity.bounds
    return {n for n in LINE if (low is None or low <= n) and (high is None or n <= high)}


def ends(numbers):
    """The bounds of a set of numbers on the line; an end of the line is an open one."""
    return (
        None if min(numbers) == LINE[0] else min(numbers),
        None if max(numbers) == LINE[-1] else max(numbers),
    )


# --- what can be a quantity ----------------------------------------------------------------------


@pytest.mark.parametrize("field", ["low", "best", "high"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "expected a number or None, got True"),
        ("12", "expected a number or None, got '12'"),
        ([1], r"expected a number or None, got \[1\]"),
        (float("nan"), "expected a finite number, got nan"),
        (float("inf"), "expected a finite number, got inf"),
        (float("-inf"), "expected a finite number, got -inf"),
        (2**53 + 1, r"expected a number within \+-2\*\*53, got 9007199254740993"),
        (-(2**53) - 1, r"expected a number within \+-2\*\*53, got -9007199254740993"),
        (1e300, r"expected a number within \+-2\*\*53, got 1000"),
        pytest.param(
            10**5_000,
            r"expected a number within \+-2\*\*53, got a value of type int that is too large",
            id="of 5,000 digits",
        ),
    ],
)
def test_what_is_no_finite_number_that_json_keeps_is_refused(field, value, message):
    with pytest.raises(QuantityError, match=message):
        Quantity(**{field: value})


@pytest.mark.parametrize("value", [2**53, -(2**53), 0.1, 0, None])
def test_numbers_up_to_2_to_the_53_are_kept(value):
    assert Quantity(low=value).low == value


def test_whole_floats_become_integers_so_that_equal_counts_are_written_alike():
    assert [type(n) for n in (Quantity(60.0).low, Quantity(-0.0).low)] == [int, int]
    assert Quantity(low=60.0, best=60.5) == Quantity(low=60, best=60.5)


@pytest.mark.parametrize("field", ["wording", "rule"])
def test_wording_and_rule_are_unicode_text(field):
    with pytest.raises(QuantityError, match="expected text or None, got 7"):
        Quantity(**{field: 7})
    with pytest.raises(QuantityError, match="expected Unicode text, got a lone surrogate"):
        Quantity(**{field: "a\ud800"})
    assert getattr(Quantity(**{field: ""}), field) is None
    assert getattr(Quantity(**{field: "مئات"}), field) == "مئات"


def test_a_quantity_is_made_from_a_number_a_wording_itself_or_nothing():
    quantity = Quantity(low=1)
    assert Quantity.of(quantity) is quantity
    assert Quantity.of(60) == Quantity.exactly(60) == Quantity(60, 60, 60)
    assert Quantity.of("at least 60") == Quantity(low=60, wording="at least 60", rule=WORDING_RULE)
    assert Quantity.of(None) == Quantity()
    for other in (True, [1, 2], {"low": 1}, float("nan")):
        with pytest.raises(QuantityError):
            Quantity.of(other)


def test_a_quantity_is_a_value():
    assert hash(Quantity(1, 2, 3)) == hash(Quantity(1, 2, 3))
    assert Quantity(1, 2, 3) != Quantity(1, 2, 3, wording="some")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Quantity(1).low = 2


# --- rule wording/1 ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wording", "low", "best", "high"),
    [
        ("dozens", 24, None, 99),
        ("tens", 20, None, 99),
        ("hundreds", 200, None, 999),
        ("thousands", 2_000, None, 9_999),
        ("tens of thousands", 20_000, None, 99_999),
        ("hundreds of thousands", 200_000, None, 999_999),
        ("60", 60, 60, 60),
        ("exactly 60", 60, 60, 60),
        ("0", 0, 0, 0),
        ("2,000", 2_000, 2_000, 2_000),
        ("1,234,567", 1_234_567, 1_234_567, 1_234_567),
        ("25 000", 25_000, 25_000, 25_000),
        ("at least 250", 250, None, None),
        ("250+", 250, None, None),
        ("more than 250", 251, None, None),
        ("over 250", 251, None, None),
        ("above 250", 251, None, None),
        ("up to 250", None, None, 250),
        ("at most 250", None, None, 250),
        ("no more than 250", None, None, 250),
        ("fewer than 250", None, None, 249),
        ("less than 250", None, None, 249),
        ("under 250", None, None, 249),
        ("below 250", None, None, 249),
        ("nearly 2,000", 1_800, None, 1_999),
        ("almost 15", 13, None, 14),
        ("about 100", 90, 100, 110),
        ("about 10", 9, 10, 11),
        ("around 15", 13, 15, 17),
        ("some 1,000", 900, 1_000, 1_100),
        ("roughly 1", 0, 1, 2),
        ("approximately 70", 63, 70, 77),
        ("an estimated 30,000", 27_000, 30_000, 33_000),
    ],
)
def test_a_wording_stands_for(wording, low, best, high):
    expected = Quantity(low, best, high, wording=wording, rule="wording/1")
    assert worded(wording) == expected
    shouted = worded(f"  {wording.upper()}\n")
    assert (shouted.low, shouted.best, shouted.high) == (low, best, high)
    assert shouted.wording == f"  {wording.upper()}\n", "the wording itself is kept as it came"


@pytest.mark.parametrize(
    "wording",
    [
        "",
        "many",
        "hundreds of people",
        "-5",
        "5.5",
        "1,00",
        "12,3456",
        "1,234 567,8",
        "at least",
        "at least about 5",
        "two",
        "٣٠٠",
        "½",
        "5++",
        "5 to 7",
        "NaN",
        "1e5",
    ],
)
def test_what_the_rule_does_not_know_is_refused_and_never_guessed(wording):
    with pytest.raises(QuantityError, match=r"expected a number or a wording of rule wording/1"):
        worded(wording)


@pytest.mark.parametrize("digits", [17, 40, 60, 61, 5_000, 1_000_000])
@pytest.mark.parametrize("shape", ["{}", "at least {}", "about {}", "{}+"])
def test_hostile_long_numbers_are_refused_at_once(digits, shape):
    with pytest.raises(QuantityError) as caught:
        worded(shape.format("9" * digits))
    assert len(str(caught.value)) < 400


@given(st.text(max_size=80))
def test_any_text_is_a_quantity_or_a_quantity_error(text):
    try:
        quantity = worded(text)
    except QuantityError:
        return
    assert not quantity.disordered
    assert quantity.wording == text


@given(st.integers(1, 10**12))
def test_about_and_nearly_are_within_a_tenth(number):
    about = worded(f"about {number}")
    assert about.contains(number)
    assert 10 * about.low <= 9 * number < 10 * (about.low + 1)
    assert 10 * (about.high - 1) < 11 * number <= 10 * about.high
    nearly = worded(f"nearly {number}")
    assert nearly.low == about.low
    assert nearly.high == number - 1


# --- bounds --------------------------------------------------------------------------------------


@given(triples)
def test_disordered_is_where_any_two_estimates_are_out_of_order(quantity):
    low, best, high = quantity.low, quantity.best, quantity.high
    pairs = [(low, best), (best, high), (low, high)]
    out_of_order = any(None not in pair and pair[0] > pair[1] for pair in pairs)
    assert quantity.disordered == out_of_order


@given(triples)
def test_bounds_hold_all_estimates_and_are_open_where_none_is_given(quantity):
    low, high = quantity.bounds
    assert (low is None) == (quantity.low is None)
    assert (high is None) == (quantity.high is None)
    for number in (quantity.low, quantity.best, quantity.high):
        assert number is None or quantity.contains(number)


@given(ordered)
def test_bounds_of_an_ordered_quantity_are_low_and_high(quantity):
    assert quantity.bounds == (quantity.low, quantity.high)


def test_the_hull_of_a_disordered_quantity_is_used():
    assert Quantity(low=10, best=4, high=7).bounds == (4, 10)
    assert Quantity(low=10, best=4).bounds == (4, None)
    assert Quantity(best=12, high=7).bounds == (None, 12)


@given(triples, st.integers(-SMALL - 1, SMALL + 1))
def test_contains_is_membership(quantity, number):
    assert quantity.contains(number) == (number in members(quantity))


def test_open_and_exact_are_told_apart_from_the_rest():
    assert Quantity().is_open
    assert not Quantity(best=0).is_open
    assert Quantity.exactly(0).is_exact
    for other in (Quantity(), Quantity(1, None, 1), Quantity(1, 1), Quantity(1, 2, 3)):
        assert not other.is_exact


# --- arithmetic ----------------------------------------------------------------------------------


@given(triples, triples)
def test_hull_is_the_narrowest_interval_around_both(a, b):
    assert a.hull(b).bounds == ends(members(a) | members(b))
    assert a.hull(b) == b.hull(a)


@given(triples, triples)
def test_intersection_is_what_both_allow(a, b):
    common = members(a) & members(b)
    found = a.intersection(b)
    assert found == b.intersection(a)
    if found is None:
        assert not common
    else:
        assert members(found) == common


@given(ordered, ordered)
def test_adding_gives_every_sum_of_members(a, b):
    near = set(range(-2 * SMALL, 2 * SMALL + 1))
    sums = {x + y for x in members(a) & near for y in members(b) & near}
    total = a + b
    assert all(total.contains(n) for n in sums)
    low, high = total.bounds
    assert low is None or low == min(sums)
    assert high is None or high == max(sums)
    assert (low is None) == (a.low is None or b.low is None)
    assert (high is None) == (a.high is None or b.high is None)


@given(triples)
def test_negating_mirrors_and_twice_is_nothing(quantity):
    assert members(-quantity) == {-n for n in members(quantity)}
    assert (-quantity).bounds == tuple(None if n is None else -n for n in reversed(quantity.bounds))
    mirrored = -quantity
    twice = -mirrored
    assert (twice.bounds, twice.best) == (quantity.bounds, quantity.best)


@given(triples, triples)
def test_subtracting_is_adding_the_mirror(a, b):
    assert a - b == a + -b
    difference = (a - b).bounds
    (low, high), (other_low, other_high) = a.bounds, b.bounds
    assert difference == (
        None if low is None or other_high is None else low - other_high,
        None if high is None or other_low is None else high - other_low,
    )


@given(triples, triples, triples)
def test_adding_is_commutative_and_associative(a, b, c):
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)


@given(st.lists(triples, max_size=5))
def test_a_total_is_the_sum_of_its_parts(parts):
    total = Quantity.total(parts)
    assert total.bounds == sum((p for p in parts), start=Quantity.exactly(0)).bounds
    assert Quantity.total(reversed(parts)) == total


def test_the_total_of_nothing_is_zero():
    assert Quantity.total([]) == Quantity.exactly(0)


def test_best_is_summed_only_where_all_have_one():
    assert (Quantity(best=2) + Quantity(best=3)).best == 5
    assert (Quantity(best=2) + Quantity(low=3)).best is None


def test_results_have_no_wording_of_their_own():
    hundreds = worded("hundreds")
    results = [hundreds + hundreds, -hundreds, hundreds.hull(hundreds)]
    results.append(hundreds.intersection(hundreds))
    assert {(q.wording, q.rule) for q in results} == {(None, None)}


# --- as text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Quantity.exactly(5_600), "5,600"),
        (Quantity.exactly(0), "0"),
        (Quantity.exactly(0.25), "0.25"),
        (Quantity(), "?"),
        (Quantity(best=1_200), "~1,200"),
        (Quantity(low=250), "250 or more"),
        (Quantity(low=250, best=250), "250 or more"),
        (Quantity(low=250, best=300), "250 or more (best 300)"),
        (Quantity(high=250), "up to 250"),
        (Quantity(best=200, high=250), "up to 250 (best 200)"),
        (Quantity(low=200, high=1_500), "200 to 1,500"),
        (Quantity(low=200, best=900, high=1_500), "200 to 1,500 (best 900)"),
        (Quantity(low=200, best=1_500, high=1_500), "200 to 1,500"),
        (Quantity(low=5, high=5), "5"),
        (Quantity(low=1_500, best=900, high=200), "200 to 1,500 (best 900)"),
    ],
)
def test_text_says_which_bounds_are_known(quantity, text):
    assert str(quantity) == text
