"""Verification of the hash tree and the archive: what each kind of damage is told as, and where."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from conflict_timeline.errors import LogError
from conflict_timeline.log import Checkpoint, Head, SQLiteLog, schema
from conflict_timeline.log.merkle import Growth, leaf_hash
from conflict_timeline.log.verify import verify
from tests.contract_store import change, changes, other_log
from tests.test_log import raw, tamper

COUNT = 21


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def log(file: Path) -> Iterator[SQLiteLog]:
    with SQLiteLog.open(file) as opened:
        for start in range(0, COUNT, 7):
            opened.append(changes(7, start=start))
        yield opened


def problems(file: Path, *kept: Checkpoint) -> list[tuple[int | None, str]]:
    with SQLiteLog.open(file) as log:
        return [(problem.position, problem.kind) for problem in log.verify(checkpoints=kept)]


def rewrite(file: Path, tampering: str) -> None:
    """Changes a log and makes its tree anew, as an owner who knows how could."""
    with raw(file) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(tampering)
        connection.execute("DELETE FROM nodes")
        rows = connection.execute("SELECT id, recorded FROM events ORDER BY position")
        for run in Growth().extend([leaf_hash(*row) for row in rows.fetchall()]):
            values = (run.level, run.start, run.hashes)
            connection.execute("INSERT INTO nodes VALUES (?, ?, ?)", values)
        for _, sql in triggers:
            connection.execute(sql)


ZEROED = (
    "UPDATE nodes SET hashes = CAST(substr(hashes, 1, {before}) || zeroblob(32) "
    "|| substr(hashes, {before} + 33) AS BLOB) WHERE level = {level} AND start = {start}"
)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (ZEROED.format(level=0, start=7, before=64), [(10, "leaf")]),
        (ZEROED.format(level=1, start=3, before=32), [(9, "node")]),
        (ZEROED.format(level=4, start=0, before=0), [(1, "node")]),
        ("UPDATE nodes SET hashes = x'00' WHERE level = 2 AND start = 3", [(13, "node")]),
        ("DELETE FROM nodes WHERE level = 0 AND start = 14", [(15, "leaf")]),
        ("DELETE FROM nodes WHERE level = 0", [(1, "leaf")]),
        ("DELETE FROM nodes WHERE level = 1 AND start = 3", [(7, "node")]),
        ("DELETE FROM nodes WHERE level = 3", [(1, "node")]),
        ("INSERT INTO nodes VALUES (5, 0, zeroblob(32))", [(None, "node")]),
        ("INSERT INTO nodes VALUES (-1, 0, zeroblob(32))", [(None, "node")]),
        ("INSERT INTO nodes VALUES (3, 2, zeroblob(32))", [(None, "node")]),
        ("DELETE FROM events WHERE position > 18", [(19, "truncated")]),
        ("DELETE FROM events", [(1, "truncated")]),
        ("DELETE FROM events WHERE position BETWEEN 4 AND 6", [(4, "position")]),
        (
            "DELETE FROM events WHERE position < 20",
            [(1, "position")],
        ),
        ("UPDATE events SET position = 1000 WHERE position = 21", [(21, "position")]),
        ("UPDATE log_identity SET log = 'x'", [(None, "identity")]),
        ("DELETE FROM log_identity", [(None, "identity")]),
    ],
)
def test_damage_is_told_by_kind_and_first_position(
    log: SQLiteLog, file: Path, statement: str, expected: list[tuple[int | None, str]]
) -> None:
    tamper(file, statement)
    found = problems(file)
    assert found[: len(expected)] == expected
    assert {kind for _, kind in found} == {kind for _, kind in expected}


def test_two_entries_that_changed_places_are_found(log: SQLiteLog, file: Path) -> None:
    tamper(
        file,
        "UPDATE events SET position = 100 WHERE position = 3",
        "UPDATE events SET position = 3 WHERE position = 4",
        "UPDATE events SET position = 4 WHERE position = 100",
    )
    assert problems(file) == [(3, "leaf"), (4, "leaf")]


def test_an_event_exchanged_for_another_is_found(log: SQLiteLog, file: Path) -> None:
    with SQLiteLog.open(":memory:") as other:
        other.append([change(99)])
        assert other._database is not None
        row = other._database.execute(
            "SELECT id, kind, known, earliest, latest, subject, body FROM events"
        ).fetchone()
    tamper(file)
    with raw(file) as connection:
        connection.execute("DROP TRIGGER events_no_update")
        connection.execute(
            "UPDATE events SET (id, kind, known, earliest, latest, subject, body) = "
            "(?, ?, ?, ?, ?, ?, ?) WHERE position = 5",
            row,
        )
        connection.execute(
            next(sql for sql in schema.STATEMENTS if sql.startswith("CREATE TRIGGER events_no_up"))
        )
    assert problems(file) == [(5, "leaf")]


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("DELETE FROM events WHERE position > 18", [(19, "truncated")]),
        ("UPDATE events SET recorded = '2001-01-01T00:00:00.000000Z' WHERE position < 4", []),
    ],
)
def test_only_a_checkpoint_shows_that_all_was_rewritten(
    log: SQLiteLog, file: Path, tampering: str, found: list[tuple[int, str]]
) -> None:
    kept = Checkpoint(log.identity, log.head(), "kept elsewhere")
    early = Checkpoint(log.identity, Head(1, log.root(1)), "an early one")
    log.close()
    rewrite(file, tampering)
    assert problems(file) == []
    assert problems(file, kept)[:1] == (found or [(1, "checkpoint")])
    assert (1, "checkpoint") in problems(file, early) or found


def test_a_checkpoint_tells_how_far_a_rewritten_log_is_as_it_was(
    log: SQLiteLog, file: Path
) -> None:
    kept = [Checkpoint(log.identity, Head(n, log.root(n)), "") for n in (5, 10, 15, 20)]
    log.close()
    rewrite(file, "DELETE FROM events WHERE position = 21")
    rewrite(file, "UPDATE events SET recorded = '9999-01-01T00:00:00.000000Z' WHERE position > 12")
    assert problems(file, *kept) == [(11, "checkpoint"), (11, "checkpoint")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE histories SET root = zeroblob(32)",
        "UPDATE histories SET size = 4",
        "UPDATE history_entries SET recorded = '2001-01-01T00:00:00.000001Z' WHERE position = 2",
        "UPDATE history_entries SET recorded = 'é' WHERE position = 2",
        "DELETE FROM history_entries WHERE position = 2",
        "DELETE FROM history_entries",
    ],
)
def test_a_history_that_was_changed_is_found(log: SQLiteLog, file: Path, statement: str) -> None:
    other = other_log()
    log.take([], histories=[other], checkpoints=[Checkpoint(other.log, other.head, "note")])
    assert problems(file) == []
    tamper(file, statement)
    assert (None, "history") in problems(file)


def test_a_history_of_events_that_the_log_does_not_have(log: SQLiteLog, file: Path) -> None:
    log.take([], histories=[other_log(COUNT + 2)])
    with SQLiteLog.open(file) as again:
        [problem] = again.verify()
    assert problem.kind == "history"
    assert f"position {COUNT + 1} is not in the log" in problem.message


def test_a_history_that_continues_another_is_verified_with_it(log: SQLiteLog, file: Path) -> None:
    from conflict_timeline.log import History

    short, long = other_log(2), other_log(5)
    log.take([], histories=[short, History(long.log, long.head, long.entries[2:], continues=1)])
    assert problems(file) == []
    tamper(file, "UPDATE history_entries SET id = 'x' WHERE history = 1 AND position = 2")
    assert {kind for _, kind in problems(file)} == {"history"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET recorded = '9999-01-01T00:00:00.000000Z' WHERE position = 3",
        "UPDATE events SET body = x'7b7d' WHERE position = 3",
        ZEROED.format(level=0, start=0, before=64),
        ZEROED.format(level=1, start=0, before=32),
        "DELETE FROM events WHERE position = 3",
    ],
)
def test_nothing_is_vouched_for_that_is_damaged(log: SQLiteLog, file: Path, statement: str) -> None:
    head = log.head()
    tamper(file, statement)
    assert log.recomputed(2) == Head(2, log.root(2)) or "DELETE" in statement
    for size in (4, None):
        with pytest.raises(LogError, match=r"position 3: .*; nothing is vouched for"):
            log.recomputed(size)
    assert head.size == COUNT


def test_random_changes_of_one_hash_or_entry_are_found_where_they_are(
    file: Path, tmp_path: Path
) -> None:
    seed = 20171017
    rng = random.Random(seed)
    print(f"seed {seed}, 60 changes")  # noqa: T201
    with SQLiteLog.open(file) as log:
        size = 0
        while size < 150:
            count = rng.randint(1, 9)
            log.append(changes(count, start=size))
            size += count
    sound = file.read_bytes()
    for _ in range(60):
        copy = tmp_path / "copy.db"
        copy.write_bytes(sound)
        expected = rng.choice([_leaf_zeroed, _id_changed, _instant_changed])(copy, rng, size)
        assert problems(copy)[0] == expected


def _leaf_zeroed(file: Path, rng: random.Random, size: int) -> tuple[int, str]:
    with raw(file) as connection:
        rows = connection.execute("SELECT start, length(hashes) FROM nodes WHERE level = 0")
        start, length = rng.choice(rows.fetchall())
    at = rng.randrange(length // 32)
    tamper(file, ZEROED.format(level=0, start=start, before=32 * at))
    return start + at + 1, "leaf"


def _id_changed(file: Path, rng: random.Random, size: int) -> tuple[int, str]:
    at = rng.randint(1, size)
    tamper(file, f"UPDATE events SET id = '{rng.randbytes(32).hex()}' WHERE position = {at}")
    return at, "id"


def _instant_changed(file: Path, rng: random.Random, size: int) -> tuple[int, str]:
    tamper(file, f"UPDATE events SET recorded = '2999-01-01' WHERE position = {size}")
    return size, "recorded"


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("nodes", ("x", 0, None)),
        ("nodes", (2, 0, 7)),
        ("checkpoints", ("a", "b", 3, None)),
        ("histories", ("a", 3, None, None)),
        ("log_identity", (None,)),
    ],
)
def test_values_that_no_column_allows_are_told_and_not_stumbled_over(
    log: SQLiteLog, table: str, row: tuple[object, ...]
) -> None:
    def read(query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        rows = log._rows(query, values)
        if f"FROM {table}" not in query:
            return rows
        wanted = query.replace("\n", " ").partition(" FROM ")[0].count(",") + 1
        return [(*row, *(None for _ in range(wanted)))[:wanted]]

    assert {problem.kind for problem in verify(read, list, list)} & {
        "unreadable",
        "node",
        "leaf",
        "identity",
    }
