"""How the answer for one day changed as reports were published."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.dates import from_ordinal
from conflict_timeline.timeline.revisions import bearing_on, known_days
from conflict_timeline.view import ViewSpec, visible
from tests.answers import control

IS, SDF = frozenset({"is"}), frozenset({"sdf"})
ARMY, FRONT = frozenset({"army"}), frozenset({"front"})
RECORDS = [
    ct.Source(id="a", title="a", publisher="a", published="2021", reliability="B"),
    ct.Source(id="b", title="b", publisher="b", published="2021", reliability="C"),
    ct.Place(id="hama", names={"en": ["Hama"]}),
    ct.Place(id="homs"),
    *(ct.Actor(id=name) for name in ("army", "front")),
]


def held(when, *holders, known, source="a", place="hama", **fields):
    return ct.ControlObserved(
        place=place, holders=holders, when=when, known=known, source=source, **fields
    )


def retracted(target, known, reason="wrong"):
    return ct.Retracted(target=target, reason=reason, source="b", known=known)


def corrected(claim, known, **fields):
    replacement = held("2020-03-05", "front", known=claim.known, **fields)
    return ct.Corrected(
        target=claim.id, replacement=replacement, kind="rereading", source="b", known=known
    )


def timeline(*events):
    tl = ct.open(":memory:")
    tl.append([*RECORDS, *events])
    return tl


def told(revisions):
    """Day, best, status and what did it, of each."""
    return [
        (r.known and r.known.isoformat(), r.best, r.status, [c.id for c in r.because])
        for r in revisions
    ]


def test_raqqa_on_23_october_2017_as_the_articles_came_in():
    tl = ct.open(":memory:")
    tl.load(ct.corpus("isis"))
    found = tl.revisions("Rakka", "2017-10-23")
    assert [(r.known and r.known.isoformat(), r.best) for r in found] == [
        (None, None),
        ("2016-10-16", IS),
        ("2017-10-09", IS | SDF),
        ("2017-10-29", SDF),
    ]
    assert [{c.claim.source for c in r.because} for r in found[1:]] == [
        {"raqqa-activist"},
        {"ntk"},
        {"ridder"},
    ]
    assert repr(found[0]) == "Revision(known=nothing yet, best=None, status='unknown')"
    assert "known=2017-10-29" in repr(found[-1])


def test_a_late_report_of_an_early_day_changes_the_answer_for_it_on_its_publication():
    early = held("2020-03-01", "army", known="2020-03-02")
    later = held("2020-06-01", "front", known="2020-06-02")
    late = ct.ControlChanged(
        place="hama", to="front", from_="army", when="2020-03-10", known="2020-09-01", source="b"
    )
    tl = timeline(early, later, late)
    assert told(tl.revisions("Hama", "2020-03-20")) == [
        (None, None, "unknown", []),
        ("2020-03-02", ARMY, "certain", [early.id]),
        ("2020-06-02", ARMY, "uncertain", [later.id]),
        ("2020-09-01", FRONT, "certain", [late.id]),
    ]


def test_a_retraction_and_its_own_retraction_are_steps_with_the_event_that_did_it():
    claim = held("2020-03-05", "army", known="2020-03-06")
    gone = retracted(claim.id, "2020-04-01")
    back = retracted(gone.id, "2020-05-01")
    assert told(timeline(claim, gone, back).revisions("hama", "2020-03-10")) == [
        (None, None, "unknown", []),
        ("2020-03-06", ARMY, "certain", [claim.id]),
        ("2020-04-01", None, "unknown", [gone.id]),
        ("2020-05-01", ARMY, "certain", [back.id]),
    ]


def test_a_correction_tells_itself_and_not_the_claim_it_put_there():
    claim = held("2020-03-05", "army", known="2020-03-06")
    right = corrected(claim, "2020-04-01")
    assert told(timeline(claim, right).revisions("hama", "2020-03-10"))[2:] == [
        ("2020-04-01", FRONT, "certain", [right.id])
    ]


def test_a_correction_to_another_place_changes_both():
    claim = held("2020-03-05", "army", known="2020-03-06")
    right = corrected(claim, "2020-04-01", place="homs")
    again = corrected(claim, "2020-05-01")  # the last correction counts: it was here after all
    tl = timeline(claim, right, again)
    assert told(tl.revisions("homs", "2020-03-10")) == [
        (None, None, "unknown", []),
        ("2020-04-01", FRONT, "certain", [right.id]),
        ("2020-05-01", None, "unknown", [again.id]),
    ]
    assert [best for _, best, _, _ in told(tl.revisions("hama", "2020-03-10"))] == [
        None,
        ARMY,
        None,
        FRONT,
    ]


def test_a_claim_goes_when_its_source_does():
    claim = held("2020-03-05", "army", known="2020-03-06")
    hoax = retracted(ct.event_id(RECORDS[0]), "2020-04-01", reason="a hoax")
    assert told(timeline(claim, hoax).revisions("hama", "2020-03-10"))[2:] == [
        ("2020-04-01", None, "unknown", [hoax.id])
    ]


def test_what_a_correction_puts_there_before_it_was_said_comes_when_it_was_said():
    claim = held("2020-03-05", "army", known="2020-03-06")
    other = held("2020-03-05", "front", known="2020-06-01", source="b")
    right = ct.Corrected(
        target=claim.id, replacement=other, kind="new_evidence", source="b", known="2020-04-01"
    )
    assert told(timeline(claim, right).revisions("hama", "2020-03-10"))[2:] == [
        ("2020-04-01", None, "unknown", [right.id]),
        ("2020-06-01", FRONT, "certain", [other.id]),
    ]


def test_what_changes_no_answer_is_no_revision():
    claim = held("2020-03-05", "army", known="2020-03-06")
    same = held("2020-03-05", "army", known="2020-04-06", source="b")
    elsewhere = held("2020-03-05", "front", known="2020-05-01", place="homs")
    assert len(timeline(claim, same, elsewhere).revisions("hama", "2020-03-10")) == 2
    assert len(timeline(elsewhere).revisions("hama", "2020-03-10")) == 1


def test_the_axes_of_a_view_hold():
    army = held("2020-03-05", "army", known="2020-03-06", source="b")
    front = held("2020-03-06", "front", known="2020-04-06")
    tl = timeline(army)
    at = tl.position
    tl.append([front])

    def bests(**axes):
        return [r.best for r in tl.revisions("hama", "2020-03-10", **axes)]

    assert bests() == [None, ARMY, FRONT]
    assert bests(known_by="2020-04-05") == [None, ARMY]
    assert bests(at=at) == [None, ARMY]
    assert bests(sources=["a"]) == [None, FRONT]
    assert bests(min_reliability="B") == [None, FRONT]
    assert [r.status for r in tl.revisions("hama", "2020-03-10", stale_after=2)][-1] == "stale"
    without = tl.view().without(frozenset({front.id}))
    assert [r.best for r in without.revisions("hama", "2020-03-10")] == [None, ARMY]


def test_an_unknown_place_is_told():
    with pytest.raises(ct.UnknownNameError, match="nearest: Hama"):
        timeline().revisions("hamma", "2020-03-10")


def test_places_found_to_be_one_are_a_step_and_so_is_that_they_are_not():
    claim = held("2020-03-05", "army", known="2020-03-06", place="homs")
    one = ct.RecordsMerged(
        what="place", into="hama", merged="homs", reason="one", source="b", known="2020-04-01"
    )
    tl = timeline(claim, one)
    assert told(tl.revisions("hama", "2020-03-10")) == [
        (None, None, "unknown", []),
        ("2020-04-01", ARMY, "certain", [one.id]),
    ]
    assert told(tl.revisions("homs", "2020-03-10")) == [
        (None, None, "unknown", []),
        ("2020-03-06", ARMY, "certain", [claim.id]),
    ], "an id stands for its own record, whatever it was merged with since"
    other = held("2020-03-05", "front", known="2020-03-07")
    assert told(timeline(other, one).revisions("homs", "2020-03-10"))[1:] == [
        ("2020-04-01", FRONT, "certain", [one.id])
    ]
    parted = retracted(one.id, "2020-05-01")
    tl.append([parted])
    assert told(tl.revisions("hama", "2020-03-10"))[2:] == [
        ("2020-05-01", None, "unknown", [parted.id])
    ]


def logs():
    return strategies.logs(max_claims=10, merges=True)


ASKED = st.tuples(st.sampled_from(strategies.PLACES), strategies.days())


def answer(found):
    return found.best, found.possible, found.status


def known_of(log):
    """Every day on which anything of a log becomes known."""
    tl = ct.open(":memory:")
    tl.append(log)
    return tl, known_days(list(tl.events()))


@given(logs(), ASKED)
def test_law_the_last_revision_is_the_answer_of_the_full_view(log, asked):
    place, day = asked
    tl, _ = known_of(log)
    assert answer(tl.revisions(place, day)[-1]) == answer(tl.as_of(day).territory[place])


@given(logs(), ASKED)
def test_law_each_revision_is_the_answer_as_known_by_its_day(log, asked):
    place, day = asked
    tl, _ = known_of(log)
    first, *rest = tl.revisions(place, day)
    assert answer(first) == (None, frozenset([None]), "unknown")
    for revision in rest:
        full = tl.as_of(day, known_by=revision.known).territory[place]
        assert control(revision.control) == control(full)


@given(logs(), ASKED)
def test_law_between_revisions_the_answer_stays(log, asked):
    place, day = asked
    tl, days = known_of(log)
    found = tl.revisions(place, day)
    for known in days:
        by = from_ordinal(known)
        standing = [r for r in found if r.known is None or r.known <= by][-1]
        assert answer(standing) == answer(tl.as_of(day, known_by=by).territory[place])


@given(logs(), ASKED)
def test_law_every_revision_is_put_down_to_something_published_that_day(log, asked):
    place, day = asked
    tl, _ = known_of(log)
    first, *rest = tl.revisions(place, day)
    assert first.because == ()
    for before, revision in pairwise([first, *rest]):
        assert answer(before) != answer(revision)
        assert revision.because
        for cause in revision.because:
            assert cause.known == revision.known.toordinal()


@given(logs(), st.sampled_from(strategies.PLACES), strategies.days())
def test_law_what_bears_on_a_place_is_enough_to_tell_of_it(log, place, known):
    tl, _ = known_of(log)
    entries = list(tl.events())
    spec = ViewSpec(known_by=known)

    def claims(of):
        return [
            (s.id, s.first, s.last, s.correction, s.about)
            for s in visible(of, spec).claims
            if getattr(s.about, "place", None) == place
        ]

    assert claims(bearing_on(entries, place)) == claims(entries)
