"""A view of a timeline: what may be seen, with names resolved and projections kept."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import cached_property
from typing import Any, TypeVar

from conflict_timeline.answers import Answers
from conflict_timeline.dates import When, from_ordinal
from conflict_timeline.dates import day as civil_day
from conflict_timeline.errors import AxisError, CitationError, UnknownNameError, shown
from conflict_timeline.events import COMPARTMENTS, INCIDENT_KINDS, JOINED, Event
from conflict_timeline.index import Entries, IndexedTerritory, IndexedVisible, LogIndex, Sight
from conflict_timeline.names import Names, nearest
from conflict_timeline.projections.balance import Sheets
from conflict_timeline.projections.baselines import Baselines
from conflict_timeline.projections.coverage import Coverage, coverage
from conflict_timeline.projections.fold import Projection, ValidTime
from conflict_timeline.projections.forecasts import Judged, judge
from conflict_timeline.projections.incidents import Incidents, Window
from conflict_timeline.projections.people import People
from conflict_timeline.projections.rollup import members
from conflict_timeline.projections.scores import Scores, scores
from conflict_timeline.projections.sensitivity import Sensitivity
from conflict_timeline.projections.territory import Span, Territory
from conflict_timeline.timeline.checks import PARTIES_WITHOUT_RECORD
from conflict_timeline.timeline.diff import Diff, diff
from conflict_timeline.timeline.explain import Explanation, explain
from conflict_timeline.timeline.identity import Tree
from conflict_timeline.timeline.redactions import Redaction
from conflict_timeline.timeline.revisions import Revision, revisions
from conflict_timeline.timeline.state import State
from conflict_timeline.view import Logged, ViewSpec, Visible, visible

__all__ = ["View"]

S = TypeVar("S")
STATUSES = (JOINED, *COMPARTMENTS)
# More than the calendar has, and few enough for any arithmetic.
_MOST_DAYS = 9_999_999


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
        tree: Tree | None = None,
        baselines: Baselines | None = None,
        index: LogIndex | None = None,
        redacted: Callable[[], Sequence[Redaction]] = tuple,
    ) -> None:
        """Makes a view.

        Args:
            entries: the log from position 1.
            spec: which of its events to show.
            implied_within, stale_after: see the class.
            tree: the identity of the log; by default it is made from the entries.
            redacted: gives what was redacted in the log.
            baselines: where folded states are kept; by default the view keeps its own.
            index: of the log, if it has one; ``entries`` are all that is in it.
        """
        self._entries = entries if isinstance(entries, Entries) else tuple(entries)
        self._index = index
        self.spec = spec
        self.implied_within = _days("implied_within", implied_within)
        self.stale_after = _days("stale_after", stale_after)
        self._tree = Tree.of(self._entries) if tree is None else tree
        self._redacted = redacted
        self._baselines = Baselines() if baselines is None else baselines

    def __repr__(self) -> str:
        spec = self.spec
        axes = {
            "known_by": None if spec.known_by is None else from_ordinal(spec.known_by).isoformat(),
            "at": spec.at,
            "sources": None if spec.sources is None else sorted(spec.sources),
            "min_reliability": spec.min_reliability,
        }
        told = [f"{name}={value!r}" for name, value in axes.items() if value is not None]
        return f"View({', '.join([*told, f'position={self.position}'])})"

    @cached_property
    def visible(self) -> Visible:
        """The records and claims it shows."""
        if self._sight is not None and isinstance(self._entries, Entries):
            return IndexedVisible(self._sight, self._entries)
        return visible(self._entries, self.spec)

    @cached_property
    def _sight(self) -> Sight | None:
        return None if self._index is None else Sight(self._index, self.spec, self.position)

    @cached_property
    def territory(self) -> Territory:
        """The control claims as a register."""
        if self._sight is not None and isinstance(self.visible, IndexedVisible):
            return IndexedTerritory(self.visible, self._sight, self.implied_within)
        return Territory(self.visible, implied_within=self.implied_within)

    @cached_property
    def people(self) -> People:
        """The people claims as a ledger."""
        return People(self.visible)

    @cached_property
    def sheets(self) -> Sheets:
        """The balances of the ledger."""
        return Sheets(self.people)

    @cached_property
    def position(self) -> int:
        """The log position up to which it shows what was recorded."""
        at, length = self.spec.at, len(self._entries)
        if at is None:
            return length
        if isinstance(at, int):
            return min(at, length)
        return bisect_right(self._entries, at, key=lambda entry: entry.recorded)

    @cached_property
    def redactions(self) -> tuple[Redaction, ...]:
        """The redacted events among those that it would show: when and why, and never what."""
        return tuple(found for found in self._redacted() if found.position <= self.position)

    @property
    def identity(self) -> str:
        """The identity of the log up to the position, as citations give it.

        Raises:
            CitationError: if the view was made of some of a log's entries only.
        """
        if self.position and self._entries[self.position - 1].position != self.position:
            raise CitationError(
                "this answer cannot be cited",
                ["its view is not of a log as it stands: entries of the log are left out"],
            )
        return self._tree.at(self.position)

    def events(self) -> Iterator[Event]:
        """What was recorded up to the position, in order, seen by the view or not."""
        return (entry.event for entry in self._entries[: self.position])

    def entries(self) -> Iterator[Logged]:
        """The entries recorded in time for it, in order, whether it shows them or not."""
        return (entry for entry in self._entries[: self.position] if self.spec.admits(entry))

    def without(self, events: Set[str]) -> View:
        """The same view of a log that never had the events of these ids."""
        return View(
            (entry for entry in self._entries if entry.id not in events),
            self.spec,
            implied_within=self.implied_within,
            stale_after=self.stale_after,
        )

    # ---- names ----------------------------------------------------------------------------------

    @cached_property
    def place_names(self) -> Names:
        """Lookup of places."""
        return Names("place", self.visible.places, merged=self.visible.merges.places)

    @cached_property
    def actor_names(self) -> Names:
        """Lookup of actors."""
        return Names("actor", self.visible.actors, merged=self.visible.merges.actors)

    @cached_property
    def country_names(self) -> Names:
        """Lookup of countries, by which nationalities are known."""
        places, merges = self.visible.places.values(), self.visible.merges
        by_code = {p.iso: p.id for p in places if p.iso is not None}
        codes = {merges.place(p.id): p.iso for p in places if p.iso is not None}
        # A record that was merged with a country's names that country, with or without a code.
        one = {
            p.id: by_code[p.iso or codes[merges.place(p.id)]]
            for p in places
            if merges.place(p.id) in codes and merges.place(p.id) in merges.places.values()
        }
        countries = [p for p in places if p.iso is not None or p.id in one]
        return Names("nationality", countries, merged=one)

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
        return Answers(self.territory.history(self.place(place)), self)

    def forecasts(self, *, as_of: Any) -> list[Judged]:
        """The forecasts made by a day, judged as of that day."""
        return Answers(judge(self.territory, civil_day(as_of, "as_of").toordinal()), self)

    def scores(self, *, as_of: Any, by: str = "claimant") -> Scores:
        """What became, by a day, of the forecasts that each claimant had made by then."""
        return scores(self.forecasts(as_of=as_of), by)

    def incidents(
        self,
        window: When | str,
        *,
        how: str = "overlap",
        place: str | None = None,
        party: str | None = None,
        kind: str | None = None,
        claimant: str | None = None,
    ) -> Window:
        """The incidents of a window of days, and what they add up to.

        Args:
            window: as ``When.of`` takes it.
            how: "overlap" counts what may have happened in it, "within" only what surely did.
            place: id or name; only there, or in a place within it.
            party: id or name of an actor, "civilians" or "unknown"; only those that name it.
            kind: only of this kind.
            claimant: only those that this claimant told of.

        Raises:
            UnknownNameError, AmbiguousNameError: for a name; also for an unknown kind.
        """
        places = None
        if place is not None:
            area = self.place(place)
            places = frozenset([area, *members(self.visible, area)[0]])
        if kind is not None and kind not in INCIDENT_KINDS:
            raise UnknownNameError("kind of incident", kind, nearest(kind, INCIDENT_KINDS))
        if party is not None and party not in PARTIES_WITHOUT_RECORD:
            party = self.actor(party)
        return self._incidents.between(
            window,
            how=how,
            places=places,
            party=party,
            kind=kind,
            claimant=claimant,
        )

    @cached_property
    def _incidents(self) -> Incidents:
        return Incidents(self.visible)

    def diff(self, a: Any, b: Any) -> Diff:
        """What changed in the world from one day to another, as far as this view tells."""
        return diff(self.as_of(a), self.as_of(b))

    def revisions(self, place: str, day: Any) -> list[Revision]:
        """How the answer for a place and day changed as reports were published."""
        found = revisions(
            self._entries,
            self.spec,
            # An id stands for its own record, which may have been merged with another since.
            place if place in self.visible.places else self.place(place),
            civil_day(day).toordinal(),
            implied_within=self.implied_within,
            stale_after=self.stale_after,
        )
        return Answers(found, self)

    def coverage(self) -> Coverage:
        """Which places and accounts have evidence, and of which days."""
        return coverage(self.territory, self.people)

    def sensitivity(self, day: Any) -> Sensitivity:
        """What the answers of a day hang on: sources, their grades, a few claims."""
        asked = civil_day(day).toordinal()
        return Sensitivity(self.territory, self.people, asked, self.place)

    def project(self, projection: Projection[S], day: Any) -> S:
        """The state of one's own projection at the end of a day."""
        told = self._valid_time.until(civil_day(day).toordinal())
        return self._baselines.fold(projection, told)

    @cached_property
    def _valid_time(self) -> ValidTime:
        return ValidTime(self.visible)


def _days(name: str, value: object) -> int | None:
    """A number of days, or None."""
    if value is None or (
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_DAYS
    ):
        return value
    raise AxisError(f"{name}: expected days from 0 to {_MOST_DAYS}, or None, got {shown(value)}")
