"""Opening a log's file: what it is, is told before anything in it may change."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conflict_timeline.errors import LogError, LogNotFoundError, NotALogError
from conflict_timeline.log import schema
from conflict_timeline.log.filesystems import network_type
from conflict_timeline.log.waiting import Deadline, is_busy, primary_code

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["MEMORY", "WAL_SAFE_FROM", "locate", "open_database"]

MEMORY = ":memory:"

#: Before this version a checkpoint that resets the WAL can lose what was just committed.
WAL_SAFE_FROM = (3, 51, 3)

_PATIENCE = 30.0


def locate(path: str | Path, *, create: bool, readonly: bool) -> str:
    """The absolute path of a log's file, or ``:memory:``.

    Raises:
        LogNotFoundError: if there is none, and it is not to be made or its folder is missing.
        LogError: if there can be no log there; the message says why.
    """
    if str(path) == MEMORY:
        if readonly or not create:
            raise LogError(f"{MEMORY}: a log in memory is always new: there is nothing to open")
        return MEMORY
    file = Path(path).absolute()
    if "\0" in str(file):
        raise LogError(f"expected a path, got {str(path)!r}")
    try:
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if readonly or not create:
            raise LogNotFoundError(f"{file}: no such file") from None
        _check_folder(file.parent)
        return _local(file)
    except OSError as error:
        raise LogError(f"{file}: cannot be opened: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise LogError(f"{file}: is a directory, not a log")
    if not stat.S_ISREG(mode):
        raise LogError(f"{file}: is not a regular file, so not a log")
    if not os.access(file, os.R_OK):
        raise LogError(f"{file}: permission to read it is missing")
    # SQLite would quietly open it for reading only, and the first append would fail.
    if not readonly and not os.access(file, os.W_OK):
        raise LogError(
            f"{file}: permission to write to it is missing; it can be read (readonly=True)"
        )
    return _local(file)


def _local(file: Path) -> str:
    """The path, if locks can be relied on there."""
    if kind := network_type(file):
        raise LogError(
            f"{file}: lies on a network file system ({kind}), where a lock may not keep others "
            "out; keep the log on a disk of this machine, and copies of it there"
        )
    return str(file)


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise LogNotFoundError(f"{folder}: no such folder; make it first")
    if not folder.is_dir():
        raise LogError(f"{folder}: is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise LogError(f"{folder}: permission to make a file in it is missing")


def open_database(
    file: str, *, create: bool, readonly: bool, identity: str | None = None
) -> Database:
    """A checked connection to a log, made if missing.

    Args:
        file: as ``locate`` gives it.
        create: whether an empty or missing file becomes a log.
        readonly: whether to open it so that SQLite itself refuses to write.
        identity: of a log that is made; one is drawn if not given.

    Raises:
        NotALogError: if the file is something else, or its schema was altered; it is left as it is.
        LogError: if it cannot be opened.
    """
    deadline = Deadline(_PATIENCE)
    with _explained(file):
        if file != MEMORY and os.path.exists(file):
            _look(file, deadline)
        database = _connect(file, "ro" if readonly else "rwc" if create else "rw")
        try:
            if create and not readonly and _is_blank(database, deadline):
                _set_durable(database, deadline, file, new=True)
                _create(database.conn, deadline, identity or secrets.token_hex(16))
            _check(file, database, deadline)
            _set_safe(database)
            if not readonly:
                _set_durable(database, deadline, file)
        except BaseException:
            database.close()
            raise
    return database


def _connect(file: str, mode: str) -> Database:
    # Imported here as it takes 0.3 s, more than the whole of this package.
    from sqlite_utils import Database

    # A path as URI, so that '?', '%' and a leading 'file:' in it are only characters.
    target = file if file == MEMORY else f"{Path(file).as_uri()}?mode={mode}"
    connection = sqlite3.connect(
        target,
        uri=file != MEMORY,
        timeout=0,
        isolation_level=None,
        check_same_thread=False,
    )
    # Plugins that happen to be installed have no business with this connection.
    return Database(connection, execute_plugins=False)


def _look(file: str, deadline: Deadline) -> None:
    """Checks the file through a connection that cannot write to it.

    Opened for writing, SQLite may fold a foreign file's WAL into it, or we might change its
    journal mode, before we know that it is not ours. The file is not read by ourselves either:
    closing it would drop the locks that other connections of this process hold on it.
    """
    with contextlib.closing(_connect(file, "ro")) as database:
        try:
            if not _is_blank(database, deadline):
                _check(file, database, deadline)
        except sqlite3.OperationalError as error:
            # After a crash the file must be rolled back before anyone can read it, which takes
            # the right to write. Any program that opens it does that, so we may.
            if primary_code(error) not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                raise


def _is_blank(database: Database, deadline: Deadline) -> bool:
    """Whether the file has no page yet: it is new, or its creation was interrupted."""
    [(pages,)] = _rows(database, deadline, "PRAGMA page_count")
    return bool(pages == 0)


def _rows(
    database: Database, deadline: Deadline, query: str, values: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    return deadline.retry(lambda: database.execute(query, values).fetchall())


def _check(file: str, database: Database, deadline: Deadline) -> None:
    if _is_blank(database, deadline):
        raise NotALogError(f"{file}: the file is empty")
    found = schema.faults(lambda query, values: _rows(database, deadline, query, values))
    if found:
        raise NotALogError(f"{file}: {'; '.join(found)}")


def _create(connection: sqlite3.Connection, deadline: Deadline, identity: str) -> None:
    """Makes the whole schema in one transaction, unless another process came first."""
    deadline.retry(lambda: connection.execute("BEGIN IMMEDIATE"))
    try:
        # By now the file counts as one page, so what is in it is asked instead.
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
            for statement in schema.STATEMENTS:
                connection.execute(statement)
            connection.execute("INSERT INTO log_identity (one, log) VALUES (1, ?)", (identity,))
        deadline.retry(lambda: connection.execute("COMMIT"))
    except BaseException:
        connection.rollback()
        raise


def _set_safe(database: Database) -> None:
    """What protects us from a file that someone else prepared."""
    # The names of functions in its schema are not run; pages that contradict themselves are told.
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    # A large batch stays in memory until it commits, and so does not lock readers out before.
    database.execute("PRAGMA cache_spill = OFF")


def _set_durable(database: Database, deadline: Deadline, file: str, new: bool = False) -> None:
    """Sets what makes an acknowledged append survive a loss of power, and erased bytes be gone.

    Each is read back.

    A new file is made with a rollback journal: switching to WAL writes to it outside of any
    transaction, which would leave half a log if interrupted.
    """
    wal = sqlite3.sqlite_version_info >= WAL_SAFE_FROM and not new
    journal = "memory" if file == MEMORY else "wal" if wal else "truncate"
    wanted = {
        "journal_mode": journal,
        "synchronous": 2,  # FULL
        "fullfsync": 1,  # on macOS fsync alone does not reach the disk
        "checkpoint_fullfsync": 1,
        "secure_delete": 1,  # what is erased is overwritten
    }
    for name, value in wanted.items():
        _rows(database, deadline, f"PRAGMA {name} = {value}")
        [(got,)] = _rows(database, deadline, f"PRAGMA {name}")
        if got != value:
            raise LogError(f"{file}: expected {name} {value}, which a log needs, got {got}")


@contextlib.contextmanager
def _explained(file: str) -> Iterator[None]:
    """Turns SQLite's errors into ones that say what is the matter with the file."""
    try:
        yield
    except UnicodeDecodeError as error:
        # SQLite names what is malformed in the schema, and the name is no longer text.
        raise NotALogError(f"{file}: a damaged SQLite file: its schema is not text") from error
    except sqlite3.Error as error:
        if is_busy(error):
            message = f"{file}: another process kept it locked for {_PATIENCE:g} s"
            raise LogError(message) from error
        code = primary_code(error)
        if code == sqlite3.SQLITE_NOTADB:
            raise NotALogError(f"{file}: not an SQLite file") from error
        if code == sqlite3.SQLITE_CORRUPT:
            raise NotALogError(f"{file}: a damaged SQLite file: {error}") from error
        if code == sqlite3.SQLITE_READONLY:
            message = f"{file}: an interrupted append must be undone: open it for writing once"
            raise LogError(message) from error
        raise LogError(f"{file}: cannot be opened: {error}") from error
