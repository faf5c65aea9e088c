"""A log in the tables of a relational database: what is asked of them and written, in whichever.

The queries are in the SQL that SQLite and PostgreSQL share, with ``?`` where values go. What they
do not share is left to the methods that a store has of its own.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, Protocol, TypeVar

import attrs

from conflict_timeline.errors import LogError, NotWrittenError, PositionConflictError
from conflict_timeline.events import Event
from conflict_timeline.log.batch import ID, Batch, Held, held_all, leaves, plan
from conflict_timeline.log.columns import ERASED, REDACTED
from conflict_timeline.log.contract import Checkpoint, Entry, Head, History, HistoryEntry
from conflict_timeline.log.follow import Waiting, follow
from conflict_timeline.log.merkle import HASH_SIZE, Growth, Run, root
from conflict_timeline.log.schema import HASHES_A_RUN
from conflict_timeline.log.waiting import PATIENCE

__all__ = ["BYTES_AT_ONCE", "ROWS_AT_ONCE", "RelationalLog", "Writing"]

#: No more entries than these are in memory at once while a log is read.
ROWS_AT_ONCE, BYTES_AT_ONCE = 1_000, 8_000_000

_APPEND_AGAIN = "append the same: what was written is not written twice"

_ENTRIES = """SELECT position, id, recorded, body FROM events
WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"""

_ENTRIES_WITH_HISTORIES = """SELECT position, id, recorded, body, coalesce(
    (SELECT min(there.recorded) FROM history_entries AS there
        WHERE there.id = events.id AND there.recorded < events.recorded AND there.history <= {}),
    recorded) AS first
FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"""

_TYPES_OF_AN_ENTRY = ((int, str, str, bytes), (int, str, str, bytes, str))

# Not in order: SQLite would then go through the index of all ids instead of that of redactions.
_REDACTIONS = f"SELECT id, subject, body FROM events WHERE kind = '{REDACTED}'"  # noqa: S608

_UNERASED = f"""SELECT DISTINCT subject FROM events AS redaction
WHERE kind = '{REDACTED}' AND EXISTS (
    SELECT 1 FROM events WHERE id = redaction.subject AND kind NOT IN ('{ERASED}', '{REDACTED}')
)"""  # noqa: S608 - constants

# Written out, so that the index of redactions serves.
_REDACTED_POSITIONS = f"SELECT position FROM events WHERE kind = '{REDACTED}'"  # noqa: S608

_LAST = "SELECT position, recorded FROM events ORDER BY position DESC LIMIT 1"

_EVENT_COLUMNS = (
    "position", "recorded", "id", "body", "kind", "known", "earliest", "latest", "subject",
)  # fmt: skip

_INSTANTS = "SELECT recorded FROM events WHERE position > ? AND position <= ? ORDER BY position"

_NODE = """SELECT substr(hashes, CAST(32 * (? - start) + 1 AS INTEGER), 32) FROM nodes
WHERE level = ? AND start <= ? ORDER BY start DESC LIMIT 1"""

_HISTORY = "SELECT number, log, size, root, continues FROM histories"


class Writing(Protocol):
    """A transaction under way."""

    def execute(self, query: str, values: Sequence[Any] = (), /) -> Any:
        """Runs one query; the result has ``fetchone``."""
        ...


W = TypeVar("W", bound=Writing)


class RelationalLog(ABC, Generic[W]):
    """What stores have in common that keep the tables of ``log.schema``; see ``contract.Store``."""

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

    # ---- writing --------------------------------------------------------------------------------

    def append(
        self,
        events: Sequence[Event],
        *,
        expected_position: int | None = None,
        timeout: float = PATIENCE,
    ) -> list[int]:
        """Records events, all or none; they are durable when this returns.

        Args, result and errors are those of ``contract.Store.append``.
        """
        batch = Batch.of(events)
        return self.write(batch, expected_position=expected_position, timeout=timeout)

    def take(
        self,
        entries: Sequence[Entry],
        *,
        histories: Sequence[History] = (),
        checkpoints: Sequence[Checkpoint] = (),
        keep_recorded: bool = False,
        expected_position: int | None = None,
        timeout: float = PATIENCE,
    ) -> list[int]:
        """Records entries of another log byte for byte; see ``contract.Store.take``."""
        batch = Batch.of_entries(entries, histories, checkpoints, keep_recorded)
        return self.write(batch, expected_position=expected_position, timeout=timeout)

    def write(
        self, batch: Batch, *, expected_position: int | None = None, timeout: float = PATIENCE
    ) -> list[int]:
        """Records a batch that was made beforehand; see ``contract.Store.write``."""
        with self._transaction(timeout, _APPEND_AGAIN) as connection:
            last, instant = connection.execute(_LAST).fetchone() or (0, "")
            if type(instant) is not str:
                raise NotWrittenError(
                    f"{self._path}: position {last} is damaged; nothing written; run verify"
                )
            held = self._held(connection, batch) if last else {}
            if expected_position not in (None, last) and not (batch.rows and held_all(batch, held)):
                raise PositionConflictError(
                    f"{self._path}: expected position {expected_position}, the log is at {last}; "
                    "nothing written"
                )
            planned = plan(batch, held, last, instant, self._now(connection), self._path)
            grown = Growth(last, self._grown_to(last).peaks)
            self._insert(
                connection,
                "events",
                _EVENT_COLUMNS,
                (
                    (at, recorded, *row)
                    for at, (row, recorded) in enumerate(
                        zip(planned.new, planned.recorded, strict=True), start=last + 1
                    )
                ),
            )
            nodes = _capped(grown.extend(leaves(planned)))
            self._insert(connection, "nodes", ("level", "start", "hashes"), nodes)
            self._check_redacted(connection, batch)
            self._keep(connection, batch)
        self._grown = grown
        return planned.positions

    def _check_redacted(self, connection: W, batch: Batch) -> None:
        # Here and not by a trigger, as an entry stands before its redaction.
        for row in batch.rows:
            if row[2] == ERASED and not _is_redacted(connection, row[0]):
                raise NotWrittenError(
                    f"{self._path}: event {row[0]} has no bytes, and no redaction that says why; "
                    "nothing written"
                )

    def _keep(self, connection: W, batch: Batch) -> None:
        """Writes the histories and checkpoints that a batch brings, once each."""
        for history in batch.histories:
            head = (history.log, history.head.size, history.head.root)
            query = f"{_HISTORY} WHERE log = ? AND size = ? AND root = ?"
            if connection.execute(query, head).fetchone() is not None:
                continue
            query = "SELECT coalesce(max(number), 0) + 1 FROM histories"
            number = connection.execute(query).fetchone()[0]
            row = (number, *head, history.continues)
            columns = ("number", "log", "size", "root", "continues")
            self._insert(connection, "histories", columns, [row])
            self._insert(
                connection,
                "history_entries",
                ("history", "position", "id", "recorded"),
                ((number, entry.position, entry.id, entry.recorded) for entry in history.entries),
            )
        for checkpoint in batch.checkpoints:
            query = "SELECT 1 FROM checkpoints WHERE note = ?"
            if connection.execute(query, (checkpoint.note,)).fetchone() is None:
                connection.execute(
                    """INSERT INTO checkpoints (number, log, size, root, note)
                    SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ? FROM checkpoints""",
                    (checkpoint.log, checkpoint.head.size, checkpoint.head.root, checkpoint.note),
                )

    def erase(self, event_id: str, *, timeout: float = PATIENCE) -> bool:
        """Erases the bytes of an entry after its redaction; see ``contract.Store.erase``."""
        with self._transaction(timeout, "erase again") as connection:
            query = "SELECT position, kind FROM events WHERE id = ?"
            row = (
                connection.execute(query, (event_id,)).fetchone()
                if ID.fullmatch(event_id)
                else None
            )
            if row is None:
                raise NotWrittenError(f"{self._path}: has no event {event_id}; nothing was erased")
            position, kind = row
            if kind == REDACTED or not _is_redacted(connection, event_id):
                why = "is a redaction itself" if kind == REDACTED else "has no redaction"
                raise NotWrittenError(
                    f"{self._path}: position {position}: event {event_id} {why}; nothing was erased"
                )
            if kind != ERASED:
                connection.execute(
                    """UPDATE events SET kind = ?, body = ?, known = NULL, earliest = NULL,
                    latest = NULL, subject = NULL WHERE position = ?""",
                    (ERASED, b"", position),
                )
        if kind == ERASED:
            return False
        self._leave_no_trace()
        return True

    def unerased(self) -> list[str]:
        """The ids of redacted events whose bytes are still there; see ``contract.Store``."""
        return [id_ for (id_,) in self._read(_UNERASED)]

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
            rows = self._read_some(query, (after, end, ROWS_AT_ONCE))
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
        rows = self._read("SELECT position FROM events WHERE id = ?", event_id)
        if not rows:
            return None
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
            for number, log, size, top, continues in self._read(f"{_HISTORY} ORDER BY number")
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
            while rows := self._read(query, number, after, ROWS_AT_ONCE):
                yield from (HistoryEntry(*row) for row in rows)
                after = rows[-1][0]

    # ---- what a store has of its own ------------------------------------------------------------

    @abstractmethod
    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query, in a transaction of its own."""

    @abstractmethod
    def _read_some(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The first rows of a query for entries: at least one, and no more than fit in memory."""

    @abstractmethod
    def _transaction(self, timeout: float, again: str) -> AbstractContextManager[W]:
        """A transaction of the only writer, which is durable when the block has ended.

        Args:
            timeout: seconds to wait for other writers.
            again: what to do once the log is open again, if the outcome is unknown.

        Raises:
            NotWrittenError: if surely nothing was written.
            OutcomeUnknownError: if that cannot be told.
        """

    @abstractmethod
    def _held(self, connection: W, batch: Batch) -> Held:
        """Position and bytes of those rows that the log holds already."""

    @abstractmethod
    def _insert(
        self,
        connection: W,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
    ) -> None:
        """Inserts rows into a table."""

    @abstractmethod
    def _now(self, connection: W) -> str:
        """This instant in UTC, as logs write it."""

    @abstractmethod
    def _waiting(self) -> Waiting:
        """Begins to be told of what is appended."""

    @abstractmethod
    def _leave_no_trace(self) -> None:
        """Sees to it that erased bytes do not stay where the store keeps what was before."""


def _is_redacted(connection: Writing, event_id: str) -> bool:
    query = f"SELECT 1 FROM events WHERE kind = '{REDACTED}' AND subject = ?"  # noqa: S608 - ours
    return connection.execute(query, (event_id,)).fetchone() is not None


def _capped(runs: Iterable[Run]) -> Iterator[tuple[int, int, bytes]]:
    """The rows that hold these nodes."""
    for run in runs:
        for at in range(0, len(run.hashes), HASHES_A_RUN * HASH_SIZE):
            part = run.hashes[at : at + HASHES_A_RUN * HASH_SIZE]
            yield run.level, run.start + at // HASH_SIZE, part
