"""How the answer for one place and day changed as reports were published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set

import attrs
import pendulum

from conflict_timeline.dates import from_ordinal
from conflict_timeline.events import Actor, Claim, Corrected, Event, Place, RecordsMerged, Retracted
from conflict_timeline.projections.control import Control, Shown
from conflict_timeline.projections.territory import Territory
from conflict_timeline.timeline.causes import Cause, differing, minds, speaking
from conflict_timeline.view import Logged, Seen, ViewSpec, Visible, known_days, visible

__all__ = ["Revision", "revisions"]


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
        place: place id.
        day: the day asked about, an ordinal.
        implied_within, stale_after: as of a view.
    """

    def control_in(seen: Visible) -> tuple[Territory, Control]:
        territory = Territory(seen, implied_within=implied_within)
        return territory, territory.at(place, day, stale_after)

    bearing = bearing_on([entry for entry in entries if spec.admits(entry)], place)
    before = visible((), spec)
    was, control = control_in(before)
    found = [Revision(None, control, ())]
    for known in known_days(bearing):
        if spec.known_by is not None and known > spec.known_by:
            break
        after = visible(bearing, attrs.evolve(spec, known_by=from_ordinal(known)))
        now, control = control_in(after)
        if _answer(control) != _answer(found[-1].control):
            told = was.claims.get(place, ()), now.claims.get(place, ())
            because = _because(known, before, after, *told, control)
            found.append(Revision(from_ordinal(known), control, because))
        before, was = after, now
    return found


def _answer(control: Control) -> tuple[Shown, frozenset[Shown], str]:
    return control.best, control.possible, control.status


def _because(
    known: int,
    before: Visible,
    after: Visible,
    told_before: Sequence[Seen],
    told_after: Sequence[Seen],
    control: Control,
) -> tuple[Cause, ...]:
    new, gone = differing(before, told_before, after, told_after)
    since = after.changes.keys() - before.changes.keys()
    put_right = minds([*new, *gone], after, since)
    # What a correction put there is told with the correction, and what it took away too.
    published = [s for s in new if s.known == known and s.correction not in since]
    published = speaking(published, control.evidence + control.against)
    return (*published, *put_right) or (*new, *gone)


def bearing_on(entries: Iterable[Logged], place: str) -> list[Logged]:
    """The entries that the answers for a place can depend on, in any view.

    Claims about it, whatever changes of mind aim at them or put one of them there, what aims at
    those in turn, the merges and the sources: a place's revisions cost what was reported of it, not
    the log.
    """
    entries = list(entries)
    places = _ever_one_with(place, (entry.event for entry in entries))
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


def _ever_one_with(place: str, events: Iterable[Event]) -> set[str]:
    """The ids of all records that some merges, working or not, would make one with a place."""
    beside: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if isinstance(event, RecordsMerged) and event.what == "place":
            beside[event.into].add(event.merged)
            beside[event.merged].add(event.into)
    found = {place}
    asked = [place]
    while asked:
        further = beside[asked.pop()] - found
        found |= further
        asked += further
    return found


def _about(event: Event, places: Set[str]) -> bool:
    return getattr(event, "place", None) in places and isinstance(event, Claim)
