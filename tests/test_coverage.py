"""Coverage and silence: what there is evidence of, and whether no news means no change."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST
from conflict_timeline.events import (
    ControlChanged,
    ControlObserved,
    HeadcountObserved,
    PeopleMoved,
)
from conflict_timeline.projections.coverage import Period, merged
from conflict_timeline.projections.people import AccountKey
from conflict_timeline.projections.silence import Silence


def timeline(*claims):
    tl = ct.open(":memory:")
    sources = [ct.Source(id=name, title=name, publisher=name, published="2021") for name in "ab"]
    actors = [ct.Actor(id=name) for name in ("army", "front")]
    places = [ct.Place(id=name) for name in ("hama", "homs")]
    tl.append([*sources, *actors, *places, *claims])
    return tl


def taken(when, *, to=None, from_=None, source="a", **fields):
    return ct.ControlChanged(place="hama", to=to, from_=from_, when=when, source=source, **fields)


def held(when, *holders, source="a", **fields):
    return ct.ControlObserved(place="hama", holders=holders, when=when, source=source, **fields)


def counted(when, count=5, **fields):
    return ct.HeadcountObserved(group="army", status="active", when=when, count=count, source="a",
                                **fields)  # fmt: skip


# ---- silence -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "kind", "last", "days"),
    [
        ([], "no report since", None, None),
        ([held("2020-03-01", "army")], "no report since", "2020-03-01", 31),
        ([taken("2020-03-01", to="army")], "changed", "2020-03-01", 31),
        (
            [taken("2020-02-01", to="army"), held("2020-03-01", "army", source="b")],
            "reported unchanged",
            "2020-03-01",
            31,
        ),
        (
            [held("2020-02-01", "front"), held("2020-03-01", "army")],
            "changed",
            "2020-03-01",
            31,
        ),
        (
            [taken("2020-02-01", from_="front"), held("2020-03-01", "army")],
            "changed",
            "2020-03-01",
            31,
        ),
        (  # it held throughout, and that was said
            [held("2020-02-01", "army", until="2020-03-25")],
            "reported unchanged",
            "2020-03-25",
            7,
        ),
        (  # two reports of one day say nothing of the days between
            [held("2020-03-01", "army"), held("2020-03-01", "army", source="b")],
            "no report since",
            "2020-03-01",
            31,
        ),
        ([taken("2020-05-01", to="front", from_="army")], "no report since", None, None),
    ],
)
def test_no_report_is_not_the_same_as_reported_unchanged(claims, kind, last, days):
    found = timeline(*claims).as_of("2020-04-01").territory["hama"]
    expected = None if last is None else date.fromisoformat(last)
    assert found.silence == Silence(kind, expected, days)
    assert found.silence.days == found.age


def test_a_report_older_than_asked_for_is_no_report():
    tl = timeline(held("2020-02-01", "army"), held("2020-03-01", "army"))
    assert tl.as_of("2020-04-01").territory["hama"].silence.kind == "reported unchanged"
    stale = tl.as_of("2020-04-01", stale_after=30).territory["hama"]
    assert stale.silence == Silence("no report since", date(2020, 3, 1), 31)
    assert stale.status == "stale"


@given(strategies.logs(max_claims=12, merges=True))
def test_silence_agrees_with_the_last_evidence(log):
    tl = ct.open(":memory:")
    tl.append(log)
    for n in (-100, 15, 40, 90):
        day = strategies.FIRST_DAY + timedelta(days=n)
        for control in tl.as_of(day).territory.values():
            silence = control.silence
            assert silence.days == control.age
            if control.last_evidence is None:
                assert silence == Silence("no report since", None, None)
            else:
                assert silence.last == day - timedelta(days=control.age)
            if silence.kind == "reported unchanged":
                assert len(control.evidence) > 1 or control.evidence[0].claim.until is not None
                assert control.best is not None


# ---- coverage ------------------------------------------------------------------------------------


def test_the_periods_with_evidence_are_merged_and_the_longest_silence_is_told():
    tl = timeline(
        held("2020-01-05", "army"),
        held("2020-01-06/2020-01-10", "army", source="b"),
        taken("2020-02-01", to="front", claimant="The Mayor"),
        held("2020-04-01", "front", until="2020-05-15", source="b", claimant="the mayor"),
    )
    coverage = tl.coverage()
    found = coverage.places["hama"]
    assert [p.when for p in found.periods] == [
        ct.When.parse("2020-01-05/2020-01-10"),
        ct.When.parse("2020-02-01"),
        ct.When.parse("2020-04-01/2020-05-15"),
    ]
    assert (found.claims, found.claimants, found.origins) == (4, 3, ("a", "b", "The Mayor"))
    assert (found.first, found.last) == (date(2020, 1, 5), date(2020, 5, 15))
    assert found.longest_silence.when == ct.When.parse("2020-02-02/2020-03-31")
    assert found.longest_silence.days == 59
    assert len(found.silences) == 2
    assert coverage.without_claims == ("homs",)


def test_a_period_may_be_open_and_one_report_knows_no_silence():
    found = timeline(held("../2020-03-01", "army")).coverage().places["hama"]
    assert found.first is None
    assert found.last == date(2020, 3, 1)
    assert found.periods[0].days is None
    assert found.longest_silence is None


def test_people_accounts_are_covered_too():
    moved = ct.PeopleMoved(
        group="army", from_status="active", to_status="killed", count=3, when="2020-03", source="b"
    )
    found = timeline(counted("2020-01-01"), counted("2020-05-01"), moved).coverage().people
    assert {key.status: covered.claims for key, covered in found.items()} == {
        "active": 3,
        "killed": 1,
    }
    active = next(covered for key, covered in found.items() if key.status == "active")
    assert active.longest_silence.when == ct.When.parse("2020-01-02/2020-02-29")
    assert active.origins == ("a", "b")


def test_coverage_is_of_a_view_and_of_merged_places_as_one():
    tl = timeline(held("2020-01-05", "army"), held("2020-02-05", "army", source="b"))
    assert tl.coverage(sources="a").places["hama"].claims == 1
    assert tl.coverage(known_by="2020-12-30").without_claims == ("hama", "homs")
    tl.append([ct.RecordsMerged(what="place", into="homs", merged="hama", reason="x", source="a")])
    coverage = tl.coverage()
    assert (list(coverage.places), coverage.without_claims) == (["homs"], ())


def test_windows_that_overlap_or_adjoin_are_one_period():
    assert merged([(5, 7), (8, 9), (1, 2), (6, 6)]) == (Period(1, 2), Period(5, 9))
    assert merged([(OPEN_PAST, 3), (9, OPEN_FUTURE), (3, 4)]) == (
        Period(OPEN_PAST, 4),
        Period(9, OPEN_FUTURE),
    )
    assert merged([]) == ()


@given(strategies.logs(max_claims=12, merges=True))
def test_coverage_of_drawn_logs_is_what_counting_days_gives(log):
    tl = ct.open(":memory:")
    tl.append(log)
    view = tl.view()
    days, claims = defaultdict(set), defaultdict(set)  # by place, and by account
    start = strategies.FIRST_DAY.toordinal() - 50  # open windows are counted from here
    for seen in view.visible.claims:
        about, last, subjects = seen.about, seen.last, []
        if isinstance(about, ControlChanged | ControlObserved):
            subjects = [about.place]
            until = getattr(about, "until", None)
            if until is not None:
                last = max(last, min(until.last, seen.known))
        elif isinstance(about, HeadcountObserved):
            subjects = [AccountKey(about.group, about.status, about.nationality)]
        elif isinstance(about, PeopleMoved):
            both = {"joined" if s == "outside" else s for s in (about.from_status, about.to_status)}
            subjects = [AccountKey(about.group, s, about.nationality) for s in both]
        for subject in subjects:
            days[subject] |= set(range(max(seen.first, start), last + 1))
            claims[subject].add(seen.id)
    coverage = view.coverage()
    every = {**coverage.places, **coverage.people}
    assert set(every) == set(days)
    for place, found in every.items():
        told = {d for p in found.periods for d in range(max(p.start, start), p.end + 1)}
        assert told == days[place]
        assert found.claims == len(claims[place])
        gaps = [b - a - 1 for a, b in zip(sorted(told), sorted(told)[1:], strict=False)]
        longest = found.longest_silence
        assert (longest.days if longest else 0) == max(gaps, default=0)
    assert set(coverage.without_claims).isdisjoint(coverage.places)
