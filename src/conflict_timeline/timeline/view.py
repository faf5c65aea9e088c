"""A view of a timeline: what may be seen, with names resolved and projections kept."""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import cached_property
from typing import Any, TypeVar

from conflict_timeline.dates import day as civil_day
from conflict_timeline.errors import UnknownNameError
from conflict_timeline.events import COMPARTMENTS, JOINED
from conflict_timeline.names import Names, nearest
from conflict_timeline.projections.fold import Projection, fold
from conflict_timeline.projections.forecasts import Judged, judge
from conflict_timeline.projections.people import People
from conflict_timeline.projections.scores import Scores, scores
from conflict_timeline.projections.territory import Span, Territory
from conflict_timeline.timeline.diff import Diff, diff
from conflict_timeline.timeline.explain import Explanation, explain
from conflict_timeline.timeline.revisions import Revision, revisions
from conflict_timeline.timeline.state import State
from conflict_timeline.view import Logged, ViewSpec, Visible, visible

__all__ = ["View"]

S = TypeVar("S")
STATUSES = (JOINED, *COMPARTMENTS)


class View:
    """What a question may see of a log, fixed: entries recorded later do not enter it.

    Attributes:
        spec: which events it shows.
        implied_within: days before a place's first report for which that report's ``before`` holds.
        stale_after: days after which an answer without newer evidence is "stale"; None for never.
    """

    def __init__(
        self,
        entries: Iterable[Logged],
        spec: ViewSpec,
        *,
        implied_within: int | None = 365,
        stale_after: int | None = None,
        without: Set[str] = frozenset(),
    ) -> None:
        self._entries = entries
        self._without = without
        self.spec = spec
        self.implied_within = implied_within
        self.stale_after = stale_after

    @cached_property
    def visible(self) -> Visible:
        """The records and claims it shows."""
        return visible(self._entries, self.spec, self._without)

    @cached_property
    def territory(self) -> Territory:
        """The control claims as a register."""
        return Territory(self.visible, implied_within=self.implied_within)

    @cached_property
    def people(self) -> People:
        """The people claims as a ledger."""
        return People(self.visible)

    def without(self, events: Set[str]) -> View:
        """The same view of a log that never had the events of these ids."""
        return View(
            self._entries,
            self.spec,
            implied_within=self.implied_within,
            stale_after=self.stale_after,
            without=self._without | events,
        )

    # ---- names ----------------------------------------------------------------------------------

    @cached_property
    def place_names(self) -> Names:
        """Lookup of places."""
        return Names("place", self.visible.places.values())

    @cached_property
    def actor_names(self) -> Names:
        """Lookup of actors."""
        return Names("actor", self.visible.actors.values())

    @cached_property
    def country_names(self) -> Names:
        """Lookup of countries, by which nationalities are known."""
        countries = [p for p in self.visible.places.values() if p.iso is not None]
        return Names("nationality", countries)

    def place(self, name: str) -> str:
        """The id of the place known so."""
        return self.place_names.resolve(name)

    def actor(self, name: str) -> str:
        """The id of the actor known so."""
        return self.actor_names.resolve(name)

    def nationality(self, name: str) -> str:
        """The ISO 3166-1 alpha-2 code of a country known so; a code stands for itself."""
        if len(name) == 2 and name.isascii() and name.isupper():
            return name
        iso = self.visible.places[self.country_names.resolve(name)].iso
        assert iso is not None
        return iso

    @staticmethod
    def status(name: str) -> str:
        """The status, if it is one."""
        if name not in STATUSES:
            raise UnknownNameError("status", name, nearest(name, STATUSES) or STATUSES)
        return name

    # ---- questions ------------------------------------------------------------------------------

    def as_of(self, day: Any) -> State:
        """The state at the end of a civil day ("YYYY-MM-DD" or a date)."""
        return State(self, civil_day(day).toordinal())

    def explain(self, place: str, day: Any) -> Explanation:
        """The chain of evidence for a place on a day, and why each claim won or lost."""
        control = self.as_of(day).territory[place]
        return explain(self.visible, self.territory, control)

    def history(self, place: str) -> list[Span]:
        """The spans of a place, each with its answer; empty if nothing was reported."""
        return self.territory.history(self.place(place))

    def forecasts(self, *, as_of: Any) -> list[Judged]:
        """The forecasts made by a day, judged as of that day."""
        return judge(self.territory, civil_day(as_of, "as_of").toordinal())

    def scores(self, *, as_of: Any, by: str = "claimant") -> Scores:
        """What became, by a day, of the forecasts that each claimant had made by then."""
        return scores(self.forecasts(as_of=as_of), by)

    def diff(self, a: Any, b: Any) -> Diff:
        """What changed in the world from one day to another, as far as this view tells."""
        return diff(self.as_of(a), self.as_of(b))

    def revisions(self, place: str, day: Any) -> list[Revision]:
        """How the answer for a place and day changed as reports were published."""
        return revisions(
            (entry for entry in self._entries if entry.id not in self._without),
            self.spec,
            self.place(place),
            civil_day(day).toordinal(),
            implied_within=self.implied_within,
            stale_after=self.stale_after,
        )

    def project(self, projection: Projection[S], day: Any) -> S:
        """The state of one's own projection at the end of a day."""
        return fold(projection, self.visible, civil_day(day).toordinal())
