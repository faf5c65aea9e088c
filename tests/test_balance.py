"""Balances and contradictions: cases worked by hand, then against naive enumeration."""

from __future__ import annotations

from itertools import combinations, product

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline.dates import day as civil_day
from conflict_timeline.events import COMPARTMENTS, JOINED, OUTSIDE
from conflict_timeline.projections.balance import balances
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.projections.sums import Sum, propagate, sums_of
from conflict_timeline.strategies import LAST_DAY, people_claims, records
from tests.oracles import people as oracle


def bounds(row):
    return row.low, row.best, row.high


# ---- the corpus, worked by hand ----------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus():
    timeline = ct.open(":memory:")
    timeline.load(ct.corpus("isis"))
    return timeline


def test_thirty_canadians_are_not_accounted_for(corpus):
    # Ridder: 180 joined, 60 returned, 90 remain. 180 - 60 - 90 = 30, exactly. They are in the
    # four compartments that nobody counted, in any way: each holds from none to all of the 30.
    sheet = corpus.as_of("2017-10-31").people.balance("is", nationality="Canada")
    assert bounds(sheet["joined"]) == (180, 180, 180)
    assert bounds(sheet["returned"]) == (60, 60, 60)
    assert bounds(sheet["active"]) == (90, 90, 90)
    assert sheet.unaccounted.is_exact
    assert sheet.unaccounted.best == 30
    for status in ("detained", "at_large", "elsewhere", "killed"):
        assert bounds(sheet[status]) == (0, None, 30)
        assert not sheet[status].reported
        assert sheet[status].evidence == ()
    assert {seen.source.id for seen in sheet.evidence} == {"ridder"}
    assert len(sheet.evidence) == 3
    assert not sheet.contradictory
    assert sheet.settled


def test_the_british_balance(corpus):
    # Article 003: about 850 joined (765 to 935), about half back (344 to 515, best 425), a couple
    # of hundred dead (150 to 250, best 200). Unaccounted: at best 850 - 425 - 200 = 225; at least
    # 765 - 515 - 250 = 0; at most 935 - 344 - 150 = 441, which each other compartment can hold.
    sheet = corpus.as_of("2017-10-31").people.balance("is", "GB")
    assert bounds(sheet.joined) == (765, 850, 935)
    assert bounds(sheet["returned"]) == (344, 425, 515)
    assert bounds(sheet["killed"]) == (150, 200, 250)
    assert bounds(sheet["active"]) == (0, None, 441)
    found = sheet.unaccounted
    assert (found.low, found.best, found.high) == (0, 225, 441)


def test_the_worldwide_balance(corpus):
    # Counted: joined 36,000 to 44,000; returned 5,040 to 6,160; killed up to 25,000. Moved: 250
    # or more to elsewhere (Afghanistan). From parts: at least 200 active (in Raqqa: hundreds; the
    # 90 Canadians are fewer), 1,001 detained (over 1,000 at Dibis), 150 killed (Britons).
    sheet = corpus.as_of("2017-10-31").people.balance("is")
    assert bounds(sheet.joined) == (36_000, 40_000, 44_000)
    assert bounds(sheet["returned"]) == (5_040, 5_600, 6_160)
    assert bounds(sheet["killed"]) == (150, None, 25_000)
    # The most of each: 44,000 less the least of all others, 5,040 + 150 + 250 + 200 + 1,001
    # = 6,641, but for its own.
    assert bounds(sheet["active"]) == (200, None, 44_000 - 6_641 + 200)
    assert bounds(sheet["detained"]) == (1_001, None, 44_000 - 6_641 + 1_001)
    assert bounds(sheet["elsewhere"]) == (250, None, 44_000 - 6_641 + 250)
    assert bounds(sheet["at_large"]) == (0, None, 44_000 - 6_641)
    # Not in what was reported: at most 44,000 - 5,040 - 150 - 250; at least those known to be in
    # compartments that nobody reported of all, 200 + 1,001. Of the killed no one gave a best.
    found = sheet.unaccounted
    assert (found.low, found.best, found.high) == (1_201, None, 38_560)
    assert sheet["elsewhere"].reported
    assert not sheet["active"].reported


def test_in_2017_nothing_in_the_corpus_is_impossible(corpus):
    # "30,000 at most" (May 2017) and "40,000" (October 2017) are of different days.
    for day in ("2017-05-09", "2017-10-09", "2017-10-31"):
        assert corpus.as_of(day).people.contradictions() == []


def test_the_estimates_of_who_escaped_in_2025_cannot_all_be_true(corpus):
    # One escape (occurrence 2025-camp-breaches), reported as "hundreds" (200 to 999) and as 1,500
    # and more, by Rudaw, and twice more in the page itself as about 1,500 (1,350 or more, 1,350 to
    # 1,650). The first meets none of the others: 1,500 - 999 = 501, 1,350 - 999 = 351, twice.
    found = corpus.as_of("2025-06-24").people.contradictions()
    assert [(each.kind, each.gap) for each in found] == [("impossible", g) for g in (351, 351, 501)]
    for each in found:
        assert "unnamed estimates, low end says 200 to 999" in each.sentence
    assert "Rudaw says 1,500 or more" in found[-1].sentence


def test_all_balances_are_those_of_each(corpus):
    people = corpus.as_of("2017-10-31").people
    found = {(sheet.group, sheet.nationality): sheet for sheet in people.balances()}
    assert list(found) == [("is", None), ("is", "CA"), ("is", "GB")]
    for (group, nationality), sheet in found.items():
        alone = people.balance(group, nationality)
        assert [bounds(row) for row in alone.rows] == [bounds(row) for row in sheet.rows]
        assert alone.unaccounted == sheet.unaccounted


# ---- small cases -------------------------------------------------------------------------------


def log(*claims):
    timeline = ct.open(":memory:")
    timeline.append(
        [
            ct.Source(id="a", title="A", published="2020-12-31"),
            ct.Source(id="b", title="B", published="2020-12-31"),
            ct.Actor(id="front", names={"en": ["the Front"]}),
            ct.Place(id="canada", names={"en": ["Canada"]}, iso="CA", kind="country"),
            ct.Place(id="finland", names={"en": ["Finland"]}, iso="FI", kind="country"),
            ct.Place(id="north"),
            ct.Place(id="town", parent="north"),
            ct.Place(id="camp", parent="town"),
            *claims,
        ]
    )
    return timeline.as_of("2020-12-31").people


def counted(status, count, nationality="CA", when="2020-06-01", source="a", **more):
    return ct.HeadcountObserved(
        group="front",
        status=status,
        count=count,
        nationality=nationality,
        when=when,
        source=source,
        **more,
    )


def moved(from_status, to_status, count, nationality="CA", when="2020-07-01", **more):
    return ct.PeopleMoved(
        group="front",
        from_status=from_status,
        to_status=to_status,
        count=count,
        nationality=nationality,
        when=when,
        source="a",
        **more,
    )


def test_where_nothing_is_reported_nothing_is_zero():
    sheet = log().balance("front", "Finland")
    assert [bounds(row) for row in sheet.rows] == [(None, None, None)] * 7
    assert sheet.unaccounted == ct.Quantity()


def test_of_whom_nobody_reported_only_the_total_bounds_the_number():
    sheet = log(counted("joined", 50, None), counted("joined", 20)).balance("front", "FI")
    assert bounds(sheet.joined) == (0, None, 30)
    assert bounds(sheet["killed"]) == (0, None, 30)


def test_reported_movements_are_only_the_least():
    sheet = log(moved(OUTSIDE, "active", 10), moved("active", "killed", 4)).balance("front", "CA")
    assert bounds(sheet.joined) == (10, 10, None)
    assert bounds(sheet["active"]) == (6, None, None)
    assert bounds(sheet["killed"]) == (4, 4, None)
    assert any("least that" in text for text in sheet.assumptions)


def test_an_open_bound_stays_open():
    sheet = log(counted("joined", "at least 100"), counted("killed", "up to 20")).balance(
        "front", "CA"
    )
    assert bounds(sheet.joined) == (100, None, None)
    assert bounds(sheet["killed"]) == (None, None, 20)
    assert bounds(sheet["active"]) == (None, None, None)
    found = sheet.unaccounted
    assert (found.low, found.best, found.high) == (80, None, None)


def test_a_nested_place_counts_once():
    # 10 in the camp are among the 15 of the town, which are among the 40 of the north.
    people = log(
        counted("detained", 10, None, place="camp"),
        counted("detained", 15, None, place="town"),
        counted("detained", 40, None, place="north"),
    )
    assert people.balance("front")["detained"].low == 40
    people = log(
        counted("detained", 10, place="camp"),
        counted("detained", 15, "FI", place="town"),
        counted("detained", "at least 5", None, place="north"),
    )
    # The north holds the 10 Canadians of the camp and the 15 Finns of the town.
    assert people.balance("front")["detained"].low == 25
    assert people.balance("front", "CA")["detained"].low == 10


def test_places_that_lie_in_each_other_are_taken_apart():
    # A log refuses them, but two logs that were merged can hold them.
    keys = [AccountKey("front", "detained", None, place) for place in ("chicken", "egg", "straw")]
    parents = {"chicken": "egg", "egg": "chicken", "straw": "egg"}
    (found,) = [each for each in sums_of("front", keys, parents) if each.kind == "places"]
    assert found.total.place is None
    assert list(found.parts) == keys


def test_what_does_not_balance_is_an_answer():
    people = log(counted("joined", 100), counted("active", 70), counted("returned", "at least 40"))
    (found,) = people.contradictions()
    assert found.kind == "impossible"
    assert found.gap == 10
    assert len(found.claims) == 3
    assert found.sentence == (
        "the Front: at least 70 active (Canada) and at least 40 returned (Canada), together 110, "
        "do not fit into at most 100 joined (Canada): 10 too many. The reports are of "
        "2020-06-01; each is taken to hold until the next."
    )
    assert found.equation == (
        "70 active (Canada) + 40 returned (Canada) = 110 > 100 joined (Canada), by 10"
    )
    assert [source.id for source in found.sources] == ["a"]
    sheet = people.balance("front", "CA")
    assert sheet.contradictory
    assert bounds(sheet["returned"]) == (40, None, None)
    assert bounds(sheet["killed"]) == (None, None, None)


def test_a_contradiction_of_one_nationality_leaves_the_others_balance():
    people = log(
        counted("joined", 10),
        counted("active", 11),
        counted("joined", 20, "FI"),
        counted("active", 15, "FI"),
    )
    assert people.balance("front", "CA").contradictory
    finns = people.balance("front", "FI")
    assert not finns.contradictory
    assert finns.unaccounted.best == 5


def test_best_values_alone_that_do_not_balance_are_strained():
    people = log(
        counted("joined", ct.Quantity(90, 100, 120)),
        counted("active", ct.Quantity(50, 60, 70)),
        counted("returned", ct.Quantity(40, 50, 60)),
    )
    (found,) = people.contradictions()
    assert (found.kind, found.gap, len(found.claims)) == ("strained", 10, 3)
    assert "within their bounds they fit" in found.sentence


def test_two_counts_of_one_day_that_do_not_meet_are_an_impossible_pair():
    people = log(counted("joined", 100), counted("joined", "at least 110", source="b"))
    (found,) = people.contradictions()
    assert (found.kind, found.gap) == ("impossible", 10)
    assert found.assumptions == ()
    assert found.sentence == (
        "the Front: two reports of how many were joined, Canada on 2020-06-01, cannot both be "
        "true: A says 100, B says 110 or more."
    )
    # Between the two the missing ten may have come.
    assert (
        log(
            counted("joined", 100),
            counted("joined", 110, source="b"),
            moved(OUTSIDE, "active", 10, when="2020-06"),
        ).contradictions()
        == []
    )
    # On different days they can both be true.
    assert (
        log(counted("joined", 100), counted("joined", 110, when="2020-06-02")).contradictions()
        == []
    )


def test_reports_of_one_happening_that_do_not_meet_are_an_impossible_pair():
    people = log(
        moved("detained", "at_large", 100, occurrence="break"),
        moved("detained", "at_large", "at least 300", occurrence="break", note="b"),
    )
    (found,) = people.contradictions()
    assert (found.kind, found.gap, len(found.claims)) == ("impossible", 200, 2)
    assert "from detained to at large" in found.sentence


def test_more_cannot_leave_than_were_there():
    people = log(counted("detained", 10), moved("detained", "at_large", "at least 15"))
    (found,) = people.contradictions()
    assert (found.kind, found.gap) == ("impossible", 5)
    assert "5 more left than were ever detained (Canada)" in found.sentence


def test_nationalities_and_places_must_fit_into_their_totals():
    people = log(
        counted("returned", 100, None),
        counted("returned", 70),
        counted("returned", 40, "FI"),
        counted("detained", 5, None, place="town"),
        counted("detained", 6, None, place="camp"),
    )
    of_town, of_all = people.contradictions()
    assert [found.gap for found in (of_town, of_all)] == [1, 10]
    assert "6 detained (all nationalities, in camp)" in of_town.sentence
    assert len(of_all.claims) == 3


def test_three_groups_cannot_share_two_places_of_one():
    # No bound of any single sum shows it: propagation has nothing to narrow, the cut does.
    nobody = [s for s in COMPARTMENTS if s not in ("active", "returned")]
    people = log(
        *(
            claim
            for nationality in ("CA", "FI", "SE")
            for claim in (
                counted("joined", 1, nationality),
                *(counted(status, 0, nationality) for status in nobody),
            )
        ),
        counted("active", 1, None),
        counted("returned", 1, None),
    )
    (found,) = people.contradictions()
    assert found.gap == 1
    assert len(found.claims) == 3 * 5 + 2


def test_all_smallest_sets_are_found_and_no_more_than_asked_for():
    claims = [counted("joined", 10)]
    claims += [counted(status, 6) for status in COMPARTMENTS]
    # Any two of the six are too many, together with joined.
    people = log(*claims)
    assert len(people.contradictions()) == 15
    assert len(people.contradictions(limit=4)) == 4
    assert {len(found.claims) for found in people.contradictions()} == {3}


# ---- against enumeration -----------------------------------------------------------------------

KEYS = [AccountKey("front", s, n) for n in (None, "CA") for s in (JOINED, "active", "killed")]
SMALL = [
    Sum(KEYS[0], (KEYS[1], KEYS[2]), "compartments"),
    Sum(KEYS[3], (KEYS[4], KEYS[5]), "compartments"),
    *(Sum(KEYS[at], (KEYS[at + 3],), "nationalities") for at in range(3)),
]
TOP = 5


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3) | st.none()), min_size=6, max_size=6)
)
@settings(max_examples=100)
def test_propagation_never_narrows_past_what_enumeration_allows(drawn):
    given_bounds = {
        key: (low, None if more is None else low + more)
        for key, (low, more) in zip(KEYS, drawn, strict=True)
    }
    ranges = [
        range(low, (TOP if high is None else min(high, TOP)) + 1)
        for low, high in given_bounds.values()
    ]
    solutions = [
        values
        for values in product(*ranges)
        if values[0] == values[1] + values[2]
        and values[3] == values[4] + values[5]
        and all(values[at] >= values[at + 3] for at in range(3))
    ]
    narrowed = propagate(given_bounds, SMALL)
    assert narrowed.settled
    if narrowed.failed is not None:
        assert solutions == []
    for at, key in enumerate(KEYS):
        low, high = narrowed.bounds[key]
        assert narrowed.failed is not None or high is None or low <= high
        for values in solutions:
            assert low <= values[at]
            assert high is None or values[at] <= high


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 3) | st.none()), min_size=6, max_size=6),
    st.integers(0, len(SMALL) - 1),
    st.sets(st.integers(0, 5)),
)
@settings(max_examples=300)
def test_a_sum_can_hold_by_itself_just_where_propagation_over_it_does_not_fail(drawn, at, known):
    bounds = {
        KEYS[n]: (low, None if more is None else low + more)
        for n, (low, more) in enumerate(drawn)
        if n in known and more != -1
    }
    assert SMALL[at].can_hold(bounds) == (propagate(bounds, [SMALL[at]]).failed is None)


def test_balances_asked_in_any_order_of_days_are_those_of_a_fresh_ledger():
    claims = [
        ct.HeadcountObserved(group="is", status="joined", nationality=n, count=c, **dated)
        for n, c, dated in (
            ("CA", 180, {"when": "2017-10", "source": "s"}),
            ("GB", 850, {"when": "2016/2017", "source": "s"}),
        )
    ]
    with ct.open(":memory:") as tl:
        tl.append([ct.Source(id="s", title="s", published="2018"), ct.Actor(id="is"), *claims])
        for day in ("2018-01-01", "2015-01-01", "2017-10-15", "2016-06-01", "2017-10-20"):
            for of in (None, "CA", "GB", "FR", "CA"):
                kept = tl.as_of(day).people.balance("is", of)
                found = balances(tl.view().people, civil_day(day).toordinal(), "is", of)
                fresh = {sheet.nationality: sheet for sheet in found}[of]
                assert [bounds(row) for row in kept.rows] == [bounds(row) for row in fresh.rows]
                assert bounds(kept.unaccounted) == bounds(fresh.unaccounted)


def naive_bounds(claims, key, day):
    """The envelope of an account by the oracle of worlds; what was only moved is the least."""
    heads, flows = [], []
    for claim in claims:
        if (claim.nationality, claim.place) != (key.nationality, key.place):
            continue
        low, high = claim.count.bounds
        window = claim.when.first, claim.when.last
        if isinstance(claim, ct.HeadcountObserved):
            if claim.status == key.status:
                heads.append(oracle.Headcount(*window, low, high))
            continue
        entered = JOINED if claim.from_status == OUTSIDE else claim.from_status
        if key.status in (claim.to_status, entered):
            sign = -1 if key.status == claim.from_status else 1
            flows.append(oracle.Flow(*window, sign, low, high))
    found = oracle.envelope(heads, flows, day)
    return found.low or 0, found.high if found.basis == "headcount" else None


def naively_possible(claims, day):
    """Whether whole numbers exist for all nationalities and for Canada, by trying them.

    Joined and two compartments are counted; the other four are one that holds any number.
    """

    def columns(nationality):
        low, high = zip(
            *(
                naive_bounds(claims, AccountKey("front", s, nationality), day)
                for s in (JOINED, "active", "killed")
            ),
            strict=True,
        )
        top = 8
        for active, killed, rest in product(range(top + 1), repeat=3):
            numbers = (active + killed + rest, active, killed)
            if all(
                at >= least and (most is None or at <= most)
                for at, least, most in zip(numbers, low, high, strict=True)
            ):
                yield (*numbers, rest)

    canadians = list(columns("CA"))
    return any(
        all(whole >= part for whole, part in zip(everyone, some, strict=True))
        for everyone in columns(None)
        for some in canadians
    )


COUNTS = st.builds(
    lambda low, more, kind: {
        "range": ct.Quantity(low=low, high=low + more),
        "at least": ct.Quantity(low=low),
        "up to": ct.Quantity(high=low),
    }[kind],
    st.integers(0, 3),
    st.integers(0, 1),
    st.sampled_from(["range", "range", "at least", "up to"]),
)
HEADCOUNTS = st.builds(
    counted,
    st.sampled_from([JOINED, "active", "killed"]),
    COUNTS,
    st.sampled_from([None, "CA"]),
)


def one_each(claims):
    """No two of one account, so that each claim bounds an account by itself."""
    return list({(c.status, c.nationality): c for c in claims}.values())


@given(st.lists(HEADCOUNTS, max_size=6).map(one_each))
@settings(max_examples=60)
def test_the_smallest_sets_are_exactly_those_of_enumeration(claims):
    day = ct.When.of("2020-12-31").last
    ids = {claim.id: claim for claim in claims}
    failing: list[frozenset[str]] = []
    for size in range(1, len(ids) + 1):
        for chosen in map(frozenset, combinations(sorted(ids), size)):
            if any(smaller <= chosen for smaller in failing):
                continue
            if not naively_possible([ids[i] for i in chosen], day):
                failing.append(chosen)
    found = log(*claims).contradictions(limit=100)
    impossible = {frozenset(s.id for s in f.claims) for f in found if f.kind == "impossible"}
    assert impossible == set(failing)


def number_taken_out(claim):
    """The same claim with nothing said of how many."""
    return attrs.evolve(claim, count=ct.Quantity(), note="number taken out")


def drawn_logs():
    return st.tuples(records(), st.lists(people_claims(), min_size=2, max_size=8, unique_by=repr))


@given(drawn_logs())
@settings(max_examples=60)
def test_removing_any_claim_of_a_smallest_set_removes_that_contradiction(drawn):
    reference, claims = drawn
    tl = ct.open(":memory:")
    tl.append([*reference, *claims])
    found = tl.as_of(LAST_DAY).people.contradictions()
    for each in found:
        if each.kind != "impossible":
            continue
        members = [seen.claim for seen in each.claims]
        alone = ct.open(":memory:")
        alone.append([*reference, *members])
        told = alone.as_of(LAST_DAY).people.contradictions()
        assert {s.id for s in each.claims} in [{s.id for s in t.claims} for t in told]
        for at, member in enumerate(members):
            fewer = ct.open(":memory:")
            rest = members[:at] + members[at + 1 :]
            fewer.append([*reference, *rest, number_taken_out(member)])
            left = fewer.as_of(LAST_DAY).people.contradictions()
            assert [f for f in left if f.kind == "impossible"] == []


@given(drawn_logs())
@settings(max_examples=60)
def test_balances_are_sound_on_any_input(drawn):
    reference, claims = drawn
    tl = ct.open(":memory:")
    tl.append([*reference, *claims])
    people = tl.as_of(LAST_DAY).people
    for sheet in people.balances():
        impossible = [c for c in people.contradictions(sheet.group) if c.kind == "impossible"]
        if sheet.contradictory:
            assert impossible
        for row in sheet.rows:
            if sheet.contradictory:
                assert row.high == (row.count.high if row.reported else None)
                continue
            if row.low is not None and row.high is not None:
                assert row.low <= row.high
            if row.count.low is not None and row.reported:
                assert row.low is not None
                assert row.low >= row.count.low
        found = sheet.unaccounted
        assert found.low is None or found.high is None or found.low <= found.high


@given(drawn_logs())
@settings(max_examples=30)
def test_order_and_asking_twice_change_nothing(drawn):
    reference, claims = drawn
    answers = []
    for order in (claims, claims[::-1]):
        tl = ct.open(":memory:")
        tl.append([*reference, *order])
        people = tl.as_of(LAST_DAY).people
        answers.append(
            (
                [(f.kind, f.sentence, [s.id for s in f.claims]) for f in people.contradictions()],
                [[bounds(row) for row in sheet.rows] for sheet in people.balances()],
            )
        )
    assert answers[0] == answers[1]


def test_sums_come_parts_first():
    keys = [
        AccountKey("front", "active", n, p) for n in (None, "CA") for p in (None, "camp", "town")
    ]
    found = sums_of("front", keys, {"camp": "town", "town": None})
    placed = [each for each in found if each.total.place is not None or each.kind == "places"]
    for at, each in enumerate(placed):
        assert all(later.total not in each.parts for later in placed[at + 1 :])
