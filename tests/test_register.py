"""The register against an oracle that enumerates worlds, and what it promises besides."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.projections import batch, whole, worlds
from conflict_timeline.projections.columns import Columns, Record
from conflict_timeline.projections.holdings import ButNot, Move
from conflict_timeline.projections.register import Register
from tests.oracles import territory as oracle

ACTORS = "abc"
EPOCH = 1_000  # the oracle's day 0, as the register's ordinal
DAYS = range(-5, 17)
CASES_A_SEED = 2_500


def random_report(rng: random.Random, vagueness: float, rank: int) -> oracle.Report:
    """A report in the oracle's terms: vague or exact, open or not, with all that may be unnamed."""
    earliest = rng.randrange(9)
    latest = earliest + (rng.randrange(5) if rng.random() < vagueness else 0)
    bounds = (
        None if rng.random() < 0.05 else earliest,
        None if rng.random() < 0.03 else latest,
    )
    order = (rng.randrange(3), rank)
    if rng.random() < 0.4:
        holders = frozenset(rng.sample(ACTORS, rng.choice([1, 1, 1, 2])))
        return oracle.Report(*bounds, holders=holders, rank=order)
    from_, to = rng.sample(ACTORS, 2)
    unnamed = rng.random()
    return oracle.Report(
        *bounds,
        to=None if 0.25 <= unnamed < 0.5 else to,
        from_=None if unnamed < 0.25 else from_,
        occurrence=rng.choice([None] * 6 + ["one", "two"]),
        rank=order,
    )


def random_case(rng: random.Random) -> list[oracle.Report]:
    vagueness = rng.choice([0, 0.4, 0.8])
    count = rng.choice([1, 2, 2, 3, 3, 3, 4, 4, 4, 5])
    reports = [random_report(rng, vagueness, rank) for rank in range(count)]
    if rng.random() < 0.2:  # a second source for the same report
        twin = rng.choice(reports)
        reports.append(replace(twin, rank=(rng.randrange(3), count)))
    return reports[:5]


def records_of(reports: list[oracle.Report], key: str) -> list[Record]:
    return [
        Record(
            key,
            OPEN_PAST if r.earliest is None else r.earliest + EPOCH,
            OPEN_FUTURE if r.latest is None else r.latest + EPOCH,
            Move(holders=r.holders, to=r.to, from_=r.from_, occurrence=r.occurrence),
            r.rank,
        )
        for r in reports
    ]


def register_of(reports: list[oracle.Report], implied_within: int) -> Register:
    return Register.of(records_of(reports, "place"), implied_within=implied_within)


def in_oracle_terms(holding):
    if holding is None:
        return oracle.UNKNOWN
    return oracle.but_not(holding.actor) if isinstance(holding, ButNot) else holding


Expected = dict[int, tuple[frozenset, frozenset, object, tuple]]


def compare(reports: list[oracle.Report], implied_within: int) -> Expected:
    register = register_of(reports, implied_within)
    expected = oracle.answers(reports, list(DAYS), implied_within)
    for day in DAYS:
        possible, conceivable, best, since = expected[day]
        answer = register.answer("place", day + EPOCH)
        assert frozenset(map(in_oracle_terms, answer.conceivable)) == conceivable
        assert frozenset(map(in_oracle_terms, answer.possible)) == possible
        assert answer.narrowed
        assert in_oracle_terms(answer.best) == best
        lower, upper = register.since("place", day + EPOCH, answer.best)
        assert (None if lower == OPEN_PAST else lower - EPOCH, upper - EPOCH) == since
    return expected


def compare_whole(cases: list[tuple[list[oracle.Report], Expected]], implied_within: int) -> None:
    """All cases as the keys of one register: its whole state on each day."""
    records = [
        r for key, (reports, _) in enumerate(cases) for r in records_of(reports, f"{key:05}")
    ]
    register = Register.of(records, implied_within=implied_within)
    for day in DAYS:
        state = register.state(day + EPOCH)
        assert state.narrowed.all()
        for index, key in enumerate(state.keys):
            reports, expected = cases[int(key)]
            possible, conceivable, best, _ = expected[day]
            told = f"{reports!r}, day {day}, implied_within={implied_within}"
            assert frozenset(map(in_oracle_terms, state.possible(index))) == possible, told
            assert frozenset(map(in_oracle_terms, state.conceivable(index))) == conceivable, told
            assert in_oracle_terms(state.holdings[state.best[index]]) == best, told


def compare_many(seed: int, count: int) -> None:
    rng = random.Random(seed)
    cases: dict[int, list[tuple[list[oracle.Report], Expected]]] = {}
    for _ in range(count):
        reports, implied_within = random_case(rng), rng.choice([365, 3, 1, 0])
        try:
            expected = compare(reports, implied_within)
        except AssertionError as error:
            raise AssertionError(f"{reports!r}, implied_within={implied_within}") from error
        cases.setdefault(implied_within, []).append((reports, expected))
    for implied_within, found in cases.items():
        compare_whole(found, implied_within)


@pytest.mark.parametrize("seed", range(8))
def test_the_register_answers_as_the_enumeration_of_worlds_does(seed):
    compare_many(seed, CASES_A_SEED)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 140))
def test_the_register_answers_as_the_enumeration_does_at_length(seed):
    compare_many(seed, 10_000)


def test_the_random_cases_are_of_every_kind_that_matters():
    rng = random.Random(0)
    cases = [random_case(rng) for _ in range(2_000)]
    seen = {
        "vague": any(r.earliest != r.latest for c in cases for r in c),
        "nested": any(
            a is not b and None not in (a.earliest, a.latest, b.earliest, b.latest)
            and a.earliest < b.earliest <= b.latest < a.latest
            for c in cases for a in c for b in c
        ),
        "partly overlapping": any(
            None not in (a.earliest, a.latest, b.earliest, b.latest)
            and a.earliest < b.earliest < a.latest < b.latest
            for c in cases for a in c for b in c
        ),
        "same day": any(
            a is not b and None is not a.earliest == a.latest == b.earliest == b.latest
            for c in cases for a in c for b in c
        ),
        "contested": any(r.holders and len(r.holders) > 1 for c in cases for r in c),
        "taker unnamed": any(r.from_ and not r.to for c in cases for r in c),
        "loser unnamed": any(r.to and not r.from_ for c in cases for r in c),
        "open": any(r.earliest is None for c in cases for r in c),
        "occurrences": any(r.occurrence for c in cases for r in c),
    }  # fmt: skip
    assert all(seen.values()), seen


def test_a_stretch_with_too_many_worlds_is_told_and_not_narrowed(monkeypatch):
    monkeypatch.setattr(worlds, "LIMIT", 200)
    reports = [
        oracle.Report(0, 9, to=ACTORS[i % 3], from_=ACTORS[(i + 1) % 3], rank=(i,))
        for i in range(9)
    ]
    register = register_of(reports, 365)
    answer = register.answer("place", 5 + EPOCH)
    assert not answer.narrowed
    assert answer.possible == answer.conceivable
    assert answer.best in answer.possible
    assert register.since("place", 5 + EPOCH, answer.best) == (OPEN_PAST, 5 + EPOCH)
    assert register.unreported("place", 5 + EPOCH, answer.best) == []


def test_twenty_sources_for_one_vague_capture_are_still_one_capture():
    reports = [oracle.Report(0, 9, to="a", from_="b", rank=(i,)) for i in range(20)]
    answer = register_of(reports, 365).answer("place", 5 + EPOCH)
    assert answer.narrowed
    assert answer.possible == {frozenset("a"), frozenset("b")}


def test_a_year_long_report_over_hundreds_of_daily_ones_is_narrowed():
    reports = [oracle.Report(day, day, holders=frozenset("a"), rank=(day,)) for day in range(300)]
    reports.append(oracle.Report(0, 365, to="b", from_="a", rank=(1_000,)))
    register = register_of(reports, 365)
    assert register.answer("place", 200 + EPOCH).possible == {frozenset("a")}
    assert register.answer("place", 330 + EPOCH).possible == {frozenset("a"), frozenset("b")}
    assert register.answer("place", 366 + EPOCH).possible == {frozenset("b")}


def test_a_key_without_records_is_unknown():
    answer = register_of([], 365).answer("elsewhere", 5)
    assert answer.possible == answer.conceivable == {None}
    assert register_of([], 365).breakpoints("elsewhere") == []


def test_the_whole_state_is_what_each_key_answers():
    rng = random.Random(7)
    records = []
    for key in range(300):
        for rank, report in enumerate(random_case(rng)):
            move = Move(
                holders=report.holders, to=report.to, from_=report.from_,
                occurrence=report.occurrence,
            )  # fmt: skip
            first = OPEN_PAST if report.earliest is None else report.earliest + EPOCH
            last = OPEN_FUTURE if report.latest is None else report.latest + EPOCH
            records.append(Record(f"k{key:03}", first, last, move, (rank,)))
    rng.shuffle(records)
    register = Register.of(records)
    for day in range(EPOCH - 2, EPOCH + 15):
        state = register.state(day)
        for index, key in enumerate(register.keys):
            answer = register.answer(key, day)
            assert state.possible(index) == answer.possible
            assert state.holdings[state.best[index]] == answer.best


def random_records(rng: random.Random, key: str, count: int, vagueness: float) -> list[Record]:
    """More records of one key than can be enumerated, over as many days."""
    found = []
    for rank in range(count):
        first = EPOCH + rng.randrange(count)
        last = first + (rng.randrange(6) if rng.random() < vagueness else 0)
        to, from_ = rng.sample("abcd", 2)
        move = rng.choice(
            [
                Move(holders=frozenset(to)), Move(holders=frozenset([to, from_])),
                Move(to=to, from_=from_), Move(to=to), Move(from_=from_),
                Move(to=to, from_=from_, occurrence=rng.choice("xy")),
            ]
        )  # fmt: skip
        found.append(Record(key, first, last, move, (rank,)))
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("implied_within", [365, 2, None])
def test_what_is_searched_together_is_what_is_searched_alone(seed, implied_within):
    rng = random.Random(seed)
    records = [
        record
        for key in range(120)
        for record in random_records(
            rng, f"k{key:03}", rng.choice([3, 8, 14, 20]), rng.choice([0, 0.2, 0.5])
        )
    ]
    together = Register.of(records, implied_within=implied_within)
    alone = Register.of(records, implied_within=implied_within)
    for day in rng.sample(range(EPOCH - 4, EPOCH + 26), 12):
        state = together.state(day)
        for index, key in enumerate(together.keys):
            answer = alone.answer(key, day)
            assert state.possible(index) == answer.possible, (key, day)
            assert state.conceivable(index) == answer.conceivable, (key, day)
            assert state.holdings[state.best[index]] == answer.best, (key, day)
            assert state.narrowed[index] == answer.narrowed, (key, day)


@pytest.mark.parametrize(("term", "most"), [(256, 100), (4, 100), (3, 2)])
def test_what_has_begun_is_found_by_term_as_it_is_by_search(monkeypatch, term, most):
    rng = random.Random(5)
    records = [r for k in range(40) for r in random_records(rng, f"k{k:03}", 15, 0.4)]
    records += [Record("k007", OPEN_PAST, EPOCH + 9, Move(to="a"), (99,))]
    register = Register.of(records)
    days = [OPEN_PAST, 1, *range(EPOCH - 5, EPOCH + 40), EPOCH + 4_000, OPEN_FUTURE - 1]
    keys = np.arange(len(register.keys))
    asked = [np.full(len(keys), day) for day in days]
    searched = [register.whole._begun(keys, day).tolist() for day in asked]
    for name, value in (("_MANY", 0), ("_TERM", term), ("_MOST_TERMS", most)):
        monkeypatch.setattr(whole, name, value)
    assert [Register.of(records).whole._begun(keys, day).tolist() for day in asked] == searched


def test_stretches_too_large_for_the_joint_search_are_searched_by_themselves(monkeypatch):
    rng = random.Random(3)
    records = [r for k in range(30) for r in random_records(rng, f"k{k:03}", 12, 0.5)]
    alone = Register.of(records)
    monkeypatch.setattr(batch, "_MOST_WAYS", 6)
    monkeypatch.setattr(batch, "_MOST_GROUPS", 8)
    monkeypatch.setattr(worlds, "LIMIT", 400)
    together = Register.of(records)
    narrowed = set()
    for day in range(EPOCH - 2, EPOCH + 20, 3):
        state = together.state(day)
        for index, key in enumerate(together.keys):
            answer = alone.answer(key, day)
            assert state.possible(index) == answer.possible
            assert state.holdings[state.best[index]] == answer.best
            assert state.narrowed[index] == answer.narrowed
            narrowed.add(answer.narrowed)
    assert narrowed == {True, False}


def test_columns_give_the_register_that_records_give():
    moves = [Move(to="a", from_="b"), Move(holders=frozenset("b"))]
    rng = np.random.default_rng(1)
    key, day = rng.integers(0, 5, 40), rng.integers(0, 60, 40)
    said = rng.integers(0, 2, 40)
    keys = [f"k{i}" for i in range(5)]
    columns = Register(Columns(keys, key, day, day + 2, said, np.arange(40), moves))
    records = Register.of(
        Record(keys[k], int(d), int(d) + 2, moves[s], (i,))
        for i, (k, d, s) in enumerate(zip(key, day, said, strict=True))
    )
    for name in keys:
        for asked in range(65):
            assert columns.answer(name, asked) == records.answer(name, asked)
