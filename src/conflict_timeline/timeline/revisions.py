"""How the answer for one place and day changed as reports were published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set

import attrs
import pendulum

from conflict_timeline.answers import in_html
from conflict_timeline.dates import from_ordinal
from conflict_timeline.events import (
    Actor,
    Claim,
    Corrected,
    Event,
    Place,
    RecordsMerged,
    Retracted,
    Source,
    Statement,
)
from conflict_timeline.projections.control import Control, Shown
from conflict_timeline.projections.territory import Territory
from conflict_timeline.timeline.causes import Cause, differing, minds, speaking
from conflict_timeline.view import Logged, ViewSpec, publication, recorded_day, visible

__all__ = ["Revision", "bearing_on", "known_days", "revisions"]


@attrs.frozen(eq=False)
class Revision:
    """An answer, and the day since which a reader could give it.

    Attributes:
        known: the day on which what it rests on became public; None for the first, when nothing
            was known.
        control: the answer in full.
        because: what was published that day and did it: claims and changes of mind.
    """

    known: pendulum.Date | None
    control: Control
    because: tuple[Cause, ...]

    @property
    def best(self) -> Shown:
        """The holding to show; None is unknown."""
        return self.control.best

    @property
    def possible(self) -> frozenset[Shown]:
        """The holdings in the histories with the fewest changes."""
        return self.control.possible

    @property
    def status(self) -> str:
        """How certain best is."""
        return self.control.status

    def _repr_html_(self) -> str:
        return in_html(self)

    def __repr__(self) -> str:
        known = "nothing yet" if self.known is None else self.known.isoformat()
        return f"Revision(known={known}, best={self.best!r}, status={self.status!r})"


def revisions(
    entries: Iterable[Logged],
    spec: ViewSpec,
    place: str,
    day: int,
    *,
    implied_within: int | None,
    stale_after: int | None,
) -> list[Revision]:
    """The answers for a place and day, one after another, each as known by its day.

    Args:
        entries: the log.
        spec: the view; its ``known_by`` is where it ends.
        place: place id; in each view the record that stands for it is meant.
        day: the day asked about, an ordinal.
        implied_within, stale_after: as of a view.
    """

    def control_in(territory: Territory) -> Control:
        return territory.at(territory.visible.merges.place(place), day, stale_after)

    bearing = bearing_on([entry for entry in entries if spec.admits(entry)], place)
    was = Territory(visible((), spec), implied_within=implied_within)
    found = [Revision(None, control_in(was), ())]
    for known in known_days(bearing):
        if spec.known_by is not None and known > spec.known_by:
            break
        seen = visible(bearing, attrs.evolve(spec, known_by=from_ordinal(known)))
        now = Territory(seen, implied_within=implied_within)
        control = control_in(now)
        if _answer(control) != _answer(found[-1].control):
            because = _because(known, place, was, now, control)
            found.append(Revision(from_ordinal(known), control, because))
        was = now
    return found


def _answer(control: Control) -> tuple[Shown, frozenset[Shown], str]:
    return control.best, control.possible, control.status


def _because(
    known: int, place: str, was: Territory, now: Territory, control: Control
) -> tuple[Cause, ...]:
    before, after = was.visible, now.visible
    place_then, place_now = before.merges.place(place), after.merges.place(place)
    told = was.claims.get(place_then, ()), now.claims.get(place_now, ())
    new, gone = differing(before, told[0], after, told[1])
    since = after.changes.keys() - before.changes.keys()
    put_right = minds([*new, *gone], before, after, since, moved={place_then} ^ {place_now})
    # What a correction put there is told with the correction, and what it took away too.
    published = [s for s in new if s.known == known and s.correction not in since]
    published = speaking(published, control.evidence + control.against)
    return (*published, *put_right) or (*new, *gone)


def bearing_on(entries: Sequence[Logged], place: str) -> list[Logged]:
    """The entries that the answers for a place can depend on, in any view.

    Claims about it and what it was ever merged with, whatever changes of mind aim at them or put
    one of them there, what aims at those in turn, and the sources: a place's revisions cost what
    was reported of it, not the log.
    """
    places = _ever_one(entries, place)
    kept: dict[str, Logged] = {}
    aimed: dict[str, list[Logged]] = defaultdict(list)
    asked: list[str] = []
    for entry in entries:
        event = entry.event
        if isinstance(event, Retracted | Corrected):
            aimed[event.target].append(entry)
            if isinstance(event, Corrected) and _about(event.replacement, places):
                # Of several corrections of one claim the last one counts, so all of them bear.
                asked.append(event.target)
        elif _about(event, places) or not isinstance(event, Claim | Place | Actor):
            kept[entry.id] = entry
            asked.append(entry.id)
    while asked:
        for entry in aimed.pop(asked.pop(), ()):
            kept[entry.id] = entry
            asked.append(entry.id)
            if isinstance(entry.event, Corrected):
                asked.append(entry.event.replacement.id)
    return list(kept.values())


def _ever_one(entries: Iterable[Logged], place: str) -> set[str]:
    """The place, and those that any merge has made one with it, whether it still stands or not."""
    merged: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if isinstance(entry.event, RecordsMerged) and entry.event.what == "place":
            merged[entry.event.into].add(entry.event.merged)
            merged[entry.event.merged].add(entry.event.into)
    found, asked = {place}, [place]
    while asked:
        further = merged[asked.pop()] - found
        found |= further
        asked += further
    return found


def _about(event: Event, places: Set[str]) -> bool:
    return isinstance(event, Claim) and getattr(event, "place", None) in places


def known_days(entries: Sequence[Logged]) -> list[int]:
    """The days of publication, in order: on no other day does more become known of the entries."""
    sources: dict[str, list[Source]] = defaultdict(list)
    for entry in entries:
        if isinstance(entry.event, Source):
            sources[entry.event.id].append(entry.event)
    days: set[int] = set()
    for entry in entries:
        event, recorded = entry.event, recorded_day(entry.first_recorded)
        told = [event, event.replacement] if isinstance(event, Corrected) else [event]
        for statement in told:
            if isinstance(statement, Statement):
                # A source declared anew may give another day: which of them stands depends on it.
                for source in sources.get(statement.source, (None,)):
                    days.add(publication(statement, source, recorded)[1])
    return sorted(days)
