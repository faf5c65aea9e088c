"""An open SQLite database, guarded: one thread at a time, one process, one deadline for a call."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from conflict_timeline.errors import ClosedError, LogError, NotWrittenError, OutcomeUnknownError
from conflict_timeline.log.closing import Closing
from conflict_timeline.log.waiting import PATIENCE, Deadline, is_busy, primary_code

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["Guarded"]


class Guarded(Closing):
    """A database that ``opening`` has checked, and what may be done with it at all."""

    def __init__(self, path: str, database: Database, *, readonly: bool) -> None:
        self._path = path
        self._database: Database | None = database
        self._readonly = readonly
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._closed = threading.Event()
        _open_databases.add(self)

    @property
    def path(self) -> str:
        """Absolute path of the file, or ``":memory:"``."""
        return self._path

    def close(self) -> None:
        """Closes the file. Closing twice is allowed."""
        if os.getpid() != self._process:
            return  # it is the parent's: see _leave_to_parent
        self._closed.set()
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._path!r})"

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
                raise ClosedError(f"{self._path}: the log is closed; open it again")
            yield self._database.conn
        finally:
            self._lock.release()

    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._rows(query, values)

    def _rows(
        self,
        query: str,
        values: Sequence[Any],
        *,
        bytes_at: int | None = None,
        most: int = 0,
    ) -> list[tuple[Any, ...]]:
        """The rows of a query; given a column of bytes, only until it has more than so many."""
        deadline = Deadline(PATIENCE)

        def fetch() -> list[tuple[Any, ...]]:
            with contextlib.closing(connection.execute(query, values)) as cursor:
                if bytes_at is None:
                    return cursor.fetchall()
                rows, size = [], 0
                for row in cursor:
                    rows.append(row)
                    size += len(row[bytes_at]) if isinstance(row[bytes_at], bytes) else 0
                    if size > most:
                        break
                return rows

        with self._connection(deadline) as connection:
            try:
                return deadline.retry(fetch)
            except (sqlite3.Error, UnicodeDecodeError) as error:  # a message may quote damage
                raise LogError(f"{self._path}: cannot be read: {error}") from error

    @contextlib.contextmanager
    def _transaction(self, timeout: float, again: str) -> Iterator[sqlite3.Connection]:
        """The connection within a transaction, which is durable when the block has ended.

        Args:
            timeout: seconds to wait for other users of the file.
            again: what to do once the log is open again, if the outcome is unknown.

        Raises:
            NotWrittenError: if surely nothing was written.
            OutcomeUnknownError: if that cannot be told.
        """
        if self._readonly:
            raise NotWrittenError(f"{self._path}: was opened for reading only")
        deadline = Deadline(timeout)
        with self._connection(deadline, NotWrittenError) as connection:
            try:
                deadline.retry(lambda: connection.execute("BEGIN IMMEDIATE"))
            except sqlite3.Error as error:
                raise self._not_written(error, deadline) from error
            try:
                yield connection
            except sqlite3.Error as error:
                self._roll_back(connection)
                raise self._not_written(error, deadline) from error
            except LogError as error:
                self._roll_back(connection)
                if isinstance(error, NotWrittenError):
                    raise
                raise NotWrittenError(f"{error}; nothing was written") from error
            except BaseException:
                self._roll_back(connection)
                raise
            self._commit(connection, deadline, again)

    def _commit(self, connection: sqlite3.Connection, deadline: Deadline, again: str) -> None:
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
                f"{self._path}: whether it was written is unknown ({error}); open the log again "
                f"and {again}"
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


_open_databases: weakref.WeakSet[Guarded] = weakref.WeakSet()
_left_to_parent: list[Database | None] = []


def _leave_to_parent() -> None:
    """In a forked child: keeps the parent's connections from being closed when collected."""
    _left_to_parent.extend(guarded._database for guarded in _open_databases)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
