"""The state as of a day: what a view says of territory, people and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import pendulum

from conflict_timeline.dates import from_ordinal
from conflict_timeline.projections.control import Control
from conflict_timeline.projections.forecasts import Judged, judge
from conflict_timeline.projections.people import AccountKey, Count
from conflict_timeline.projections.register import WholeState
from conflict_timeline.projections.reported import Alliances, Figures, Incidents
from conflict_timeline.projections.rollup import Rollup, rollup

if TYPE_CHECKING:
    from conflict_timeline.timeline.view import View

__all__ = ["PeopleState", "State", "TerritoryState"]


class TerritoryState(Mapping[str, Control]):
    """Who held what at the end of a day: a mapping from place ids.

    A place may be asked for by its id or by any name it is known by, in any language. The keys are
    the places that claims speak of; any other declared place can be asked for, and is unknown.
    """

    def __init__(self, view: View, day: int) -> None:
        self._view = view
        self._day = day

    def __getitem__(self, place: str) -> Control:
        """The answer for a place.

        Raises:
            UnknownNameError: if no place is known so; it carries the nearest names.
            AmbiguousNameError: if several are.
        """
        identity = self._view.place(place)
        return self._view.territory.at(identity, self._day, self._view.stale_after)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._view.territory.claims))

    def __len__(self) -> int:
        return len(self._view.territory.claims)

    def __contains__(self, place: object) -> bool:
        return place in self._view.territory.claims

    def whole(self) -> WholeState:
        """The answers for all places at once, as arrays."""
        return self._view.territory.state(self._day)

    def rollup(self, area: str) -> Rollup:
        """The places within an area, counted by holding; the area itself is given no state.

        Raises:
            UnknownNameError, AmbiguousNameError: for the area's name.
        """
        view = self._view
        return rollup(view.territory, view.place(area), self._day, view.stale_after)


class PeopleState:
    """How many members of groups were where at the end of a day."""

    def __init__(self, view: View, day: int) -> None:
        self._view = view
        self._day = day

    def count(
        self, group: str, *, status: str, nationality: str | None = None, place: str | None = None
    ) -> Count:
        """How many members of a group had a status.

        Args:
            group: actor id or name.
            status: "joined", "active", "detained", "returned", "at_large", "elsewhere", "killed".
            nationality: ISO 3166-1 alpha-2 code or a country's name; None is the reports on all.
            place: place id or name; None is the reports on all places.

        Raises:
            UnknownNameError, AmbiguousNameError: for a name; also for an unknown status.
        """
        view = self._view
        key = AccountKey(
            view.actor(group),
            view.status(status),
            None if nationality is None else view.nationality(nationality),
            None if place is None else view.place(place),
        )
        return view.people.count(key, self._day)

    def __iter__(self) -> Iterator[Count]:
        """All accounts that something was reported of by the day."""
        for key in self._view.people.accounts:
            count = self._view.people.count(key, self._day)
            if count.basis != "none":
                yield count


class State:
    """What a view says of one day.

    Attributes:
        territory: who held what.
        people: how many were where.
        incidents, figures, alliances: the other things reported.
        forecasts: what was predicted by then, and what became of it by then.
    """

    def __init__(self, view: View, day: int) -> None:
        self._view = view
        self._day = day
        self.territory = TerritoryState(view, day)
        self.people = PeopleState(view, day)

    @property
    def day(self) -> pendulum.Date:
        """The day asked for; the state is that of its end."""
        return from_ordinal(self._day)

    @property
    def view(self) -> View:
        """The view that it is a state of."""
        return self._view

    @cached_property
    def incidents(self) -> Incidents:
        """The incidents that may have begun by the day."""
        return Incidents(self._view.visible, self._day)

    @cached_property
    def figures(self) -> Figures:
        """The latest figures by the day."""
        return Figures(self._view.visible, self._day)

    @cached_property
    def alliances(self) -> Alliances:
        """The alliances reported by the day."""
        return Alliances(self._view.visible, self._day)

    @cached_property
    def forecasts(self) -> list[Judged]:
        """The forecasts made by the day, judged as of the day."""
        return judge(self._view.territory, self._day)

    def __repr__(self) -> str:
        return f"State(day={self.day.isoformat()}, places={len(self.territory)})"
