"""The territory oracle itself: cases worked by hand, then against an enumeration with no short cut.

Days are small numbers; "some time in the year" is a window that is wide beside the other dates.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, permutations, product

import pytest

from tests.oracles import territory
from tests.oracles.territory import (
    UNKNOWN,
    Answer,
    Holding,
    Report,
    answers,
    best,
    but_not,
    closed_form,
    conceivable,
    least_cost,
    possible,
    since,
)

A, B, C = frozenset("A"), frozenset("B"), frozenset("C")
AB = frozenset("AB")


def took(to: str | None, from_: str | None, earliest, latest="same", **more) -> Report:
    """Return a change report; dated one day unless ``latest`` is given."""
    return Report(earliest, earliest if latest == "same" else latest, to=to, from_=from_, **more)


def held(holders: frozenset[str], earliest, latest="same", **more) -> Report:
    """Return an observation; dated one day unless ``latest`` is given."""
    return Report(earliest, earliest if latest == "same" else latest, holders=holders, **more)


# --- worked by hand ----------------------------------------------------------------------------


def test_no_report_is_unknown():
    assert answers([], [3]) == {3: ({UNKNOWN}, {UNKNOWN}, UNKNOWN, (None, 3))}
    assert least_cost([]) == 0


def test_one_dated_change_is_the_as_of_join():
    reports = [took("A", "B", 10)]
    assert possible(reports, 9) == conceivable(reports, 9) == {B}
    assert possible(reports, 10) == conceivable(reports, 10) == {A}
    assert since(reports, 9) == (None, 9)
    assert since(reports, 15) == (10, 10)
    assert least_cost(reports) == 1


def test_a_change_without_from_leaves_what_was_before_unknown():
    assert possible([took("A", None, 10)], 9) == {UNKNOWN}


def test_implied_within_counts_from_the_day_of_the_world():
    exact, vague = [took("A", "B", 10)], [took("A", "B", 10, 12)]
    assert possible(exact, 7, implied_within=3) == {B}
    assert possible(exact, 6, implied_within=3) == {UNKNOWN}
    # Day 8 is two days before a change on 10, but four before one on 12.
    assert possible(vague, 8, implied_within=3) == {B, UNKNOWN}
    assert conceivable(vague, 8, implied_within=3) == {B, UNKNOWN}
    assert best(vague, 8, implied_within=3) == B


def test_captured_in_the_year_and_captured_on_a_day_are_one_capture():
    reports = [took("A", "B", 0, 20), took("A", "B", 12)]
    assert least_cost(reports) == 1
    assert possible(reports, 11) == {B}
    assert possible(reports, 12) == {A}
    assert since(reports, 15) == (12, 12)
    # It could have been taken on day 5, lost unreported, and taken again; or be lost after.
    assert conceivable(reports, 11) == {A, B}
    assert conceivable(reports, 15) == {A, B}


@pytest.mark.parametrize("holders", [A, B])
def test_held_some_time_in_the_year_says_nothing_against_a_capture(holders):
    reports = [held(holders, 0, 20), took("A", "B", 12)]
    assert least_cost(reports) == 1
    assert possible(reports, 11) == {B}
    assert possible(reports, 12) == {A}


def test_taken_twice_from_the_same_enemy_was_lost_in_between():
    reports = [took("A", "B", 5), took("A", "B", 10)]
    assert least_cost(reports) == 3
    assert possible(reports, 5) == {A}
    assert possible(reports, 6) == possible(reports, 9) == {A, B}
    assert possible(reports, 10) == {A}
    assert best(reports, 7) == A
    assert since(reports, 7) == (5, 5)
    assert since(reports, 10) == (10, 10)


def test_same_day_reports_of_one_capture_count_once_unless_marked_as_different():
    one = [took("A", "B", 5), took("A", "B", 5, occurrence="x")]
    two = [took("A", "B", 5, occurrence="y"), took("A", "B", 5, occurrence="x")]
    assert least_cost(one) == 1
    assert least_cost(two) == 3
    assert possible(one, 5) == possible(two, 5) == {A}
    # A report with no key goes with either, but not with both at once.
    assert least_cost([*one, *two[:1]]) == 3


def test_different_occurrences_cannot_share_a_vague_date():
    key = [took("A", "B", 0, 20, occurrence="x"), took("A", "B", 12, occurrence="y")]
    assert least_cost(key) == 3
    assert possible(key, 12) == {A}
    assert possible(key, 11) == {A, B}


def test_a_taker_not_named_is_told_by_a_later_observation():
    reports = [took(None, "B", 5), held(A, 8)]
    assert least_cost(reports) == 1
    assert possible(reports, 4) == {B}
    assert possible(reports, 7) == {but_not("B")}
    assert since(reports, 7) == (5, 5)
    assert possible(reports, 8) == {A}
    assert since(reports, 8) == (5, 8)
    assert since([*reports, held(A, 11)], 12) == (5, 8)


def test_the_loser_seen_there_again_has_come_back_unreported():
    reports = [took(None, "B", 5), held(B, 8)]
    assert least_cost(reports) == 2
    assert possible(reports, 5) == {but_not("B")}
    assert possible(reports, 6) == {but_not("B"), B}
    assert possible(reports, 8) == {B}
    assert since(reports, 8) == (6, 8)


def test_a_taker_not_named_fits_any_other_enemy():
    assert least_cost([took(None, "B", 5), took("A", "C", 8)]) == 2
    assert least_cost([took(None, "B", 5), took("A", None, 8)]) == 2
    lost_again = [took(None, "B", 5), took("A", "B", 8)]
    assert least_cost(lost_again) == 3
    assert possible(lost_again, 6) == {but_not("B"), B}


def test_who_lost_and_who_took_are_put_together():
    reports = [took(None, "B", 0, 20), took("A", None, 12)]
    assert least_cost(reports) == 1
    assert possible(reports, 11) == {B}
    assert possible(reports, 12) == {A}
    assert conceivable(reports, 11) == {but_not("B"), B, UNKNOWN}
    # B can be back at the earliest on day 13, to lose it after.
    assert conceivable(reports, 12) == {A, but_not("B")}
    assert conceivable(reports, 13) == {A, B, but_not("B")}


def test_a_loss_by_the_other_reports_taker_is_another_change():
    reports = [took("A", None, 5), took(None, "A", 5)]
    assert least_cost(reports) == 2
    # Taken and lost again, or lost and taken back: both fit without an unreported change.
    assert possible(reports, 5) == {A, but_not("A")}
    assert possible(reports, 4) == {A, UNKNOWN}


def test_a_group_that_does_not_fit_needs_one_unreported_change():
    reports = [held(C, 3), took("A", "B", 5), took("A", None, 5)]
    assert least_cost(reports) == 2
    assert possible(reports, 3) == {C}
    assert possible(reports, 4) == {B, C}
    assert since(reports, 5) == (5, 5)


def test_one_holder_among_several_can_lose_a_contested_place():
    assert least_cost([held(AB, 5), took("A", "B", 8)]) == 1
    assert least_cost([held(AB, 5), took("A", None, 8)]) == 1
    assert least_cost([held(AB, 5), took("A", "C", 8)]) == 2
    assert possible([held(AB, 5), took("A", "B", 8)], 7) == {AB}


def test_between_two_observations_the_change_is_on_any_day():
    reports = [held(AB, 5), held(A, 8)]
    assert least_cost(reports) == 1
    assert possible(reports, 5) == {AB}
    assert possible(reports, 6) == possible(reports, 7) == {A, AB}
    assert best(reports, 7) == AB
    assert since(reports, 7) == (None, 5)
    assert since(reports, 9) == (6, 8)


def test_same_day_changes_come_in_the_order_that_needs_least():
    reports = [took("C", "A", 5), took("A", "B", 5)]
    assert least_cost(reports) == 2
    assert possible(reports, 4) == {B}
    assert possible(reports, 5) == {C}
    assert conceivable(reports, 4) == {A, B}
    assert conceivable(reports, 5) == {A, C}


def test_same_day_observations_that_contradict_are_both_possible():
    reports = [held(B, 5, rank=(2,)), held(A, 5, rank=(1,))]
    assert least_cost(reports) == 1
    assert possible(reports, 4) == possible(reports, 5) == {A, B}
    assert best(reports, 5) == B
    assert best(reports, 4) == A
    assert since(reports, 4) == (None, 4)
    assert since(reports, 5) == (5, 5)


def test_retaken_by_its_holder_was_lost_to_someone_unknown():
    reports = [held(A, 3), took("A", None, 8)]
    assert least_cost(reports) == 2
    assert possible(reports, 3) == {A}
    assert possible(reports, 5) == {A, UNKNOWN}
    assert since(reports, 5) == (None, 3)
    assert possible(reports, 8) == {A}
    assert since(reports, 8) == (8, 8)


def test_an_observation_narrows_a_vague_capture():
    reports = [took("A", "B", 2, 6), held(A, 4)]
    assert least_cost(reports) == 1
    assert possible(reports, 3) == {A, B}
    assert possible(reports, 4) == {A}
    assert since(reports, 9) == (2, 4)
    assert conceivable(reports, 5) == {A, B}


def test_an_open_past():
    reports = [took("A", "B", None, 10)]
    assert possible(reports, 10) == {A}
    assert since(reports, 10) == (None, 10)
    assert possible(reports, 9) == {A, B}
    # Its representative day is 10, so on day 9 its `before` speaks.
    assert best(reports, 9) == B
    assert since(reports, 9) == (None, 9)


def test_an_unreported_change_in_an_open_past_has_no_earliest_day():
    reports = [held(B, None, 3), took("C", "A", 9)]
    assert least_cost(reports) == 2
    assert possible(reports, 8) == {A, B}
    assert best(reports, 8) == B
    assert since(reports, 8) == (None, 3)
    # C took it first, and A had it back by day 3: both at some time in the open past.
    reports = [held(A, None, 3), took("C", "B", None, 3), held(A, 5)]
    assert least_cost(reports) == 2
    assert since(reports, 6) == (None, 3)


def test_an_open_future():
    reports = [took("A", "B", 5, None)]
    assert possible(reports, 4, implied_within=3) == {B, UNKNOWN}
    assert possible(reports, 8) == {A, B, UNKNOWN}
    assert best(reports, 8) == A
    assert since(reports, 8) == (5, 8)


def test_a_report_open_on_both_sides_comes_first_for_best():
    reports = [held(A, None, None), held(B, 5)]
    assert possible(reports, 4) == {A, B}
    assert best(reports, 4) == A
    assert best(reports, 5) == B


def test_holdings_in_canonical_order_when_no_report_speaks():
    assert territory._best([], 0, {UNKNOWN, but_not("A"), B, AB}) == AB
    assert territory._best([], 0, {UNKNOWN, but_not("B"), but_not("A")}) == but_not("A")


def test_a_chain_of_three_dated_changes():
    reports = [took("C", "A", 9), took("A", "B", 5), took("B", None, 2)]
    assert least_cost(reports) == 3
    shown = {day: answer[0] for day, answer in answers(reports, range(1, 11)).items()}
    assert [shown[day] for day in (1, 2, 4, 5, 8, 9, 10)] == [
        {UNKNOWN}, {B}, {B}, {A}, {A}, {C}, {C}
    ]  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"holders": A, "to": "A"},
        {"holders": A, "earliest": 3, "latest": 2},
    ],
)
def test_what_is_not_a_record_is_refused(fields):
    with pytest.raises(ValueError, match=r"report|earliest"):
        Report(**{"earliest": 1, "latest": 1, **fields})


# --- against an enumeration with no short cut ----------------------------------------------------


def random_reports(
    rng: random.Random, count: int, width: int, horizon: int, open_share: float = 0.0
) -> list[Report]:
    """Return reports on few actors and few days, so that they meet."""
    reports = []
    for i in range(count):
        earliest = rng.randrange(horizon)
        bounds = [earliest, min(horizon, earliest + rng.randrange(width))]
        bounds = [None if rng.random() < open_share else bound for bound in bounds]
        if rng.random() < 0.4:
            holders = frozenset(rng.sample("ABC", rng.choice([1, 1, 1, 2])))
            reports.append(Report(*bounds, holders=holders, rank=(i,)))
        else:
            to, from_ = rng.choice([(1, 1), (1, 1), (1, 0), (0, 1)])
            taker, loser = rng.sample("ABC", 2)
            reports.append(
                Report(
                    *bounds,
                    to=taker if to else None,
                    from_=loser if from_ else None,
                    occurrence=rng.choice([None, None, "x", "y"]),
                    rank=(i,),
                )
            )
    return reports


def runs(order: Sequence[Report]) -> Iterator[list[list[Report]]]:
    """Yield every way to cut an order into runs of neighbours."""
    if not order:
        yield []
    for size in range(1, len(order) + 1):
        for rest in runs(order[size:]):
            yield [list(order[:size]), *rest]


def records_of_worlds(
    reports: Sequence[Report], *, grouped: bool
) -> Iterator[list[tuple[int, Report]]]:
    """Yield, for every choice of days, order and grouping, the dated records to walk through."""
    for days in product(*(range(r.earliest, r.latest + 1) for r in reports)):
        for order in permutations(range(len(reports))):
            if any(days[i] > days[j] for i, j in pairwise(order)):
                continue
            for cut in runs(order):
                if not grouped and len(cut) < len(order):
                    continue
                if any(len({days[i] for i in run}) > 1 for run in cut):
                    continue
                world = []
                for run in cut:
                    members = [reports[i] for i in run]
                    one = members[0] if len(run) == 1 else territory._merged(members)
                    if one is not None:
                        world.append((days[run[0]], one))
                if len(world) == len(cut):
                    yield world


def literal_traces(
    records: list[tuple[int, Report]],
) -> Iterator[list[tuple[int, Holding, bool]]]:
    """Yield the world's ``(day, holding from then on, is a change)``, for all unreported days."""
    gaps = []
    for (s, p), (t, q) in pairwise(records):
        gaps.append([None] if q.fits(p.after) else list(range(s + 1, t + 1)) or [t])
    for chosen in product(*gaps):
        trace = [(records[0][0], records[0][1].after, records[0][1].is_change)]
        for (t, q), u in zip(records[1:], chosen, strict=True):
            if u is not None:
                trace.append((u, q.before, True))
            trace.append((t, q.after, q.is_change))
        yield trace


def literal_day(
    records: list[tuple[int, Report]],
    trace: list[tuple[int, Holding, bool]],
    day: int,
    implied_within: int,
) -> tuple[Holding, int | None, int]:
    """Return one world's holding at the end of a day, and the span of days since when."""
    begun = [entry for entry in trace if entry[0] <= day]
    if not begun:
        first_day, first = records[0]
        return (first.before if first_day - day <= implied_within else UNKNOWN), None, day
    holding = begun[-1][1]
    changes = [i for i, entry in enumerate(begun) if entry[2]]
    if not changes:
        return holding, None, begun[0][0]
    started, left, _ = begun[changes[-1]]
    told = begun[changes[-1] + 1 :]
    return holding, started, told[0][0] if told and isinstance(left, tuple) else started


def literal_answers(
    reports: Sequence[Report], days: Sequence[int], implied_within: int
) -> dict[int, Answer]:
    """Answer as the text says, world by world."""
    by_cost = defaultdict(list)
    for records in records_of_worlds(reports, grouped=True):
        for trace in literal_traces(records):
            by_cost[sum(entry[2] for entry in trace)].append((records, trace))
    result = {}
    for day in days:
        shown = [literal_day(*world, day, implied_within) for world in by_cost[min(by_cost)]]
        ring = frozenset(
            literal_day(records, trace, day, implied_within)[0]
            for records in records_of_worlds(reports, grouped=False)
            for trace in literal_traces(records)
        )
        likely = frozenset(holding for holding, _, _ in shown)
        chosen = territory._best(reports, day, likely)
        lowers = [low for holding, low, _ in shown if holding == chosen]
        upper = max(high for holding, _, high in shown if holding == chosen)
        result[day] = (likely, ring, chosen, (None if None in lowers else min(lowers), upper))
    assert min(by_cost) == least_cost(reports)
    return result


@pytest.mark.parametrize(
    ("cases", "count", "width"), [(100, 1, 6), (200, 2, 5), (200, 3, 3), (40, 4, 2)]
)
def test_the_short_cuts_change_nothing(cases, count, width):
    rng = random.Random(count)
    for _ in range(cases):
        reports = random_reports(rng, count, width, horizon=6)
        implied_within = rng.choice([0, 2, 365])
        days = range(-3, 9)
        got = answers(reports, days, implied_within)
        assert got == literal_answers(reports, days, implied_within), reports


def test_an_open_bound_is_one_that_is_very_wide():
    rng = random.Random(5)
    days = range(-2, 8)
    for _ in range(300):
        reports = random_reports(rng, rng.randint(1, 3), 4, horizon=6, open_share=0.3)
        implied_within = rng.choice([0, 1, 4])
        wide = [
            replace(
                report,
                earliest=-12 if report.earliest is None else report.earliest,
                latest=20 if report.latest is None else report.latest,
            )
            for report in reports
        ]
        got, expected = (answers(each, days, implied_within) for each in (reports, wide))
        for day in days:
            assert got[day][:2] == expected[day][:2], (reports, day)
            # The representative days differ; compare since where the best is the same.
            if got[day][2] == expected[day][2]:
                lower, upper = expected[day][3]
                lower = None if lower is not None and lower < -2 else lower
                assert got[day][3] == (lower, upper), (reports, day)


def test_an_answer_does_not_depend_on_the_other_days_asked_or_the_order_of_reports():
    rng = random.Random(6)
    for _ in range(200):
        reports = random_reports(rng, rng.randint(1, 4), 6, horizon=10, open_share=0.1)
        shuffled = rng.sample(reports, len(reports))
        together = answers(reports, range(-3, 14), 4)
        for day in (-3, 2, 7, 13):
            assert answers(shuffled, [day], 4)[day] == together[day], (reports, day)


def test_best_is_possible_and_possible_is_conceivable():
    rng = random.Random(7)
    for _ in range(500):
        reports = random_reports(rng, rng.randint(1, 4), 8, horizon=14, open_share=0.1)
        for likely, ring, chosen, (lower, upper) in answers(reports, range(-2, 17), 5).values():
            assert chosen in likely
            assert likely <= ring, reports
            assert lower is None or lower <= upper


def test_the_closed_form_of_conceivable_is_the_enumeration():
    rng = random.Random(8)
    days = range(-4, 19)
    for _ in range(3000):
        reports = random_reports(
            rng, rng.randint(0, 4), rng.choice([1, 3, 8]), 14, rng.choice([0, 0, 0.2])
        )
        implied_within = rng.choice([0, 1, 4, 365])
        for day, answer in answers(reports, days, implied_within).items():
            assert closed_form(reports, day, implied_within) == answer[1], (reports, day)
