"""What must be true of events together before any of them is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import attrs

from conflict_timeline.codec import CLASSES, kind_of
from conflict_timeline.documents import Located
from conflict_timeline.errors import EventError, Fault, InputError, UnknownNameError, shown
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
from conflict_timeline.log.batch import Row, row_of
from conflict_timeline.names import nearest
from conflict_timeline.timeline.known import Known

__all__ = ["Checked", "check"]

#: Words that stand for a party of whom there is no record (UCDP GED counts civilians and unknown).
PARTIES_WITHOUT_RECORD = frozenset({"civilians", "unknown"})


@attrs.frozen
class Checked:
    """Events that may be recorded.

    Attributes:
        events: in the order given.
        rows: what a store writes of each.
    """

    events: list[Event]
    rows: list[Row]


def check(items: Sequence[Event | Located], known: Known) -> Checked:
    """The events, if together with the log they make sense; each is encoded here, and only here.

    Args:
        items: in any order; what one of them declares, any other may use.
        known: what the log holds already; it stays as it is.

    Raises:
        InputError: with every fault of every event.
    """
    known = known.beside()
    faults: list[Fault] = []
    numbers: list[int] = []
    events: list[Event] = []
    rows: list[Row] = []
    for number, item in enumerate(items):
        event = item.event if isinstance(item, Located) else item
        if not isinstance(event, Event):
            path = f"event[{number + 1}]"
            faults.append(Fault(f"expected an event, got {shown(event)}", path=path))
            continue
        try:
            row = row_of(event)
        except EventError as error:
            faults.append(_located(items, number).fault(str(error)))
            known.add(event)  # what names it is not at fault
            continue
        numbers.append(number)
        events.append(event)
        rows.append(row)
    by_class: defaultdict[type[Event], list[Event]] = defaultdict(list)
    for event in events:
        by_class[type(event)].append(event)
    for event in by_class.get(
        Retracted, ()
    ):  # first, as a batch may take back what it declares anew
        known.add(event)
    # Only changes of mind ask for what else is in the batch.
    aimed = not by_class.keys().isdisjoint((Retracted, Corrected, Redacted))
    for number, event, row in zip(numbers, events, rows, strict=True):
        if isinstance(event, Reference):
            if (other := known.record(event)) is not None:
                faults += _declared_twice(_located(items, number), event, row[0], other, known)
            known.targets[row[0]] = type(event)
            known.add(event)
        elif aimed:
            known.targets[row[0]] = type(event)
    for event in by_class.get(Corrected, ()):
        known.add(event)
    doubted = {cls for cls, some in by_class.items() if _names_unknown(cls, some, known)}
    for number, event in zip(numbers, events, strict=True):
        cls = type(event)
        found = _missing_records(event, known) if cls in doubted else []
        if (more := _MORE.get(cls)) is not None:
            found += more(event, known)
        for field, text in found:
            faults.append(_located(items, number).fault(text, field))
    if faults:
        raise InputError(faults)
    return Checked(events, rows)


def _located(items: Sequence[Event | Located], number: int) -> Located:
    item = items[number]
    return item if isinstance(item, Located) else Located.bare(item, number + 1)


def _declared_twice(
    located: Located, event: Reference, identity: str, other: Reference, known: Known
) -> Iterator[Fault]:
    if not located.complete:
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


def _faults(event: Event, known: Known) -> list[tuple[str, str]]:
    """Field and message of each fault of one event."""
    found = _missing_records(event, known)
    if (more := _MORE.get(type(event))) is not None:
        found += more(event, known)
    return found


def _names_unknown(cls: type[Event], events: Sequence[Event], known: Known) -> bool:
    """Whether any of the events, all of one class, names a record that there is not."""
    for field, what, read in _NAMING[cls]:
        values = map(read, events)
        named = {*chain.from_iterable(values)} if field in _SEVERAL else {*values}
        if not all(known.has(what, identity) for identity in named if identity is not None):
            return True
    return False


def _missing_records(event: Event, known: Known) -> list[tuple[str, str]]:
    """Those that an event names and that there are not."""
    found: list[tuple[str, str]] = []
    for field, what, read in _NAMING[type(event)]:
        named = read(event)
        if named is not None:
            for identity in named if field in _SEVERAL else (named,):
                if not known.has(what, identity):
                    found.append(_missing(field, what, identity, known))
    return found


def _missing(field: str, what: str, identity: str, known: Known) -> tuple[str, str]:
    error = UnknownNameError(what, identity, nearest(identity, known.records(what)))
    return field, f"{error}; declare the {what} first, or in the same batch"


def _retraction_faults(event: Retracted, known: Known) -> Iterator[tuple[str, str]]:
    if event.target not in known.targets:
        yield "target", f"expected the id of an event of this log, got {event.target}"


def _correction_faults(event: Corrected, known: Known) -> Iterator[tuple[str, str]]:
    aim = known.targets.get(event.target)
    if aim is None or not issubclass(aim, Claim):
        yield "target", f"expected the id of a claim of this log, got {event.target}"
    for field, text in _faults(event.replacement, known):
        yield f"replacement.{field}", text


def _log_merge_faults(event: LogMerged, known: Known) -> Iterator[tuple[str, str]]:
    yield "", "expected an event; that a log was merged is recorded by merging it"


def _record_merge_faults(event: RecordsMerged, known: Known) -> Iterator[tuple[str, str]]:
    for field, identity in (("into", event.into), ("merged", event.merged)):
        if not known.has(event.what, identity):
            yield _missing(field, event.what, identity, known)


def _place_faults(event: Place, known: Known) -> Iterator[tuple[str, str]]:
    return _circle("place", event, known.places)


def _actor_faults(event: Actor, known: Known) -> Iterator[tuple[str, str]]:
    return _circle("actor", event, known.actors)


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


def _day_faults(claim: Claim, known: Known) -> list[tuple[str, str]]:
    """What is wrong with when a claim says that something happened."""
    own, first = claim.known, claim.when.first
    published = known.published_by(claim.source) if own is None else own.last
    if published is None or first <= published:  # OPEN_FUTURE comes after all days
        return []
    by = own or known.sources[claim.source].published
    assert by is not None  # else its last day would be open
    text = f"expected no day after its publication, {by.edtf}, got {claim.when.edtf}; "
    return [("when", f"{text}what is yet to come is a forecast")]


def _window_faults(claim: Forecast, known: Known) -> Iterator[tuple[str, str]]:
    if claim.window.last < claim.when.first:
        yield "window", f"expected days from {claim.when.edtf} on, got {claim.window.edtf}"


def _dying(claim: Incident) -> tuple[str, ...]:
    return tuple(party for party in claim.fatalities if party not in PARTIES_WITHOUT_RECORD)


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


def _naming(cls: type[Event]) -> tuple[tuple[str, str, Callable[[Any], Any]], ...]:
    """The fields of a class that name records: field, kind of record, and what reads the ids."""
    found: list[tuple[str, str, str]] = []
    if issubclass(cls, Statement):
        found += [("source", "source", "source"), ("derived_from", "source", "derived_from")]
    found += _NAMED.get(cls, [])
    if issubclass(cls, Claim) and "place" in attrs.fields_dict(cls):
        found.append(("place", "place", "place"))
    plan: list[tuple[str, str, Callable[[Any], Any]]] = [
        (field, what, attrgetter(name)) for field, what, name in found
    ]
    if cls is Incident:
        plan.insert(-1, ("fatalities", "actor", _dying))
    return tuple(plan)


#: Fields, kinds of record and attributes, beside those that statements and claims share.
_NAMED: dict[type[Event], list[tuple[str, str, str]]] = {
    Source: [("derived_from", "source", "derived_from")],
    Place: [("parent", "place", "parent")],
    Actor: [("parent", "actor", "parent")],
    ControlChanged: [("to", "actor", "to"), ("from", "actor", "from_")],
    ControlObserved: [("holders", "actor", "holders")],
    PeopleMoved: [("group", "actor", "group")],
    HeadcountObserved: [("group", "actor", "group")],
    Incident: [("parties", "actor", "parties"), ("targets", "actor", "targets")],
    FigureObserved: [("subject", "actor", "subject")],
    AllianceObserved: [("members", "actor", "members"), ("against", "actor", "against")],
    Forecast: [("holder", "actor", "holder"), ("not_holder", "actor", "not_holder")],
}
#: Of these a claim may name several.
_SEVERAL = frozenset({"holders", "parties", "targets", "fatalities", "members", "against"})
_NAMING = {cls: _naming(cls) for cls in CLASSES.values()}

#: What else is looked at.
_MORE: dict[type[Event], Callable[[Any, Known], Iterable[tuple[str, str]]]] = {
    **{cls: _day_faults for cls in CLASSES.values() if issubclass(cls, Claim)},
    Forecast: _window_faults,
    Place: _place_faults,
    Actor: _actor_faults,
    Retracted: _retraction_faults,
    Corrected: _correction_faults,
    Redacted: _redaction_faults,
    LogMerged: _log_merge_faults,
    RecordsMerged: _record_merge_faults,
}
