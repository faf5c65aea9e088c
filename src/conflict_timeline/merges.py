"""Which records stand for one another in a view, and claims as they read there.

A merge says that two records are of one place or actor. All that are merged with one another are
one; which of them stands for all depends on what the merges say, never on their order in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import attrs

from conflict_timeline.events import (
    AllianceObserved,
    Claim,
    ControlChanged,
    ControlObserved,
    Incident,
    RecordsMerged,
)
from conflict_timeline.quantities import Number, Quantity

__all__ = ["Merges", "representatives"]


def representatives(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What each merged id goes over to.

    Args:
        pairs: (into, merged), the last known last.

    Returns:
        For each id that something else stands for, the id that does. Each merge puts what is one
        with either of its ids under what stands for ``into``. In a circle the last known word
        counts: where both are one already, and ``merged`` stands for it, ``into`` does from then.
    """
    leader: dict[str, str] = {}
    groups: dict[str, set[str]] = {}
    for into, merged in pairs:
        for identity in (into, merged):
            if identity not in leader:
                leader[identity] = identity
                groups[identity] = {identity}
        kept, gone = leader[into], leader[merged]
        if kept == gone:
            if merged != gone:
                continue
            kept = into
            groups[kept] = groups.pop(gone)
        else:
            groups[kept] |= groups.pop(gone)
        leader.update(dict.fromkeys(groups[kept], kept))
    return {identity: led_by for identity, led_by in leader.items() if led_by != identity}


@attrs.frozen(eq=False)
class Merges:
    """The merges that work in a view.

    Attributes:
        places, actors: for each merged id, the one that stands for it.
        events: the merges, the last known last.
    """

    places: Mapping[str, str] = attrs.field(factory=dict)
    actors: Mapping[str, str] = attrs.field(factory=dict)
    events: tuple[RecordsMerged, ...] = ()

    @classmethod
    def of(cls, events: Iterable[RecordsMerged]) -> Merges:
        """The merges of events, the last known last."""
        found = tuple(events)
        places, actors = (
            representatives((e.into, e.merged) for e in found if e.what == what)
            for what in ("place", "actor")
        )
        return cls(places, actors, found)

    def place(self, identity: str) -> str:
        """The place id that stands for a place id."""
        return self.places.get(identity, identity)

    def actor(self, identity: str) -> str:
        """The actor id that stands for an actor id."""
        return self.actors.get(identity, identity)

    def joining(self, place: str) -> Iterator[RecordsMerged]:
        """The merges that made a place one with others, the last known last."""
        for event in self.events:
            if event.what == "place" and self.place(event.merged) == self.place(place):
                yield event

    @cached_property
    def _none(self) -> bool:
        return not self.places and not self.actors

    def read(self, claim: Claim) -> Claim:
        """The claim with each id replaced by the one that stands for it; itself if none is."""
        if self._none:
            return claim
        changed = {
            field: value
            for field, value in self._mapped(claim).items()
            if value != getattr(claim, field)
        }
        if not changed:
            return claim
        if isinstance(claim, ControlChanged):
            to, from_ = changed.get("to", claim.to), changed.get("from_", claim.from_)
            if to is not None and to == from_:
                return _still_held(claim, changed.get("place", claim.place), to)
        return attrs.evolve(claim, **changed)

    def _mapped(self, claim: Claim) -> dict[str, Any]:
        """The fields of a claim that name places or actors, as they read."""
        found: dict[str, Any] = {}
        if (place := getattr(claim, "place", None)) is not None:
            found["place"] = self.place(place)
        for field in _ONE_ACTOR:
            if (value := getattr(claim, field, None)) is not None:
                found[field] = self.actor(value)
        if isinstance(claim, ControlObserved):
            found["holders"] = self._added_up(claim.holders, _share)
        elif isinstance(claim, Incident):
            found["parties"] = self._each(claim.parties)
            found["targets"] = self._each(claim.targets)
            found["fatalities"] = self._added_up(claim.fatalities, Quantity.__add__)
        elif isinstance(claim, AllianceObserved):
            found["members"] = self._each(claim.members)
            found["against"] = self._each(claim.against)
        return found

    def _each(self, actors: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted({self.actor(actor) for actor in actors}))

    def _added_up(self, items: Mapping[str, Any], add: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for actor, value in items.items():
            stands_for = self.actor(actor)
            found[stands_for] = add(found[stands_for], value) if stands_for in found else value
        return found


#: The fields of claims that hold one actor's id.
_ONE_ACTOR = ("to", "from_", "group", "subject", "holder", "not_holder")


def _share(a: Quantity | None, b: Quantity | None) -> Quantity | None:
    """Two parts of a place together; the whole at most, unknown where one of them is."""
    if a is None or b is None:
        return None
    both = a + b
    return Quantity(*(_part(number) for number in (both.low, both.best, both.high)))


def _part(number: Number | None) -> Number | None:
    # Rounded, since 0.1 and 0.2 would make more than 0.3.
    return None if number is None else min(round(number, 12), 1)


def _still_held(claim: ControlChanged, place: str, holder: str) -> ControlObserved:
    """What a change from an actor to itself says: that it was there."""
    fields = {
        field.name: getattr(claim, field.name)
        for field in attrs.fields(Claim)
        if field.name != "occurrence"  # the happening it reported was no change of hands
    }
    return ControlObserved(place=place, holders=[holder], **fields)
