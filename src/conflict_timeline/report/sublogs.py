"""The part of a log that the answers about one subject can depend on, for all subjects at once.

A report asks for every place as known on every day. Over the whole log that would cost what was
reported of all places, once for each day of publication; over its own part, what was told of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import attrs

from conflict_timeline.dates import from_ordinal
from conflict_timeline.events import (
    Actor,
    Claim,
    ControlChanged,
    ControlObserved,
    Corrected,
    Event,
    Forecast,
    HeadcountObserved,
    PeopleMoved,
    Place,
    RecordsMerged,
    Retracted,
    Source,
    Statement,
)
from conflict_timeline.timeline import View
from conflict_timeline.timeline.revisions import known_days
from conflict_timeline.view import Logged

__all__ = ["Known", "Sublogs"]


@attrs.frozen(eq=False)
class Known:
    """A view of a part of the log, as known by a day.

    Attributes:
        day: the first day on which so much was known, an ordinal.
        view: what could be seen from then on.
    """

    day: int
    view: View


class Sublogs:
    """The parts of the log that a view is of."""

    def __init__(self, view: View) -> None:
        """Takes the log of a view apart; its ``known_by`` is where what is known ends."""
        self._view = view
        self._entries: dict[str, Logged] = {}
        self._sources: dict[str, list[Logged]] = defaultdict(list)
        self._aimed: dict[str, list[Logged]] = defaultdict(list)
        self._about: dict[str, list[Logged]] = defaultdict(list)
        self._merges: list[Logged] = []
        self._kinds: dict[type[Event], list[Logged]] = defaultdict(list)
        self._one: dict[str, str] = {}
        for entry in view.entries():
            self._add(entry)

    def _add(self, entry: Logged) -> None:
        event = entry.event
        self._entries[entry.id] = entry
        if isinstance(event, Source):
            self._sources[event.id].append(entry)
        elif isinstance(event, Retracted | Corrected):
            self._aimed[event.target].append(entry)
        elif isinstance(event, RecordsMerged):
            self._merges.append(entry)
            if event.what == "place":
                self._one[self.group(event.merged)] = self.group(event.into)
        told = event.replacement if isinstance(event, Corrected) else event
        if isinstance(told, Claim | Place | Actor):
            self._kinds[type(told)].append(entry)
            if isinstance(told, ControlChanged | ControlObserved):
                self._about[told.place].append(entry)

    def group(self, place: str) -> str:
        """One of the places that any merge has ever made one with it; the same for all of them."""
        while place in self._one and self._one[place] != place:
            place = self._one[place]
        return place

    def of_places(self) -> dict[str, list[Logged]]:
        """By group, what the answers about its places can depend on."""
        together: dict[str, list[Logged]] = defaultdict(list)
        for place, entries in self._about.items():
            together[self.group(place)] += entries
        return {group: self.bearing(entries) for group, entries in together.items()}

    def of_people(self) -> list[Logged]:
        """What the answers about people can depend on; they add up over places within places."""
        claims = self._kinds[HeadcountObserved] + self._kinds[PeopleMoved]
        return self.bearing(claims + self._kinds[Place] + self._kinds[Actor]) if claims else []

    def of_forecasts(self) -> dict[str | None, list[Logged]]:
        """What the verdicts on forecasts can depend on, by the group of their place; None is none.

        A forecast on a place is judged by what is known of the place.
        """
        together: dict[str | None, list[Logged]] = defaultdict(list)
        for entry in self._kinds[Forecast]:
            event = entry.event
            told = event.replacement if isinstance(event, Corrected) else event
            assert isinstance(told, Forecast)
            group = None if told.place is None else self.group(told.place)
            together[group].append(entry)
        about: dict[str, list[Logged]] = defaultdict(list)
        for place, entries in self._about.items():
            about[self.group(place)] += entries
        return {
            group: self.bearing(entries + (about[group] if group is not None else []))
            for group, entries in together.items()
        }

    def of_others(self) -> dict[str, list[Logged] | None]:
        """By id, the claims that no answer of a report rests on, each with what bears on it.

        None stands for what nothing but its own publication bears on.
        """
        used = (ControlChanged, ControlObserved, HeadcountObserved, PeopleMoved, Forecast)
        together: dict[str, list[Logged]] = defaultdict(list)
        for kind, entries in self._kinds.items():
            for entry in entries if issubclass(kind, Claim) and kind not in used else ():
                event = entry.event
                told = event.replacement if isinstance(event, Corrected) else event
                assert isinstance(told, Claim)
                together[told.id].append(entry)
        return {
            identity: None if self._plain(entries) else self.bearing(entries)
            for identity, entries in together.items()
        }

    def _plain(self, entries: Sequence[Logged]) -> bool:
        """Whether a claim comes with its own publication, and stays."""
        claim = entries[0].event
        if len(entries) > 1 or not isinstance(claim, Claim):
            return False
        sources = self._sources.get(claim.source, ())
        return len(sources) == 1 and not {entries[0].id, sources[0].id} & self._aimed.keys()

    def bearing(self, entries: Iterable[Logged]) -> list[Logged]:
        """The entries, whatever changes of mind aim at them, and the sources they stand in."""
        kept: dict[str, Logged] = {}
        asked = [*entries, *self._merges]
        while asked:
            entry = asked.pop()
            if entry.id in kept:
                continue
            kept[entry.id] = entry
            event = entry.event
            asked += self._aimed.get(entry.id, ())
            if isinstance(event, Corrected):
                # Of several corrections of one claim the last one counts, so all of them bear.
                asked += self._aimed.get(event.target, ())
                asked += self._aimed.get(event.replacement.id, ())
                asked += self._stands_in(event.replacement)
            if isinstance(event, Statement):
                asked += self._stands_in(event)
            elif isinstance(event, Source) and event.derived_from is not None:
                asked += self._sources.get(event.derived_from, ())
        return sorted(kept.values(), key=lambda entry: entry.position)

    def _stands_in(self, statement: Statement) -> Iterator[Logged]:
        yield from self._sources.get(statement.source, ())
        if statement.derived_from is not None:
            yield from self._sources.get(statement.derived_from, ())

    def days(self, entries: Sequence[Logged]) -> list[int]:
        """The days of publication within the view on which more of a part became known."""
        limit = self._view.spec.known_by
        return [day for day in known_days(entries) if limit is None or day <= limit]

    def known(self, entries: Sequence[Logged]) -> Iterator[Known]:
        """Views of a part, one after another, each with more known than the one before."""
        for day in self.days(entries):
            spec = attrs.evolve(self._view.spec, known_by=from_ordinal(day), at=None)
            view = View(
                entries,
                spec,
                implied_within=self._view.implied_within,
                stale_after=self._view.stale_after,
            )
            yield Known(day, view)
