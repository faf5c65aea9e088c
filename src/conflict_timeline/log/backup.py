"""Copies of a log's file that are whole, verified, and there at once or not at all.

SQLite's own backup makes the copy, so that others may read and append meanwhile. It is made under
another name beside its place, verified, and named last: a backup that has its name is sound.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from conflict_timeline.errors import (
    LogError,
    LogExistsError,
    NotWrittenError,
    OutcomeUnknownError,
)
from conflict_timeline.log import opening
from conflict_timeline.log.contract import Head
from conflict_timeline.log.waiting import Deadline, is_busy

if TYPE_CHECKING:
    from conflict_timeline.log.sqlite import SQLiteLog

__all__ = ["back_up"]

_COMPANIONS = ("", "-journal", "-wal", "-shm")


def back_up(log: SQLiteLog, path: str | Path, timeout: float) -> Head:
    """A verified copy of a log at a path; see ``SQLiteLog.backup``."""
    target = Path(opening.locate(path, create=True, readonly=False))
    if str(target) == opening.MEMORY:
        raise LogError(f"{target}: expected the path of a file, for a copy that stays")
    if os.path.lexists(target):
        raise LogExistsError(f"{target}: is there already, and was left as it is")
    with _beside(target) as copy:
        try:
            _copy(log, copy, Deadline(timeout))
            head = _checked(log, copy)
            _sync(copy)
            _name(copy, target)
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, LogError):
                raise
            raise NotWrittenError(f"{target}: no backup was made: {error}") from error
    _sync_name(target)
    return head


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A name in the same folder, of which nothing is left in the end."""
    copy = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        yield copy
    finally:
        for suffix in _COMPANIONS:
            with contextlib.suppress(OSError):
                os.unlink(f"{copy}{suffix}")


def _copy(log: SQLiteLog, copy: Path, deadline: Deadline) -> None:
    def still_waiting(status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and not deadline.remaining:
            raise NotWrittenError(
                f"{log.path}: no backup was made: another process kept the log locked for "
                f"{deadline.seconds:g} s"
            )

    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as made:
        made.execute("PRAGMA synchronous = FULL")
        made.execute("PRAGMA fullfsync = ON")
        try:
            log.copy_into(made, still_waiting, deadline)
        except sqlite3.Error as error:
            if is_busy(error):
                still_waiting(sqlite3.SQLITE_BUSY, 0, 0)
            raise


def _checked(log: SQLiteLog, copy: Path) -> Head:
    """The head of the copy, if it is sound and of this log."""
    with type(log).open(copy, create=False) as made:
        for problem in made.verify():
            raise LogError(
                f"{log.path}: no backup was made, as the copy is not sound: {problem}; to keep the "
                "file as it is, copy it as any other"
            )
        head = made.head()
        if (made.identity, head.root) != (log.identity, log.root(head.size)):
            raise LogError(f"{log.path}: no backup was made: the copy is of another log")
    return head


def _sync(copy: Path) -> None:
    # No connection is open to it by now whose locks closing it would drop.
    descriptor = os.open(copy, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _name(copy: Path, target: Path) -> None:
    """Gives the copy its name, unless something has it: renaming would replace that."""
    try:
        os.link(copy, target)
    except FileExistsError:
        raise LogExistsError(f"{target}: is there already, and was left as it is") from None
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise LogExistsError(f"{target}: is there already, and was left as it is") from None
        os.rename(copy, target)


def _sync_name(target: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    try:
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutcomeUnknownError(
            f"{target}: the backup is there and sound; whether its name would survive a loss of "
            f"power is unknown ({error})"
        ) from error
