"""The other things that were reported: figures and alliances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.events import AllianceObserved, FigureObserved
from conflict_timeline.projections.windows import representative_day
from conflict_timeline.quantities import Quantity
from conflict_timeline.view import Seen, Visible

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


class Figures:
    """The figures of a view on a day, by measure."""

    def __init__(self, visible: Visible, day: int) -> None:
        self._visible = visible
        groups: dict[tuple[str, str, str, str], list[Seen]] = defaultdict(list)
        for seen in visible.claims:
            claim = seen.about
            if isinstance(claim, FigureObserved) and seen.first <= day:
                key = (claim.measure, claim.subject or "", claim.place or "", claim.unit)
                groups[key].append(seen)
        self._all = tuple(_figure(groups[key]) for key in sorted(groups))

    def _repr_html_(self) -> str:
        return in_html(self, self._visible)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)})"

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Figure]:
        return iter(self._all)

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


class Alliances:
    """The alliances of a view on a day."""

    def __init__(self, visible: Visible, day: int) -> None:
        self._visible = visible
        found = []
        for seen in visible.claims:
            if isinstance(seen.about, AllianceObserved) and seen.first <= day:
                found.append(Alliance(seen.about, _alliance_status(seen, day), seen))
        self._all = tuple(sorted(found, key=lambda a: (a.evidence.first, a.evidence.id)))

    def _repr_html_(self) -> str:
        return in_html(self, self._visible)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)})"

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Alliance]:
        return iter(self._all)

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
