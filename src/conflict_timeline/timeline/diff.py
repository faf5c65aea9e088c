"""What changed between two states: in the world, in what we know, or in what still stands.

From the first state to the second one goes in three steps: to the second day in the first view; to
the second view, but without the retractions and corrections that the first does not see; and to all
of it. That two records are of one place or actor is learned: no claim is taken back by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.errors import AxisError, shown
from conflict_timeline.events import RecordsMerged
from conflict_timeline.timeline.causes import Cause, differing, minds, signature, speaking
from conflict_timeline.timeline.state import State
from conflict_timeline.timeline.subjects import (
    NOTHING,
    TOPICS,
    Subject,
    Told,
    Value,
    nothing,
    places,
    values,
)
from conflict_timeline.view import Seen

__all__ = ["KINDS", "LEARNED", "WITHDRAWN", "WORLD", "Change", "Diff", "values"]

WORLD = "the world changed"
LEARNED = "we learned"
WITHDRAWN = "a claim was withdrawn"
KINDS = (WORLD, LEARNED, WITHDRAWN)


@attrs.frozen
class Change:
    """One answer that became another.

    Attributes:
        kind: one of ``KINDS``.
        subject: what it is about.
        before, after: the answers; where nothing was reported an unknown one for territory and
            people, else None.
        because: the claims or changes of mind that did it.
    """

    kind: str
    subject: Subject
    before: Value
    after: Value
    because: tuple[Cause, ...] = attrs.field(eq=False)


class _Step:
    """Two states that differ in one way."""

    def __init__(self, kind: str, before: State, after: State, new: frozenset[str]) -> None:
        self.kind = kind
        self.before = before
        self.after = after
        self.new = new  # ids of the changes of mind that only the state after sees

    @cached_property
    def _known_before(self) -> set[str]:
        return {seen.id for seen in self.before.view.visible.claims}

    def changes(self, topic: str) -> tuple[Change, ...]:
        was, now = self._told(topic)
        return tuple(
            self._change(subject, before, after)
            for subject in sorted({*was, *now})
            for before in [was.get(subject) or nothing(subject)]
            for after in [now.get(subject) or nothing(subject)]
            if before.value != after.value
        )

    def _told(self, topic: str) -> tuple[dict[Subject, Told], dict[Subject, Told]]:
        if topic != "territory":
            return TOPICS[topic](self.before), TOPICS[topic](self.after)
        moved = self._places()
        return places(self.before, moved), places(self.after, moved)

    def _places(self) -> list[str] | None:
        """The places whose answer can be another; None for any."""
        before, after = self.before.view, self.after.view
        if self.kind == WORLD:
            # Evidence may grow stale on any day. Else an answer changes only where the window of a
            # report begins or ends, or comes within reach of what it implies.
            stale = before.stale_after is not None
            return None if stale else before.territory.register.turning(*self._days())
        was, now = before.territory.claims, after.territory.claims
        return [
            place
            for place in sorted({*was, *now})
            if {signature(before.visible, seen) for seen in was.get(place, ())}
            != {signature(after.visible, seen) for seen in now.get(place, ())}
        ]

    def _days(self) -> tuple[int, int]:
        days = sorted((self.before.day.toordinal(), self.after.day.toordinal()))
        return days[0], days[1]

    def _change(self, subject: Subject, before: Told, after: Told) -> Change:
        because: Sequence[Cause]
        if self.kind == WORLD:
            because = self._in_the_world(before, after)
        else:
            was, now = self.before.view.visible, self.after.view.visible
            new, gone = differing(was, before.claims, now, after.claims)
            because = minds([*new, *gone], was, now, self.new)
            if self.kind == LEARNED:
                # A claim that was known of another place, before the two were one, is no news.
                news = [seen for seen in new if seen.id not in self._known_before]
                because = [*speaking(news, after.evidence), *because] or new or gone
            else:
                # The origin of a claim can hang on a source that the claim does not name.
                because = because or [now.changes[i] for i in sorted(self.new)]
        return Change(self.kind, subject, before.value, after.value, tuple(because))

    def _in_the_world(self, before: Told, after: Told) -> list[Seen]:
        """What speaks for the answer on the second day and did not on the first.

        Where that is nothing, reports whose days begin or end in between; where there are none
        either, what spoke for the one answer or the other, and is out of date or reach now.
        """
        spoke, speaks = ({seen.id for seen in told.evidence} for told in (before, after))
        first, last = self._days()
        return (
            [seen for seen in after.evidence if seen.id not in spoke]
            or [s for s in after.claims if any(first < day <= last for day in _turns(s))]
            or [seen for seen in before.evidence if seen.id not in speaks]
            or [*(after.evidence or before.evidence)]
        )


def _turns(seen: Seen) -> tuple[int, ...]:
    until = getattr(seen.claim, "until", None)
    return (seen.first, seen.last, *(() if until is None else (until.first, until.last)))


class Diff:
    """What changed from one state to another, change by change.

    Iterating gives all changes: those of the world first, then what we learned, then what was
    withdrawn; in each by topic and subject. A subject may change in several of these steps. Where
    the second view sees less than the first, "we learned" is what one must not know yet. Each topic
    is worked out when it is first asked for.

    Attributes:
        first, second: the states.
    """

    def __init__(self, first: State, second: State) -> None:
        self.first = first
        self.second = second
        self._changes: dict[tuple[str, str], tuple[Change, ...]] = {}

    @cached_property
    def _steps(self) -> list[_Step]:
        first, second = self.first, self.second
        steps = []
        if first.day != second.day:
            then = first.view.as_of(second.day)
            steps.append(_Step(WORLD, first, then, frozenset()))
            first = then
        if first.view is not second.view:
            changes = second.view.visible.changes
            new = changes.keys() - first.view.visible.changes.keys()
            merges = frozenset(i for i in new if isinstance(changes[i].event, RecordsMerged))
            others = frozenset(new - merges)
            before = second.view.without(others).as_of(second.day) if others else second
            steps.append(_Step(LEARNED, first, before, merges))
            if others:
                steps.append(_Step(WITHDRAWN, before, second, others))
        return steps

    def _told(self, step: _Step, topic: str) -> tuple[Change, ...]:
        key = (step.kind, topic)
        if key not in self._changes:
            self._changes[key] = step.changes(topic)
        return self._changes[key]

    def __iter__(self) -> Iterator[Change]:
        for step in self._steps:
            for topic in TOPICS:
                yield from self._told(step, topic)

    def _repr_html_(self) -> str:
        return in_html(self, self.second.view)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Diff(first={self.first!r}, second={self.second!r}, changes={len(self)})"

    def about(self, topic: str) -> tuple[Change, ...]:
        """The changes of one topic.

        Args:
            topic: one of "territory", "people", "incidents", "figures", "alliances", "forecasts".
        """
        if topic not in TOPICS:
            raise AxisError(f"topic: expected one of {', '.join(TOPICS)}, got {shown(topic)}")
        return tuple(change for step in self._steps for change in self._told(step, topic))

    @property
    def territory(self) -> tuple[Change, ...]:
        """Changes of who held what."""
        return self.about("territory")

    @property
    def people(self) -> tuple[Change, ...]:
        """Changes of how many were where."""
        return self.about("people")

    @property
    def incidents(self) -> tuple[Change, ...]:
        """Incidents that came, went, or are told otherwise."""
        return self.about("incidents")

    @property
    def figures(self) -> tuple[Change, ...]:
        """Changes of figures."""
        return self.about("figures")

    @property
    def alliances(self) -> tuple[Change, ...]:
        """Alliances that came, went, or may have ended."""
        return self.about("alliances")

    @property
    def forecasts(self) -> tuple[Change, ...]:
        """Forecasts that were made or taken back, and changes of their verdict."""
        return self.about("forecasts")

    def of_kind(self, kind: str) -> tuple[Change, ...]:
        """The changes of one kind: one of ``KINDS``."""
        if kind not in KINDS:
            raise AxisError(f"kind: expected one of {', '.join(KINDS)}, got {shown(kind)}")
        return tuple(change for change in self if change.kind == kind)

    def apply(self, told: Mapping[Subject, Value]) -> dict[Subject, Value]:
        """The values of the second state, from those of the first (``values``).

        Raises:
            AxisError: if the values are not those of the first state.
        """
        result = dict(told)
        for change in self:
            empty = NOTHING.get(change.subject.topic)
            was = result.pop(change.subject, empty)
            if was != change.before:
                raise AxisError(
                    f"{change.subject}: expected the first state's {shown(change.before)}, got "
                    f"{shown(was)}; apply the diff to values(diff.first)"
                )
            if change.after != empty:
                result[change.subject] = change.after
        return result


def diff(first: State, second: State) -> Diff:
    """What changed from one state to another, of views that differ in what was known at most.

    Raises:
        AxisError: if the views choose sources or reliability otherwise, or follow another policy:
            such a difference is neither the world's nor our knowledge's.
    """
    a, b = first.view, second.view
    for name, was, now in (
        ("sources", a.spec.sources, b.spec.sources),
        ("min_reliability", a.spec.min_reliability, b.spec.min_reliability),
        ("implied_within", a.implied_within, b.implied_within),
        ("stale_after", a.stale_after, b.stale_after),
    ):
        if was != now:
            raise AxisError(f"{name}: expected the same in both states, got {was!r} and {now!r}")
    return Diff(first, second)
