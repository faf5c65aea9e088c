"""What answers hang on: a source left out or graded otherwise, the smallest sets of claims."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.events import Claim, ControlChanged, ControlObserved, Source
from conflict_timeline.projections.sensitivity import GRADES, Flip
from conflict_timeline.quantities import Quantity

ARMY, FRONT = frozenset({"army"}), frozenset({"front"})
ASKED = st.sampled_from([strategies.FIRST_DAY + timedelta(days=n) for n in (-100, 15, 40, 90)])


def timeline(*events):
    tl = ct.open(":memory:")
    tl.append(events)
    return tl


def hama(*claims, grades="BCD"):
    sources = [
        ct.Source(id=name, title=name, published="2021", reliability=grade)
        for name, grade in zip("abc", grades, strict=True)
    ]
    actors = [ct.Actor(id=name) for name in ("army", "front")]
    return timeline(*sources, *actors, ct.Place(id="hama", names={"en": ["Hama"]}), *claims)


def held(when, *holders, source="a", **fields):
    return ct.ControlObserved(place="hama", holders=holders, when=when, source=source, **fields)


def answers(tl, day, **axes):
    """The answers that can flip, by subject."""
    state = tl.as_of(day, **axes)
    found = {place: control.best for place, control in state.territory.items()}
    found.update((count.key, count.quantity) for count in state.people)
    return found


def flips(before, after):
    nothing = {True: None, False: Quantity()}
    found = set()
    for subject in {*before, *after}:
        none = nothing[isinstance(subject, str)]
        pair = before.get(subject, none), after.get(subject, none)
        if pair[0] != pair[1]:
            found.add(Flip(subject, *pair))
    return found


# ---- cases ---------------------------------------------------------------------------------------


def test_an_answer_that_one_source_alone_gives_flips_without_it():
    tl = hama(held("2020-03-01", "army"), held("2020-02-01", "front", source="b"))
    found = tl.sensitivity("2020-04-01").sources
    assert found == {"a": (Flip("hama", ARMY, FRONT),), "b": ()}


def test_an_answer_that_several_sources_give_hangs_on_none():
    tl = hama(held("2020-03-01", "army"), held("2020-03-02", "army", source="b"))
    assert tl.sensitivity("2020-04-01").sources == {"a": (), "b": ()}


def test_of_two_who_disagree_the_grade_decides():
    tl = hama(held("2020-03-01", "army"), held("2020-03-01", "front", source="b"))
    found = tl.sensitivity("2020-04-01").grades
    flip = (Flip("hama", ARMY, FRONT),)
    assert {g: f for g, f in found["a"].items() if f} == {"D": flip, "E": flip, "F": flip}
    assert found["b"]["A"] == flip
    assert set(found["a"]) == set(GRADES) - {"B"}


def test_no_grade_is_the_lowest():
    tl = hama(held("2020-03-01", "army"), grades=[None, "C", "D"])
    assert set(tl.sensitivity("2020-04-01").grades["a"]) == set("ABCDE")


def test_in_a_view_by_reliability_a_grade_hides_and_shows_claims():
    tl = hama(held("2020-03-01", "army"), held("2020-03-05", "front", source="c"))
    found = tl.sensitivity("2020-04-01", min_reliability="C").grades
    assert found["a"]["D"] == (Flip("hama", ARMY, None),)
    assert found["c"]["C"] == (Flip("hama", ARMY, FRONT),)
    assert found["c"]["E"] == ()
    known = tl.sensitivity("2020-04-01", min_reliability="C", known_by="2020-12-31").grades
    assert known == {}


def test_what_people_were_counted_hangs_on_a_source_too():
    tl = hama(
        ct.HeadcountObserved(group="army", status="active", count=5, when="2020-03", source="a"),
        ct.HeadcountObserved(group="army", status="active", count=7, when="2020-02", source="b"),
    )
    sensitivity = tl.sensitivity("2020-04-01")
    ((flip,), nothing) = sensitivity.sources.values()
    assert (flip.subject.group, flip.subject.status) == ("army", "active")
    assert (flip.before.best, flip.after.best) == (5, 7)
    assert nothing == ()


def test_the_smallest_set_is_told_with_what_the_answer_would_be():
    tl = hama(
        held("2020-03-01", "army"),
        held("2020-03-02", "army", source="b"),
        held("2020-02-01", "front", source="c"),
    )
    found = tl.sensitivity("2020-04-01").smallest("Hama")
    assert (found.place, found.before, found.after) == ("hama", ARMY, FRONT)
    assert [seen.claim.source for seen in found.events] == ["a", "b"]
    assert found.complete
    assert str(found) == "the answer hangs on 2 claims"
    assert tl.sensitivity("2020-02-10").smallest("hama").tried == 1


def test_where_no_set_within_the_bound_does_it_says_so():
    tl = hama(*(held(f"2020-03-{day:02}", "army") for day in range(1, 9)))
    sensitivity = tl.sensitivity("2020-04-01")
    for found in (sensitivity.smallest("hama"), sensitivity.smallest("hama", sets=170)):
        assert found.events is None
        assert found.before == found.after == ARMY
        assert not found.complete
    assert str(found) == "no 4 claims or fewer; larger sets were not tried"
    assert sensitivity.smallest("hama", sets=40).tried == 2
    all_of_them = sensitivity.smallest("hama", most=8)
    assert len(all_of_them.events) == 8
    assert all_of_them.after is None


def test_a_place_without_claims_has_nothing_to_leave_out():
    found = hama().sensitivity("2020-04-01").smallest("hama")
    assert (found.events, found.tried, found.complete) == (None, 0, True)
    assert str(found) == "no claims can be left out that would make the answer another"
    with pytest.raises(ct.UnknownNameError):
        hama().sensitivity("2020-04-01").smallest("homs")


# ---- held against logs that never had it ---------------------------------------------------------


@given(strategies.logs(max_claims=12, changes=False), ASKED)
def test_leaving_a_source_out_is_a_log_that_never_had_its_claims(log, day):
    tl = timeline(*log)
    before = answers(tl, day)
    for source, found in tl.sensitivity(day).sources.items():
        rest = [e for e in log if not (isinstance(e, Claim) and e.source == source)]
        assert set(found) == flips(before, answers(timeline(*rest), day))
        assert len(found) == len(set(found))


AXES = st.fixed_dictionaries(
    {
        "known_by": st.none() | strategies.days(),
        "min_reliability": st.none() | st.sampled_from("BCD"),
        "implied_within": st.sampled_from([None, 0, 365]),
    }
)


@given(strategies.logs(max_claims=10, merges=True), ASKED, AXES)
def test_leaving_a_source_out_is_a_view_of_the_others(log, day, axes):
    tl = timeline(*log)
    before = answers(tl, day, **axes)
    found = tl.sensitivity(day, **axes).sources
    for source in strategies.SOURCES:
        others = [name for name in strategies.SOURCES if name != source]
        after = answers(tl, day, sources=others, **axes)
        assert set(found.get(source, ())) == flips(before, after)


@given(strategies.logs(max_claims=10, changes=False), ASKED, AXES, st.sampled_from(GRADES))
def test_another_grade_is_a_log_with_that_grade(log, day, axes, grade):
    tl = timeline(*log)
    before = answers(tl, day, **axes)
    found = tl.sensitivity(day, **axes).grades
    for source in (e for e in log if isinstance(e, Source)):
        if grade != (source.reliability or "F"):
            other = attrs.evolve(source, reliability=grade)
            regraded = timeline(*(other if e is source else e for e in log))
            expected = flips(before, answers(regraded, day, **axes))
            assert set(found.get(source.id, {}).get(grade, ())) == expected


@given(strategies.logs(max_claims=6, changes=False), ASKED)
def test_without_a_smallest_set_the_answer_flips_and_without_no_smaller_one(log, day):
    tl = timeline(*log)
    for place, control in tl.as_of(day).territory.items():
        found = tl.sensitivity(day).smallest(place, most=9)
        control_claims = [
            e for e in log if isinstance(e, ControlChanged | ControlObserved) and e.place == place
        ]

        def best(left_out, place=place):
            rest = timeline(*(e for e in log if e not in left_out))
            return rest.as_of(day).territory[place].best

        size = len(control_claims) + 1 if found.events is None else len(found.events)
        for smaller in range(1, size):
            for some in combinations(control_claims, smaller):
                assert best(some) == control.best
        if found.events is not None:
            after = best([seen.claim for seen in found.events])
            assert after == found.after != found.before == control.best


@given(strategies.logs(max_claims=8, merges=True), ASKED, st.data())
def test_what_hangs_on_what_does_not_hang_on_the_order_of_the_log(log, day, data):
    def told(events):
        asked = timeline(*events).sensitivity(day)
        smallest = [asked.smallest(place) for place in strategies.PLACES]
        return asked.sources, asked.grades, [
            (s.place, s.after, s.events and [seen.id for seen in s.events]) for s in smallest
        ]  # fmt: skip

    assert told(data.draw(st.permutations(log))) == told(log)
