"""The ledger against an oracle that enumerates worlds."""

from __future__ import annotations

import random

import attrs
import pytest

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.projections.ledger import Account, Flow, Headcount
from conflict_timeline.quantities import Quantity
from tests.oracles import ledger as naive
from tests.oracles import people as oracle


def random_window(rng: random.Random) -> tuple[int, int]:
    earliest = rng.randrange(8)
    return earliest, earliest + rng.choice([0, 0, 1, 2, 3])


def random_bounds(rng: random.Random) -> tuple[int | None, int | None]:
    low, high = sorted((rng.randrange(5), rng.randrange(5)))
    return (None if rng.random() < 0.1 else low), (None if rng.random() < 0.1 else high)


@pytest.mark.parametrize("seed", range(4))
def test_the_ledger_answers_as_the_enumeration_of_worlds_does(seed):
    rng = random.Random(seed)
    for _ in range(5_000):
        heads = [(*random_window(rng), *random_bounds(rng)) for _ in range(rng.randrange(4))]
        flows = [
            (*random_window(rng), rng.choice([1, 1, -1]), *random_bounds(rng))
            for _ in range(rng.randrange(4))
        ]
        account = Account(
            [Headcount(a, b, Quantity(low=low, high=high)) for a, b, low, high in heads],
            [Flow(a, b, sign, Quantity(low=low, high=high)) for a, b, sign, low, high in flows],
        )
        day = rng.randrange(-1, 12)
        expected = oracle.envelope(
            [oracle.Headcount(*head) for head in heads], [oracle.Flow(*flow) for flow in flows], day
        )
        found = account.balance(day)
        told = (found.low, found.high, found.basis)
        assert told == (expected.low, expected.high, expected.basis), (heads, flows, day)


@pytest.mark.parametrize("seed", range(4))
def test_a_long_account_answers_as_if_every_report_were_looked_at(seed):
    rng = random.Random(seed)

    def window() -> tuple[int, int]:
        first = OPEN_PAST if rng.random() < 0.03 else rng.randrange(100)
        if rng.random() < 0.03:
            return first, OPEN_FUTURE
        return first, max(first, 0) + rng.choice([0, 0, 0, 2, 9, 40])

    def quantity() -> Quantity:
        low, best, high = (
            None if rng.random() < 0.05 else rng.randrange(9 * n, 9 * n + 9) for n in (0, 1, 2)
        )
        return Quantity(low=low, best=best, high=high)

    for _ in range(300):
        heads = [
            Headcount(*window(), quantity(), (n,)) for n in range(rng.choice([0, 1, 2, 5, 20]))
        ]
        flows = [
            Flow(*window(), rng.choice([1, 1, -1]), quantity(), (n,))
            for n in range(rng.randrange(40))
        ]
        account, plain = Account(heads, flows), naive.Account(heads, flows)
        for day in (-1, *rng.sample(range(150), 8)):
            found, expected = account.balance(day), plain.balance(day)
            assert attrs.evolve(found, headcounts=(), flows=()) == attrs.evolve(
                expected, headcounts=(), flows=()
            )
            assert set(found.headcounts) == set(expected.headcounts)
            assert set(found.flows) == set(expected.flows)
            assert found.headcounts[:1] == expected.headcounts[:1]
            assert set(account.believed(day)) == set(plain.believed(day))
            if found.basis != "none":
                low, high = account.extremes(day)
                below, above = plain.extremes(day)
                assert (max(low, -1), high) == (max(below, -1), above)


@pytest.mark.parametrize("seed", range(2))
def test_a_balance_changes_on_its_turns_only(seed):
    rng = random.Random(seed)
    for _ in range(300):
        heads = [
            Headcount(*random_window(rng), Quantity(*random_numbers(rng)))
            for _ in range(rng.randrange(4))
        ]
        flows = [
            Flow(*random_window(rng), rng.choice([1, -1]), Quantity(*random_numbers(rng)))
            for _ in range(rng.randrange(4))
        ]
        account = Account(heads, flows)
        turns = set(account.turns)
        for day in range(-1, 15):
            if day not in turns:
                assert account.balance(day) == account.balance(day - 1)


def random_numbers(rng: random.Random) -> list[int | None]:
    return [None if rng.random() < 0.1 else rng.randrange(9) for _ in range(3)]


def exactly(number: int) -> Quantity:
    return Quantity.exactly(number)


def test_best_is_the_latest_headcount_and_what_flowed_after_it():
    account = Account(
        [Headcount(1, 1, exactly(10)), Headcount(5, 5, exactly(20))],
        [Flow(3, 3, 1, exactly(99)), Flow(7, 7, 1, exactly(4)), Flow(8, 8, -1, exactly(1))],
    )
    assert account.balance(9).best == 23
    assert (account.balance(9).low, account.balance(9).high) == (23, 23)


def test_best_is_unknown_where_a_part_has_none():
    account = Account([Headcount(1, 1, exactly(10))], [Flow(3, 3, 1, Quantity(low=1))])
    assert account.balance(5).best is None
    assert account.balance(5).low == 11
    assert account.balance(5).high is None


def test_best_lies_within_the_bounds():
    account = Account([Headcount(0, 0, exactly(3))], [Flow(1, 9, -1, exactly(5))])
    found = account.balance(9)
    assert found.low == found.best == found.high == 0


def test_nothing_reported_is_not_zero():
    found = Account().balance(5)
    assert (found.low, found.best, found.high, found.basis) == (None, None, None, "none")


def test_the_more_reliable_of_two_headcounts_of_one_day_is_best():
    account = Account(
        [Headcount(1, 1, exactly(10), rank=(1,)), Headcount(1, 1, exactly(20), rank=(2,))]
    )
    found = account.balance(3)
    assert (found.low, found.best, found.high) == (10, 20, 20)
