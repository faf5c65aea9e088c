"""The log in an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conflict_timeline.errors import LogError
from conflict_timeline.events import Corrected
from conflict_timeline.log import batch as batches
from conflict_timeline.log import opening, schema
from conflict_timeline.log.backup import back_up
from conflict_timeline.log.batch import Batch, Held
from conflict_timeline.log.contract import Checkpoint, Entry, Head, Problem
from conflict_timeline.log.follow import Polling
from conflict_timeline.log.guarded import Guarded
from conflict_timeline.log.keeping import keep
from conflict_timeline.log.relational import RelationalLog
from conflict_timeline.log.relational_reading import BYTES_AT_ONCE
from conflict_timeline.log.verify import recomputed, verify
from conflict_timeline.log.waiting import PATIENCE, Deadline

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["SQLiteLog"]

_IDS_AT_ONCE = 500
_CHECKED_IN = 65_536  # kibibytes of pages that are kept while the file is checked

_CORRECTED = "SELECT position, id, recorded, body FROM events WHERE kind = 'corrected'"


class SQLiteLog(Guarded, RelationalLog[sqlite3.Connection]):
    """An append-only log in one SQLite file; it keeps ``contract.Store``.

    Any number of threads may share one object, and any number of processes one file; an object
    belongs to the process that opened it.

    Example:
        >>> from conflict_timeline.events import Source
        >>> with SQLiteLog.open(":memory:") as log:
        ...     log.append([Source(id="ridder", title="An article")])
        [1]
    """

    _refused_as_held = sqlite3.IntegrityError

    def __init__(self, path: str, database: Database, *, readonly: bool) -> None:
        """Takes a database that ``opening`` has checked; use ``open``."""
        Guarded.__init__(self, path, database, readonly=readonly)
        RelationalLog.__init__(self, path, self._closed)

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = True,
        readonly: bool = False,
        identity: str | None = None,
    ) -> SQLiteLog:
        """The log at a path.

        Args:
            path: of the file, or ``":memory:"`` for a log that is gone when closed.
            create: whether to make it if there is no file, or an empty one.
            readonly: whether to open it so that nothing can be appended.
            identity: of a log that is to be made again elsewhere; a new one is drawn if not given.

        Raises:
            NotALogError: if the file is something else, or its schema is not as it was made; the
                file is left as it is.
            LogError: if it cannot be opened, or has another identity than the one given.
        """
        file = opening.locate(path, create=create, readonly=readonly)
        database = opening.open_database(file, create=create, readonly=readonly, identity=identity)
        log = cls(file, database, readonly=readonly)
        if identity is not None and log.identity != identity:
            log.close()
            raise LogError(f"{file}: expected the log {identity}, found {log.identity} there")
        return log

    def keep_spans(
        self,
        spans: Iterable[Sequence[Any]],
        *,
        position: int,
        library: str,
        timeout: float = PATIENCE,
    ) -> None:
        """Writes the SQL views and what they need anew; see ``conflict_timeline.log.keeping``."""
        rows = list(spans)  # made before the transaction, so that locks are held briefly
        replacements = [
            (entry.id, entry.event.replacement.id)
            for entry in (Entry(*row) for row in self._read(_CORRECTED))
            if isinstance(entry.event, Corrected)
        ]
        with self._transaction(timeout, "keep them again") as connection:
            keep(connection, position, library, rows, replacements)

    def verify(self, checkpoints: Iterable[Checkpoint] = ()) -> list[Problem]:
        """Everything that is wrong with the file; see ``conflict_timeline.log.verify``."""
        return verify(self._asked, lambda: schema.faults(self._asked), self._damage, checkpoints)

    def recomputed(self, size: int | None = None) -> Head:
        """The head, its leaves made anew from the entries on disk; see ``contract.Store``."""
        return recomputed(self._asked, size)

    # ---- copies ---------------------------------------------------------------------------------

    def backup(self, path: str | Path, *, timeout: float = PATIENCE) -> Head:
        """Makes a verified copy of the log, while others may read it and append to it.

        The copy gets its name when it is whole, on disk and sound, and never in place of another
        file.

        Args:
            path: where the copy is to be.
            timeout: seconds to wait for other users of the log.

        Returns:
            Its head; what was appended since is not in it.

        Raises:
            LogExistsError: if something is there already.
            LogError: if the log is not sound, or there can be no log at that path.
            NotWrittenError: if the copy cannot be made; nothing is left of it.
            OutcomeUnknownError: if it is there and sound, and might not survive a loss of power.
        """
        return back_up(self, path, timeout)

    @classmethod
    def restore(cls, backup: str | Path, path: str | Path) -> Head:
        """Makes a log from a backup, after verifying it; as ``backup``, the other way."""
        with cls.open(backup, create=False, readonly=True) as kept:
            for problem in kept.verify():
                raise LogError(f"{kept.path}: not restored, as it is not sound: {problem}")
            return kept.backup(path)

    def copy_into(
        self, target: sqlite3.Connection, progress: Callable[..., None], deadline: Deadline
    ) -> None:
        """Copies every page, as of one moment, into an empty database."""
        with self._connection(deadline) as connection:
            connection.backup(target, progress=progress, sleep=0.005)

    # ---- what a relational log leaves to its store ----------------------------------------------

    def _asked(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._read(query, *values)

    def _damage(self) -> list[str]:
        # With as little as SQLite keeps by itself, nearly every look into an index reads the file.
        [(usual,)] = self._read("PRAGMA cache_size")
        self._read(f"PRAGMA cache_size = -{_CHECKED_IN}")
        try:
            return [line for (line,) in self._read("PRAGMA integrity_check") if line != "ok"]
        finally:
            self._read(f"PRAGMA cache_size = {usual}")

    def _read_some(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._rows(query, values, bytes_at=3, most=BYTES_AT_ONCE)

    def _held(self, connection: sqlite3.Connection, batch: Batch) -> Held:
        found: Held = {}
        for start in range(0, len(batch.rows), _IDS_AT_ONCE):
            ids = [row[0] for row in batch.rows[start : start + _IDS_AT_ONCE]]
            marks = ",".join("?" * len(ids))
            query = f"SELECT id, position, body FROM events WHERE id IN ({marks})"  # noqa: S608
            found.update({id_: (at, body) for id_, at, body in connection.execute(query, ids)})
        return found

    def _insert(
        self,
        connection: sqlite3.Connection,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
    ) -> None:
        marks = ", ".join("?" * len(columns))
        connection.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - ours
            rows,
        )

    def _now(self, connection: sqlite3.Connection) -> str:
        return batches.now()

    def _waiting(self) -> Polling:
        return Polling(self._closed)

    def _leave_no_trace(self) -> None:
        # A write-ahead log would keep the page as it was.
        self._read("PRAGMA wal_checkpoint(TRUNCATE)")
