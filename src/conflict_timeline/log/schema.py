"""The schema of a log in SQLite, as exact text: it is compared at every open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conflict_timeline.log.columns import ERASED, REDACTED
from conflict_timeline.log.read_models import OBJECTS

__all__ = [
    "APPLICATION_ID",
    "COLUMNS",
    "HASHES_A_RUN",
    "READ_MODELS",
    "SCHEMA_VERSION",
    "STATEMENTS",
    "TABLES",
    "Read",
    "faults",
]

#: Runs one query and gives its rows.
Read = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

#: "CTLG" at byte 68 of the file, where ``file`` and other tools look for it.
APPLICATION_ID = int.from_bytes(b"CTLG", "big")
SCHEMA_VERSION = 2

#: At most so many hashes lie in one row of ``nodes``, so that reading one of them stays cheap.
HASHES_A_RUN = 4096

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

# So that whether an entry may be erased is not asked of every row.
_REDACTIONS = f"""CREATE INDEX redactions ON events (subject)
WHERE kind = '{REDACTED}'"""

# The tables that follow have no rowid but their key: REPLACE could delete a row by it unseen.
_NODES = """CREATE TABLE nodes (
    level INTEGER NOT NULL,
    start INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, start)
) STRICT, WITHOUT ROWID"""

_CHECKPOINTS = """CREATE TABLE checkpoints (
    number INTEGER PRIMARY KEY,
    log TEXT NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note TEXT NOT NULL UNIQUE
) STRICT"""

_IDENTITY = """CREATE TABLE log_identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    log TEXT NOT NULL
) STRICT"""

_HISTORIES = """CREATE TABLE histories (
    number INTEGER PRIMARY KEY,
    log TEXT NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    continues INTEGER
) STRICT"""

_HISTORY_ENTRIES = """CREATE TABLE history_entries (
    history INTEGER NOT NULL,
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    recorded TEXT NOT NULL,
    PRIMARY KEY (history, position)
) STRICT, WITHOUT ROWID"""

_HISTORY_BY_ID = "CREATE INDEX history_entries_by_id ON history_entries (id, recorded)"


def _trigger(name: str, before: str, table: str, why: str, when: str = "") -> str:
    condition = f"WHEN {when}\n" if when else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {before} ON {table}\n{condition}BEGIN\n"
        f"    SELECT RAISE(ABORT, 'the log is append-only: {why}');\nEND"
    )


_EMPTIED = """NEW.body IS x'' AND NEW.known IS NULL AND NEW.earliest IS NULL
        AND NEW.latest IS NULL AND NEW.subject IS NULL"""

# REPLACE deletes the row in its way without firing delete triggers, unless recursive_triggers is
# on, which is for each connection to choose. So an INSERT that would meet a row is refused itself.
_NO_OVERWRITE = _trigger(
    "events_no_overwrite",
    "INSERT",
    "events",
    "expected a new id at the next position",
    f"""NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
    OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
    OR (NEW.kind = '{ERASED}' OR NEW.body = x'') AND NOT (NEW.kind = '{ERASED}' AND {_EMPTIED})""",
)

# A redaction is what allows another entry to be erased, so its own bytes stay.
_NO_UPDATE = _trigger(
    "events_no_update",
    "UPDATE",
    "events",
    "no entry is ever changed, but for one that is erased after its redaction",
    f"""NOT (
    NEW.kind = '{ERASED}' AND OLD.kind NOT IN ('{ERASED}', '{REDACTED}')
        AND {_EMPTIED}
        AND NEW.position IS OLD.position AND NEW.id IS OLD.id AND NEW.recorded IS OLD.recorded
        AND EXISTS (SELECT 1 FROM events WHERE kind = '{REDACTED}' AND subject = OLD.id)
)""",
)

_END = """(SELECT start + length(hashes) / 32 FROM nodes
        WHERE level = {} ORDER BY start DESC LIMIT 1)"""

_NODES_NO_OVERWRITE = _trigger(
    "nodes_no_overwrite",
    "INSERT",
    "nodes",
    "expected the next complete nodes of their level",
    f"""NEW.start IS NOT coalesce({_END.format("NEW.level")}, 0)
    OR length(NEW.hashes) % 32 <> 0
    OR length(NEW.hashes) NOT BETWEEN 32 AND {32 * HASHES_A_RUN}
    OR NEW.start + length(NEW.hashes) / 32 > coalesce(
        CASE NEW.level WHEN 0 THEN (SELECT max(position) FROM events)
        ELSE {_END.format("NEW.level - 1")} / 2 END, 0)""",
)

_CHECKPOINTS_NO_OVERWRITE = _trigger(
    "checkpoints_no_overwrite",
    "INSERT",
    "checkpoints",
    "expected a new checkpoint at the next number",
    """NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM checkpoints)
    OR EXISTS (SELECT 1 FROM checkpoints WHERE note = NEW.note)
    OR length(NEW.root) <> 32
    OR NOT EXISTS (SELECT 1 FROM log_identity WHERE log = NEW.log)
        AND NOT EXISTS (SELECT 1 FROM histories WHERE log = NEW.log)""",
)

_IDENTITY_NO_OVERWRITE = _trigger(
    "log_identity_no_overwrite",
    "INSERT",
    "log_identity",
    "a log has one identity",
    "EXISTS (SELECT 1 FROM log_identity)",
)

_HISTORIES_NO_OVERWRITE = _trigger(
    "histories_no_overwrite",
    "INSERT",
    "histories",
    "expected a new history at the next number",
    """NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM histories)
    OR length(NEW.root) <> 32
    OR EXISTS (SELECT 1 FROM histories
        WHERE log = NEW.log AND size = NEW.size AND root = NEW.root)
    OR NEW.continues IS NOT NULL AND NOT EXISTS (SELECT 1 FROM histories
        WHERE number = NEW.continues AND log = NEW.log AND size < NEW.size)""",
)

_HISTORY_ENTRIES_NO_OVERWRITE = _trigger(
    "history_entries_no_overwrite",
    "INSERT",
    "history_entries",
    "expected the next entry of a history",
    """NEW.position IS NOT 1 + coalesce(
        (SELECT max(position) FROM history_entries WHERE history = NEW.history),
        (SELECT size FROM histories
            WHERE number = (SELECT continues FROM histories WHERE number = NEW.history)),
        0)
    OR NEW.position > coalesce((SELECT size FROM histories WHERE number = NEW.history), 0)""",
)

_INSERT_ONLY = ("nodes", "checkpoints", "log_identity", "histories", "history_entries")

_OBJECTS = {
    ("table", "events"): _EVENTS,
    ("index", "redactions"): _REDACTIONS,
    ("table", "nodes"): _NODES,
    ("table", "checkpoints"): _CHECKPOINTS,
    ("table", "log_identity"): _IDENTITY,
    ("table", "histories"): _HISTORIES,
    ("table", "history_entries"): _HISTORY_ENTRIES,
    ("index", "history_entries_by_id"): _HISTORY_BY_ID,
    ("trigger", "events_no_overwrite"): _NO_OVERWRITE,
    ("trigger", "events_no_update"): _NO_UPDATE,
    ("trigger", "events_no_delete"): _trigger(
        "events_no_delete", "DELETE", "events", "no entry is ever deleted"
    ),
    ("trigger", "nodes_no_overwrite"): _NODES_NO_OVERWRITE,
    ("trigger", "checkpoints_no_overwrite"): _CHECKPOINTS_NO_OVERWRITE,
    ("trigger", "log_identity_no_overwrite"): _IDENTITY_NO_OVERWRITE,
    ("trigger", "histories_no_overwrite"): _HISTORIES_NO_OVERWRITE,
    ("trigger", "history_entries_no_overwrite"): _HISTORY_ENTRIES_NO_OVERWRITE,
    **{
        ("trigger", f"{table}_no_{verb.lower()}"): _trigger(
            f"{table}_no_{verb.lower()}", verb, table, f"no row of {table} is ever {verb.lower()}d"
        )
        for table in _INSERT_ONLY
        for verb in ("UPDATE", "DELETE")
    },
}

#: The tables, each with the names of its columns in order.
TABLES: dict[str, tuple[str, ...]] = {
    name: tuple(
        line.split()[0]
        for line in sql.splitlines()[1:-1]
        if not line.lstrip().startswith("PRIMARY")
    )
    for (kind, name), sql in _OBJECTS.items()
    if kind == "table"
}

#: What a log may have besides, by type and name: the texts that such an object has had, today's
#: first. They can be made anew from the events at any time, so that none of it is needed.
READ_MODELS: Mapping[tuple[str, str], tuple[str, ...]] = OBJECTS

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
    if version == 1:
        message = "schema version 1 is from before the first release and has no hash tree"
        return [f"{message}: load its event files into a new log"]
    if version != SCHEMA_VERSION:
        return [f"expected schema version {SCHEMA_VERSION}, got {version}"]
    return _object_faults(read)


# As text, since a damaged page may give anything.
_SCHEMA = """SELECT coalesce(CAST(type AS TEXT), ''), coalesce(CAST(name AS TEXT), ''), sql
FROM sqlite_schema"""


def _object_faults(read: Read) -> list[str]:
    found = {
        (kind, name): sql for kind, name, sql in read(_SCHEMA, ()) if not _is_internal(kind, name)
    }
    wrong = [
        f"{kind} {name} is missing"
        if (kind, name) not in found
        else f"{kind} {name} was altered{_columns(read, name) if kind == 'table' else ''}"
        for (kind, name), sql in _OBJECTS.items()
        if found.get((kind, name)) != sql
    ]
    # Whatever else is there may act on the log: a trigger can drop entries without a word.
    for key in found.keys() - _OBJECTS:
        if key not in READ_MODELS:
            wrong.append(f"{' '.join(key)} does not belong here")
        elif found[key] not in READ_MODELS[key]:
            wrong.append(f"{' '.join(key)} was altered")
    return sorted(wrong)


def _is_internal(kind: str, name: str) -> bool:
    """Whether SQLite itself made it: the index of a unique column, or what ANALYZE leaves."""
    return (kind == "index" and name.startswith("sqlite_autoindex_")) or (
        kind == "table" and name.startswith("sqlite_stat")
    )


def _columns(read: Read, table: str) -> str:
    there = [name for (name,) in read("SELECT name FROM pragma_table_info(?)", (table,))]
    missing = [f"column {name} is missing" for name in TABLES[table] if name not in there]
    extra = [f"column {name} does not belong here" for name in there if name not in TABLES[table]]
    return f" ({', '.join(missing + extra)})" if missing or extra else ""
