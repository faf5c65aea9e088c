"""What a log holds, as the checks before an append need it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping
from typing import TypeVar

import attrs

from conflict_timeline.dates import OPEN_FUTURE
from conflict_timeline.errors import UnknownNameError
from conflict_timeline.events import Actor, Corrected, Event, Place, Reference, Retracted, Source
from conflict_timeline.log import Entry
from conflict_timeline.names import nearest

__all__ = ["Known"]

V = TypeVar("V")

#: What changes what the events after it may name or aim at.
_NOTED = frozenset({Source, Place, Actor, Retracted, Corrected})


class _Beside(ChainMap[str, V]):
    """Two maps, asked for one key without going through all maps that there might be."""

    def __contains__(self, key: object) -> bool:
        near, far = self.maps
        return key in near or key in far


@attrs.define
class Known:
    """What a log already holds: its records by id, and what changes of mind may aim at.

    Attributes:
        sources, places, actors: the records, by id; of several the last.
        published: by id of a source, the last day of its publication as an ordinal; OPEN_FUTURE
            where that is open or not given.
        targets: the class of each event, by id.
        retracted: by id, the retraction of what was taken back.
        find: gives the log's entry of an event id.
        noted: how many events were added to it.
    """

    sources: MutableMapping[str, Source] = attrs.field(factory=dict)
    places: MutableMapping[str, Place] = attrs.field(factory=dict)
    actors: MutableMapping[str, Actor] = attrs.field(factory=dict)
    published: MutableMapping[str, int] = attrs.field(factory=dict)
    targets: MutableMapping[str, type[Event]] = attrs.field(factory=dict)
    retracted: MutableMapping[str, Retracted] = attrs.field(factory=dict)
    find: Callable[[str], Entry | None] = lambda _: None
    noted: int = 0
    # Ids that were found, by kind, and days that were looked up: claims name few records often.
    _met: dict[str, set[str]] = attrs.field(
        init=False, factory=lambda: {"source": set(), "place": set(), "actor": set()}
    )
    _days: dict[str, int | None] = attrs.field(init=False, factory=dict)

    def add(self, event: Event) -> None:
        """Takes note of one more event; of a plain claim there is nothing to note."""
        if type(event) not in _NOTED:
            return
        if isinstance(event, Retracted):
            self.retracted[event.target] = event
        elif isinstance(event, Corrected):
            self.targets[event.replacement.id] = type(event.replacement)
        elif isinstance(event, Source):
            self.sources[event.id] = event
            self.published[event.id] = (
                OPEN_FUTURE if event.published is None else event.published.last
            )
            self._days.pop(event.id, None)
        elif isinstance(event, Place):
            self.places[event.id] = event
        elif isinstance(event, Actor):
            self.actors[event.id] = event
        self.noted += 1

    def records(self, what: str) -> Mapping[str, Event]:
        """The records of a kind, "source", "place" or "actor"."""
        if what == "source":
            return self.sources
        return self.places if what == "place" else self.actors

    def has(self, what: str, identity: str) -> bool:
        """Whether there is a record of a kind with an id."""
        met = self._met[what]
        if identity in met:
            return True
        if identity not in self.records(what):
            return False
        met.add(identity)
        return True

    def published_by(self, source: str) -> int | None:
        """The last day of publication of a source, as ``published`` has it; None if unknown."""
        if source not in self._days:
            self._days[source] = self.published.get(source)
        return self._days[source]

    def source(self, identity: str) -> Source:
        """The source of an id.

        Raises:
            UnknownNameError: if there is none; it carries the nearest ids.
        """
        if identity not in self.sources:
            raise UnknownNameError("source", identity, nearest(identity, self.sources))
        return self.sources[identity]

    def record(self, event: Event) -> Reference | None:
        """The record of the event's kind and id, if the event is a record and there is one."""
        if isinstance(event, Source):
            return self.sources.get(event.id)
        if isinstance(event, Place):
            return self.places.get(event.id)
        return self.actors.get(event.id) if isinstance(event, Actor) else None

    def beside(self) -> Known:
        """One that knows as much and can be added to; it costs nothing, however large the log."""
        return Known(
            _Beside({}, self.sources),
            _Beside({}, self.places),
            _Beside({}, self.actors),
            _Beside({}, self.published),
            _Beside({}, self.targets),
            _Beside({}, self.retracted),
            self.find,
        )
