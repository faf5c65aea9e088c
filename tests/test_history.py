"""The history of a place against its answers day by day."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import conflict_timeline as ct
from conflict_timeline import strategies
from conflict_timeline.dates import OPEN_FUTURE, OPEN_PAST, from_ordinal
from conflict_timeline.timeline.view import View
from conflict_timeline.view import ViewSpec
from tests.benchmarks import work


def holds(view: View, place: str) -> None:
    """Each span tells what each of its days tells, and no two beside each other are the same."""
    spans = view.history(place)
    days = view.territory.register.breakpoints(place)
    if not days:
        assert spans == []
        return
    assert (spans[0].start, spans[-1].end) == (OPEN_PAST, OPEN_FUTURE)
    for span, following in pairwise(spans):
        assert span.end + 1 == following.start
        assert told(span) != told(following)
    for day in {d + n for d in days for n in (-1, 0, 1)}:
        control = view.as_of(from_ordinal(day)).territory[place]
        [span] = [s for s in spans if s.start <= day <= s.end]
        assert told(span) == told(control), (place, day)


def told(answer: object) -> tuple[object, ...]:
    return answer.best, answer.possible, answer.status  # type: ignore[attr-defined]


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(
    events=strategies.logs(max_claims=10, merges=False),
    within=st.sampled_from([0, 7, 365, None]),
    indexed=st.booleans(),
)
def test_a_span_tells_what_each_of_its_days_tells(events, within, indexed):
    with ct.open(":memory:") as tl:
        tl.append(events)
        view = tl.view(implied_within=within)
        if not indexed:
            view = View(list(tl.events()), ViewSpec(), implied_within=within)
        for place in strategies.PLACES:
            holds(view, place)


@pytest.mark.parametrize("seed", range(3))
def test_a_long_history(seed):
    made = work.make(60, 2, vague=0.5, retracted=0.1, seed=seed)
    with ct.open(":memory:") as tl:
        tl.append(list(work.events(made)))
        for known_by in (None, "2019-01-01"):
            for place in ("place-000000", "place-000001"):
                holds(tl.view(known_by=known_by), place)
