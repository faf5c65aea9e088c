"""Roll-up: the member places of an area counted by holding. The area itself is given no state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import attrs

from conflict_timeline.answers import in_html
from conflict_timeline.projections.control import Control, Shown
from conflict_timeline.projections.territory import Territory
from conflict_timeline.view import Visible

__all__ = ["Rollup", "Tally", "members", "rollup"]


@attrs.frozen
class Tally:
    """How many of the reported members.

    Attributes:
        certain: of which it is so in every possible holding: at least so many.
        best: of which it is so in the best one.
        possible: of which it is so in some possible holding: at most so many.
    """

    certain: int = 0
    best: int = 0
    possible: int = 0

    def plus(self, best: bool, possible: Sequence[bool]) -> Tally:
        """With one more member, of which it is so or not in the best and each possible holding."""
        return Tally(self.certain + all(possible), self.best + best, self.possible + any(possible))


@attrs.frozen(eq=False)
class Rollup:
    """The member places of an area, by holding.

    Members are the places within the area, at any depth, that claims say the holder of, or that
    have nothing within them. An area within it of which no claim speaks only groups others.

    Attributes:
        area: id of the area.
        members: the answers for the members that claims speak of, by id.
        without_report: ids of the members that no claim speaks of; they are in no tally.
        leaves: ids of the members that have nothing within them, reported or not.
        holdings: by holding, how many members it holds for; None is unknown.
        actors: by actor, how many members it is among the holders of: between ``certain`` and
            ``possible``. What may be unknown is counted under no actor, but in ``unknown``.
        own: the answer of the claims on the area itself, which no tally counts; None if none is.
    """

    area: str
    members: Mapping[str, Control]
    without_report: tuple[str, ...]
    leaves: tuple[str, ...]
    holdings: Mapping[Shown, Tally]
    actors: Mapping[str, Tally]
    own: Control | None

    def _repr_html_(self) -> str:
        return in_html(self, next((c._visible for c in self.members.values()), None))

    @property
    def unknown(self) -> Tally:
        """How many reported members have an unknown holder."""
        return self.holdings.get(None, Tally())


def rollup(territory: Territory, area: str, day: int, stale_after: int | None = None) -> Rollup:
    """Counts the members of an area.

    Args:
        territory: of a view.
        area: id of the area, one that stands for itself.
        day: an ordinal.
        stale_after: as ``Territory.at`` takes it.
    """
    within, leaves = members(territory.visible, area)
    answers = {
        place: territory.at(place, day, stale_after)
        for place in within
        if place in territory.claims
    }
    holdings: defaultdict[Shown, Tally] = defaultdict(Tally)
    actors: defaultdict[str, Tally] = defaultdict(Tally)
    for control in answers.values():
        for holding in control.possible:
            so = [other == holding for other in control.possible]
            holdings[holding] = holdings[holding].plus(control.best == holding, so)
        for actor in frozenset().union(*(holding or () for holding in control.possible)):
            so = [actor in (holding or ()) for holding in control.possible]
            actors[actor] = actors[actor].plus(actor in (control.best or ()), so)
    return Rollup(
        area,
        answers,
        tuple(place for place in leaves if place not in answers),
        leaves,
        {holding: holdings[holding] for holding in sorted(holdings, key=_order)},
        {actor: actors[actor] for actor in sorted(actors)},
        territory.at(area, day, stale_after) if area in territory.claims else None,
    )


def members(visible: Visible, area: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The places within an area at any depth, and those of them with nothing within; sorted.

    Of merged records the one that stands for them says what it lies in; if it does not, the first
    of the others by id that does.
    """
    children: defaultdict[str, set[str]] = defaultdict(set)
    for place, parent in _parents(visible).items():
        children[parent].add(place)
    found: set[str] = set()
    open_ones = [area]
    while open_ones:
        # Merges can make an area lie in itself: each place is counted once, the area never.
        more = children[open_ones.pop()] - found - {area}
        found |= more
        open_ones += more
    leaves = (place for place in found if not children[place] & found)
    return tuple(sorted(found)), tuple(sorted(leaves))


def _parents(visible: Visible) -> dict[str, str]:
    place_of = visible.merges.place
    found: dict[str, str] = {}
    for record in sorted(visible.places.values(), key=lambda p: (place_of(p.id) != p.id, p.id)):
        place = place_of(record.id)
        if record.parent is not None and place_of(record.parent) != place:
            found.setdefault(place, place_of(record.parent))
    return found


def _order(holding: Shown) -> tuple[bool, list[str]]:
    return (holding is None, sorted(holding or ()))
