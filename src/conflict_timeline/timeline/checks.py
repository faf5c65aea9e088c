"""What must be true of events together before any of them is written."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from typing import TypeVar

import attrs

from conflict_timeline.codec import event_id, kind_of
from conflict_timeline.dates import OPEN_FUTURE, When
from conflict_timeline.documents import Located
from conflict_timeline.errors import Fault, InputError, UnknownNameError, shown
from conflict_timeline.events import (
    Actor,
    AllianceObserved,
    Claim,
    ControlChanged,
    ControlObserved,
    Corrected,
    Event,
    FigureObserved,
    Forecast,
    HeadcountObserved,
    Incident,
    Keeping,
    LogMerged,
    PeopleMoved,
    Place,
    RecordsMerged,
    Redacted,
    Reference,
    Retracted,
    Source,
    Statement,
)
from conflict_timeline.log import Entry
from conflict_timeline.names import nearest

__all__ = ["Known", "check"]

V = TypeVar("V")

#: Words that stand for a party of whom there is no record (UCDP GED counts civilians and unknown).
PARTIES_WITHOUT_RECORD = frozenset({"civilians", "unknown"})


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
        targets: the class of each event, by id.
        retracted: by id, the retraction of what was taken back.
        find: gives the log's entry of an event id.
    """

    sources: MutableMapping[str, Source] = attrs.field(factory=dict)
    places: MutableMapping[str, Place] = attrs.field(factory=dict)
    actors: MutableMapping[str, Actor] = attrs.field(factory=dict)
    targets: MutableMapping[str, type[Event]] = attrs.field(factory=dict)
    retracted: MutableMapping[str, Retracted] = attrs.field(factory=dict)
    find: Callable[[str], Entry | None] = lambda _: None

    def add(self, event: Event, identity: str | None) -> None:
        """Takes note of one more event; without its id nothing can aim at it."""
        if identity is not None:
            self.targets[identity] = type(event)
        if isinstance(event, Retracted):
            self.retracted[event.target] = event
        elif isinstance(event, Corrected):
            self.targets[event.replacement.id] = type(event.replacement)
        elif isinstance(event, Source):
            self.sources[event.id] = event
        elif isinstance(event, Place):
            self.places[event.id] = event
        elif isinstance(event, Actor):
            self.actors[event.id] = event

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
            _Beside({}, self.targets),
            _Beside({}, self.retracted),
            self.find,
        )


def check(items: Sequence[Event | Located], known: Known) -> list[Event]:
    """The events, if together with the log they make sense.

    Args:
        items: in any order; what one of them declares, any other may use.
        known: what the log holds already; it stays as it is.

    Raises:
        InputError: with every fault of every event.
    """
    known = known.beside()
    faults: list[Fault] = []
    events: list[tuple[Located, Event]] = []
    for number, item in enumerate(items, start=1):
        located = item if isinstance(item, Located) else None
        event = item.event if isinstance(item, Located) else item
        if not isinstance(event, Event):
            faults.append(Fault(f"expected an event, got {shown(event)}", path=f"event[{number}]"))
            continue
        events.append((located or Located.bare(event, number), event))
    # An id costs as much as all other checks: it is made where something may aim at it.
    aimed = any(isinstance(event, Retracted | Corrected | Redacted) for _, event in events)
    identities = [
        event_id(event) if aimed or isinstance(event, Reference) else None for _, event in events
    ]
    for (_, event), identity in zip(events, identities, strict=True):
        if isinstance(event, Retracted):  # first, as a batch may take back what it declares anew
            known.add(event, identity)
    for (located, event), identity in zip(events, identities, strict=True):
        faults += _declared_twice(located, event, identity, known)
        known.add(event, identity)
    for located, event in events:
        faults += [located.fault(text, field) for field, text in _faults(event, known)]
    if faults:
        raise InputError(faults)
    return [event for _, event in events]


def _declared_twice(
    located: Located, event: Event, identity: str | None, known: Known
) -> Iterator[Fault]:
    other = known.record(event)
    if not located.complete or other is None:
        return
    if identity in known.targets:  # it is in the log, beside another; nothing is declared
        return
    standing = other.content_id
    if event != other and standing not in known.retracted:
        yield located.fault(
            f"this {kind_of(event)} is already declared otherwise; to change it, retract "
            f"{standing} in the same batch",
            "id",
        )


def _faults(event: Event, known: Known) -> Iterator[tuple[str, str]]:
    """Field and message of each fault of one event."""
    if isinstance(event, Statement):
        yield from _missing("source", "source", [event.source], known.sources)
        yield from _missing("derived_from", "source", [event.derived_from], known.sources)
    if isinstance(event, Source):
        yield from _missing("derived_from", "source", [event.derived_from], known.sources)
    elif isinstance(event, Place):
        yield from _missing("parent", "place", [event.parent], known.places)
        yield from _circle("place", event, known.places)
    elif isinstance(event, Actor):
        yield from _missing("parent", "actor", [event.parent], known.actors)
        yield from _circle("actor", event, known.actors)
    elif isinstance(event, Retracted):
        if event.target not in known.targets:
            yield "target", f"expected the id of an event of this log, got {event.target}"
    elif isinstance(event, Corrected):
        aim = known.targets.get(event.target)
        if aim is None or not issubclass(aim, Claim):
            yield "target", f"expected the id of a claim of this log, got {event.target}"
        for field, text in _faults(event.replacement, known):
            yield f"replacement.{field}", text
    elif isinstance(event, Redacted):
        yield from _redaction_faults(event, known)
    elif isinstance(event, LogMerged):
        yield "", "expected an event; that a log was merged is recorded by merging it"
    elif isinstance(event, RecordsMerged):
        records = known.places if event.what == "place" else known.actors
        yield from _missing("into", event.what, [event.into], records)
        yield from _missing("merged", event.what, [event.merged], records)
    if isinstance(event, Claim):
        yield from _claim_faults(event, known)


def _redaction_faults(event: Redacted, known: Known) -> Iterator[tuple[str, str]]:
    entry, instead = known.find(event.target), event.instead
    if entry is None:
        yield "target", f"expected the id of an event that the log holds, got {event.target}"
        return
    if entry.redaction is not None:
        yield "target", f"{event.target} is redacted already"
        return
    target = entry.event
    kind = kind_of(target)
    if isinstance(target, Keeping):
        yield "target", f"expected an event that can be redacted, got a {kind} event"
    elif instead is None:
        if not isinstance(target, Claim):
            yield (
                "instead",
                f"expected the {kind} without what must go, since answers rest on it; only a "
                "claim can go altogether",
            )
    elif type(instead) is not type(target):
        yield "instead", f"expected a {kind} like the target, got {shown(instead)}"
    else:
        yield from _instead_faults(event, target, instead)
        for field, text in _faults(instead, known):
            yield f"instead.{field}", text


def _instead_faults(event: Redacted, target: Event, instead: Event) -> Iterator[tuple[str, str]]:
    """What keeps a redacted event from standing where the target stood."""
    kept = None
    if isinstance(target, Source | Place | Actor):
        kept = "id"
    elif isinstance(target, Retracted | Corrected):
        kept = "target"
    if kept is not None and getattr(target, kept) != getattr(instead, kept):
        was = shown(getattr(target, kept))
        yield f"instead.{kept}", f"expected {was} as before, got {shown(getattr(instead, kept))}"
    replaced = target.replacement.id if isinstance(target, Corrected) else None
    if event.replacement != replaced:
        yield "replacement", f"expected {shown(replaced)}, got {shown(event.replacement)}"


def _claim_faults(claim: Claim, known: Known) -> Iterator[tuple[str, str]]:
    for field, ids in _actors(claim):
        yield from _missing(field, "actor", ids, known.actors)
    yield from _missing("place", "place", [getattr(claim, "place", None)], known.places)
    source = known.sources.get(claim.source)
    published = claim.known or (source.published if source else None)
    if isinstance(claim, Forecast):
        if claim.window.last < claim.when.first:
            yield "window", f"expected days from {claim.when.edtf} on, got {claim.window.edtf}"
    elif _after(claim.when, published):
        assert published is not None
        yield (
            "when",
            f"expected no day after its publication, {published.edtf}, got {claim.when.edtf}; "
            "what is yet to come is a forecast",
        )


def _after(when: When, published: When | None) -> bool:
    return published is not None and published.last < OPEN_FUTURE and when.first > published.last


def _actors(claim: Claim) -> Iterator[tuple[str, Iterable[str | None]]]:
    """The fields of a claim that name actors."""
    if isinstance(claim, ControlChanged):
        yield "to", [claim.to]
        yield "from", [claim.from_]
    elif isinstance(claim, ControlObserved):
        yield "holders", claim.holders
    elif isinstance(claim, PeopleMoved | HeadcountObserved):
        yield "group", [claim.group]
    elif isinstance(claim, Incident):
        yield "parties", claim.parties
        yield "targets", claim.targets
        yield "fatalities", [p for p in claim.fatalities if p not in PARTIES_WITHOUT_RECORD]
    elif isinstance(claim, FigureObserved):
        yield "subject", [claim.subject]
    elif isinstance(claim, AllianceObserved):
        yield "members", claim.members
        yield "against", claim.against
    elif isinstance(claim, Forecast):
        yield "holder", [claim.holder]
        yield "not_holder", [claim.not_holder]


def _missing(
    field: str, what: str, ids: Iterable[str | None], records: Mapping[str, Event]
) -> Iterator[tuple[str, str]]:
    for identity in ids:
        if identity is not None and identity not in records:
            error = UnknownNameError(what, identity, nearest(identity, records))
            yield field, f"{error}; declare the {what} first, or in the same batch"


def _circle(
    what: str, record: Place | Actor, records: Mapping[str, Place] | Mapping[str, Actor]
) -> Iterator[tuple[str, str]]:
    met, parent = {record.id}, record.parent
    while parent is not None and parent in records:
        if parent in met:
            yield "parent", f"{what} {record.id!r} lies in itself, by way of {parent!r}"
            return
        met.add(parent)
        parent = records[parent].parent
