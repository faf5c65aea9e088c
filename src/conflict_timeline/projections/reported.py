"""The other things that were reported: figures and alliances."""

from __future__ import annotations

from collections import defaultdict

import attrs

from conflict_timeline.events import AllianceObserved, FigureObserved
from conflict_timeline.projections.told import Told
from conflict_timeline.projections.windows import representative_day
from conflict_timeline.quantities import Quantity
from conflict_timeline.view import Seen

__all__ = ["Alliance", "Alliances", "Figure", "Figures"]


@attrs.frozen(eq=False)
class Figure:
    """The latest figure of one measure, and the older or competing ones.

    Attributes:
        measure, subject, place, unit: what was measured, of whom, where, in what.
        value: the latest by the middle of its window; the more reliable of two.
        evidence: its claim.
        others: the other claims by that day, the latest first.
    """

    measure: str
    subject: str | None
    place: str | None
    unit: str
    value: Quantity
    evidence: Seen
    others: tuple[Seen, ...]


class Figures(Told[Figure]):
    """The figures of a view on a day, by measure."""

    def _gathered(self) -> tuple[Figure, ...]:
        groups: dict[tuple[str, str, str, str], list[Seen]] = defaultdict(list)
        for seen in self._visible.claims:
            claim = seen.about
            if isinstance(claim, FigureObserved) and seen.first <= self._day:
                key = (claim.measure, claim.subject or "", claim.place or "", claim.unit)
                groups[key].append(seen)
        return tuple(_figure(groups[key]) for key in sorted(groups))

    def get(
        self, measure: str, *, subject: str | None = None, place: str | None = None
    ) -> list[Figure]:
        """The figures of a measure, narrowed to a subject and a place if given."""
        return [
            figure
            for figure in self._all
            if figure.measure == measure
            and (subject is None or figure.subject == self._visible.merges.actor(subject))
            and (place is None or figure.place == self._visible.merges.place(place))
        ]


def _figure(members: list[Seen]) -> Figure:
    ordered = sorted(
        members, key=lambda s: (representative_day(s.first, s.last), s.rank), reverse=True
    )
    claim = ordered[0].about
    assert isinstance(claim, FigureObserved)
    return Figure(
        claim.measure,
        claim.subject,
        claim.place,
        claim.unit,
        claim.value,
        ordered[0],
        tuple(ordered[1:]),
    )


@attrs.frozen(eq=False)
class Alliance:
    """An alliance that was reported by a day.

    Attributes:
        claim: the report, as it reads in the view.
        status: "certain" (it held on that day), "possible" (its window is open to it), "reported"
            (it was observed before; no one said since whether it lasted), "ended".
        evidence: the claim as the view sees it.
    """

    claim: AllianceObserved
    status: str
    evidence: Seen


class Alliances(Told[Alliance]):
    """The alliances of a view on a day."""

    def _gathered(self) -> tuple[Alliance, ...]:
        found = [
            Alliance(seen.about, _alliance_status(seen, self._day), seen)
            for seen in self._visible.claims
            if isinstance(seen.about, AllianceObserved) and seen.first <= self._day
        ]
        return tuple(sorted(found, key=lambda a: (a.evidence.first, a.evidence.id)))

    def of(self, actor: str) -> list[Alliance]:
        """The alliances that an actor is a member of."""
        member = self._visible.merges.actor(actor)
        return [alliance for alliance in self._all if member in alliance.claim.members]


def _alliance_status(seen: Seen, day: int) -> str:
    claim = seen.about
    assert isinstance(claim, AllianceObserved)
    if claim.until is None:
        if seen.first == seen.last == day:
            return "certain"
        return "possible" if day <= seen.last else "reported"
    if claim.until.last < day:
        return "ended"
    return "certain" if seen.last <= day <= claim.until.first else "possible"
