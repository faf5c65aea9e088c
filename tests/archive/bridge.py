"""The real store on another SQLite: an apsw connection that behaves as one of ``sqlite3`` does.

Only through apsw can a test put its own disk under SQLite. So every line of the store runs here as
it does for users; what differs is the library below, and its version is printed with each figure.
One thing more: apsw raises an error of the disk even where SQLite could do without that access. An
append may then be called unknown or not written sooner than it would be; it must be true all the
same.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, unquote, urlsplit

import apsw

from conflict_timeline.log import opening
from tests.archive.disk import Disk

__all__ = ["Connection", "store_on", "versions"]

_MODES = {
    "ro": apsw.SQLITE_OPEN_READONLY,
    "rw": apsw.SQLITE_OPEN_READWRITE,
    "rwc": apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE,
}

_PRAGMA = re.compile(r"PRAGMA (\w+)(?: = (\w+))?")

_CLASSES: dict[int, type[sqlite3.Error]] = {
    apsw.SQLITE_CONSTRAINT: sqlite3.IntegrityError,
    apsw.SQLITE_MISMATCH: sqlite3.IntegrityError,
    apsw.SQLITE_TOOBIG: sqlite3.DataError,
    apsw.SQLITE_CORRUPT: sqlite3.DatabaseError,
    apsw.SQLITE_NOTADB: sqlite3.DatabaseError,
}


def versions() -> str:
    """The two SQLites that a test on a disk in memory uses."""
    return f"written by SQLite {apsw.sqlite_lib_version()}, read by {sqlite3.sqlite_version}"


@contextlib.contextmanager
def _as_sqlite3_raises() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        code = getattr(error, "extendedresult", -1)
        if code < 0:
            code = getattr(error, "result", apsw.SQLITE_ERROR)
        raised = _CLASSES.get(code & 0xFF, sqlite3.OperationalError)(
            str(error) or type(error).__name__
        )
        raised.sqlite_errorcode = code
        raise raised from error


class Cursor:
    """The rows of a statement."""

    description = None

    def __init__(self, rows: Iterable[tuple[Any, ...]], close: Callable[[], None]) -> None:
        self._rows = iter(rows)
        self.close = close

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        with _as_sqlite3_raises():
            yield from self._rows

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(iter(self), None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self)


class Connection:
    """A connection to a database on a disk in memory.

    Args:
        mode: ``ro``, ``rw`` or ``rwc``.
        setup: statements to run before any other.
        unsafe: values of pragmas to use instead of those that the store asks for; it is told what
            it wants to hear. So a test can show what a careless setting would have done.
    """

    def __init__(
        self, disk: Disk, name: str, mode: str, setup: Sequence[str], unsafe: Mapping[str, Any]
    ) -> None:
        self._unsafe = unsafe
        self._asked: dict[str, Any] = {}
        with _as_sqlite3_raises():
            self._connection = apsw.Connection(name, flags=_MODES[mode], vfs=disk.name)
            for statement in setup:
                self._connection.execute(statement)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Cursor:
        pragma = _PRAGMA.fullmatch(sql)
        if pragma and pragma[1] in self._unsafe:
            return self._pretend(*pragma.groups())
        with _as_sqlite3_raises():
            cursor = self._connection.execute(sql, tuple(values))
        return Cursor(cursor, cursor.close)

    def _pretend(self, name: str, value: str | None) -> Cursor:
        if value is not None:
            self._asked[name] = int(value) if value.isdecimal() else value
            with _as_sqlite3_raises():
                self._connection.execute(f"PRAGMA {name} = {self._unsafe[name]}").fetchall()
        return Cursor([(self._asked[name],)], lambda: None)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        with _as_sqlite3_raises():
            self._connection.executemany(sql, [tuple(row) for row in rows])

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    def rollback(self) -> None:
        if self.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        # SQLite closes whatever fails meanwhile, and ``sqlite3`` says nothing of it.
        with contextlib.suppress(apsw.Error):
            self._connection.close()


@contextlib.contextmanager
def store_on(
    disk: Disk, folder: Path, *, wal: bool = False, unsafe: Mapping[str, Any] | None = None
) -> Iterator[Path]:
    """Within, the log at the path it gives lies on a disk in memory.

    Args:
        folder: an empty one, where the path is; nothing is written there but an empty file.
        wal: whether the store uses a write-ahead log, as it does on an SQLite that has the fix.
        unsafe: see ``Connection``.
    """
    path = folder / "log.db"
    # The store looks whether there is a file.
    path.touch() if path.name in disk.files else path.unlink(missing_ok=True)
    setup: list[str] = []
    if wal:
        # A VFS written in Python has no shared memory for the index of a write-ahead log; so SQLite
        # is asked to keep it to itself. And so few pages are written that none would be folded in.
        setup = ["PRAGMA locking_mode = EXCLUSIVE", "PRAGMA wal_autocheckpoint = 25"]
    connect = sqlite3.connect

    def bridged(target: str, **options: Any) -> Any:
        parts = urlsplit(target)
        file = Path(unquote(parts.path))
        if file.parent != folder:
            return connect(target, **options)
        [mode] = parse_qs(parts.query)["mode"]
        connection = Connection(disk, file.name, mode, setup, unsafe or {})
        file.touch()
        return connection

    with (
        mock.patch.object(sqlite3, "connect", bridged),
        mock.patch.object(opening, "WAL_SAFE_FROM", (3, 0, 0) if wal else (99, 0, 0)),
    ):
        yield path
