"""The schema of a log in SQLite, as exact text: it is compared at every open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["APPLICATION_ID", "COLUMNS", "SCHEMA_VERSION", "STATEMENTS", "Read", "faults"]

#: Runs one query and gives its rows.
Read = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

#: "CTLG" at byte 68 of the file, where ``file`` and other tools look for it.
APPLICATION_ID = int.from_bytes(b"CTLG", "big")
SCHEMA_VERSION = 1

COLUMNS = (
    "position", "id", "kind", "recorded", "known", "earliest", "latest", "subject", "body",
)  # fmt: skip

_EVENTS = """CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    recorded TEXT NOT NULL,
    known TEXT,
    earliest TEXT,
    latest TEXT,
    subject TEXT,
    body BLOB NOT NULL
) STRICT"""

# REPLACE deletes the row in its way without firing delete triggers, unless recursive_triggers is
# on, which is for each connection to choose. So an INSERT that would meet a row is refused itself.
_NO_OVERWRITE = """CREATE TRIGGER events_no_overwrite BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
    OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: expected a new id at the next position');
END"""

_NO_UPDATE = """CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: no entry is ever changed');
END"""

_NO_DELETE = """CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: no entry is ever deleted');
END"""

_OBJECTS = {
    ("table", "events"): _EVENTS,
    ("trigger", "events_no_overwrite"): _NO_OVERWRITE,
    ("trigger", "events_no_update"): _NO_UPDATE,
    ("trigger", "events_no_delete"): _NO_DELETE,
}

# Written out rather than made by sqlite_utils' create_table: the text is compared for as long as
# there are logs, so it must not follow the version of another library.
STATEMENTS = (
    *_OBJECTS.values(),
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)


def faults(read: Read) -> list[str]:
    """What distinguishes a database from a log as this library makes it; empty if nothing does."""
    [(application,)] = read("PRAGMA application_id", ())
    [(version,)] = read("PRAGMA user_version", ())
    if application != APPLICATION_ID:
        whose = f"application_id {application:#x}" if application else "no application_id"
        return [f"an SQLite file of another application ({whose}), not a log"]
    if version > SCHEMA_VERSION:
        message = f"schema version {version} is newer than {SCHEMA_VERSION}, the last known here"
        return [f"{message}: update conflict_timeline"]
    if version != SCHEMA_VERSION:
        return [f"expected schema version {SCHEMA_VERSION}, got {version}"]
    return _object_faults(read)


def _object_faults(read: Read) -> list[str]:
    found = {
        (kind, name): sql
        for kind, name, sql in read("SELECT type, name, sql FROM sqlite_schema", ())
        if not _is_internal(kind, name)
    }
    wrong = [
        f"{kind} {name} is missing"
        if (kind, name) not in found
        else f"{kind} {name} was altered{_columns(read) if kind == 'table' else ''}"
        for (kind, name), sql in _OBJECTS.items()
        if found.get((kind, name)) != sql
    ]
    # Whatever else is there may act on the log: a trigger can drop entries without a word.
    wrong += [f"{kind} {name} does not belong here" for kind, name in found.keys() - _OBJECTS]
    return sorted(wrong)


def _is_internal(kind: str, name: str) -> bool:
    """Whether SQLite itself made it: the index of the unique ids, or what ANALYZE leaves."""
    return (kind, name) == ("index", "sqlite_autoindex_events_1") or (
        kind == "table" and name.startswith("sqlite_stat")
    )


def _columns(read: Read) -> str:
    there = [name for (name,) in read("SELECT name FROM pragma_table_info('events')", ())]
    missing = [f"column {name} is missing" for name in COLUMNS if name not in there]
    extra = [f"column {name} does not belong here" for name in there if name not in COLUMNS]
    return f" ({', '.join(missing + extra)})" if missing or extra else ""
