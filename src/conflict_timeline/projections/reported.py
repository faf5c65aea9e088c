"""The other things that were reported: incidents, figures and alliances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import attrs

from conflict_timeline.dates import When
from conflict_timeline.errors import AxisError
from conflict_timeline.events import AllianceObserved, FigureObserved, Incident
from conflict_timeline.projections.windows import common_window, representative_day
from conflict_timeline.quantities import Quantity
from conflict_timeline.view import Seen, Visible

__all__ = ["Alliance", "Alliances", "Figure", "Figures", "Happening", "Incidents", "Window"]


@attrs.frozen(eq=False)
class Happening:
    """One incident, out of all the reports of it.

    Attributes:
        kind: as the most reliable report gives it.
        first, last: the days within which it lies, ordinals.
        place: place id, or None.
        fatalities: by party, the hull of the reports.
        reports: the claims, the most reliable first.
    """

    kind: str
    first: int
    last: int
    place: str | None
    fatalities: dict[str, Quantity]
    reports: tuple[Seen, ...]

    @property
    def claim(self) -> Incident:
        """The most reliable report, as it reads in the view."""
        claim = self.reports[0].about
        assert isinstance(claim, Incident)
        return claim


@attrs.frozen(eq=False)
class Window:
    """The incidents of a window of days, and how they were chosen.

    Attributes:
        when: the window.
        how: "overlap", they may have happened in it; "within", they surely did.
        incidents: in order of time.
    """

    when: When
    how: str
    incidents: tuple[Happening, ...]

    def __len__(self) -> int:
        return len(self.incidents)

    def __iter__(self) -> Iterator[Happening]:
        return iter(self.incidents)


class Incidents:
    """The incidents of a view that may have begun by a day."""

    def __init__(self, visible: Visible, day: int) -> None:
        together: dict[object, list[Seen]] = defaultdict(list)
        for seen in visible.claims:
            if isinstance(seen.claim, Incident) and seen.first <= day:
                together[seen.claim.occurrence or (seen.id,)].append(seen)
        found = [_happening(members) for members in together.values()]
        self._all = tuple(sorted(found, key=lambda h: (h.first, h.last, h.reports[0].id)))

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Happening]:
        return iter(self._all)

    def between(self, when: When | str, *, how: str = "overlap") -> Window:
        """The incidents of a window.

        Args:
            when: the window, as ``When.of`` takes it.
            how: "overlap" counts what may have happened in it, "within" only what surely did.
        """
        if how not in ("overlap", "within"):
            raise AxisError(f"how: expected overlap or within, got {how!r}")
        window = When.of(when)
        chosen = tuple(
            h
            for h in self._all
            if (
                h.first <= window.last and window.first <= h.last
                if how == "overlap"
                else window.first <= h.first and h.last <= window.last
            )
        )
        return Window(window, how, chosen)


def _happening(members: list[Seen]) -> Happening:
    members = sorted(members, key=lambda s: s.rank, reverse=True)
    first, last = common_window(members)
    fatalities: dict[str, Quantity] = {}
    for seen in members:
        claim = seen.about
        assert isinstance(claim, Incident)
        if claim.until is not None:
            last = max(last, min(claim.until.last, seen.known))
        for party, number in claim.fatalities.items():
            known = fatalities.get(party)
            fatalities[party] = (
                number if known is None else attrs.evolve(known.hull(number), best=known.best)
            )
    best = members[0].about
    assert isinstance(best, Incident)
    return Happening(best.kind, first, last, best.place, fatalities, tuple(members))


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
        self._merges = visible.merges
        groups: dict[tuple[str, str, str, str], list[Seen]] = defaultdict(list)
        for seen in visible.claims:
            claim = seen.about
            if isinstance(claim, FigureObserved) and seen.first <= day:
                key = (claim.measure, claim.subject or "", claim.place or "", claim.unit)
                groups[key].append(seen)
        self._all = tuple(_figure(groups[key]) for key in sorted(groups))

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
            and (subject is None or figure.subject == self._merges.actor(subject))
            and (place is None or figure.place == self._merges.place(place))
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
        self._merges = visible.merges
        found = []
        for seen in visible.claims:
            if isinstance(seen.about, AllianceObserved) and seen.first <= day:
                found.append(Alliance(seen.about, _alliance_status(seen, day), seen))
        self._all = tuple(sorted(found, key=lambda a: (a.evidence.first, a.evidence.id)))

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Alliance]:
        return iter(self._all)

    def of(self, actor: str) -> list[Alliance]:
        """The alliances that an actor is a member of."""
        member = self._merges.actor(actor)
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
