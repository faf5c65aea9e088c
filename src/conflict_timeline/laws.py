"""The laws that every answer of a log obeys, to be checked on projections of one's own.

    from conflict_timeline import laws
    laws.check(MyProjection())

Each law is a function of an *answer* (what a view says, as any value that can be compared) and a
log, and raises AssertionError where it is broken. ``check`` runs them all on logs that hypothesis
draws. Needs the ``test`` extra.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pendulum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conflict_timeline import strategies
from conflict_timeline.codec import decode, encode, event_id
from conflict_timeline.dates import day as civil_day
from conflict_timeline.events import Claim, Corrected, Event, RecordsMerged, Retracted, Statement
from conflict_timeline.log import SQLiteLog
from conflict_timeline.projections.fold import Projection
from conflict_timeline.timeline import Timeline, View

__all__ = [
    "appending_twice_changes_nothing",
    "check",
    "decoding_gives_the_event",
    "growing_is_rebuilding",
    "order_never_matters",
    "retracting_is_never_having_said",
    "what_is_known_later_changes_no_view",
    "what_is_recorded_later_changes_no_view",
]

Answer = Callable[[View], object]
S = TypeVar("S")


def _hold(obeyed: bool, otherwise: str) -> None:
    # Not an assert statement: under ``python -O`` the laws are checked all the same.
    if not obeyed:
        raise AssertionError(otherwise)


def _view(*batches: Sequence[Event], **axes: Any) -> View:
    with Timeline(SQLiteLog.open(":memory:")) as timeline:
        for batch in batches:
            timeline.append(batch)
        return timeline.view(**axes)


def _target(event: Event) -> str | None:
    return event.target if isinstance(event, Retracted | Corrected) else None


def _without(log: Sequence[Event], dropped: set[str]) -> list[Event]:
    """The log without some events, and without what aims at them: it could not be appended."""
    gone = set(dropped)
    while more := {event_id(event) for event in log if _target(event) in gone} - gone:
        gone |= more
    return [event for event in log if event_id(event) not in gone]


def order_never_matters(answer: Answer, log: Sequence[Event], order: Sequence[int]) -> None:
    """The answer is the same whatever the order of appending (law 1).

    Args:
        answer: what is asked of a view.
        log: the events.
        order: indices into the log, in the order to try.
    """
    shuffled = [log[i] for i in order]
    _hold(answer(_view(shuffled)) == answer(_view(log)), "the order of appending matters")


def appending_twice_changes_nothing(answer: Answer, log: Sequence[Event]) -> None:
    """Appending the same events again changes nothing (law 1)."""
    _hold(answer(_view(log, log)) == answer(_view(log)), "appending twice changes the answer")


def what_is_known_later_changes_no_view(
    answer: Answer, log: Sequence[Event], known_by: pendulum.Date
) -> None:
    """Events published after a day never change an answer as known by it (law 2)."""
    dropped = {
        event_id(event)
        for event in log
        if isinstance(event, Statement)
        and event.known is not None
        and event.known.last > known_by.toordinal()
    }
    shorter = _without(log, dropped)
    full = answer(_view(log, known_by=known_by))
    _hold(answer(_view(shorter, known_by=known_by)) == full, "what is known later changes the past")


def what_is_recorded_later_changes_no_view(
    answer: Answer, log: Sequence[Event], later: Sequence[Event]
) -> None:
    """Events recorded after a position never change an answer at it (law 2)."""
    with Timeline(SQLiteLog.open(":memory:")) as timeline:
        timeline.append(log)
        position = timeline.position
        before = answer(timeline.view(at=position))
        timeline.append(later)
        after = answer(timeline.view(at=position))
    _hold(after == before, "what is recorded later changes the past")


def retracting_is_never_having_said(
    answer: Answer, log: Sequence[Event], claim: Claim | RecordsMerged
) -> None:
    """Retracting a claim or a merge gives the answers of a log that never had it (law 5)."""
    without = _without(log, {claim.id})
    retraction = Retracted(
        target=claim.id, reason="withdrawn", source=claim.source, known=civil_day("1900-01-01")
    )
    retracted = answer(_view([*without, claim], [retraction]))
    _hold(retracted == answer(_view(without)), "a retracted event leaves something behind")


def growing_is_rebuilding(answer: Answer, log: Sequence[Event], cuts: Sequence[int]) -> None:
    """A log that grew, and was asked in between, answers as one that was made at once (law 6).

    Args:
        answer: what is asked of a view; what it keeps between questions must not show.
        log: the events, each after those it needs.
        cuts: where to cut the log into the pieces that are appended one by one.
    """
    with Timeline(SQLiteLog.open(":memory:")) as timeline:
        for begin, end in itertools.pairwise([0, *sorted(cuts), len(log)]):
            timeline.append(log[begin:end])
            rebuilt = answer(_view(log[:end]))
            _hold(answer(timeline.view()) == rebuilt, "a log that grew answers otherwise")


def decoding_gives_the_event(event: Event) -> None:
    """Decoding gives the event that was encoded, and encoding it again the same bytes (law 7)."""
    data = encode(event)
    again = decode(data)
    _hold(again == event, "decoding gives another event")
    _hold(encode(again) == data, "encoding again gives other bytes")


def check(projection: Projection[S], *, max_examples: int = 100) -> None:
    """Checks a projection of one's own against the laws, on drawn logs.

    Args:
        projection: with ``initial`` and a pure ``evolve``; states are compared with ``==``.
        max_examples: how many logs to draw.

    Raises:
        AssertionError: with the law and the smallest log found that breaks it.
    """
    drawn = settings(
        max_examples=max_examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),  # to explain a failure takes minutes on logs
    )

    @drawn
    @given(st.lists(strategies.claims(), max_size=4))
    def is_pure(told: list[Claim]) -> None:
        _evolve_is_pure(projection, told)

    @drawn
    @given(st.data())
    def obeys(data: st.DataObject) -> None:
        log = data.draw(strategies.logs(merges=True), label="log")
        asked = data.draw(strategies.days(), label="day")

        def answer(view: View) -> S:
            return view.project(projection, asked)

        order_never_matters(answer, log, data.draw(st.permutations(range(len(log)))))
        appending_twice_changes_nothing(answer, log)
        what_is_known_later_changes_no_view(answer, log, data.draw(strategies.days()))
        cuts = data.draw(st.lists(st.integers(0, len(log)), max_size=2))
        growing_is_rebuilding(answer, log, cuts)
        undone = [event for event in log if isinstance(event, Claim | RecordsMerged)]
        if undone:
            retracting_is_never_having_said(answer, log, data.draw(st.sampled_from(undone)))

    is_pure()  # first, since the other laws cannot be told from impurity
    obeys()


def _evolve_is_pure(projection: Projection[S], told: Sequence[Claim]) -> None:
    """Evolving leaves the state it was given as it was, and gives the same each time."""
    state = projection.initial()
    for claim in told:
        kept = copy.deepcopy(state)
        following = projection.evolve(state, claim)
        _hold(state == kept, "evolve changes the state it is given; it must return a new one")
        again = projection.evolve(kept, claim)
        _hold(again == following, "evolve gives another state for the same state and claim")
        state = following
