"""Verification: whether what lies in the store is what was recorded.

Everything an entry says is checked against its bytes, those against its id, id and instant against
the leaf, leaves against the nodes above them, and roots against every checkpoint there is. What
cannot be told without a checkpoint kept elsewhere: that someone rewrote all of the file, with ids
and a tree that fit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import attrs

from conflict_timeline.codec import decode, encode, kind_of, of_canonical
from conflict_timeline.codec.wire import VERSION_KEY, VERSIONS
from conflict_timeline.errors import DecodeError, LogError, shown
from conflict_timeline.events import Event
from conflict_timeline.log.batch import INSTANT
from conflict_timeline.log.columns import ERASED, REDACTED, Columns, columns_of, values_of
from conflict_timeline.log.contract import Checkpoint, Head, Problem
from conflict_timeline.log.merkle import leaf_hashes
from conflict_timeline.log.schema import Read
from conflict_timeline.log.verify_tree import (
    Known,
    TreeCheck,
    check_checkpoints,
    check_histories,
    checkpoints,
    decoded,
)

__all__ = ["recomputed", "verify"]

_PAGE = 1_000
_EVENTS_AT_ONCE = 250  # so that they are gone before the garbage collector goes through them
_CHECKED = tuple(field.name for field in attrs.fields(Columns))  # in the order of _ROWS

# What is sound is read as it is. If anything is wrong, or cannot be read, the page is read again.
_TEXTS = """SELECT position, id, recorded, body, kind, known, earliest, latest, subject
FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"""

# As bytes, since text that is not UTF-8 would make SQLite's binding raise for the whole page.
_ROWS = """SELECT position, CAST(id AS BLOB), CAST(recorded AS BLOB), CAST(body AS BLOB),
    CAST(kind AS BLOB), CAST(known AS BLOB), CAST(earliest AS BLOB), CAST(latest AS BLOB),
    CAST(subject AS BLOB)
FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"""

_IS_REDACTED = f"SELECT 1 FROM events WHERE kind = '{REDACTED}' AND subject = ?"  # noqa: S608 - ours

_Row = tuple[
    int, bytes, bytes, bytes, bytes, bytes | None, bytes | None, bytes | None, bytes | None
]


def verify(
    read: Read,
    faults: Callable[[], Iterable[str]],
    damage: Callable[[], Iterable[str]],
    handed: Iterable[Checkpoint] = (),
) -> list[Problem]:
    """Everything that is wrong with a log, the first position first.

    Args:
        read: runs a query on the log's database, each in a transaction of its own: so a long
            verification does not stand in the way of those who append meanwhile.
        faults: what is wrong with its schema, as its kind of database tells it.
        damage: what is wrong with the pages and indexes below it, likewise.
        handed: checkpoints that were kept elsewhere; those in the log are tried too.
    """
    given = list(handed)
    problems: list[Problem] = []
    checks: tuple[Callable[[], Iterator[Problem]], ...] = (
        lambda: (Problem(None, "schema", fault) for fault in faults()),
        lambda: (Problem(None, "integrity", fault) for fault in damage()),
        lambda: _contents(read, given),
    )
    for check in checks:
        try:
            for problem in check():  # one by one, so that what was found stays if reading fails
                problems.append(problem)
        except LogError as error:
            problems.append(Problem(None, "unreadable", str(error)))
    return sorted(problems, key=_place)


def _place(problem: Problem) -> int:
    return problem.position or 0


def recomputed(read: Read, size: int | None = None) -> Head:
    """The head of a log, its leaves made anew from the entries on disk.

    Args:
        read: as for ``verify``.
        size: of how many entries; None for all.

    Raises:
        LogError: if anything is wrong with those entries or the nodes over them; it says what is.
    """
    [(end,)] = read("SELECT coalesce(max(position), 0) FROM events", ())
    size = end if size is None else size
    if not 0 <= size <= end:
        raise ValueError(f"expected a size from 0 to {end}, got {size}")
    tree = TreeCheck(read, size, [])
    if found := sorted(_entries(read, size, tree), key=_place):
        raise LogError(f"{found[0]}; nothing is vouched for")
    return Head(size, tree.root)


def _contents(read: Read, handed: Sequence[Checkpoint]) -> Iterator[Problem]:
    rows = read("SELECT CAST(log AS BLOB) FROM log_identity", ())
    identity = decoded(rows[0][0] or b"") if len(rows) == 1 else None
    if identity is None or len(identity) != 32 or set(identity) - set("0123456789abcdef"):
        got = f"{len(rows)} rows" if identity is None else shown(identity)
        yield Problem(None, "identity", f"expected one row of 32 hex digits, got {got}")
    vouched = [*checkpoints(read), *handed]
    [(end,)] = read("SELECT coalesce(max(position), 0) FROM events", ())
    tree = TreeCheck(read, end, [item.head.size for item in vouched if item.log == identity])
    yield from _entries(read, end, tree)
    known = [Known(identity or "", end, tree.heads, own=True)] if tree.readable else []
    known += yield from check_histories(read, vouched)
    if tree.readable:
        yield from check_checkpoints(vouched, known)


def _entries(read: Read, end: int, tree: TreeCheck) -> Iterator[Problem]:
    """What is wrong with the entries up to a position, and with the tree over them."""
    after, due, instant, sound = -(2**63), 1, b"", None
    while after < end:
        if page := _sound_page(read, (after, end, _PAGE), due, instant):
            yield from tree.add_leaves(due, page.leaves)
            due += len(page.leaves)
            after, instant, sound = due - 1, page.instant, page.instant
            continue
        try:
            rows = read(_ROWS, (after, end, _PAGE))
        except LogError as error:
            tree.readable = False
            yield Problem(max(after + 1, 1), "unreadable", f"from here on: {error}")
            return
        if not rows:
            break
        for row in rows:
            position, recorded = row[0], row[2]
            if position != due:
                yield _misplaced(position, due)
            due = max(due, position + 1)
            if None in row[1:4]:
                message = "expected an id, an instant and bytes, and not all are there"
                yield Problem(position, "unreadable", message)
                continue
            if recorded != sound:
                wrong = list(_recorded(position, recorded, instant))
                yield from wrong
                sound, instant = None if wrong else recorded, max(instant, recorded)
            if not _is_sound(row):
                yield from _content(read, row)
        yield from tree.add([row[:3] for row in rows if None not in row[1:4]])
        after = rows[-1][0]
    yield from tree.end()


@attrs.frozen
class _Page:
    """Entries that follow each other, and of which nothing is wrong but, maybe, in the tree.

    Attributes:
        leaves: of each of them.
        instant: at which the last was recorded.
    """

    leaves: list[bytes]
    instant: bytes


def _sound_page(read: Read, values: tuple[int, int, int], due: int, instant: bytes) -> _Page | None:
    """The next entries, if they are as an append writes them today; None if one may not be.

    Args:
        read: runs a query.
        values: those that the query of a page takes.
        due: the position of the first.
        instant: at which the last before was recorded.
    """
    try:
        rows = read(_TEXTS, values)
    except LogError:
        return None
    if not rows or [row[0] for row in rows] != list(range(due, due + len(rows))):
        return None
    _, ids, instants, bodies, *_ = zip(*rows, strict=True)
    if {*map(type, instants)} != {str} or {*map(type, bodies)} != {bytes}:
        return None
    if [*instants] != sorted(instants):
        return None
    for text in dict.fromkeys(instants):
        if not INSTANT.fullmatch(text) or (moment := text.encode()) < instant:
            return None
        instant = moment
    hashed = hashlib.sha256
    if ids != tuple([hashed(body).hexdigest() for body in bodies]):
        return None
    for start in range(0, len(rows), _EVENTS_AT_ONCE):
        part = rows[start : start + _EVENTS_AT_ONCE]
        events = of_canonical([row[3] for row in part])
        if events is None or [*map(values_of, events)] != [row[4:] for row in part]:
            return None
    return _Page(leaf_hashes(ids, instants), instant)


def _misplaced(position: int, due: int) -> Problem:
    if position < due:
        return Problem(position, "position", f"expected positions from {due} on, got {position}")
    missing = f"{due}" if position == due + 1 else f"{due} to {position - 1}"
    return Problem(due, "position", f"expected positions without gaps, missing {missing}")


def _recorded(position: int, recorded: bytes, before: bytes) -> Iterator[Problem]:
    if not INSTANT.fullmatch(decoded(recorded)):
        message = f"expected an instant as in 2017-10-20T09:30:00.000000Z, got {_text(recorded)}"
        yield Problem(position, "recorded", message)
    elif recorded < before:
        message = f"expected no instant before the last entry's, {_text(before)}"
        yield Problem(position, "recorded", f"{message}, got {_text(recorded)}")


def _is_sound(row: _Row) -> bool:
    """Whether an entry is as an append writes it today; if not, ``_content`` says what it is."""
    body = row[3]
    if hashlib.sha256(body).hexdigest().encode() != row[1]:
        return False
    try:
        event = decode(body)
        if encode(event) != body:
            return False
    except DecodeError:
        return False
    columns = columns_of(event)
    return row[4:] == (
        columns.kind.encode(),
        _bytes(columns.known),
        _bytes(columns.earliest),
        _bytes(columns.latest),
        _bytes(columns.subject),
    )


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()


def _content(read: Read, row: _Row) -> Iterator[Problem]:
    position, id_, _, body, *columns = row
    if columns[0] == ERASED.encode():
        yield from _erased(read, position, id_, body, columns)
        return
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
    expected = attrs.astuple(columns_of(event), recurse=False)
    for name, there, text in zip(_CHECKED, columns, expected, strict=True):
        if there != _bytes(text):
            message = f"{name}: expected {shown(text)} as in the bytes, got {_text(there)}"
            yield Problem(position, "column", message)


def _erased(
    read: Read, position: int, id_: bytes, body: bytes, columns: Sequence[bytes | None]
) -> Iterator[Problem]:
    if body or any(column is not None for column in columns[1:]):
        yield Problem(position, "body", "expected nothing beside the id of an erased entry")
    if not read(_IS_REDACTED, (decoded(id_),)):
        yield Problem(position, "body", "expected a redaction of the erased entry, found none")


def _is_current(event: Event, body: bytes) -> bool:
    """Whether the bytes are in the current version: older ones keep theirs, and their id."""
    current = VERSIONS.get(kind_of(event), 1)
    version: Any = 1 if current == 1 else json.loads(body).get(VERSION_KEY, 1)
    return bool(version == current)


def _text(value: bytes | None) -> str:
    return shown(None if value is None else decoded(value))
