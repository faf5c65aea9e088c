"""Verification: whether what lies in the store is what was recorded.

Everything an entry says is checked against its bytes, and those against its id. What cannot be
told from the file alone: that entries are missing at the end, or that someone rewrote all of it
with ids that fit. That takes a checkpoint kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from conflict_timeline.codec import decode, encode, kind_of
from conflict_timeline.codec.wire import VERSION_KEY, VERSIONS
from conflict_timeline.errors import DecodeError, LogError, shown
from conflict_timeline.events import Event
from conflict_timeline.log.columns import ERASED, REDACTED, Columns, columns_of
from conflict_timeline.log.contract import Problem
from conflict_timeline.log.schema import Read

__all__ = ["verify"]

_PAGE = 1_000
_INSTANT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_CHECKED = tuple(field.name for field in attrs.fields(Columns))  # in the order of _ROWS

# As bytes, since text that is not UTF-8 would make SQLite's binding raise for the whole page.
_ROWS = """SELECT position, CAST(id AS BLOB), CAST(recorded AS BLOB), CAST(body AS BLOB),
    CAST(kind AS BLOB), CAST(known AS BLOB), CAST(earliest AS BLOB), CAST(latest AS BLOB),
    CAST(subject AS BLOB)
FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"""


def verify(
    read: Read, faults: Callable[[], Iterable[str]], damage: Callable[[], Iterable[str]]
) -> list[Problem]:
    """Everything that is wrong with a log.

    Args:
        read: runs a query on the log's database, each in a transaction of its own: so a long
            verification does not stand in the way of those who append meanwhile.
        faults: what is wrong with its schema, as its kind of database tells it.
        damage: what is wrong with the pages and indexes below it, likewise.
    """
    problems: list[Problem] = []
    checks: tuple[tuple[str, Callable[[], Iterable[Problem | str]]], ...] = (
        ("schema", faults),
        ("integrity", damage),
        ("", lambda: _entries(read)),
    )
    for kind, check in checks:
        try:
            problems += [
                found if isinstance(found, Problem) else Problem(None, kind, found)
                for found in check()
            ]
        except LogError as error:
            problems.append(Problem(None, "unreadable", str(error)))
    return problems


def _entries(read: Read) -> Iterator[Problem]:
    [(end,)] = read("SELECT max(position) FROM events", ())
    if end is None:
        return
    after, due, instant = -(2**63), 1, b""
    while after < end:
        try:
            rows = read(_ROWS, (after, end, _PAGE))
        except LogError as error:
            yield Problem(max(after + 1, 1), "unreadable", f"from here on: {error}")
            return
        if not rows:
            return
        for position, id_, recorded, body, *columns in rows:
            if position != due:
                yield _misplaced(position, due)
            due = max(due, position + 1)
            if None in (id_, recorded, body):
                message = "expected an id, an instant and bytes, and not all are there"
                yield Problem(position, "unreadable", message)
                continue
            yield from _recorded(position, recorded, instant)
            instant = max(instant, recorded)
            if columns[0] == ERASED.encode():
                yield from _erased(read, position, id_, body, columns)
            else:
                yield from _content(position, id_, body, dict(zip(_CHECKED, columns, strict=True)))
        after = rows[-1][0]


def _misplaced(position: int, due: int) -> Problem:
    if position < due:
        return Problem(position, "position", f"expected positions from {due} on, got {position}")
    missing = f"{due}" if position == due + 1 else f"{due} to {position - 1}"
    return Problem(due, "position", f"expected positions without gaps, missing {missing}")


def _recorded(position: int, recorded: bytes, before: bytes) -> Iterator[Problem]:
    if not _INSTANT.fullmatch(recorded):
        message = f"expected an instant as in 2017-10-20T09:30:00.000000Z, got {_text(recorded)}"
        yield Problem(position, "recorded", message)
    elif recorded < before:
        message = f"expected no instant before the last entry's, {_text(before)}"
        yield Problem(position, "recorded", f"{message}, got {_text(recorded)}")


def _erased(
    read: Read, position: int, id_: bytes, body: bytes, columns: list[bytes | None]
) -> Iterator[Problem]:
    if body or any(columns[1:]):
        yield Problem(position, "body", "expected nothing beside the id of an erased entry")
    query = f"SELECT 1 FROM events WHERE kind = '{REDACTED}' AND subject = CAST(? AS TEXT)"  # noqa: S608
    if not read(query, (id_,)):
        yield Problem(position, "body", "expected a redaction of the erased entry, found none")


def _content(
    position: int, id_: bytes, body: bytes, columns: dict[str, bytes | None]
) -> Iterator[Problem]:
    digest = hashlib.sha256(body).hexdigest()
    if id_ != digest.encode():
        message = f"expected the hash of the bytes, {digest}, got {_text(id_)}; one was changed"
        yield Problem(position, "id", message)
    try:
        event = decode(body)
    except DecodeError as error:
        yield Problem(position, "body", str(error))
        return
    if _is_current(event, body) and encode(event) != body:
        yield Problem(position, "body", "expected canonical bytes, got the event written otherwise")
    for name, expected in attrs.asdict(columns_of(event), recurse=False).items():
        if columns[name] != (None if expected is None else expected.encode()):
            message = f"{name}: expected {shown(expected)} as in the bytes"
            yield Problem(position, "column", f"{message}, got {_text(columns[name])}")


def _is_current(event: Event, body: bytes) -> bool:
    """Whether the bytes are in the current version: older ones keep theirs, and their id."""
    current = VERSIONS.get(kind_of(event), 1)
    version: Any = 1 if current == 1 else json.loads(body).get(VERSION_KEY, 1)
    return bool(version == current)


def _text(value: bytes | None) -> str:
    return shown(None if value is None else value.decode("utf-8", "backslashreplace"))
