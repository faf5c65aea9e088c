"""The laws of DESIGN section 5, on drawn logs, and the laws module that users are given."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conflict_timeline import laws, strategies
from conflict_timeline.codec import event_id
from conflict_timeline.dates import When
from conflict_timeline.events import (
    Actor,
    Claim,
    ControlChanged,
    ControlObserved,
    Corrected,
    Place,
    Reference,
    Retracted,
    Source,
)
from conflict_timeline.log import SQLiteLog
from conflict_timeline.timeline import Timeline
from tests.answers import everything, territory

DAYS = [strategies.FIRST_DAY + timedelta(days=n) for n in (-400, 0, 20, 45, 90)]


def answer(view):
    return [everything(view, day) for day in DAYS]


def timeline(*batches):
    made = Timeline(SQLiteLog.open(":memory:"))
    for batch in batches:
        made.append(batch)
    return made


@given(strategies.logs(), st.data())
def test_law_1_the_order_of_appending_never_matters(log, data):
    laws.order_never_matters(answer, log, data.draw(st.permutations(range(len(log)))))


@given(strategies.logs())
def test_law_1_appending_twice_changes_nothing(log):
    laws.appending_twice_changes_nothing(answer, log)


@given(strategies.logs(), strategies.days())
def test_law_2_what_is_known_later_changes_no_view(log, known_by):
    laws.what_is_known_later_changes_no_view(answer, log, known_by)


@given(strategies.logs(max_claims=10), st.integers(0, 10))
def test_law_2_what_is_recorded_later_changes_no_view(log, cut):
    records = [e for e in log if isinstance(e, Reference)]
    told = [e for e in log if not isinstance(e, Reference)]
    laws.what_is_recorded_later_changes_no_view(answer, [*records, *told[:cut]], told[cut:])


@given(strategies.logs(max_claims=12))
def test_law_3_best_is_possible_and_possible_is_conceivable(log):
    view = timeline(log).view()
    for day in DAYS:
        for found in view.as_of(day).territory.values():
            assert found.best in found.possible
            assert found.possible <= found.conceivable
            if found.status == "certain":
                assert len(found.possible) == 1


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(strategies.ACTORS)), min_size=1))
def test_law_4_exact_undisputed_dates_give_what_an_as_of_join_gives(drawn):
    by_day = dict(drawn)
    claims = [
        ControlChanged(
            place="hama", to=to, when=strategies.FIRST_DAY + timedelta(days=n), source="paper"
        )
        for n, to in by_day.items()
    ]
    view = timeline([*_records(), *claims]).view()
    asked = pd.DataFrame({"day": [0, 7, 30, 60, 100]})
    joined = pd.merge_asof(
        asked, pd.DataFrame(sorted(by_day.items()), columns=["day", "to"]), on="day"
    )
    for n, to in zip(joined.day, joined.to, strict=True):
        day = strategies.FIRST_DAY + timedelta(days=int(n))
        found = view.as_of(day).territory["hama"]
        if isinstance(to, str):
            assert found.best == {to}
        else:
            assert found.best is None


def _records():
    return [
        *(Source(id=name, title=name, published="2021") for name in strategies.SOURCES),
        *(Place(id=name) for name in strategies.PLACES),
        *(Actor(id=name) for name in strategies.ACTORS),
    ]


@given(strategies.logs(changes=False), st.data(), st.integers(0, 20), st.integers(0, 20))
def test_law_5_widening_a_date_never_removes_a_conceivable_holding(log, data, before, after):
    told = [e for e in log if isinstance(e, ControlChanged | ControlObserved)]
    assume(told)
    claim = data.draw(st.sampled_from(told))
    assert claim.when.latest is not None
    wide = attrs.evolve(
        claim,
        when=When(
            claim.when.earliest and claim.when.earliest - timedelta(days=before),
            min(claim.when.latest + timedelta(days=after), claim.known.latest),
        ),
        occurrence=None,
    )
    narrow = attrs.evolve(claim, occurrence=None)
    rest = [e for e in log if e != claim]
    for day in DAYS:
        less = timeline([*rest, narrow]).as_of(day).territory[claim.place].conceivable
        more = timeline([*rest, wide]).as_of(day).territory[claim.place].conceivable
        assert less <= more


def _possible(view, place, first, length):
    """The known holdings that are the only possible ones; two or more if any day leaves several."""
    found = set()
    for n in range(-1, length + 1):
        possible = view.as_of(first + timedelta(days=n)).territory[place].possible
        found |= possible if len(possible) == 1 else {None, *possible}
    return found if None not in found else set()


@given(strategies.logs(changes=False, max_claims=10), st.data())
def test_law_5_a_report_of_what_surely_was_changes_only_the_evidence(log, data):
    """Every least-change history satisfies it: it tells of the one possible holding."""
    view = timeline(log).view()
    length = data.draw(st.integers(0, 6))
    surely = [  # places and days from which on, and the day before, one holding alone is possible
        (place, first, answers.pop())
        for place in view.as_of(DAYS[0]).territory
        for first in DAYS[1:]
        if len(answers := _possible(view, place, first, length)) == 1
    ]
    assume(surely)
    place, first, held = data.draw(st.sampled_from(surely))
    last = first + timedelta(days=length)
    further = ControlObserved(
        place=place, holders=held, when=When(first, last), source="paper",
        known="2021-01-01",
    )  # fmt: skip
    told = ("best", "possible")
    for day in DAYS:
        before = territory(view, day).get(place)
        after = territory(timeline(log, [further]).view(), day)[place]
        if before is not None:
            assert {k: before[k] for k in told} == {k: after[k] for k in told}


@given(strategies.logs(), st.data())
def test_law_5_a_retracted_event_leaves_nothing_behind(log, data):
    told = [e for e in log if isinstance(e, Claim)]
    assume(told)
    laws.retracting_is_never_having_said(answer, log, data.draw(st.sampled_from(told)))


@given(strategies.logs(max_claims=12), st.data())
def test_law_6_incremental_is_rebuilt_from_empty(log, data):
    records = [e for e in log if isinstance(e, Reference)]
    told = [e for e in log if not isinstance(e, Reference)]
    growing = timeline(records)
    so_far = list(records)
    for event in told:
        so_far.append(event)
        growing.append([event])
        day = data.draw(st.sampled_from(DAYS))
        assert everything(growing.view(), day) == everything(timeline(so_far).view(), day)


@given(strategies.logs())
def test_law_7_decoding_an_encoded_event_gives_the_event(log):
    for event in log:
        laws.decoding_gives_the_event(event)


def test_a_retraction_can_be_retracted_and_a_correction_corrected():
    claim = ControlChanged(place="hama", to="army", when="2020-01-05", source="paper")
    put_right = attrs.evolve(claim, to="front")
    again = attrs.evolve(claim, to="legion")
    correction = Corrected(
        target=claim.id, replacement=put_right, kind="clerical_error", source="paper"
    )
    second = Corrected(target=put_right.id, replacement=again, kind="rereading", source="paper")
    taken_back = Retracted(target=second.id, reason="it was right", source="paper")

    def best(*events):
        return timeline([*_records(), claim, *events]).as_of("2020-02-01").territory["hama"].holder

    assert best() == "army"
    assert best(correction) == "front"
    assert best(correction, second) == "legion"
    assert best(correction, second, taken_back) == "front"
    assert best(Retracted(target=claim.id, reason="no", source="paper")) is None


class TakenPlaces:
    """A projection of one's own: which places anybody was reported to have taken."""

    def initial(self):
        return frozenset()

    def evolve(self, state, event):
        return state | {event.place} if isinstance(event, ControlChanged) else state


class Impure(TakenPlaces):
    def initial(self):
        return []

    def evolve(self, state, event):
        state.append(event_id(event))
        return state


class Incomparable(TakenPlaces):
    """Its states cannot be compared, so nobody can tell that an answer stays the same."""

    def initial(self):
        return object()

    def evolve(self, state, event):
        return state


def test_a_projection_of_ones_own_that_obeys_the_laws_passes():
    laws.check(TakenPlaces(), max_examples=30)


@pytest.mark.parametrize("broken", [Impure, Incomparable])
def test_a_projection_of_ones_own_that_breaks_a_law_is_told(broken):
    with pytest.raises(AssertionError):
        laws.check(broken(), max_examples=30)
