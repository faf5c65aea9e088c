"""Backups: whole, verified, and there at once or not at all; and the way back."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conflict_timeline.cli import main
from conflict_timeline.errors import (
    LogError,
    LogExistsError,
    LogNotFoundError,
    NotWrittenError,
    OutcomeUnknownError,
)
from conflict_timeline.log import Checkpoint, SQLiteLog, backup, opening
from tests.contract_store import change, changes, other_log
from tests.test_log import raw, tamper


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def log(file: Path) -> Iterator[SQLiteLog]:
    with SQLiteLog.open(file) as opened:
        opened.append(changes(5))
        yield opened


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Where a backup goes: a folder of its own, so that what is left over is seen."""
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "copy.db"


def there(copy: Path) -> list[str]:
    return sorted(path.name for path in copy.parent.iterdir())


def test_a_backup_holds_everything(log: SQLiteLog, copy: Path) -> None:
    other = other_log()
    log.take([], histories=[other], checkpoints=[Checkpoint(log.identity, log.head(), "note")])
    assert log.backup(copy) == log.head()
    assert there(copy) == ["copy.db"]
    with SQLiteLog.open(copy) as made:
        assert made.identity == log.identity
        assert list(made.entries()) == list(log.entries())
        assert made.checkpoints() == log.checkpoints()
        assert list(made.history_entries(1)) == other.entries
        assert made.verify() == []
        assert made.append([change(9)]) == [6]
    assert log.position == 5


@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_a_log_that_is_open_elsewhere_is_copied_whole(
    file: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, wal: bool
) -> None:
    if wal:
        monkeypatch.setattr(opening, "WAL_SAFE_FROM", (3, 0, 0))
    with SQLiteLog.open(file) as writer, SQLiteLog.open(file, readonly=True) as reader:
        writer.append(changes(3_000))
        assert reader.backup(copy) == writer.head()
    assert there(copy) == ["copy.db"]


def test_others_append_while_backups_are_made(log: SQLiteLog, file: Path, copy: Path) -> None:
    done = threading.Event()

    def write() -> None:
        with SQLiteLog.open(file) as writer:
            number = 100
            while not done.is_set():
                writer.append(changes(3, start=number))
                number += 3

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            head = log.backup(copy.with_name(f"{number}.db"))
            assert head.size % 3 == 5 % 3, "a batch was copied in part"
            assert head.root == log.root(head.size)
    finally:
        done.set()
        thread.join()


def test_a_log_in_memory_can_be_kept(copy: Path) -> None:
    with SQLiteLog.open(":memory:") as log:
        log.append(changes(3))
        assert log.backup(copy) == log.head()
        with pytest.raises(LogError, match="expected the path of a file"):
            log.backup(":memory:")


@pytest.mark.parametrize("what", ["file", "log", "link"])
def test_nothing_is_overwritten(log: SQLiteLog, copy: Path, what: str) -> None:
    if what == "file":
        copy.write_text("mine")
    elif what == "log":
        SQLiteLog.open(copy).close()
    else:
        copy.symlink_to(copy.with_name("nowhere.db"))
    before = os.lstat(copy)
    with pytest.raises(LogExistsError, match="there already, and was left as it is") as caught:
        log.backup(copy)
    assert isinstance(caught.value, FileExistsError)
    assert (os.lstat(copy).st_mtime_ns, os.lstat(copy).st_size) == (
        before.st_mtime_ns,
        before.st_size,
    )
    assert [name for name in there(copy) if name != "copy.db-journal"] == ["copy.db"]


def test_nor_is_what_appears_meanwhile(
    log: SQLiteLog, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = backup._sync

    def slow(made: Path) -> None:
        honest(made)
        copy.write_text("mine")

    monkeypatch.setattr(backup, "_sync", slow)
    with pytest.raises(LogExistsError):
        log.backup(copy)
    monkeypatch.setattr(os, "link", _no_links)
    copy.unlink()
    with pytest.raises(LogExistsError):
        log.backup(copy)
    assert copy.read_text() == "mine"
    assert there(copy) == ["copy.db"]


def _no_links(*_: Any) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_file_system_without_links(
    log: SQLiteLog, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", _no_links)
    assert log.backup(copy) == log.head()
    assert there(copy) == ["copy.db"]


def test_a_folder_that_is_missing(log: SQLiteLog, copy: Path) -> None:
    with pytest.raises(LogNotFoundError, match="no such folder") as caught:
        log.backup(copy.parent / "none" / "copy.db")
    assert isinstance(caught.value, FileNotFoundError)


def test_a_damaged_log_is_not_backed_up(log: SQLiteLog, file: Path, copy: Path) -> None:
    tamper(file, "UPDATE events SET body = x'7b7d' WHERE position = 3")
    with pytest.raises(LogError, match=r"not sound: position 3: .*copy it as any other"):
        log.backup(copy)
    assert there(copy) == []


def test_a_copy_of_another_log_is_no_backup(
    log: SQLiteLog, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SQLiteLog.open(":memory:") as other:
        other.append(changes(5))
        monkeypatch.setattr(log, "copy_into", other.copy_into)
        with pytest.raises(LogError, match="of another log"):
            log.backup(copy)
    assert there(copy) == []


def test_a_log_that_another_process_keeps_locked(log: SQLiteLog, file: Path, copy: Path) -> None:
    with raw(file) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(NotWrittenError, match=r"kept the log locked for 0.1 s"):
            log.backup(copy, timeout=0.1)
        holder.execute("ROLLBACK")
    assert there(copy) == []
    assert log.backup(copy) == log.head()


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), sqlite3.OperationalError("x")])
@pytest.mark.parametrize("step", ["_copy", "_checked", "_sync", "_name"])
def test_whatever_fails_nothing_is_left(
    log: SQLiteLog, copy: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(backup, step, fail)
    with pytest.raises(NotWrittenError, match="no backup was made"):
        log.backup(copy)
    assert there(copy) == []


def test_a_name_that_may_not_last(
    log: SQLiteLog, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = os.open

    def fail(path: Any, *rest: Any, **named: Any) -> int:
        if Path(path) == copy.parent:
            raise OSError(5, "Input/output error")
        return honest(path, *rest, **named)

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(OutcomeUnknownError, match="is there and sound; whether its name"):
        log.backup(copy)
    with SQLiteLog.open(copy) as made:
        assert made.head() == log.head()


def test_restoring_is_the_way_back(log: SQLiteLog, file: Path, copy: Path) -> None:
    head = log.backup(copy)
    log.append([change(9)])
    with pytest.raises(LogExistsError):
        SQLiteLog.restore(copy, file)
    restored = file.with_name("restored.db")
    assert SQLiteLog.restore(copy, restored) == head
    with SQLiteLog.open(restored) as again:
        assert again.append([change(9)]) == [6]


def test_a_backup_that_is_not_sound_is_not_restored(log: SQLiteLog, file: Path, copy: Path) -> None:
    log.backup(copy)
    tamper(copy, "UPDATE events SET subject = 'x' WHERE position = 2")
    with pytest.raises(LogError, match="not restored, as it is not sound: position 2: column"):
        SQLiteLog.restore(copy, file.with_name("restored.db"))
    with pytest.raises(LogNotFoundError):
        SQLiteLog.restore(copy.with_name("none.db"), file)
    assert not file.with_name("restored.db").exists()


def test_on_the_command_line(log: SQLiteLog, file: Path, copy: Path) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(main, arguments)

    made = run("backup", str(file), str(copy))
    assert (made.exit_code, made.stdout) == (0, "")
    root = log.root().hex()
    assert made.stderr == f"{copy}: backup, verified, 5 entries.\nRoot: {root}\n"
    back = copy.with_name("back.db")
    restored = run("restore", str(copy), str(back))
    assert restored.stderr == f"{back}: restored, verified, 5 entries.\nRoot: {root}\n"
    again = run("restore", str(copy), str(back))
    assert (again.exit_code, again.stdout) == (4, "")
    assert "is there already" in again.stderr
    missing = run("backup", str(copy.with_name("none.db")), str(copy))
    assert missing.exit_code == 4
    assert "no such file" in missing.stderr
    server = run("backup", "postgresql://me:secret@host/db", str(copy))
    assert (server.exit_code, "secret" in server.output) == (2, False)
    assert "pg_dump" in server.stderr
