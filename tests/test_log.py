"""The log on SQLite: its contract, what it refuses to change, to open and to overlook."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import multiprocessing
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from conflict_timeline.codec import CLASSES, encode
from conflict_timeline.errors import (
    LogError,
    NotALogError,
    NotWrittenError,
    OutcomeUnknownError,
)
from conflict_timeline.events import Corrected, Erased, Forecast, Redacted, Source
from conflict_timeline.log import (
    Checkpoint,
    Entry,
    Problem,
    SQLiteLog,
    batch,
    opening,
    schema,
    sqlite,
)
from conflict_timeline.log.columns import SUBJECTS, Columns, columns_of
from tests.contract_store import (
    NewPlace,
    Opener,
    StoreContract,
    change,
    changes,
    other_log,
    source,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def log(file: Path) -> Iterator[SQLiteLog]:
    with SQLiteLog.open(file) as opened:
        opened.append(changes(5))
        yield opened


@contextlib.contextmanager
def raw(file: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


def tamper(file: Path, *statements: str) -> None:
    """Changes a log as its owner could: triggers away, change, triggers back."""
    triggers = [sql for sql in schema.STATEMENTS if sql.startswith("CREATE TRIGGER")]
    with raw(file) as connection:
        for sql in triggers:
            connection.execute(f"DROP TRIGGER {sql.split()[2]}")
        for sql in (*statements, *triggers):
            connection.execute(sql)


def places(tmp_path: Path) -> NewPlace:
    numbers = itertools.count()

    def new_place() -> Opener:
        path = tmp_path / f"{next(numbers)}.db"
        return lambda: SQLiteLog.open(path)

    return new_place


class TestFile(StoreContract):
    @pytest.fixture
    def new_place(self, tmp_path: Path) -> NewPlace:
        return places(tmp_path)


class TestFileWithWriteAheadLog(StoreContract):
    """As on an SQLite that has the fix; the bug itself needs a rare race to show."""

    @pytest.fixture
    def new_place(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NewPlace:
        monkeypatch.setattr(opening, "WAL_SAFE_FROM", (3, 0, 0))
        return places(tmp_path)

    def test_mode(self, new_place: NewPlace) -> None:
        with new_place()() as log:
            assert log._read("PRAGMA journal_mode") == [("wal",)]  # type: ignore[attr-defined]


def test_a_log_in_memory() -> None:
    with SQLiteLog.open(":memory:") as log:
        assert log.path == ":memory:"
        assert log.append(changes(3)) == [1, 2, 3]
        assert log.verify() == []


class TestAppendOnly:
    COLUMNS = "(position, id, kind, recorded, body)"

    @pytest.mark.parametrize("recursive", ["ON", "OFF"])
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE events SET subject = 'x'",
            "UPDATE events SET position = 9 WHERE position = 1",
            "UPDATE OR REPLACE events SET position = 2 WHERE position = 1",
            "DELETE FROM events",
            "DELETE FROM events WHERE position = 5",
            f"INSERT INTO events {COLUMNS} VALUES (1, 'n', 'k', 'r', x'00')",
            f"INSERT INTO events {COLUMNS} SELECT 6, id, 'k', 'r', x'00' FROM events LIMIT 1",
            f"INSERT OR REPLACE INTO events {COLUMNS} VALUES (1, 'n', 'k', 'r', x'00')",
            f"REPLACE INTO events {COLUMNS} SELECT 6, id, 'k', 'r', x'00' FROM events LIMIT 1",
            f"REPLACE INTO events {COLUMNS} SELECT 1, id, 'k', 'r', x'00' FROM events LIMIT 1",
            f"INSERT OR IGNORE INTO events {COLUMNS} VALUES (1, 'n', 'k', 'r', x'00')",
            f"INSERT INTO events {COLUMNS} VALUES (1, 'n', 'k', 'r', x'00') "
            "ON CONFLICT DO UPDATE SET subject = 'x'",
            f"INSERT INTO events {COLUMNS} VALUES (7, 'n', 'k', 'r', x'00')",
            f"INSERT INTO events {COLUMNS} VALUES (0, 'n', 'k', 'r', x'00')",
            f"INSERT INTO events {COLUMNS} VALUES (NULL, 'n', 'k', 'r', x'00')",
        ],
    )
    def test_statement_is_refused(
        self, log: SQLiteLog, file: Path, statement: str, recursive: str
    ) -> None:
        before = list(log.entries())
        with raw(file) as connection:
            connection.execute(f"PRAGMA recursive_triggers = {recursive}")
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
        assert list(log.entries()) == before
        assert log.verify() == []

    @pytest.mark.parametrize(
        "statement",
        [
            f"INSERT INTO events {COLUMNS} VALUES (6, 'n', 'erased', 'r', x'00')",
            f"INSERT INTO events {COLUMNS} VALUES (6, 'n', 'source', 'r', x'')",
            "INSERT INTO events (position, id, kind, recorded, subject, body) "
            "VALUES (6, 'n', 'erased', 'r', 's', x'')",
            "UPDATE events SET kind = 'erased', body = x'', earliest = NULL, latest = NULL, "
            "subject = NULL WHERE position = 1",
            "INSERT INTO nodes VALUES (0, 4, x'00')",
            "INSERT INTO nodes VALUES (0, 5, zeroblob(32))",
            "INSERT INTO nodes VALUES (0, 6, zeroblob(32))",
            "INSERT OR REPLACE INTO nodes VALUES (0, 0, zeroblob(32))",
            "INSERT INTO nodes VALUES (1, 2, zeroblob(32))",
            "INSERT INTO nodes VALUES (1, 2, zeroblob(33))",
            "INSERT INTO nodes VALUES (-1, 0, zeroblob(32))",
            "INSERT INTO nodes VALUES (3, 0, zeroblob(32))",
            "UPDATE nodes SET hashes = zeroblob(32)",
            "DELETE FROM nodes",
            "INSERT INTO checkpoints SELECT 1, 'x', 1, zeroblob(32), 'n'",
            "INSERT INTO checkpoints SELECT 2, log, 1, zeroblob(32), 'n' FROM log_identity",
            "INSERT INTO checkpoints SELECT 1, log, 1, zeroblob(31), 'n' FROM log_identity",
            "INSERT OR REPLACE INTO log_identity VALUES (1, 'x')",
            "UPDATE log_identity SET log = 'x'",
            "DELETE FROM log_identity",
            "INSERT INTO histories VALUES (2, 'x', 1, zeroblob(32), NULL)",
            "INSERT INTO history_entries VALUES (1, 1, 'x', 'r')",
        ],
    )
    def test_statement_on_the_archive_is_refused(
        self, log: SQLiteLog, file: Path, statement: str
    ) -> None:
        self.test_statement_is_refused(log, file, statement, "OFF")

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT OR REPLACE INTO checkpoints SELECT 1, log, 1, zeroblob(32), 'm' FROM histories",
            "INSERT OR REPLACE INTO checkpoints SELECT 2, log, 1, zeroblob(32), note "
            "FROM checkpoints",
            "UPDATE checkpoints SET size = 1",
            "DELETE FROM checkpoints",
            "INSERT OR REPLACE INTO histories VALUES (1, 'x', 1, zeroblob(32), NULL)",
            "INSERT INTO histories SELECT 2, log, size, root, NULL FROM histories",
            "UPDATE histories SET size = 1",
            "DELETE FROM histories",
            "INSERT OR REPLACE INTO history_entries VALUES (1, 1, 'x', 'r')",
            "INSERT INTO history_entries VALUES (1, 4, 'x', 'r')",
            "UPDATE history_entries SET id = 'x'",
            "DELETE FROM history_entries",
        ],
    )
    def test_what_was_merged_is_kept_as_it_is(
        self, log: SQLiteLog, file: Path, statement: str
    ) -> None:
        other = other_log()
        log.take([], histories=[other], checkpoints=[Checkpoint(other.log, other.head, "note")])
        self.test_statement_is_refused(log, file, statement, "OFF")
        assert list(log.history_entries(1)) == other.entries
        assert log.checkpoints() == [Checkpoint(other.log, other.head, "note")]


def redact(log: SQLiteLog, target: str) -> None:
    log.append([Redacted(target=target, reason="in danger")])


class TestErasing:
    def test_takes_the_bytes_and_nothing_else(self, log: SQLiteLog, file: Path) -> None:
        witness = Source(id="witness", title="Told by Amina, of Raqqa")
        log.append([witness])
        before = list(log.entries())
        redact(log, witness.content_id)
        [redaction] = log.entries(after=6)
        assert log.find(witness.content_id) == attrs.evolve(
            before[5], data=b"", redaction=redaction.data
        )
        assert log.unerased() == [witness.content_id]
        head = log.head()
        assert b"Amina" in file.read_bytes()
        assert log.erase(witness.content_id) is True
        assert log.erase(witness.content_id) is False
        after = list(log.entries())
        assert after[5] == attrs.evolve(before[5], data=b"", redaction=redaction.data)
        assert after[:5] + after[6:] == [*before[:5], redaction]
        assert isinstance(after[5].event, Erased)
        assert log.unerased() == []
        assert log.head() == head
        log.close()
        assert b"Amina" not in file.read_bytes()
        with SQLiteLog.open(file) as again:
            assert again.head() == head
            assert again._read(
                "SELECT kind, known, earliest, latest, subject, body FROM events WHERE position = 6"
            ) == [("erased", None, None, None, None, b"")]
            assert again.append([witness]) == [6]

    def test_leaves_nothing_in_a_write_ahead_log(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(opening, "WAL_SAFE_FROM", (3, 0, 0))
        SQLiteLog.open(file).close()
        with SQLiteLog.open(file) as log:
            log.append([source(1)])
            redact(log, source(1).content_id)
            log.erase(source(1).content_id)
            for path in file.parent.iterdir():
                assert b"Article" not in path.read_bytes()

    @pytest.mark.parametrize(
        "change",
        [
            "known = 'x'",
            "earliest = 'x'",
            "latest = 'x'",
            "subject = 'x'",
            "body = x'00'",
            "kind = 'source'",
            "id = 'x'",
            "recorded = 'x'",
            "position = 70",
        ],
    )
    def test_a_redaction_allows_nothing_else(self, log: SQLiteLog, file: Path, change: str) -> None:
        [entry] = log.entries(after=2, upto=3)
        redact(log, entry.id)
        shape = {
            "kind": "'erased'",
            "body": "x''",
            **dict.fromkeys(("known", "earliest", "latest", "subject"), "NULL"),
        }
        column, _, value = change.partition(" = ")
        shape[column] = value
        sets = ", ".join(f"{name} = {text}" for name, text in shape.items())
        with raw(file) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(f"UPDATE events SET {sets} WHERE position = 3")
        assert log.unerased() == [entry.id]

    def test_verify_wants_the_redaction_of_what_is_erased(self, log: SQLiteLog, file: Path) -> None:
        redact(log, change(1).id)
        log.erase(change(1).id)
        assert [problem for problem in log.verify() if problem.position == 2] == []
        tamper(file, "UPDATE events SET subject = 'x' WHERE kind = 'redacted'")
        assert (2, "body") in _problems(log)
        tamper(file, "UPDATE events SET subject = 'x', body = x'00' WHERE position = 2")
        assert _problems(log).count((2, "body")) == 2

    def test_a_redaction_is_not_erased(self, log: SQLiteLog) -> None:
        [entry] = log.entries(after=2, upto=3)
        redact(log, entry.id)
        [redaction] = log.entries(after=5)
        redact(log, redaction.id)
        with pytest.raises(NotWrittenError, match="is a redaction itself"):
            log.erase(redaction.id)

    def test_an_erased_entry_is_taken_with_its_redaction(self, log: SQLiteLog) -> None:
        log.append([change(9)])
        redact(log, change(9).id)
        erased = Entry(1, change(8).id, "x", b"")
        redact(log, change(8).id)
        assert log.take([erased]) == [9]
        assert log.take([attrs.evolve(erased, id=change(9).id)]) == [6]
        assert log.unerased() == [change(9).id]


class TestFilesThatAreNoLogs:
    @pytest.fixture
    def refused(self, file: Path) -> Callable[[str], None]:
        """Checks that a file is refused, however it is opened, and left as it is."""

        def folder() -> dict[str, str]:
            # SQLite's index of a WAL is no content: it is made anew by every reader.
            return {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in file.parent.iterdir()
                if not path.name.endswith("-shm")
            }

        def check(message: str) -> None:
            before = folder()
            for how in ({}, {"create": False}, {"readonly": True}):
                with pytest.raises(NotALogError, match=message) as caught:
                    SQLiteLog.open(file, **how)
                assert str(file) in str(caught.value)
                assert isinstance(caught.value, ValueError)
            assert folder() == before

        return check

    @pytest.mark.parametrize(
        "content", [b"hello", b"a,b\n1,2\n" * 1_000, bytes(4_096), b"SQLite format 3\0" + bytes(84)]
    )
    def test_not_sqlite(self, file: Path, refused: Any, content: bytes) -> None:
        file.write_bytes(content)
        refused("not an SQLite file")

    def test_truncated(self, log: SQLiteLog, file: Path, refused: Any) -> None:
        log.append(changes(500))
        log.close()
        os.truncate(file, 3_000)
        refused("damaged SQLite file|not an SQLite file")

    def test_another_application(self, file: Path, refused: Any) -> None:
        with raw(file) as connection:
            connection.execute("CREATE TABLE events (x)")
        refused("another application")

    def test_another_application_that_says_so(self, file: Path, refused: Any) -> None:
        with raw(file) as connection:
            connection.execute("PRAGMA application_id = 0x47504b47")
        refused("0x47504b47")

    def test_a_foreign_write_ahead_log_is_not_folded_in(self, file: Path, refused: Any) -> None:
        with raw(file) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE mine (x)")
            copy = file.with_name("copy.db")
            for suffix in ("", "-wal"):
                shutil.copy(f"{file}{suffix}", f"{copy}{suffix}")
        for suffix in ("", "-wal"):
            shutil.move(f"{copy}{suffix}", f"{file}{suffix}")
        refused("another application")

    def test_sqlite_without_any_table(self, file: Path, refused: Any) -> None:
        with raw(file) as connection:
            connection.execute("CREATE TABLE t (x)")
            connection.execute("DROP TABLE t")
        refused("another application")

    @pytest.mark.parametrize(
        ("statements", "message"),
        [
            (["DROP TRIGGER events_no_update"], "trigger events_no_update is missing"),
            (["DROP TRIGGER events_no_delete"], "trigger events_no_delete is missing"),
            (["DROP TRIGGER events_no_overwrite"], "trigger events_no_overwrite is missing"),
            (
                [
                    "DROP TRIGGER events_no_delete",
                    "CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT 1; END",
                ],
                "trigger events_no_delete was altered",
            ),
            (
                ["CREATE TRIGGER swallow BEFORE INSERT ON events BEGIN SELECT RAISE(IGNORE); END"],
                "trigger swallow does not belong here",
            ),
            (["DROP INDEX redactions"], "index redactions is missing"),
            (["DROP TRIGGER nodes_no_overwrite"], "trigger nodes_no_overwrite is missing"),
            (
                ["ALTER TABLE nodes ADD COLUMN x TEXT"],
                r"table nodes was altered \(column x does not belong here\)",
            ),
            (["CREATE VIEW v AS SELECT 1"], "view v does not belong here"),
            (["DROP TABLE events"], "table events is missing"),
            (
                ["ALTER TABLE events ADD COLUMN mood TEXT"],
                r"table events was altered \(column mood does not belong here\)",
            ),
            (
                [
                    "DROP TRIGGER events_no_update",
                    "DROP TRIGGER events_no_overwrite",
                    "ALTER TABLE events DROP COLUMN latest",
                ],
                r"table events was altered \(column latest is missing\)",
            ),
            (
                [
                    "PRAGMA writable_schema = ON",
                    "UPDATE sqlite_schema SET sql = replace(sql, ' STRICT', '') "
                    "WHERE name = 'events'",
                ],
                "table events was altered",
            ),
            (["PRAGMA user_version = 3"], "schema version 3 is newer than 2"),
            (["PRAGMA user_version = 1"], "schema version 1 .* no hash tree"),
            (["PRAGMA user_version = 0"], "expected schema version 2, got 0"),
            (["PRAGMA application_id = 0"], "no application_id"),
        ],
    )
    def test_altered_schema(
        self, log: SQLiteLog, file: Path, refused: Any, statements: list[str], message: str
    ) -> None:
        log.close()
        with raw(file) as connection:
            for statement in statements:
                connection.execute(statement)
        refused(message)

    def test_a_read_model_may_be_there_as_it_was_made(
        self, log: SQLiteLog, file: Path, monkeypatch: pytest.MonkeyPatch, refused: Any
    ) -> None:
        log.close()
        views = ("CREATE VIEW v AS SELECT 2", "CREATE VIEW v AS SELECT 1")
        monkeypatch.setattr(schema, "READ_MODELS", {("view", "v"): views})
        SQLiteLog.open(file).close()
        for view in views:
            with raw(file) as connection:
                connection.execute("DROP VIEW IF EXISTS v")
                connection.execute(view)
            with SQLiteLog.open(file) as again:
                assert again.verify() == []
        with raw(file) as connection:
            connection.execute("DROP VIEW v")
            connection.execute("CREATE VIEW v AS SELECT 3")
        refused("view v was altered")

    def test_empty_file_is_no_log_but_may_become_one(self, file: Path) -> None:
        file.touch()
        for how in ({"create": False}, {"readonly": True}):
            with pytest.raises(NotALogError, match="empty"):
                SQLiteLog.open(file, **how)
        assert file.read_bytes() == b""
        with SQLiteLog.open(file) as log:
            assert log.append([change()]) == [1]

    def test_statistics_of_sqlite_itself_are_no_fault(self, log: SQLiteLog, file: Path) -> None:
        with raw(file) as connection:
            connection.execute("ANALYZE")
        assert log.verify() == []
        SQLiteLog.open(file).close()


class TestPaths:
    def test_directory(self, tmp_path: Path) -> None:
        with pytest.raises(LogError, match="is a directory"):
            SQLiteLog.open(tmp_path)

    def test_folder_missing(self, tmp_path: Path) -> None:
        with pytest.raises(LogError, match="no such folder"):
            SQLiteLog.open(tmp_path / "none" / "log.db")

    def test_folder_is_a_file(self, file: Path) -> None:
        file.write_text("x")
        with pytest.raises(LogError, match="is not a folder"):
            SQLiteLog.open(file / "log.db")

    @pytest.mark.parametrize("how", [{"create": False}, {"readonly": True}])
    def test_file_missing(self, file: Path, how: dict[str, bool]) -> None:
        with pytest.raises(LogError, match="no such file"):
            SQLiteLog.open(file, **how)
        assert not file.exists()

    @pytest.mark.parametrize(
        ("right", "what", "message"),
        [
            (os.R_OK, "log.db", "permission to read it"),
            (
                os.W_OK,
                "log.db",
                r"permission to write to it is missing; it can be read \(readonly=True\)",
            ),
            (os.W_OK | os.X_OK, "", "permission to make a file in it"),
        ],
    )
    def test_permission_missing(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, right: int, what: str, message: str
    ) -> None:
        # Tests may run as root, whom no mode keeps out.
        if what:
            file.touch()
        monkeypatch.setattr(os, "access", lambda _path, wanted: wanted != right)
        with pytest.raises(LogError, match=message):
            SQLiteLog.open(file)

    def test_pipe(self, file: Path) -> None:
        os.mkfifo(file)
        with pytest.raises(LogError, match="not a regular file"):
            SQLiteLog.open(file)

    def test_name_too_long(self, tmp_path: Path) -> None:
        with pytest.raises(LogError, match="cannot be opened"):
            SQLiteLog.open(tmp_path / ("x" * 300))

    def test_nul(self, tmp_path: Path) -> None:
        with pytest.raises(LogError, match="expected a path"):
            SQLiteLog.open(f"{tmp_path}/a\0b")

    @pytest.mark.parametrize("name", ["a?mode=memory", "50%25 #1.db", "file:x.db", "الرقة.db"])
    def test_any_name_is_only_a_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with SQLiteLog.open(name) as log:
            log.append([change()])
            assert log.path == str(tmp_path / name)
            assert name in repr(log)
        assert [path.name for path in tmp_path.iterdir() if path.stat().st_size] == [name]

    @pytest.mark.parametrize("how", [{"create": False}, {"readonly": True}])
    def test_memory_holds_nothing_to_open(self, how: dict[str, bool]) -> None:
        with pytest.raises(LogError, match="nothing to open"):
            SQLiteLog.open(":memory:", **how)


class TestOpening:
    def test_a_log_is_made_again_with_its_identity(self, log: SQLiteLog, file: Path) -> None:
        copy = file.with_name("copy.db")
        with SQLiteLog.open(copy, identity=log.identity) as made:
            made.take(list(log.entries()), keep_recorded=True)
            assert (made.identity, made.head()) == (log.identity, log.head())
        SQLiteLog.open(copy, identity=log.identity).close()
        with pytest.raises(LogError, match=f"expected the log {'0' * 32}, found {log.identity}"):
            SQLiteLog.open(copy, identity="0" * 32)
        tamper(file, "DELETE FROM log_identity")
        with (
            SQLiteLog.open(file) as again,
            pytest.raises(LogError, match="expected one identity, got 0; run verify"),
        ):
            _ = again.identity

    def test_interrupted_creation_leaves_no_half_made_log(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for made in range(len(schema.STATEMENTS)):
            with monkeypatch.context() as patch:
                broken = (*schema.STATEMENTS[:made], "CREATE NONSENSE")
                patch.setattr(schema, "STATEMENTS", broken)
                with pytest.raises(LogError, match="NONSENSE"):
                    SQLiteLog.open(file)
            assert file.stat().st_size == 0
        with SQLiteLog.open(file) as log:
            assert log.verify() == []

    def test_pragmas(self, log: SQLiteLog) -> None:
        wal = sqlite3.sqlite_version_info >= (3, 51, 3)
        for name, value in {
            "journal_mode": "wal" if wal else "truncate",
            "synchronous": 2,
            "trusted_schema": 0,
            "recursive_triggers": 1,
            "application_id": 0x43544C47,
            "user_version": 2,
            "secure_delete": 1,
        }.items():
            assert log._read(f"PRAGMA {name}") == [(value,)], name

    def test_a_journal_mode_that_is_not_to_be_had_is_refused(
        self, log: SQLiteLog, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log.close()
        monkeypatch.setattr(opening, "_PATIENCE", 0.1)
        with raw(file) as other:
            other.execute("PRAGMA journal_mode = WAL")
            other.execute("BEGIN")
            other.execute("SELECT * FROM events").fetchone()
            monkeypatch.setattr(opening, "WAL_SAFE_FROM", (99,))
            with pytest.raises(LogError, match=r"locked for 0\.1 s|expected journal_mode truncate"):
                SQLiteLog.open(file)

    def test_a_pragma_that_reads_back_otherwise_is_refused(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        honest = opening._rows

        def deaf(database: Any, deadline: Any, query: str, values: Any = ()) -> Any:
            return [(0,)] if query == "PRAGMA synchronous" else honest(database, deadline, query)

        monkeypatch.setattr(opening, "_rows", deaf)
        with pytest.raises(LogError, match=r"expected synchronous 2.* got 0"):
            SQLiteLog.open(file)

    def test_readonly(self, log: SQLiteLog, file: Path) -> None:
        with SQLiteLog.open(file, readonly=True) as reader:
            assert list(reader.entries()) == list(log.entries())
            assert reader.verify() == []
            with pytest.raises(NotWrittenError, match="opened for reading only"):
                reader.append([change(9)])
            assert reader._database is not None
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                reader._database.execute("PRAGMA user_version = 7")
            log.append([change(9)])
            assert reader.position == 6

    def test_a_crash_in_mid_write_is_undone_by_who_may_write(
        self, log: SQLiteLog, file: Path
    ) -> None:
        log.close()
        crashed = file.with_name("crashed.db")
        with raw(file) as writer:
            writer.execute("PRAGMA cache_size = 1")
            writer.execute("BEGIN IMMEDIATE")
            for number in range(6, 2_000):
                values = (number, f"{number}", "k", "r", b"x" * 100)
                sql = "INSERT INTO events (position, id, kind, recorded, body) VALUES (?,?,?,?,?)"
                writer.execute(sql, values)
            for suffix in ("", "-journal"):
                shutil.copy(f"{file}{suffix}", f"{crashed}{suffix}")
        with pytest.raises(LogError, match="open it for writing once"):
            SQLiteLog.open(crashed, readonly=True)
        with SQLiteLog.open(crashed) as recovered:
            assert recovered.position == 5
            assert recovered.verify() == []


class FailingConnection:
    """A connection on which one statement fails, as a disk would make it fail."""

    def __init__(
        self, connection: sqlite3.Connection, statement: str, error: BaseException
    ) -> None:
        self._connection = connection
        self._statement = statement
        self._error = error

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        if sql == self._statement:
            raise self._error
        return self._connection.execute(sql, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def fail(log: SQLiteLog, statement: str, error: BaseException, code: int | None = None) -> None:
    assert log._database is not None
    if code is not None:
        error.sqlite_errorcode = code  # type: ignore[attr-defined]
    failing = FailingConnection(log._database.conn, statement, error)
    log._database.conn = failing  # type: ignore[assignment]


class TestOutcomes:
    def test_commit_that_fails_leaves_the_outcome_unknown(self, log: SQLiteLog, file: Path) -> None:
        fail(log, "COMMIT", sqlite3.OperationalError("disk I/O error"), sqlite3.SQLITE_IOERR)
        with pytest.raises(OutcomeUnknownError, match=r"disk I/O error.*append the same"):
            log.append([change(9)])
        with pytest.raises(LogError, match="closed; open it again"):
            log.append([change(9)])
        with SQLiteLog.open(file) as again:
            assert again.append([change(9)]) == [6]

    def test_commit_that_is_refused_writes_nothing(self, log: SQLiteLog) -> None:
        fail(log, "COMMIT", sqlite3.OperationalError("locked"), sqlite3.SQLITE_BUSY)
        with pytest.raises(NotWrittenError, match=r"another process .* locked for 0.05 s"):
            log.append([change(9)], timeout=0.05)
        assert log.position == 5

    @pytest.mark.parametrize(
        "statement",
        ["COMMIT", "SELECT position, recorded FROM events ORDER BY position DESC LIMIT 1"],
    )
    def test_interrupted_by_the_user(self, log: SQLiteLog, statement: str) -> None:
        fail(log, statement, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            log.append([change(9)])
        assert log.position == 5

    def test_a_full_disk_writes_nothing(self, log: SQLiteLog, file: Path) -> None:
        assert log._database is not None
        log._database.execute("PRAGMA max_page_count = 5")
        with pytest.raises(NotWrittenError, match="full"):
            log.append(changes(2_000, start=10))
        assert log.position == 5
        log._database.execute("PRAGMA max_page_count = 100000")
        assert log.append([change(9)]) == [6]
        assert log.verify() == []

    def test_a_rollback_that_fails_closes_the_log(
        self, log: SQLiteLog, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def failing() -> None:
            raise sqlite3.OperationalError("disk I/O error")

        fail(log, "COMMIT", sqlite3.OperationalError("full"), sqlite3.SQLITE_FULL)
        assert log._database is not None
        monkeypatch.setattr(log._database.conn, "rollback", failing, raising=False)
        with pytest.raises(NotWrittenError):
            log.append([change(9)])
        with SQLiteLog.open(file) as again:
            assert again.position == 5

    def test_an_id_with_other_bytes(self, log: SQLiteLog, file: Path) -> None:
        tamper(file, "UPDATE events SET body = x'7b7d' WHERE position = 2")
        with pytest.raises(NotWrittenError, match=r"other bytes at position 2.*run verify"):
            log.append([change(9), change(1)])
        assert log.position == 5

    def test_a_node_that_went_missing(self, log: SQLiteLog, file: Path) -> None:
        tamper(file, "DELETE FROM nodes WHERE level = 2")
        with SQLiteLog.open(file) as again:
            for use in (again.head, lambda: again.append([change(9)])):
                with pytest.raises(LogError, match=r"no node 0 on level 2; run verify"):
                    use()
            assert again.position == 5

    def test_a_read_that_fails(self, log: SQLiteLog) -> None:
        with pytest.raises(LogError, match="cannot be read: no such table"):
            log._read("SELECT * FROM absent")

    def test_another_thread_at_work(self, log: SQLiteLog) -> None:
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with log._lock:
                held.set()
                done.wait()

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        try:
            with pytest.raises(NotWrittenError, match="another thread used it"):
                log.append([change(9)], timeout=0.05)
        finally:
            done.set()
            thread.join()

    @pytest.mark.parametrize(
        "clock", ["2001-01-01T00:00:00.000000Z", "9999-01-01T00:00:00.000000Z"]
    )
    def test_instants_never_go_back(
        self, log: SQLiteLog, monkeypatch: pytest.MonkeyPatch, clock: str
    ) -> None:
        [last] = log.entries(after=4)
        monkeypatch.setattr(batch, "now", lambda: clock)
        log.append([change(9)])
        [new] = log.entries(after=5)
        assert new.recorded == max(last.recorded, clock)

    def test_few_large_entries_are_read_in_several_goes(
        self, log: SQLiteLog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite, "BYTES_AT_ONCE", 150)
        assert [entry.position for entry in log.entries()] == [1, 2, 3, 4, 5]


def _use_inherited(log: SQLiteLog, answers: Any) -> None:
    for use in (lambda: log.position, lambda: log.append([change(9)])):
        try:
            use()
            answers.put("used")
        except LogError as error:
            answers.put(str(error))
    log.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes here do not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_an_object_belongs_to_the_process_that_opened_it(log: SQLiteLog) -> None:
    fork = multiprocessing.get_context("fork")
    answers = fork.Queue()
    with log._lock:  # as another thread may hold it when the process forks
        child = fork.Process(target=_use_inherited, args=(log, answers))
        child.start()
    for _ in range(2):
        assert "open it again there" in answers.get(timeout=20)
    child.join(20)
    assert child.exitcode == 0
    assert log.append([change(9)]) == [6]


def _problems(log: SQLiteLog) -> list[tuple[int | None, str]]:
    return [(problem.position, problem.kind) for problem in log.verify()]


class TestVerify:
    @pytest.mark.parametrize(
        ("statement", "expected"),
        [
            ("UPDATE events SET body = x'7b7d' WHERE position = 3", [(3, "id"), (3, "body")]),
            ("UPDATE events SET body = x'ff' WHERE position = 3", [(3, "id"), (3, "body")]),
            (
                "UPDATE events SET body = CAST(replace(CAST(body AS TEXT), ',', ', ') AS BLOB) "
                "WHERE position = 3",
                [(3, "id"), (3, "body")],
            ),
            (
                "UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'p2', 'px') AS BLOB) "
                "WHERE position = 3",
                [(3, "id"), (3, "column")],
            ),
            ("UPDATE events SET id = 'abc' WHERE position = 3", [(3, "id")]),
            ("UPDATE events SET id = CAST(x'ff' AS TEXT) WHERE position = 3", [(3, "id")]),
            ("UPDATE events SET kind = 'source' WHERE position = 3", [(3, "column")]),
            ("UPDATE events SET known = '2017-10-09' WHERE position = 3", [(3, "column")]),
            ("UPDATE events SET earliest = NULL WHERE position = 3", [(3, "column")]),
            ("UPDATE events SET latest = '2018-01-01' WHERE position = 3", [(3, "column")]),
            ("UPDATE events SET subject = 'mosul' WHERE position = 3", [(3, "column")]),
            (
                "UPDATE events SET recorded = 'today' WHERE position = 5",
                [(5, "recorded"), (5, "leaf")],
            ),
            (
                "UPDATE events SET recorded = '2001-01-01T00:00:00.000000Z' WHERE position = 3",
                [(3, "recorded"), (3, "leaf")],
            ),
            ("DELETE FROM events WHERE position = 3", [(3, "position")]),
            ("DELETE FROM events WHERE position < 3", [(1, "position")]),
            (
                "UPDATE events SET position = 0 WHERE position = 1",
                [(0, "position"), (1, "position")],
            ),
        ],
    )
    def test_finds_tampering(
        self, log: SQLiteLog, file: Path, statement: str, expected: list[tuple[int, str]]
    ) -> None:
        tamper(file, statement)
        assert _problems(log) == expected
        with SQLiteLog.open(file) as again:
            assert _problems(again) == expected

    def test_gaps_are_told_as_ranges(self, log: SQLiteLog, file: Path) -> None:
        tamper(file, "DELETE FROM events WHERE position IN (2, 3)")
        [problem] = log.verify()
        message = "expected positions without gaps, missing 2 to 3"
        assert problem == Problem(2, "position", message)
        assert str(problem) == f"position 2: position: {message}"

    def test_a_trigger_that_went_missing(self, log: SQLiteLog, file: Path) -> None:
        with raw(file) as connection:
            connection.execute("DROP TRIGGER events_no_update")
        [problem] = log.verify()
        assert str(problem) == "the log: schema: trigger events_no_update is missing"

    def test_an_index_that_lost_a_row(self, log: SQLiteLog, file: Path) -> None:
        log.close()
        with raw(file) as connection:
            [(page,)] = connection.execute(
                "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_events_1'"
            )
        data = bytearray(file.read_bytes())
        start = (page - 1) * 4_096
        data[start + 3 : start + 5] = (4).to_bytes(2, "big")  # its count of cells, which was 5
        file.write_bytes(data)
        with SQLiteLog.open(file) as again:
            assert (None, "integrity") in _problems(again)

    def test_a_page_that_cannot_be_read(self, log: SQLiteLog, file: Path) -> None:
        log.append(changes(2_000, start=10))
        log.close()
        with raw(file) as connection:
            [(root,)] = connection.execute(
                "SELECT rootpage FROM sqlite_schema WHERE name = 'events'"
            )
        data = bytearray(file.read_bytes())
        data[(root - 1) * 4_096] = 0x77  # no such kind of page
        file.write_bytes(data)
        with SQLiteLog.open(file) as again:
            kinds = {kind for _, kind in _problems(again)}
            assert "unreadable" in kinds
            with pytest.raises(LogError, match="cannot be read"):
                list(again.entries())

    def test_entries_from_an_unreadable_page_on(self, log: SQLiteLog, file: Path) -> None:
        log.append(changes(3_000, start=10))
        log.close()
        data = bytearray(file.read_bytes())
        # The page of an event in the middle: found by its bytes, and given a kind that is none.
        page = data.index(encode(change(1_510))) // 4_096
        data[page * 4_096] = 0x77
        file.write_bytes(data)
        with SQLiteLog.open(file) as again:
            [(position, kind)] = [p for p in _problems(again) if p[0] is not None]
            assert (position, kind) == (1_001, "unreadable")

    def test_versions_before_the_current_keep_their_bytes(
        self, log: SQLiteLog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from conflict_timeline.codec import upcasters, wire

        monkeypatch.setitem(wire.VERSIONS, "control-changed", 2)
        monkeypatch.setitem(upcasters.UPCASTERS, ("control-changed", 1), lambda table: table)
        assert log.verify() == []


class TestColumns:
    def test_every_kind_has_a_subject_or_says_that_it_has_none(self) -> None:
        assert SUBJECTS.keys() == CLASSES.keys()
        for kind, subject in SUBJECTS.items():
            names = {field.name for field in attrs.fields(CLASSES[kind])}
            assert subject is None or subject in names

    @pytest.mark.parametrize(
        ("event", "expected"),
        [
            (
                Source(id="ridder", title="An article", published="2017-10-23/2017-10-29"),
                Columns("source", "2017-10-29", None, None, "ridder"),
            ),
            (source(), Columns("source", None, None, None, "s0")),
            (change(), Columns("control-changed", None, "2017-10-01", "2017-10-31", "p0")),
            (
                Forecast(
                    statement="it falls",
                    window="2018",
                    when="../2017-05-09",
                    known="2017-05/..",
                    source="s",
                ),
                Columns("forecast", None, None, "2017-05-09", None),
            ),
            (
                Corrected(
                    target="0" * 64,
                    replacement=change(),
                    kind="rereading",
                    known="2018",
                    source="s",
                ),
                Columns("corrected", "2018-12-31", None, None, "0" * 64),
            ),
        ],
    )
    def test_columns(self, event: Any, expected: Columns) -> None:
        assert columns_of(event) == expected
