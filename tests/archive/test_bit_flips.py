"""Damage to the file that SQLite itself does not mind, and that must not pass unnoticed."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import attrs
import pytest

from conflict_timeline.errors import LogError, NotWrittenError
from conflict_timeline.events import Source
from conflict_timeline.log import SQLiteLog
from conflict_timeline.log.contract import Checkpoint, History, HistoryEntry
from tests.conftest import Told
from tests.contract_store import change, changes

SEED = 20171017


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


# ---- single bits ----


@attrs.frozen
class Truth:
    """All that a sound log answers."""

    data: bytes
    answers: dict[str, Any]


def answers(log: SQLiteLog) -> dict[str, Any]:
    """Everything that is read from a log, and from which all else is reckoned."""
    entries = list(log.entries())
    return {
        "entries": [(e.position, e.id, e.recorded, e.data, e.first_recorded) for e in entries],
        "position": log.position,
        "head": log.head(),
        "roots": [log.root(size) for size in range(len(entries) + 1)],
        "identity": log.identity,
        "checkpoints": log.checkpoints(),
        "histories": [(h, list(log.history_entries(h.number))) for h in log.histories()],
        "found": [log.find(entry.id) for entry in entries],
    }


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """A log with a history of another one, and checkpoints of both."""
    folder = tmp_path_factory.mktemp("sound")
    with SQLiteLog.open(folder / "other.db") as other:
        other.append(changes(4, start=3))
        theirs = Checkpoint(other.identity, other.head(), "a note of theirs")
        entries = [HistoryEntry(e.position, e.id, e.recorded) for e in other.entries()]
        history = History(other.identity, other.head(), entries)
        taken = list(other.entries())
    with SQLiteLog.open(folder / "log.db") as log:
        log.append(changes(5))
        log.append([Source(id="long", title="t", note="x" * 9_000)])
        log.take(taken, histories=[history], checkpoints=[theirs])
        log.take([], checkpoints=[Checkpoint(log.identity, log.head(), "a note of ours")])
        assert log.verify() == []
        found = answers(log)
    return Truth((folder / "log.db").read_bytes(), found)


def fate(truth: Truth, folder: Path, bit: int) -> str:
    """What becomes of a log of which one bit is another; "silent" is what must not be."""
    data = bytearray(truth.data)
    data[bit // 8] ^= 1 << bit % 8
    file = folder / "log.db"
    for old in folder.iterdir():
        old.unlink()
    file.write_bytes(data)
    try:
        with SQLiteLog.open(file) as log:
            if log.verify():
                return "told by verify"
            if answers(log) != truth.answers:
                return "silent"
            log.append([change(99)])
            goes_on = not log.verify() and log.position == truth.answers["position"] + 1
            return "harmless" if goes_on else "harmless until the next append, which verify tells"
    except LogError:
        return "refused"


def check(truth: Truth, folder: Path, told: Told, flips: int) -> None:
    rng = random.Random(SEED)
    fates: Counter[str] = Counter()
    for _ in range(flips):
        bit = rng.randrange(8 * len(truth.data))
        try:
            found = fate(truth, folder, bit)
        except BaseException as error:
            error.add_note(f"bit {bit} of {8 * len(truth.data)}")
            raise
        assert found != "silent", f"bit {bit} of {8 * len(truth.data)}"
        fates[found] += 1
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(fates.items()))
    told(f"bits flipped: seed {SEED}, {flips:,} of {8 * len(truth.data):,}: {counts}, 0 silent")


def test_no_bit_changes_an_answer_in_silence(truth: Truth, folder: Path, told: Told) -> None:
    check(truth, folder, told, 1_000)


@pytest.mark.nightly
def test_no_bit_of_many_changes_an_answer_in_silence(
    truth: Truth, folder: Path, told: Told
) -> None:
    check(truth, folder, told, 100_000)
