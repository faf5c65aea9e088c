"""Verification by whole pages finds what verification entry by entry does: no less, and no more."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conflict_timeline.codec import encode, of_canonical
from conflict_timeline.events import Event, Place, Redacted, Source
from conflict_timeline.log import SQLiteLog, verify
from tests.benchmarks import work
from tests.contract_store import changes
from tests.test_log import raw, tamper

COLUMNS = ("id", "kind", "recorded", "known", "earliest", "latest", "subject", "body")
PAGE = 7


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_PAGE", PAGE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A log of many kinds of events, in several batches, one of them erased."""
    path = tmp_path / "log.db"
    events: list[Event] = [*changes(3), *work.events(work.make(12, 2)), Source(id="s", title="t")]
    with SQLiteLog.open(path) as log:
        for start in range(0, len(events), 5):
            log.append(events[start : start + 5])
        hidden = Place(id="hidden")
        log.append([hidden, Redacted(target=hidden.content_id, reason="r"), *changes(3, start=3)])
        log.erase(hidden.content_id)
    return path


def found(file: Path, *, pages: bool) -> list[tuple[int | None, str, str]]:
    with pytest.MonkeyPatch.context() as patch, SQLiteLog.open(file) as log:
        if not pages:
            patch.setattr(verify, "_sound_page", lambda *_: None)
        return [(problem.position, problem.kind, problem.message) for problem in log.verify()]


def agree(file: Path) -> list[tuple[int | None, str, str]]:
    by_page = found(file, pages=True)
    assert by_page == found(file, pages=False)
    return by_page


def test_a_sound_log_is_sound_and_most_of_it_is_taken_by_pages(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert agree(file) == []
    with SQLiteLog.open(file) as log:
        size = log.position
    taken = []
    by_page = verify._sound_page

    def counting(*args: Any) -> object:
        page = by_page(*args)
        taken.append(page is not None)
        return page

    monkeypatch.setattr(verify, "_sound_page", counting)
    assert found(file, pages=True) == []
    assert taken.count(False) == 1  # the page with what was erased
    assert len(taken) == -(-size // PAGE)


VALUES = (
    "NULL", "''", "'x'", "'2017-10-17'", "CAST(x'ff' AS TEXT)", "CAST(x'6100' AS TEXT)", "x'7b7d'",
    "x''", "'place'", "'erased'", "'redacted'", "lower(hex(randomblob(32)))", "upper(id)",
    "'2017-10-20T09:30:00.000000Z'", "'2999-10-20T09:30:00.000000Z'", "'2999-10-20'",
    "'２０１７-10-20T09:30:00.000000Z'", "CAST(body AS BLOB) || x'20'", "CAST(body || ' ' AS BLOB)",
    "(SELECT {column} FROM events AS other WHERE other.position = {other})",
)  # fmt: skip


def damages(rng: random.Random, size: int) -> Iterator[str]:
    """Changes of a log, as SQL."""
    while True:
        at, other, column = rng.randint(1, size), rng.randint(1, size), rng.choice(COLUMNS)
        kind = rng.randrange(8)
        if kind < 6:
            value = rng.choice(VALUES).format(column=column, other=other)
            yield f"UPDATE OR IGNORE events SET {column} = {value} WHERE position = {at}"
        elif kind == 6:
            yield f"DELETE FROM events WHERE position BETWEEN {at} AND {at + rng.randrange(9)}"
        else:
            to = other + size * rng.randrange(-1, 2)
            yield f"UPDATE OR IGNORE events SET position = {to} WHERE position = {at}"


def test_damage_is_told_alike(file: Path, tmp_path: Path) -> None:
    seed = 20171017
    rng = random.Random(seed)
    print(f"seed {seed}, 150 changes")  # noqa: T201
    sound = file.read_bytes()
    with SQLiteLog.open(file) as log:
        changed = damages(rng, log.position)
    told = 0
    for _ in range(150):
        copy = tmp_path / "copy.db"
        copy.write_bytes(sound)
        for _ in range(rng.randint(1, 2)):
            damage(copy, next(changed))
        told += bool(agree(copy))
    assert told > 100


def damage(file: Path, statement: str) -> None:
    """Changes a log as its owner could; what its columns do not allow is left undone."""
    with raw(file) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        with contextlib.suppress(sqlite3.IntegrityError):
            connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)


def rewritten(file: Path, position: int, change: Any) -> None:
    """Changes the bytes of an entry, with the id and the columns that belong to them."""
    with raw(file) as connection:
        query = "SELECT body FROM events WHERE position = ?"
        body = change(connection.execute(query, (position,)).fetchone()[0])
    tamper(
        file,
        f"UPDATE events SET body = x'{body.hex()}', id = '{hashlib.sha256(body).hexdigest()}' "
        f"WHERE position = {position}",
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body + b" ",
        lambda body: body.replace(b":", b": ", 1),
        lambda body: json.dumps(json.loads(body), indent=1).encode(),
        lambda body: body[:-1] + b',"type":"place"}',
        lambda body: body[:-1] + b',"version":1}',
        lambda body: body.replace(b"{", b'{"claimant":null,', 1),
        lambda body: b"{}",
        lambda body: b"\xff",
        lambda body: b"",
    ],
)
def test_bytes_that_are_not_canonical_are_found_under_their_own_id(file: Path, change: Any) -> None:
    rewritten(file, 4, change)
    assert {(4, "body"), (4, "leaf")} <= {(position, kind) for position, kind, _ in agree(file)}


def test_an_instant_that_goes_back_to_one_before_is_found(tmp_path: Path) -> None:
    """Each of the two is sound by itself, and the first is not before any that came before it."""
    path = tmp_path / "log.db"
    with SQLiteLog.open(path) as log:
        for start in (0, 2, 4):
            log.append(changes(2, start=start))
    early, late = "2017-10-20T09:30:00.000000Z", "2017-10-21T09:30:00.000000Z"
    tamper(
        path,
        f"UPDATE events SET recorded = '{early}'",
        f"UPDATE events SET recorded = '{late}' WHERE position = 3",
    )
    assert (4, "recorded") in {(position, kind) for position, kind, _ in agree(path)}


def test_only_canonical_bytes_of_today_are_known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(id="a", note="b")
    assert of_canonical([]) == []
    assert of_canonical([encode(place), encode(place)]) == [place, place]
    for data in (b"\xff", b"", b" " * 1_000_001, encode(place) + b" "):
        assert of_canonical([encode(place), data]) is None
    from conflict_timeline.codec import wire

    monkeypatch.setitem(wire.VERSIONS, "place", 2)
    assert of_canonical([encode(place)]) is None
