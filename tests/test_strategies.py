"""The public strategies draw what they promise: what is late, vague, contradictory, taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from conflict_timeline import strategies
from conflict_timeline.codec import event_id, kind_of
from conflict_timeline.events import (
    AllianceObserved,
    Claim,
    ControlChanged,
    ControlObserved,
    Corrected,
    FigureObserved,
    Forecast,
    HeadcountObserved,
    Incident,
    PeopleMoved,
    Retracted,
    Source,
    Statement,
)
from conflict_timeline.log import SQLiteLog
from conflict_timeline.timeline import Timeline

SEARCH = settings(
    max_examples=3_000,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # the first one found will do, however large
    suppress_health_check=list(HealthCheck),
)


def draws(strategy, wanted):
    """Whether the strategy draws such a value within some thousand tries."""
    try:
        find(strategy, wanted, settings=SEARCH)
    except NoSuchExample:
        return False
    return True


def claims_of(log):
    return [event for event in log if isinstance(event, Claim)]


def by_id(log):
    return {event_id(event): event for event in log}


def targets(log):
    """Each change of mind with what it is about."""
    known = by_id(log)
    return [(e, known[e.target]) for e in log if isinstance(e, Retracted | Corrected)]


# --- parts ---------------------------------------------------------------------------------------


@given(strategies.days())
def test_days_lie_in_the_small_world(day):
    assert strategies.FIRST_DAY <= day <= strategies.LAST_DAY


@given(st.data(), strategies.days())
def test_days_lie_between_the_given_ones(data, first):
    last = first + timedelta(days=3)
    assert first <= data.draw(strategies.days(first, last)) <= last


@given(strategies.whens())
def test_dates_end_in_the_small_world(when):
    assert strategies.FIRST_DAY <= when.latest <= strategies.LAST_DAY
    assert when.earliest is None or strategies.FIRST_DAY <= when.earliest <= when.latest


@given(strategies.whens(vague=False))
def test_dates_that_are_not_vague_are_days(when):
    assert when.is_exact
    assert not when.approximate
    assert not when.uncertain


@pytest.mark.parametrize(
    "wanted",
    [
        lambda when: when.is_exact,
        lambda when: when.earliest is None,
        lambda when: when.earliest is not None and when.last - when.first > 14,
        lambda when: when.approximate and not when.uncertain,
        lambda when: when.uncertain and not when.approximate,
    ],
    ids=["exact", "open to the past", "of weeks", "approximate", "uncertain"],
)
def test_vague_dates_are_drawn(wanted):
    assert draws(strategies.whens(), wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        lambda q: q.is_exact and q.best > 0,
        lambda q: q.low is not None and q.high is None,
        lambda q: q.low is None and q.high is not None,
        lambda q: q.is_open,
        lambda q: q.disordered,
        lambda q: None not in (q.low, q.best, q.high) and q.low < q.best < q.high,
    ],
    ids=["exact", "at least", "up to", "unknown", "disordered", "range"],
)
def test_quantities_of_every_shape_are_drawn(wanted):
    assert draws(strategies.quantities(), wanted)


@given(strategies.quantities(most=5))
def test_quantities_are_counts_up_to_the_most(quantity):
    for number in (quantity.low, quantity.best, quantity.high):
        assert number is None or 0 <= number <= 5


@given(strategies.records())
def test_records_declare_the_small_world(records):
    declared = [(kind_of(record), record.id) for record in records]
    assert declared == [
        *(("source", name) for name in strategies.SOURCES),
        *(("place", name) for name in strategies.PLACES),
        *(("actor", name) for name in strategies.ACTORS),
    ]


# --- claims --------------------------------------------------------------------------------------


@given(strategies.claims())
def test_no_claim_is_known_before_it_is_over(claim):
    assert claim.known.is_exact
    assert claim.known.first >= claim.when.last


@given(strategies.claims(vague=False))
def test_claims_that_are_not_vague_have_exact_dates(claim):
    assert claim.when.is_exact


@given(strategies.control_claims())
def test_control_claims_are_about_control(claim):
    assert isinstance(claim, ControlChanged | ControlObserved)


@given(strategies.people_claims())
def test_people_claims_are_about_people(claim):
    assert isinstance(claim, HeadcountObserved | PeopleMoved)


@pytest.mark.parametrize(
    "cls",
    [
        ControlChanged, ControlObserved, HeadcountObserved, PeopleMoved, Incident, FigureObserved,
        AllianceObserved, Forecast,
    ],
)  # fmt: skip
def test_claims_of_every_kind_are_drawn(cls):
    assert draws(strategies.claims(), lambda claim: type(claim) is cls)


@pytest.mark.parametrize(
    "wanted",
    [
        lambda c: isinstance(c, ControlChanged) and c.to is None,
        lambda c: isinstance(c, ControlChanged) and c.from_ is None,
        lambda c: isinstance(c, ControlObserved) and len(c.holders) == 2,
        lambda c: c.known.last - c.when.last > 14,
        lambda c: c.claimant is None,
        lambda c: c.claimant is not None,
        lambda c: c.occurrence is not None,
        lambda c: c.credibility is not None,
    ],
    ids=[
        "taker unnamed", "loser unnamed", "contested", "reported late", "publisher", "claimant",
        "occurrence", "credibility",
    ],
)  # fmt: skip
def test_claims_of_every_sort_are_drawn(wanted):
    assert draws(strategies.control_claims(), wanted)


# --- logs ----------------------------------------------------------------------------------------


def _late(log):
    """A claim that comes after one which was known later, and before it in the world."""
    told = claims_of(log)
    return any(
        a.known.last > b.known.last and a.when.first > b.when.last
        for i, a in enumerate(told)
        for b in told[i + 1 :]
    )


def _contradictory(log):
    """Two claimants who saw different holders of one place on one day."""
    seen = [e for e in log if isinstance(e, ControlObserved) and e.when.is_exact]
    return any(
        a.place == b.place
        and a.when.first == b.when.first
        and a.holding != b.holding
        and (a.claimant, a.source) != (b.claimant, b.source)
        for a in seen
        for b in seen
    )


def _two_takers(log):
    taken = [e for e in log if isinstance(e, ControlChanged) and e.to and e.when.is_exact]
    return any(
        a.place == b.place and a.when.first == b.when.first and a.to != b.to
        for a in taken
        for b in taken
    )


def _two_counts(log):
    counted = [e for e in log if isinstance(e, HeadcountObserved)]
    return any(
        a.when == b.when
        and (a.group, a.nationality, a.status) == (b.group, b.nationality, b.status)
        and a.count.intersection(b.count) is None
        for a in counted
        for b in counted
    )


PROMISES = {
    "empty of claims": lambda log: not claims_of(log),
    "full": lambda log: len(claims_of(log)) == 8,
    "vague": lambda log: any(not claim.when.is_exact for claim in claims_of(log)),
    "late": _late,
    "contradictory": _contradictory,
    "two takers of one town": _two_takers,
    "two counts of one status": _two_counts,
    "one happening told twice": lambda log: any(
        a is not b and a.occurrence and a.occurrence == b.occurrence
        for a in claims_of(log)
        for b in claims_of(log)
    ),
    "a retraction": lambda log: any(
        isinstance(e, Retracted) and isinstance(t, Claim) for e, t in targets(log)
    ),
    "a correction": lambda log: any(isinstance(e, Corrected) for e, _ in targets(log)),
    "a retraction of a retraction": lambda log: any(
        isinstance(e, Retracted) and isinstance(t, Retracted) for e, t in targets(log)
    ),
    "a retraction of a correction": lambda log: any(
        isinstance(e, Retracted) and isinstance(t, Corrected) for e, t in targets(log)
    ),
    "two changes of one claim": lambda log: any(
        a is not b and isinstance(t, Claim) and t is u
        for a, t in targets(log)
        for b, u in targets(log)
    ),
    "a source that is not graded": lambda log: any(
        isinstance(e, Source) and e.reliability is None for e in log
    ),
}


@pytest.mark.parametrize("promise", PROMISES)
def test_logs_hold_what_is_promised(promise):
    assert draws(strategies.logs(), PROMISES[promise])


@given(strategies.logs())
def test_what_a_log_names_is_declared_before_it(log):
    declared: dict[str, set[str]] = {"source": set(), "place": set(), "actor": set()}
    before: set[str] = set()
    for event in log:
        if kind_of(event) in declared:
            declared[kind_of(event)].add(event.id)
        if isinstance(event, Statement):
            assert event.source in declared["source"]
        for claim in (event, getattr(event, "replacement", None)):
            if isinstance(claim, Claim):
                assert {getattr(claim, "place", None)} - {None} <= declared["place"]
                assert _actors(claim) <= declared["actor"]
        if isinstance(event, Retracted | Corrected):
            assert event.target in before
        before.add(event_id(event))


def _actors(claim):
    one = ("to", "from_", "group", "subject", "holder", "not_holder")
    many = ("holders", "parties", "targets", "members", "against", "fatalities")
    named = {getattr(claim, name, None) for name in one}
    named |= {actor for name in many for actor in getattr(claim, name, ())}
    return named - {None}


@given(strategies.logs())
def test_logs_load_as_they_are(log):
    with Timeline(SQLiteLog.open(":memory:")) as timeline:
        assert timeline.append(log) == list(range(1, len(log) + 1)), "each event is there once"


@given(strategies.logs(changes=False, vague=False, max_claims=2))
def test_logs_can_be_had_without_changes_of_mind_and_without_vagueness(log):
    assert len(claims_of(log)) <= 2
    assert all(claim.when.is_exact for claim in claims_of(log))
    assert not targets(log)


@given(strategies.claims(), st.data())
def test_rivals_speak_of_the_same_matter_and_the_same_days(claim, data):
    rival = data.draw(strategies.rivals(claim))
    assert (rival.when, rival.known) == (claim.when, claim.known)
    for name in ("place", "group", "status", "nationality", "measure"):
        assert getattr(rival, name, None) == getattr(claim, name, None)


@given(strategies.logs(), st.data())
def test_a_change_of_mind_is_about_one_of_its_targets(log, data):
    change = data.draw(strategies.changes_of_mind(log))
    assert change.target in by_id(log)
    if isinstance(change, Corrected):
        target = by_id(log)[change.target]
        assert type(change.replacement) is type(target)
        assert change.replacement != target


def test_every_public_name_is_there():
    assert strategies.__all__ == sorted(strategies.__all__)
    assert all(hasattr(strategies, name) for name in strategies.__all__)
