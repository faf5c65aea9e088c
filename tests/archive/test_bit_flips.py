"""Damage to the file that SQLite itself does not mind, and that must not pass unnoticed."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from conflict_timeline.errors import LogError, NotWrittenError
from conflict_timeline.log import SQLiteLog
from tests.contract_store import change, changes


def put(file: Path, column: str, value: str) -> None:
    """Puts a value into the last row that the table's declaration forbids."""
    alter = "UPDATE sqlite_schema SET sql = {} WHERE name = 'events'"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        schema = connection.execute("SELECT name, sql FROM sqlite_schema").fetchall()
        triggers = {name: sql for name, sql in schema if "CREATE TRIGGER" in (sql or "")}
        for name in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(alter.format("replace(replace(sql, 'STRICT', ''), ' NOT NULL', '')"))
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        last = "(SELECT max(position) FROM events)"
        connection.execute(f"UPDATE events SET {column} = {value} WHERE position = {last}")
        for sql in triggers.values():
            connection.execute(sql)
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(alter.format("?"), [dict(schema)["events"]])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "NULL"),
        ("id", "x'07'"),
        ("recorded", "NULL"),
        ("recorded", "x'07'"),
        ("body", "NULL"),
        ("body", "7"),
    ],
)
def test_a_value_that_no_strict_table_could_hold(tmp_path: Path, column: str, value: str) -> None:
    """SQLite gives such values from a damaged row: images after a loss of power had them."""
    file = tmp_path / "log.db"
    with SQLiteLog.open(file) as log:
        log.append(changes(5))
    put(file, column, value)
    with SQLiteLog.open(file) as log:
        assert 5 in [problem.position for problem in log.verify()]
        with pytest.raises(LogError, match="position 5 is damaged"):
            list(log.entries())
        if column == "recorded":  # the next instant must not be before it
            with pytest.raises(NotWrittenError, match="position 5 is damaged"):
                log.append([change(9)])
            assert log.position == 5
