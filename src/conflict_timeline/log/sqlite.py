"""The log in an SQLite file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import attrs

from conflict_timeline.codec import encode
from conflict_timeline.errors import (
    EventError,
    LogError,
    NotWrittenError,
    OutcomeUnknownError,
    PositionConflictError,
)
from conflict_timeline.events import Event
from conflict_timeline.log import opening
from conflict_timeline.log.columns import columns_of
from conflict_timeline.log.contract import Entry, Problem
from conflict_timeline.log.verify import verify
from conflict_timeline.log.waiting import Deadline, is_busy, primary_code

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["SQLiteLog"]

_PATIENCE = 30.0
_ROWS_AT_ONCE = 1_000
_BYTES_AT_ONCE = 8_000_000
_IDS_AT_ONCE = 500

_INSERT = """INSERT INTO events
(position, recorded, id, body, kind, known, earliest, latest, subject)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""

#: id, body, and the columns that follow from it.
_Row = tuple[str, bytes, str, str | None, str | None, str | None, str | None]


class SQLiteLog:
    """An append-only log in one SQLite file; it keeps ``contract.Store``.

    Any number of threads may share one object, and any number of processes one file; an object
    belongs to the process that opened it.

    Example:
        >>> from conflict_timeline.events import Source
        >>> with SQLiteLog.open(":memory:") as log:
        ...     log.append([Source(id="ridder", title="An article")])
        [1]
    """

    def __init__(self, path: str, database: Database, *, readonly: bool) -> None:
        """Takes a database that ``opening`` has checked; use ``open``."""
        self._path = path
        self._database: Database | None = database
        self._readonly = readonly
        self._process = os.getpid()
        self._lock = threading.RLock()
        _open_logs.add(self)

    @classmethod
    def open(cls, path: str | Path, *, create: bool = True, readonly: bool = False) -> SQLiteLog:
        """The log at a path.

        Args:
            path: of the file, or ``":memory:"`` for a log that is gone when closed.
            create: whether to make it if there is no file, or an empty one.
            readonly: whether to open it so that nothing can be appended.

        Raises:
            NotALogError: if the file is something else, or its schema is not as it was made; the
                file is left as it is.
            LogError: if it cannot be opened.
        """
        file = opening.locate(path, create=create, readonly=readonly)
        database = opening.open_database(file, create=create, readonly=readonly)
        return cls(file, database, readonly=readonly)

    @property
    def path(self) -> str:
        """Absolute path of the file, or ``":memory:"``."""
        return self._path

    @property
    def position(self) -> int:
        """The position of the last entry; 0 when the log is empty."""
        [(last,)] = self._read("SELECT coalesce(max(position), 0) FROM events")
        return int(last)

    def append(
        self,
        events: Sequence[Event],
        *,
        expected_position: int | None = None,
        timeout: float = _PATIENCE,
    ) -> list[int]:
        """Records events, all or none; they are durable when this returns.

        Args, result and errors are those of ``contract.Store.append``.
        """
        if self._readonly:
            raise NotWrittenError(f"{self._path}: was opened for reading only")
        rows = [_row(number, event) for number, event in enumerate(events)]
        deadline = Deadline(timeout)
        with self._connection(deadline, NotWrittenError) as connection:
            try:
                deadline.retry(lambda: connection.execute("BEGIN IMMEDIATE"))
            except sqlite3.Error as error:
                raise self._not_written(error, deadline) from error
            try:
                positions = self._write(connection, rows, expected_position)
            except sqlite3.Error as error:
                self._roll_back(connection)
                raise self._not_written(error, deadline) from error
            except BaseException:
                self._roll_back(connection)
                raise
            self._commit(connection, deadline)
        return positions

    def entries(self, after: int = 0, upto: int | None = None) -> Iterator[Entry]:
        """The entries in order of position; see ``contract.Store.entries``."""
        end = self.position
        return self._pages(max(after, 0), end if upto is None else min(upto, end))

    def find(self, event_id: str) -> Entry | None:
        """The entry of the event with that id, if the log holds it."""
        if not event_id.isascii():  # no id is; a lone surrogate could not even be asked for
            return None
        rows = self._read("SELECT position, id, recorded, body FROM events WHERE id = ?", event_id)
        return Entry(*rows[0]) if rows else None

    def verify(self) -> list[Problem]:
        """Everything that is wrong with the file; see ``conflict_timeline.log.verify``."""
        return verify(lambda query, values: self._read(query, *values))

    def close(self) -> None:
        """Closes the file. Closing twice is allowed."""
        if os.getpid() != self._process:
            return  # it is the parent's: see _leave_to_parent
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SQLiteLog({self._path!r})"

    @contextlib.contextmanager
    def _connection(
        self, deadline: Deadline, refusal: type[LogError] = LogError
    ) -> Iterator[sqlite3.Connection]:
        """The connection, for this thread alone.

        The process is checked first: a lock that another thread held at the fork is never freed.
        """
        if os.getpid() != self._process:
            raise refusal(
                f"{self._path}: was opened in process {self._process} and cannot be used in "
                f"{os.getpid()}, which was forked from it: open it again there"
            )
        if not self._lock.acquire(timeout=deadline.remaining):
            raise refusal(f"{self._path}: another thread used it for {deadline.seconds:g} s")
        try:
            if self._database is None:
                raise refusal(f"{self._path}: the log is closed; open it again")
            yield self._database.conn
        finally:
            self._lock.release()

    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._rows(query, values, bytes_at=None)

    def _rows(
        self, query: str, values: Sequence[Any], *, bytes_at: int | None
    ) -> list[tuple[Any, ...]]:
        """The rows of a query; given the column of the bodies, only as many as fit in memory."""
        deadline = Deadline(_PATIENCE)

        def fetch() -> list[tuple[Any, ...]]:
            with contextlib.closing(connection.execute(query, values)) as cursor:
                if bytes_at is None:
                    return cursor.fetchall()
                rows, size = [], 0
                for row in cursor:
                    rows.append(row)
                    size += len(row[bytes_at])
                    if size > _BYTES_AT_ONCE:
                        break
                return rows

        with self._connection(deadline) as connection:
            try:
                return deadline.retry(fetch)
            except sqlite3.Error as error:
                raise LogError(f"{self._path}: cannot be read: {error}") from error

    def _pages(self, after: int, end: int) -> Iterator[Entry]:
        # One short read after the other: a cursor left open would keep writers out until the
        # caller is done with it, and an append inside the loop would wait for itself.
        query = """SELECT position, id, recorded, body FROM events
            WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"""
        while after < end:
            rows = self._rows(query, (after, end, _ROWS_AT_ONCE), bytes_at=3)
            if not rows:
                return
            yield from (Entry(*row) for row in rows)
            after = rows[-1][0]

    def _write(
        self, connection: sqlite3.Connection, rows: list[_Row], expected: int | None
    ) -> list[int]:
        """Inserts what is new, within the transaction; gives the position of every row."""
        last, instant = connection.execute(
            "SELECT position, recorded FROM events ORDER BY position DESC LIMIT 1"
        ).fetchone() or (0, "")
        known = _recorded_before(connection, rows) if last else {}
        if expected is not None and expected != last and (not rows or not _all_in(rows, known)):
            raise PositionConflictError(
                f"{self._path}: expected position {expected}, the log is at {last}; nothing written"
            )
        recorded = max(_now(), instant)
        new: list[tuple[int | str | bytes | None, ...]] = []
        for row in rows:
            id_, body = row[0], row[1]
            if id_ not in known:
                known[id_] = (last + len(new) + 1, body)
                new.append((known[id_][0], recorded, *row))
            elif known[id_][1] != body:
                raise NotWrittenError(
                    f"{self._path}: event {id_} has other bytes at position {known[id_][0]}: the "
                    "log was altered; nothing written; run verify"
                )
        for start in range(0, len(new), _ROWS_AT_ONCE):
            connection.executemany(_INSERT, new[start : start + _ROWS_AT_ONCE])
        return [known[row[0]][0] for row in rows]

    def _commit(self, connection: sqlite3.Connection, deadline: Deadline) -> None:
        try:
            deadline.retry(lambda: connection.execute("COMMIT"))
        except sqlite3.Error as error:
            # Refused as busy, or out of space for the pages, it had not begun to take effect. Any
            # other failure may lie on either side of the moment at which a commit becomes real.
            if is_busy(error) or primary_code(error) == sqlite3.SQLITE_FULL:
                self._roll_back(connection)
                raise self._not_written(error, deadline) from error
            self.close()
            raise OutcomeUnknownError(
                f"{self._path}: whether the append was written is unknown ({error}); open the log "
                "again and append the same: what was written is not written twice"
            ) from error
        except BaseException:
            self._roll_back(connection)
            raise

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            connection.rollback()
        except sqlite3.Error:
            # What was not committed is undone by whoever opens the file next.
            self.close()

    def _not_written(self, error: sqlite3.Error, deadline: Deadline) -> NotWrittenError:
        reason = str(error)
        if is_busy(error):
            reason = f"another process kept the log locked for {deadline.seconds:g} s"
        return NotWrittenError(f"{self._path}: nothing was written: {reason}")


def _row(number: int, event: Event) -> _Row:
    """What is written of an event; made before the transaction, so that locks are held briefly."""
    try:
        body = encode(event)
        columns = columns_of(event)
    except EventError as error:
        raise EventError(f"events[{number}]: {error}") from None
    return (hashlib.sha256(body).hexdigest(), body, *attrs.astuple(columns, recurse=False))


def _recorded_before(
    connection: sqlite3.Connection, rows: list[_Row]
) -> dict[str, tuple[int, bytes]]:
    """Position and bytes of those rows that the log holds already."""
    found: dict[str, tuple[int, bytes]] = {}
    for start in range(0, len(rows), _IDS_AT_ONCE):
        ids = [row[0] for row in rows[start : start + _IDS_AT_ONCE]]
        marks = ",".join("?" * len(ids))
        query = f"SELECT id, position, body FROM events WHERE id IN ({marks})"  # noqa: S608 - marks
        found.update({id_: (at, body) for id_, at, body in connection.execute(query, ids)})
    return found


def _all_in(rows: list[_Row], known: dict[str, tuple[int, bytes]]) -> bool:
    return all(row[0] in known for row in rows)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


_open_logs: weakref.WeakSet[SQLiteLog] = weakref.WeakSet()
_left_to_parent: list[Database | None] = []


def _leave_to_parent() -> None:
    """In a forked child: keeps the parent's connections from being closed when collected."""
    _left_to_parent.extend(log._database for log in _open_logs)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
