"""What changed between two states: in the world, in what we know, in what still stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.events import Reference
from conflict_timeline.timeline import values
from conflict_timeline.timeline.diff import KINDS, LEARNED, WITHDRAWN, WORLD
from conflict_timeline.timeline.subjects import Counted, Held, Subject

IS, SDF = frozenset({"is"}), frozenset({"sdf"})
ARMY, FRONT = frozenset({"army"}), frozenset({"front"})
UNKNOWN = Held(None, frozenset([None]), "unknown")
RECORDS = [
    ct.Source(id="a", title="a", publisher="a", published="2021", reliability="B"),
    ct.Source(id="b", title="b", publisher="b", published="2021", reliability="C"),
    ct.Place(id="hama"),
    ct.Place(id="homs"),
    *(ct.Actor(id=name) for name in ("army", "front")),
]
DAY = "2020-07-01"


@pytest.fixture(scope="module")
def isis():
    tl = ct.open(":memory:")
    tl.load(ct.corpus("isis"))
    return tl


def held(when, *holders, place="hama", source="a", **fields):
    return ct.ControlObserved(place=place, holders=holders, when=when, source=source, **fields)


def taken(when, *, to=None, from_=None, place="hama", source="a", **fields):
    return ct.ControlChanged(place=place, to=to, from_=from_, when=when, source=source, **fields)


def retracted(target, known="2020-12-01", **fields):
    return ct.Retracted(target=target, reason="wrong", source="b", known=known, **fields)


def timeline(*events):
    tl = ct.open(":memory:")
    tl.append([*RECORDS, *events])
    return tl


def of_place(diff, place):
    return [change for change in diff.territory if change.subject.key == (place,)]


def certain(holding):
    return Held(holding, frozenset([holding]), "certain")


def ids(change):
    return {cause.id for cause in change.because}


# ---- in the world -------------------------------------------------------------------------------


def test_raqqa_changed_hands_between_the_ends_of_2016_and_of_october_2017(isis):
    diff = isis.diff("2016-12-31", "2017-10-31")
    (change,) = of_place(diff, "raqqa")
    assert change.kind == "the world changed"
    assert change.subject == Subject("territory", ("raqqa",))
    assert change.before == Held(IS, frozenset({IS, IS | SDF}), "uncertain")
    assert change.after == certain(SDF)
    assert {seen.claim.source for seen in change.because} == {"ridder"}
    assert {change.kind for change in diff} == {WORLD}
    assert diff.first.day == ct.When.parse("2016-12-31").earliest


def test_only_what_changed_is_told(isis):
    (before, after) = (isis.as_of(day) for day in ("2016-12-31", "2017-10-31"))
    for topic in ("territory", "people", "incidents", "figures", "alliances", "forecasts"):
        told = getattr(isis.diff(before, after), topic)
        assert {c.subject.topic for c in told} == {topic}
        assert all(c.before != c.after for c in told)


def test_a_state_that_came_closer_to_a_report_that_implies_it():
    claim = taken("2020-06-01", to="army", from_="front")
    change, *none = timeline(claim).diff("2019-01-01", "2020-01-01")
    assert not none
    assert (change.before, change.after) == (UNKNOWN, Held(FRONT, frozenset([FRONT]), "implied"))
    assert ids(change) == {claim.id}


def test_what_was_implied_became_certain_without_another_holder():
    claim = held("2020-06-01", "army")
    change, *none = timeline(claim).diff("2020-05-01", "2020-06-02", implied_within=90)
    assert not none
    assert (change.before.status, change.after.status) == ("implied", "certain")
    assert ids(change) == {claim.id}


def test_evidence_that_grew_stale_is_a_change_and_the_evidence_is_why():
    claim = held("2020-06-01", "army")
    tl = timeline(claim, held("2020-06-01", "army", place="homs"))
    change, *_ = tl.diff("2020-06-05", "2020-08-05", stale_after=30)
    assert (change.before.status, change.after.status) == ("certain", "stale")
    assert ids(change) == {claim.id}
    assert len(tl.diff("2020-06-05", "2020-08-05")) == 0


def test_backwards_a_place_is_what_it_was():
    claim = taken("2020-06-01", to="army", from_="front")
    tl = timeline(held("2020-01-01", "front"), claim)
    (change,) = tl.diff("2020-06-02", "2020-05-01")
    assert (change.before, change.after) == (certain(ARMY), certain(FRONT))
    (change,) = tl.diff("2020-06-02", "2018-05-01")
    assert change.after == UNKNOWN
    assert claim.id in ids(change)


def test_people_incidents_figures_alliances_and_forecasts_change_too():
    events = [
        ct.HeadcountObserved(group="army", status="active", count=5, when="2020-02", source="a"),
        ct.HeadcountObserved(group="army", status="active", count=7, when="2020-05-01", source="a"),
        ct.Incident(kind="battle", place="hama", when="2020-05-02", source="a",
                    fatalities={"army": 3}, occurrence="b1"),
        ct.Incident(kind="battle", place="hama", when="2020-05-02", source="b",
                    fatalities={"army": 9}, occurrence="b1", known="2020-09-01"),
        ct.FigureObserved(measure="area", unit="km2", value=10, when="2020-02-01", source="a"),
        ct.FigureObserved(measure="area", unit="km2", value=8, when="2020-05-01", source="a"),
        ct.AllianceObserved(members=["army"], name="us", when="2020-05-01", source="a"),
        ct.Forecast(statement="so", window="2020-06", place="hama", holder="army",
                    when="2020-02-01", source="a"),
        held("2020-06-01", "army"),
    ]  # fmt: skip
    tl = timeline(*events)
    diff = tl.diff("2020-03-01", DAY, known_by="2021-12-31", then_known_by="2021-12-31")
    (count,), (battle,), (area,) = diff.people, diff.incidents, diff.figures
    (alliance,), (forecast,) = diff.alliances, diff.forecasts
    assert (count.before, count.after) == (
        Counted(5, 5, 5, "certain"),
        Counted(7, 7, 7, "certain"),
    )
    assert str(count.subject) == "people: army, active"
    assert ids(count) == {events[1].id}
    assert battle.subject.key == ("b1",)
    assert battle.before is None
    assert battle.after.fatalities == {"army": ct.Quantity(3, 3, 9)}
    assert ids(battle) == {events[2].id, events[3].id}
    assert (area.before, area.after) == (ct.Quantity.exactly(10), ct.Quantity.exactly(8))
    assert (alliance.before, alliance.after.status) == (None, "reported")
    assert (forecast.before, forecast.after) == ("pending", "borne out")
    assert ids(forecast) == {events[8].id}
    learned = tl.diff(DAY, DAY, known_by="2020-06-30", then_known_by=None)
    assert [c.kind for c in learned.incidents] == [LEARNED]


# ---- in what we know ----------------------------------------------------------------------------


def test_raqqa_on_23_october_2017_was_learned_after_10_october(isis):
    day = "2017-10-23"
    diff = isis.diff(day, day, known_by="2017-10-10", then_known_by=None)
    (change,) = of_place(diff, "raqqa")
    assert change.kind == "we learned"
    assert (change.before, change.after) == (certain(IS | SDF), certain(SDF))
    assert {seen.claim.source for seen in change.because} == {"ridder"}
    assert {c.kind for c in diff} == {LEARNED}


def test_left_out_the_second_view_is_as_the_first(isis):
    diff = isis.diff("2016-12-31", "2017-10-23", known_by="2017-10-10")
    (change,) = of_place(diff, "raqqa")
    assert (change.kind, change.after) == (WORLD, certain(IS | SDF))
    assert {c.kind for c in diff} == {WORLD}


def test_a_late_report_of_an_early_day_is_learned():
    early = held("2020-03-01", "army", known="2020-03-02")
    late = taken("2020-03-10", to="front", from_="army", known="2020-09-01")
    (change,) = timeline(early, late).diff(
        "2020-04-01", "2020-04-01", known_by="2020-08-01", then_known_by="2020-10-01"
    )
    assert (change.kind, change.before, change.after) == (LEARNED, certain(ARMY), certain(FRONT))
    assert ids(change) == {late.id}


def test_a_day_and_knowledge_at_once_are_told_apart():
    first = held("2020-03-01", "army", known="2020-03-02")
    fell = taken("2020-05-10", to="front", from_="army", known="2020-05-11")
    back = taken("2020-05-20", to="army", from_="front", known="2020-09-01")
    diff = timeline(first, fell, back).diff(
        "2020-04-01", "2020-06-01", known_by="2020-06-01", then_known_by="2020-10-01"
    )
    assert [(c.kind, c.after.best, ids(c)) for c in diff] == [
        (WORLD, FRONT, {fell.id}),
        (LEARNED, ARMY, {back.id}),
    ]


def test_what_was_recorded_since_is_learned_too():
    tl = timeline(held("2020-03-01", "army"))
    at, before = tl.position, tl.as_of(DAY)
    news = held("2020-06-01", "front")
    tl.append([news])
    for diff in (tl.diff(DAY, DAY, at=at, then_at=None), tl.diff(before, tl.as_of(DAY))):
        (change,) = diff
        assert (change.kind, change.after, ids(change)) == (LEARNED, certain(FRONT), {news.id})


def test_back_to_what_was_known_before_is_what_one_must_not_know_yet():
    claim = held("2020-03-01", "army", known="2020-03-02")
    gone = retracted(claim.id, known="2020-05-01")
    tl = timeline(claim, gone)
    (change,) = tl.diff(DAY, DAY, known_by=None, then_known_by="2020-04-01")
    assert (change.kind, change.before, change.after) == (LEARNED, UNKNOWN, certain(ARMY))
    (change,) = tl.diff(DAY, DAY, known_by="2020-04-01", then_known_by="2020-01-01")
    assert (change.kind, change.after, ids(change)) == (LEARNED, UNKNOWN, {claim.id})


# ---- in what still stands -----------------------------------------------------------------------


def test_a_retraction_is_a_withdrawal_and_so_is_its_own():
    claim = held("2020-03-01", "army", known="2020-03-02")
    gone = retracted(claim.id, known="2020-04-01")
    back = retracted(gone.id, known="2020-05-01")
    tl = timeline(claim, gone, back)

    def withdrawn(known_by, then):
        (change,) = tl.diff(DAY, DAY, known_by=known_by, then_known_by=then)
        return change.kind, change.before, change.after, ids(change)

    assert withdrawn("2020-03-02", "2020-04-02") == (
        WITHDRAWN, certain(ARMY), UNKNOWN, {gone.id},
    )  # fmt: skip
    assert withdrawn("2020-04-02", None) == (WITHDRAWN, UNKNOWN, certain(ARMY), {back.id})
    assert len(tl.diff(DAY, DAY, known_by="2020-03-02", then_known_by=None)) == 0


def test_a_correction_is_a_withdrawal_in_both_places():
    claim = held("2020-03-01", "army", known="2020-03-02")
    right = ct.Corrected(
        target=claim.id, replacement=held("2020-03-01", "army", place="homs", known="2020-03-02"),
        kind="clerical_error", source="b", known="2020-05-01",
    )  # fmt: skip
    diff = timeline(claim, right).diff(DAY, DAY, known_by="2020-04-01", then_known_by=None)
    assert [(c.subject.key, c.kind, c.after, ids(c)) for c in diff] == [
        (("hama",), WITHDRAWN, UNKNOWN, {right.id}),
        (("homs",), WITHDRAWN, certain(ARMY), {right.id}),
    ]


def test_of_two_corrections_the_later_one_is_told():
    def corrected(holder, known):
        return ct.Corrected(
            target=claim.id, replacement=held("2020-03-01", holder, known="2020-03-02"),
            kind="rereading", source="b", known=known,
        )  # fmt: skip

    claim = held("2020-03-01", "army", known="2020-03-02")
    first, second = corrected("front", "2020-05-01"), corrected("army", "2020-06-01")
    again = ct.Corrected(
        target=claim.id, replacement=held("2020-03-01", "army", "front", known="2020-03-02"),
        kind="rereading", source="b", known="2020-07-01",
    )  # fmt: skip
    tl = timeline(claim, first, second, again)
    (change,) = tl.diff(DAY, DAY, known_by="2020-05-01", then_known_by="2020-07-01")
    assert change.after == certain(ARMY | FRONT)
    assert again.id in ids(change)
    assert first.id not in ids(change)


def test_a_claim_learned_and_taken_back_since_is_told_as_both():
    claim = held("2020-03-01", "army", known="2020-05-02")
    gone = retracted(claim.id, known="2020-06-01")
    diff = timeline(claim, gone).diff(DAY, DAY, known_by="2020-04-01", then_known_by=None)
    assert [(c.kind, ids(c)) for c in diff] == [(LEARNED, {claim.id}), (WITHDRAWN, {gone.id})]
    assert [c.kind for c in diff.of_kind(WITHDRAWN)] == [WITHDRAWN]
    assert diff.apply({}) == values(diff.second) == {}


def test_claims_that_fall_with_their_source_are_put_down_to_its_retraction():
    hoax = retracted(ct.event_id(RECORDS[0]), known="2020-06-01")
    other = retracted(ct.event_id(RECORDS[3]), known="2020-06-01")
    tl = timeline(held("2020-03-01", "army", known="2020-03-02"), hoax, other)
    (change,) = tl.diff(DAY, DAY, known_by="2020-04-01", then_known_by=None)
    assert (change.kind, change.after, ids(change)) == (WITHDRAWN, UNKNOWN, {hoax.id})


def test_a_dispute_that_ends_since_the_copy_lost_its_origin_is_put_down_to_something():
    # b copies from c, which is no origin any more once its record is taken back.
    origin = ct.Source(id="c", title="c", publisher="a", published="2021")
    copy = ct.Source(id="d", title="d", publisher="d", published="2021", derived_from="c")
    claims = [
        held("2020-03-01", "army", known="2020-03-02"),
        held("2020-03-01", "front", source="d", known="2020-03-02"),
    ]
    gone = retracted(ct.event_id(origin), known="2020-06-01")
    tl = timeline(origin, copy, *claims, gone)
    (change,) = tl.diff(DAY, DAY, known_by="2020-04-01", then_known_by=None)
    assert (change.before.status, change.after.status) == ("uncertain", "disputed")
    assert (change.kind, ids(change)) == (WITHDRAWN, {gone.id})


# ---- records found to be one ---------------------------------------------------------------------


def merged(into, other, what="place", **fields):
    return ct.RecordsMerged(
        what=what, into=into, merged=other, reason="one", source="b",
        **{"known": "2020-06-01", **fields},
    )  # fmt: skip


def test_that_two_places_are_one_is_learned_and_no_claim_is_withdrawn():
    claim, one = (
        held("2020-03-01", "army", place="homs", known="2020-03-02"),
        merged("hama", "homs"),
    )
    tl = timeline(claim, one)
    diff = tl.diff(DAY, DAY, known_by="2020-04-01", then_known_by=None)
    assert [(c.kind, c.subject.key, c.after, ids(c)) for c in diff] == [
        (LEARNED, ("hama",), certain(ARMY), {one.id}),
        (LEARNED, ("homs",), UNKNOWN, {one.id}),
    ]
    back = retracted(one.id, known="2020-09-01")
    tl.append([back])
    diff = tl.diff(DAY, DAY, known_by="2020-07-01", then_known_by=None)
    assert [(c.kind, c.subject.key, c.after, ids(c)) for c in diff] == [
        (WITHDRAWN, ("hama",), UNKNOWN, {back.id}),
        (WITHDRAWN, ("homs",), certain(ARMY), {back.id}),
    ]


def test_a_report_and_a_merge_that_brings_it_there_are_both_told():
    claim = held("2020-03-01", "army", place="homs", known="2020-05-02")
    one = merged("hama", "homs")
    (change,) = timeline(claim, one).diff(DAY, DAY, known_by="2020-04-01", then_known_by=None)
    assert (change.subject.key, ids(change)) == (("hama",), {claim.id, one.id})


def test_actors_found_to_be_one_change_who_held_it():
    claim = held("2020-03-01", "army", known="2020-03-02")
    one, other = merged("front", "army", "actor"), merged("hama", "homs")
    diff = timeline(claim, one, other).diff(DAY, DAY, known_by="2020-04-01", then_known_by=None)
    assert [(c.kind, c.after, ids(c)) for c in diff] == [(LEARNED, certain(FRONT), {one.id})]


# ---- what is asked -------------------------------------------------------------------------------


def test_a_day_beside_a_state_is_asked_in_its_view():
    tl = timeline(
        held("2020-03-01", "army", known="2020-03-02"), held("2020-06-01", "front", known="2020-09")
    )
    state = tl.as_of("2020-01-01", known_by="2020-04-01")
    assert [c.after.best for c in tl.diff(state, DAY)] == [ARMY]
    assert [c.before.best for c in tl.diff(DAY, state)] == [ARMY]
    assert [c.after.best for c in tl.view(known_by="2020-04-01").diff("2020-01-01", DAY)] == [ARMY]


def test_a_diff_shows_its_size_and_its_ends():
    tl = timeline(held("2020-03-01", "army"))
    assert "changes=1" in repr(tl.diff("2020-01-01", DAY))
    assert [change.kind for change in tl.diff("2020-01-01", DAY)] == [WORLD]


def test_what_is_asked_wrongly_is_told():
    tl = timeline(held("2020-03-01", "army"))
    state = tl.as_of(DAY)
    diff = tl.diff("2020-01-01", DAY)
    with pytest.raises(ct.AxisError, match="kind: expected one of the world changed"):
        diff.of_kind("magic")
    with pytest.raises(ct.AxisError, match="topic: expected one of territory"):
        diff.about("weather")
    with pytest.raises(ct.AxisError, match="axes with two days"):
        tl.diff(state, DAY, known_by="2020-01-01")
    with pytest.raises(ct.AxisError, match="axes with two days"):
        tl.diff("2020-01-01", state, then_at=None)
    with pytest.raises(ct.AxisError, match="sources: expected the same"):
        tl.diff(state, tl.as_of(DAY, sources=["a"]))
    with pytest.raises(ct.AxisError, match="stale_after: expected the same"):
        tl.diff(state, tl.as_of(DAY, stale_after=3))
    with pytest.raises(ct.AxisError, match=r"territory: hama: expected the first state's"):
        diff.apply(values(diff.second))


# ---- laws ---------------------------------------------------------------------------------------

KNOWN = st.none() | strategies.days(last=strategies.LAST_DAY.add(days=60))
WIDE = strategies.days(strategies.FIRST_DAY.subtract(days=400), strategies.LAST_DAY.add(days=30))


def logs():
    return strategies.logs(max_claims=10, merges=True)


def loaded(log):
    tl = ct.open(":memory:")
    tl.append(log)
    return tl


@given(logs(), WIDE, WIDE, KNOWN, KNOWN, st.sampled_from([None, 10]))
def test_law_the_diff_applied_to_the_first_state_gives_the_second(
    log, a, b, known_by, then, stale_after
):
    diff = loaded(log).diff(a, b, known_by=known_by, then_known_by=then, stale_after=stale_after)
    assert diff.apply(values(diff.first)) == values(diff.second)
    for change in diff:
        assert change.before != change.after
        assert change.because, "every change is put down to something"


@given(logs(), st.integers(0, 10), WIDE, WIDE)
def test_law_it_does_over_what_was_recorded_too(log, cut, a, b):
    records = [e for e in log if isinstance(e, Reference)]
    told = [e for e in log if not isinstance(e, Reference)]
    tl = loaded([*records, *told[:cut]])
    at = tl.position
    tl.append(told[cut:])
    for diff in (tl.diff(a, b, at=at, then_at=None), tl.diff(a, b, then_at=at)):
        assert diff.apply(values(diff.first)) == values(diff.second)


@given(logs(), WIDE, KNOWN)
def test_law_a_state_does_not_differ_from_itself(log, day, known_by):
    tl = loaded(log)
    assert len(tl.diff(day, day, known_by=known_by)) == 0
    state, same = (loaded(log).as_of(day, known_by=known_by) for _ in range(2))
    assert list(tl.diff(state, same)) == [], "nor from that of another log of the same events"


@given(logs(), WIDE, WIDE, KNOWN, KNOWN)
def test_law_a_kind_is_told_only_where_it_can_be(log, a, b, known_by, then):
    tl = loaded(log)
    assert {c.kind for c in tl.diff(a, b, known_by=known_by)} <= {WORLD}
    diff = tl.diff(a, b, known_by=known_by, then_known_by=then)
    told = {change.kind for change in diff}
    if a == b:
        assert WORLD not in told
    views = (diff.first.view.visible, diff.second.view.visible)
    since = views[1].changes.keys() - views[0].changes.keys()
    if all(isinstance(views[1].changes[i].event, ct.RecordsMerged) for i in since):
        assert WITHDRAWN not in told
    for change in diff.of_kind(WITHDRAWN):
        for cause in change.because:
            assert cause.id in views[1].changes.keys() - views[0].changes.keys()
            assert isinstance(cause.event, ct.Retracted | ct.Corrected)
    assert [c for kind in KINDS for c in diff.of_kind(kind)] == list(diff)


@given(logs(), WIDE, KNOWN)
def test_law_without_new_claims_or_changes_of_mind_nothing_is_learned(log, day, known_by):
    diff = loaded(log).diff(day, day, known_by=known_by, then_known_by=None)
    claims, more = (
        {(s.id, s.correction) for s in state.view.visible.claims}
        for state in (diff.first, diff.second)
    )
    if more == claims and diff.first.view.visible.changes.keys() == (
        diff.second.view.visible.changes.keys()
    ):
        assert list(diff) == []


@given(logs(), WIDE)
def test_law_what_is_left_out_of_a_view_is_as_if_it_had_never_been(log, day):
    tl = loaded(log)
    gone = frozenset(tl.view().visible.changes)
    never = loaded([event for event in log if ct.event_id(event) not in gone])
    assert values(tl.view().without(gone).as_of(day)) == values(never.as_of(day))
