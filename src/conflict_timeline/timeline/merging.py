"""Merging logs of offices that worked apart: the union of their events, and both their histories.

An event gets a position in this log when it is taken over, and keeps there and here the id that its
content gives it. Where and when the other log recorded it is kept as a history: so the other log's
checkpoints can still be held against it, and an event that does not say when it was published
counts as known from the first day on which any of the logs had it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeAlias

import attrs

from conflict_timeline.codec import encode, kind_of
from conflict_timeline.errors import LogError
from conflict_timeline.events import Actor, LogMerged, Place, Source
from conflict_timeline.log import Entry, Head, History, HistoryEntry, Store
from conflict_timeline.log.columns import MERGED
from conflict_timeline.log.merkle import Growth, leaf_hash
from conflict_timeline.view import Visible

__all__ = ["Merge", "RecordConflict", "conflicts", "merge_into", "told_histories"]

Record: TypeAlias = Source | Place | Actor


@attrs.frozen
class RecordConflict:
    """A source, place or actor that both logs declare, each in its own way.

    Attributes:
        kind: "source", "place" or "actor".
        id: the record's.
        here, there: the record of this log, and of the one merged into it.
        stands: the one that counts in the merged log, whichever of the two was merged into the
            other: that with the lesser event id. To settle it, retract the other.
        fields: the names of the fields in which they differ.
    """

    kind: str
    id: str
    here: Record
    there: Record
    stands: Record
    fields: tuple[str, ...]


@attrs.frozen
class Merge:
    """What merging a log did.

    Attributes:
        log: identity of the log that was merged into this one.
        taken: how many of its events are new here.
        shared: how many were here already.
        histories: how many histories are new here: its own, and those of logs merged into it.
        checkpoints: how many checkpoints are new here.
        conflicts: records that both declare, each in its own way.
    """

    log: str
    taken: int
    shared: int
    histories: int
    checkpoints: int
    conflicts: tuple[RecordConflict, ...]


def merge_into(here: Store, there: Store) -> tuple[int, int, int, int]:
    """Takes over what another log has, in one transaction.

    Returns:
        How many events were taken, and were here already; how many histories and checkpoints are
        new.

    Raises:
        LogError: if the other log is damaged; nothing was written.
        NotWrittenError, OutcomeUnknownError: as for ``Store.append``; the same again is safe.
    """
    if problems := there.verify():
        raise LogError(f"{there.path}: cannot be merged, it is damaged: {problems[0]}")
    size = there.position
    known = {entry.id: entry.first_recorded for entry in here.entries()}
    new: list[Entry] = []
    taken, shared, earlier = 0, 0, False
    for entry in there.entries(upto=size):
        held = known.get(entry.id)
        if held is None:
            new.append(entry)
        if _is_merge(entry):
            continue  # that it took other logs over is nothing new to tell
        if held is None:
            taken += 1
        else:
            shared += 1
            earlier |= entry.first_recorded < held
    kept = {checkpoint.note for checkpoint in here.checkpoints()}
    checkpoints = [c for c in there.checkpoints() if c.note not in kept]
    if not taken and not earlier and not checkpoints:
        return 0, shared, 0, 0
    histories = list(_new_histories(here, there, size))
    there_already = {*known, *(entry.id for entry in new)}
    told = [entry for entry in map(_told, histories) if entry.id not in there_already]
    here.take([*new, *told], histories=histories, checkpoints=checkpoints)
    for identity in here.unerased():
        here.erase(identity)
    return taken, shared, len(histories), len(checkpoints)


def _is_merge(entry: Entry) -> bool:
    return not entry.erased and isinstance(entry.event, LogMerged)


def _told(history: History) -> Entry:
    """The event that says that a history is there."""
    event = LogMerged(log=history.log, size=history.head.size, root=history.head.root.hex())
    return Entry(0, event.content_id, "", encode(event))


def told_histories(store: Store) -> list[tuple[Entry, int]]:
    """The events that tell of merged logs, each with the number of the history that it tells of."""
    numbers = {(h.log, h.head.size, h.head.root.hex()): h.number for h in store.histories()}
    found = []
    for entry in store.of_kind(MERGED) if numbers else ():
        event = entry.event
        if isinstance(event, LogMerged):
            number = numbers.get((event.log, event.size, event.root))
            if number is not None:  # else it tells how this log itself began
                found.append((entry, number))
    return found


def _new_histories(here: Store, there: Store, size: int) -> Iterator[History]:
    """The other log as a history, after those that it has itself; only what is not here yet."""
    kept = list(here.histories())
    number = len(kept)
    whole = (HistoryEntry(e.position, e.id, e.recorded) for e in there.entries(upto=size))
    offered: list[tuple[str, Head, Iterable[HistoryEntry]]] = [
        (history.log, history.head, there.history_entries(history.number))
        for history in there.histories()
    ]
    offered.append((there.identity, Head(size, there.root(size)), whole))
    for log, head, entries in offered:
        if any((one.log, one.head) == (log, head) for one in kept):
            continue
        if head.size <= here.position and here.root(head.size) == head.root:
            continue  # it is how this log itself began
        found = _continued(log, head, list(entries), kept)
        number += 1
        kept.append(attrs.evolve(found, number=number))
        yield found


def _continued(
    log: str, head: Head, entries: list[HistoryEntry], kept: Iterable[History]
) -> History:
    """A history, as the continuation of the longest one that it begins with."""
    candidates = sorted(
        (h for h in kept if h.log == log and h.head.size < head.size), key=lambda h: h.head.size
    )
    found = None
    grown = Growth()
    rest = iter(entries)
    for candidate in candidates:
        part = islice(rest, candidate.head.size - grown.size)
        grown.extend([leaf_hash(entry.id, entry.recorded) for entry in part])
        if grown.root == candidate.head.root:
            found = candidate
    if found is None:
        return History(log, head, entries)
    return History(log, head, entries[found.head.size :], continues=found.number)


def conflicts(here: Visible, there: Visible) -> tuple[RecordConflict, ...]:
    """The records that two logs declare differently, each as it stands in its own log."""
    found = []
    tables: tuple[tuple[Mapping[str, Record], Mapping[str, Record]], ...] = (
        (here.sources, there.sources),
        (here.places, there.places),
        (here.actors, there.actors),
    )
    for mine, theirs in tables:
        for identity in sorted(mine.keys() & theirs.keys()):
            ours, other = mine[identity], theirs[identity]
            if ours == other:
                continue
            fields = tuple(
                field.name
                for field in attrs.fields(type(ours))
                if getattr(ours, field.name) != getattr(other, field.name)
            )
            stands = min(ours, other, key=lambda record: record.content_id)
            found.append(RecordConflict(kind_of(ours), identity, ours, other, stands, fields))
    return tuple(found)
