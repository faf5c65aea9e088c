"""A batch of entries on its way into a store: what is written of each, and at which position."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import attrs

from conflict_timeline.codec import decode, encode
from conflict_timeline.errors import DecodeError, EventError, NotWrittenError, shown
from conflict_timeline.events import Event
from conflict_timeline.log.columns import ERASED, values_of
from conflict_timeline.log.contract import Checkpoint, Entry, History
from conflict_timeline.log.merkle import leaf_hashes

__all__ = [
    "ID",
    "INSTANT",
    "Batch",
    "Held",
    "Planned",
    "Row",
    "held_all",
    "leaves",
    "now",
    "plan",
    "row_of",
]

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
ID = re.compile(r"[0-9a-f]{64}")

#: id, bytes, and the columns that follow from them: kind, known, earliest, latest, subject.
Row = tuple[str, bytes, str, str | None, str | None, str | None, str | None]

#: Position and bytes of what a log holds already, by id.
Held = dict[str, tuple[int, bytes]]


@attrs.frozen
class Batch:
    """What is to be written in one transaction; made before it, so that locks are held briefly.

    Attributes:
        rows: the entries.
        recorded: the instant that each of them keeps; None if all get the same new one.
        histories, checkpoints: to keep beside them.
    """

    rows: Sequence[Row]
    recorded: Sequence[str] | None = None
    histories: Sequence[History] = ()
    checkpoints: Sequence[Checkpoint] = ()

    @classmethod
    def of(cls, events: Sequence[Event]) -> Batch:
        """A batch of new events.

        Raises:
            EventError: if one of them is no event, or is too large; it says which.
        """
        rows = []
        for number, event in enumerate(events):
            try:
                rows.append(row_of(event))
            except EventError as error:
                raise EventError(f"events[{number}]: {error}") from None
        return cls(rows)

    @classmethod
    def of_entries(
        cls,
        entries: Sequence[Entry],
        histories: Sequence[History],
        checkpoints: Sequence[Checkpoint],
        keep_recorded: bool,
    ) -> Batch:
        """A batch of entries of another log.

        Raises:
            DecodeError: if bytes are no event, or not those of their id; it says which.
        """
        rows = [_row_of_entry(number, entry) for number, entry in enumerate(entries)]
        recorded = [entry.recorded for entry in entries] if keep_recorded else None
        return cls(rows, recorded, histories, checkpoints)


def row_of(event: Event) -> Row:
    """What is written of an event.

    Raises:
        EventError: if it is none, or too large.
    """
    body = encode(event)
    return (hashlib.sha256(body).hexdigest(), body, *values_of(event))


def _row_of_entry(number: int, entry: Entry) -> Row:
    if entry.erased:
        if not ID.fullmatch(entry.id):
            raise DecodeError(f"entries[{number}]: expected an id, got {shown(entry.id)}")
        return (entry.id, b"", ERASED, None, None, None, None)
    if hashlib.sha256(entry.data).hexdigest() != entry.id:
        raise DecodeError(f"entries[{number}]: expected bytes whose hash is {entry.id}")
    try:
        return (entry.id, entry.data, *values_of(decode(entry.data)))
    except DecodeError as error:
        raise DecodeError(f"entries[{number}]: {error}") from None


@attrs.frozen
class Planned:
    """What a batch comes to in a log.

    Attributes:
        positions: of each row of the batch.
        new: the rows to write, at the positions that follow the log's last.
        recorded: the instant of each of them.
    """

    positions: list[int]
    new: Sequence[Row]
    recorded: Sequence[str]


def plan(batch: Batch, held: Held, last: int, instant: str, now: str, path: str) -> Planned:
    """Which rows of a batch are new to a log.

    Args:
        batch: the batch.
        held: what the log holds of it already; it is added to.
        last: the log's last position.
        instant: the instant of recording there; "" if the log is empty.
        now: this instant.
        path: of the log, for messages.

    Raises:
        NotWrittenError: if the log has other bytes under one of the ids, or if instants that are
            kept would go back.
    """
    moment = max(now, instant)
    count = len(batch.rows)
    if not held and batch.recorded is None and len({row[0] for row in batch.rows}) == count:
        return Planned(list(range(last + 1, last + count + 1)), batch.rows, [moment] * count)
    new: list[Row] = []
    recorded: list[str] = []
    for number, row in enumerate(batch.rows):
        id_, body = row[0], row[1]
        there = held.get(id_)
        if there is None:
            held[id_] = (last + len(new) + 1, body)
            new.append(row)
            recorded.append(moment if batch.recorded is None else batch.recorded[number])
        elif there[1] != body and there[1] and body:  # of erased bytes there is nothing to compare
            raise NotWrittenError(
                f"{path}: event {id_} has other bytes at position {there[0]}: the log was "
                "altered; nothing written; run verify"
            )
    if batch.recorded is not None:
        _check_order(recorded, instant, path)
    return Planned([held[row[0]][0] for row in batch.rows], new, recorded)


def _check_order(recorded: Sequence[str], before: str, path: str) -> None:
    for text in recorded:
        if not INSTANT.fullmatch(text) or text < before:
            raise NotWrittenError(
                f"{path}: expected an instant of recording not before {before or 'any'}, "
                f"got {text!r}; nothing written"
            )
        before = text


def leaves(planned: Planned) -> list[bytes]:
    """The leaves of the hash tree for what is new."""
    return leaf_hashes([row[0] for row in planned.new], planned.recorded)


def held_all(batch: Batch, held: Mapping[str, tuple[int, bytes]]) -> bool:
    """Whether a log holds every row of a batch."""
    return all(row[0] in held for row in batch.rows)


def now() -> str:
    """This instant in UTC, as logs write it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
