"""What is read from the tables of a log in a relational database, whichever it is.

The queries are in the SQL that SQLite and PostgreSQL share, with ``?`` where values go. What they
do not share is left to the methods that a store has of its own.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from conflict_timeline.errors import LogError
from conflict_timeline.log.batch import ID
from conflict_timeline.log.columns import ERASED, REDACTED
from conflict_timeline.log.contract import Checkpoint, Entry, Head, History, HistoryEntry
from conflict_timeline.log.follow import Waiting, follow
from conflict_timeline.log.merkle import HASH_SIZE, Growth, root

__all__ = ["BYTES_AT_ONCE", "HISTORIES", "RelationalReading"]

#: No more entries and bytes than these are in memory at once while a log is read.
_ROWS_AT_ONCE, BYTES_AT_ONCE = 1_000, 8_000_000

_ENTRIES = """SELECT position, id, recorded, body FROM events
WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"""

_ENTRIES_WITH_HISTORIES = """SELECT position, id, recorded, body, coalesce(
    (SELECT min(there.recorded) FROM history_entries AS there
        WHERE there.id = events.id AND there.recorded < events.recorded AND there.history <= {}),
    recorded) AS first
FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"""

_TYPES_OF_AN_ENTRY = ((int, str, str, bytes), (int, str, str, bytes, str))

_FIND = f"""SELECT position, id, recorded, body, (SELECT count(*) FROM histories),
    (SELECT count(*) FROM events AS redaction
        WHERE redaction.kind = '{REDACTED}' AND redaction.subject = events.id)
FROM events WHERE id = ?"""  # noqa: S608 - a constant

# Not in order: SQLite would then go through the index of all ids instead of that of redactions.
_REDACTIONS = f"SELECT id, subject, body FROM events WHERE kind = '{REDACTED}'"  # noqa: S608

_UNERASED = f"""SELECT DISTINCT subject FROM events AS redaction
WHERE kind = '{REDACTED}' AND EXISTS (
    SELECT 1 FROM events WHERE id = redaction.subject AND kind NOT IN ('{ERASED}', '{REDACTED}')
)"""  # noqa: S608 - constants

# Written out, so that the index of redactions serves.
_REDACTED_POSITIONS = f"SELECT position FROM events WHERE kind = '{REDACTED}'"  # noqa: S608

_INSTANTS = "SELECT recorded FROM events WHERE position > ? AND position <= ? ORDER BY position"

_NODE = """SELECT substr(hashes, CAST(32 * (? - start) + 1 AS INTEGER), 32) FROM nodes
WHERE level = ? AND start <= ? ORDER BY start DESC LIMIT 1"""

HISTORIES = "SELECT number, log, size, root, continues FROM histories"


class RelationalReading(ABC):
    """The part of a ``RelationalLog`` that reads."""

    def __init__(self, path: str, closed: threading.Event) -> None:
        self._path = path
        self._closed = closed
        self._identity: str | None = None
        # The tree as it was when last looked at; complete nodes never change, so it stays true.
        self._grown = Growth()

    @property
    def path(self) -> str:
        """Where the log lies, as a message or a citation names it."""
        return self._path

    @property
    def identity(self) -> str:
        """What tells this log from every other: 32 hex digits, drawn when it was made."""
        if self._identity is None:
            rows = self._read("SELECT log FROM log_identity")
            if len(rows) != 1:
                raise LogError(f"{self._path}: expected one identity, got {len(rows)}; run verify")
            self._identity = str(rows[0][0])
        return self._identity

    @property
    def position(self) -> int:
        """The position of the last entry; 0 when the log is empty."""
        [(last,)] = self._read("SELECT coalesce(max(position), 0) FROM events")
        return int(last)

    # ---- the hash tree --------------------------------------------------------------------------

    def head(self) -> Head:
        """Size and root of the log, of one moment."""
        grown = self._grown_to(self.position)
        return Head(grown.size, grown.root)

    def root(self, size: int | None = None) -> bytes:
        """The root over the first entries, from the nodes as they are stored."""
        last = self.position
        if size is None:
            return self._grown_to(last).root
        if not 0 <= size <= last:
            raise ValueError(f"{self._path}: expected a size from 0 to {last}, got {size}")
        return root(size, self.node)

    def node(self, level: int, number: int) -> bytes:
        """A complete node of the hash tree, as it is stored."""
        rows = self._read(_NODE, number, level, number)
        if not rows or type(rows[0][0]) is not bytes or len(rows[0][0]) != HASH_SIZE:
            raise LogError(
                f"{self._path}: the hash tree has no node {number} on level {level}; run verify"
            )
        return bytes(rows[0][0])

    def _grown_to(self, size: int) -> Growth:
        # Kept without a lock: whichever thread comes last leaves one that is true.
        if self._grown.size != size:
            self._grown = Growth.of(size, self.node)
        return self._grown

    # ---- reading --------------------------------------------------------------------------------

    def entries(
        self, after: int = 0, upto: int | None = None, *, histories: int | None = None
    ) -> Iterator[Entry]:
        """The entries in order of position; see ``contract.Store.entries``."""
        end = self.position
        return self._pages(max(after, 0), end if upto is None else min(upto, end), histories)

    def instants(self, after: int, upto: int) -> list[str]:
        """When entries were recorded; see ``contract.Store.instants``."""
        return [instant for (instant,) in self._read(_INSTANTS, after, upto)]

    def of_kind(self, kind: str) -> Iterator[Entry]:
        """The entries of one kind, in order of position; see ``contract.Store``."""
        if kind == REDACTED:
            rows = sorted(self._read(_REDACTED_POSITIONS))
        else:
            rows = self._read("SELECT position FROM events WHERE kind = ? ORDER BY position", kind)
        for (position,) in rows:
            yield from self._pages(position - 1, position)

    def follow(self, after: int | None = None, *, timeout: float | None = None) -> Iterator[Entry]:
        """The entries after a position as they come; see ``contract.Store.follow``."""
        start = self.position if after is None else after
        return follow(self.entries, start, timeout, self._waiting, self._closed)

    def _pages(self, after: int, end: int, histories: int | None = None) -> Iterator[Entry]:
        # One short read after the other: a cursor left open would keep writers out until the
        # caller is done with it, and an append inside the loop would wait for itself.
        [(count,)] = self._read("SELECT count(*) FROM histories")
        counted = count if histories is None else min(histories, count)
        query = _ENTRIES_WITH_HISTORIES.format(counted) if counted else _ENTRIES
        redacted = self._redactions()
        while after < end:
            rows = self._read_some(query, (after, end, _ROWS_AT_ONCE))
            if not rows:
                return
            for row in rows:
                entry = self._entry(row)
                if entry.id in redacted:
                    entry = attrs.evolve(entry, data=b"", redaction=redacted[entry.id])
                yield entry
            after = rows[-1][0]

    def _redactions(self) -> dict[str, bytes]:
        """For each redacted id the bytes of the redaction with the least id."""
        found = sorted(self._read(_REDACTIONS), reverse=True)
        return {target: data for _, target, data in found}

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        # From a damaged page SQLite gives values that the column's type would not allow.
        if tuple(map(type, row)) not in _TYPES_OF_AN_ENTRY:
            raise LogError(f"{self._path}: position {row[0]} is damaged; run verify")
        return Entry(*row)

    def find(self, event_id: str) -> Entry | None:
        """The entry of the event with that id, if the log holds it."""
        if not ID.fullmatch(event_id):  # a lone surrogate or NUL could not even be asked for
            return None
        rows = self._read(_FIND, event_id)
        if not rows:
            return None
        *row, histories, redactions = rows[0]
        if not histories and not redactions:
            return self._entry(tuple(row))
        for entry in self._pages(rows[0][0] - 1, rows[0][0]):
            return entry
        raise LogError(f"{self._path}: position {rows[0][0]} is damaged; run verify")

    def checkpoints(self) -> list[Checkpoint]:
        """The checkpoints that are kept in the log, in the order in which they came."""
        query = "SELECT log, size, root, note FROM checkpoints ORDER BY number"
        return [
            Checkpoint(log, Head(size, top), note) for log, size, top, note in self._read(query)
        ]

    def histories(self) -> list[History]:
        """The logs that were merged into this one, without their entries."""
        return [
            History(log, Head(size, top), continues=continues, number=number)
            for number, log, size, top, continues in self._read(f"{HISTORIES} ORDER BY number")
        ]

    def history_entries(self, number: int) -> Iterator[HistoryEntry]:
        """All entries of a history from its position 1; see ``contract.Store``."""
        by_number = {history.number: history for history in self.histories()}
        if number not in by_number:
            raise LogError(f"{self._path}: expected the number of a history, got {number}")
        chain, at = [], by_number.get(number)
        while at is not None:
            chain.append(at.number)
            at = by_number.get(at.continues or 0)
        return self._history_pages(chain[::-1])

    def _history_pages(self, chain: list[int]) -> Iterator[HistoryEntry]:
        query = """SELECT position, id, recorded FROM history_entries
            WHERE history = ? AND position > ? ORDER BY position LIMIT ?"""
        after = 0
        for number in chain:
            while rows := self._read(query, number, after, _ROWS_AT_ONCE):
                yield from (HistoryEntry(*row) for row in rows)
                after = rows[-1][0]

    def unerased(self) -> list[str]:
        """The ids of redacted events whose bytes are still there; see ``contract.Store``."""
        return [id_ for (id_,) in self._read(_UNERASED)]

    # ---- what a store has of its own ------------------------------------------------------------

    @abstractmethod
    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query, in a transaction of its own."""

    @abstractmethod
    def _read_some(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The first rows of a query for entries: at least one, and no more than fit in memory."""

    @abstractmethod
    def _waiting(self) -> Waiting:
        """Begins to be told of what is appended."""
