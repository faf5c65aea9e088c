"""The state as of a day: what a view says of territory, people and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pendulum

from conflict_timeline.answers import Answers, in_html
from conflict_timeline.dates import from_ordinal
from conflict_timeline.projections.balance import BalanceSheet, balances
from conflict_timeline.projections.contradictions import Contradiction, contradictions
from conflict_timeline.projections.control import Control
from conflict_timeline.projections.forecasts import Judged, judge
from conflict_timeline.projections.incidents import Incidents
from conflict_timeline.projections.people import AccountKey, Count
from conflict_timeline.projections.register import WholeState
from conflict_timeline.projections.reported import Alliances, Figures
from conflict_timeline.projections.rollup import Rollup, rollup
from conflict_timeline.timeline.canonical_state import state_bytes, state_dict
from conflict_timeline.timeline.resolving import cite

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

    def _repr_html_(self) -> str:
        return in_html(self, self._view)

    def __repr__(self) -> str:
        day = from_ordinal(self._day).isoformat()
        return f"TerritoryState(day={day}, places={len(self)})"

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

    def balance(self, group: str, nationality: str | None = None) -> BalanceSheet:
        """Every status of a group's members, and how many are not accounted for.

        What no one reported is narrowed by what was: joined is the sum of the compartments, and a
        total is at least the sum of its parts. The sheet lists what it assumes.

        Args:
            group: actor id or name.
            nationality: ISO 3166-1 alpha-2 code or a country's name; None is all together.

        Raises:
            UnknownNameError, AmbiguousNameError: for a name.
        """
        of = self._view.actor(group)
        which = None if nationality is None else self._view.nationality(nationality)
        return self._view.sheets.balance(of, which, self._day)

    def balances(self) -> list[BalanceSheet]:
        """The balances of all groups, of all nationalities together and of each reported."""
        return Answers(balances(self._view.people, self._day), self._view)

    def contradictions(self, group: str | None = None, limit: int = 20) -> list[Contradiction]:
        """The smallest sets of claims that cannot all be true, or whose best values do not fit.

        Args:
            group: actor id or name; None is all groups.
            limit: how many to look for. The work is bounded, too: of claims that contradict each
                other in very many ways not all sets are found.

        Raises:
            UnknownNameError, AmbiguousNameError: for a name.
        """
        of = None if group is None else self._view.actor(group)
        found = contradictions(self._view.people, self._day, of, limit)
        return Answers(found, self._view)

    def _repr_html_(self) -> str:
        return in_html(self, self._view)

    def __repr__(self) -> str:
        return f"PeopleState(day={from_ordinal(self._day).isoformat()})"

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
        return Answers(judge(self._view.territory, self._day), self._view)

    def to_dict(self) -> dict[str, Any]:
        """Everything it says, as dicts, lists, text, numbers, booleans and None; claims by id.

        It says nothing of the view: the same answer to another question is the same.
        """
        return state_dict(self)

    def to_bytes(self) -> bytes:
        """The canonical bytes of ``to_dict``: the same for the same answer, on every machine.

        JSON (RFC 8259) in UTF-8, keys sorted, without white space.
        """
        return state_bytes(self)

    @cached_property
    def citation(self) -> str:
        """One line of ASCII that fixes view, day, library version, log and answer.

        ``Timeline.resolve`` gives the answer again. The whole state is computed for it.

        Raises:
            CitationError: if its view is not of a log as it stands, or names too many sources.
        """
        return cite(self)

    def _repr_html_(self) -> str:
        return in_html(self, self._view)

    def __repr__(self) -> str:
        return f"State(day={self.day.isoformat()}, places={len(self.territory)})"
