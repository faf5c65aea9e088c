"""The schema of a log in PostgreSQL, and what the catalogue must say of it at every open.

It is the schema of ``log.schema``, table by table and guard by guard. What PostgreSQL needs more:
writers must take turns, else they would commit in another order than that of their positions; and
TRUNCATE needs a guard of its own, as it fires no DELETE trigger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from conflict_timeline.log.columns import ERASED, REDACTED
from conflict_timeline.log.merkle import HASH_SIZE
from conflict_timeline.log.schema import HASHES_A_RUN, SCHEMA_VERSION

__all__ = ["FUNCTIONS", "TABLES", "Read", "faults", "is_blank", "statements", "writers_lock"]

#: Runs one query and gives its rows.
Read = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]


@attrs.frozen
class Table:
    """A table: columns by name with their type ("?" where NULL may stand), and its constraints."""

    columns: dict[str, str]
    primary: tuple[str, ...]
    unique: str | None = None
    check: str | None = None


TABLES = {
    "events": Table(
        {
            "position": "bigint", "id": "text", "kind": "text", "recorded": "text",
            "known": "text?", "earliest": "text?", "latest": "text?", "subject": "text?",
            "body": "bytea",
        },
        ("position",),
        "id",
        # So that nobody who may insert can take the id of an event that is still to come.
        f"(((kind = '{ERASED}'::text) OR (id = encode(sha256(body), 'hex'::text))))",
    ),
    "nodes": Table({"level": "bigint", "start": "bigint", "hashes": "bytea"}, ("level", "start")),
    "checkpoints": Table(
        {"number": "bigint", "log": "text", "size": "bigint", "root": "bytea", "note": "text"},
        ("number",),
        "note",
    ),
    "log_identity": Table({"one": "bigint", "log": "text"}, ("one",), check="((one = 1))"),
    "histories": Table(
        {
            "number": "bigint", "log": "text", "size": "bigint", "root": "bytea",
            "continues": "bigint?",
        },
        ("number",),
    ),
    "history_entries": Table(
        {"history": "bigint", "position": "bigint", "id": "text", "recorded": "text"},
        ("history", "position"),
    ),
}  # fmt: skip

#: Indexes besides those of constraints: table, columns, and which rows.
_INDEXES = {
    "redactions": ("events", ("subject",), f"(kind = '{REDACTED}'::text)"),
    "history_entries_by_id": ("history_entries", ("id", "recorded"), None),
}


def _refusing(condition: str, why: str) -> str:
    return f"""BEGIN
    IF {condition} THEN
        RAISE EXCEPTION 'the log is append-only: {why}' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END"""


_EMPTIED = """length(NEW.body) = 0 AND NEW.known IS NULL AND NEW.earliest IS NULL
            AND NEW.latest IS NULL AND NEW.subject IS NULL"""
_END = f"""(SELECT start + length(hashes) / {HASH_SIZE} FROM nodes WHERE level = {{}}
            ORDER BY start DESC LIMIT 1)"""

#: The bodies of the trigger functions.
FUNCTIONS = {
    "never": """BEGIN
    RAISE EXCEPTION 'the log is append-only: no row of % may meet %', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END""",
    "one_writer": """BEGIN
    PERFORM pg_advisory_xact_lock({lock});
    RETURN NULL;
END""",
    "tell": """BEGIN
    PERFORM pg_notify('{schema}', '');
    RETURN NULL;
END""",
    "events_no_overwrite": _refusing(
        f"""NEW.position IS DISTINCT FROM (SELECT coalesce(max(position), 0) + 1 FROM events)
        OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
        OR (NEW.kind = '{ERASED}' OR length(NEW.body) = 0)
            AND NOT (NEW.kind = '{ERASED}' AND {_EMPTIED})""",
        "expected a new id at the next position",
    ),
    # A redaction is what allows another entry to be erased, so its own bytes stay.
    "events_no_update": _refusing(
        f"""NOT (
        NEW.kind = '{ERASED}' AND OLD.kind NOT IN ('{ERASED}', '{REDACTED}')
            AND {_EMPTIED}
            AND NEW.position = OLD.position AND NEW.id = OLD.id AND NEW.recorded = OLD.recorded
            AND EXISTS (SELECT 1 FROM events WHERE kind = '{REDACTED}' AND subject = OLD.id)
    )""",
        "no entry is ever changed, but for one that is erased after its redaction",
    ),
    "nodes_no_overwrite": _refusing(
        f"""NEW.start IS DISTINCT FROM coalesce({_END.format("NEW.level")}, 0)
        OR length(NEW.hashes) % {HASH_SIZE} <> 0
        OR length(NEW.hashes) NOT BETWEEN {HASH_SIZE} AND {HASH_SIZE * HASHES_A_RUN}
        OR NEW.start + length(NEW.hashes) / {HASH_SIZE} > coalesce(
            CASE NEW.level WHEN 0 THEN (SELECT max(position) FROM events)
            ELSE {_END.format("NEW.level - 1")} / 2 END, 0)""",
        "expected the next complete nodes of their level",
    ),
    "checkpoints_no_overwrite": _refusing(
        f"""NEW.number IS DISTINCT FROM (SELECT coalesce(max(number), 0) + 1 FROM checkpoints)
        OR length(NEW.root) <> {HASH_SIZE}
        OR NOT EXISTS (SELECT 1 FROM log_identity WHERE log = NEW.log)
            AND NOT EXISTS (SELECT 1 FROM histories WHERE log = NEW.log)""",
        "expected a new checkpoint at the next number",
    ),
    "log_identity_no_overwrite": _refusing(
        "EXISTS (SELECT 1 FROM log_identity)", "a log has one identity"
    ),
    "histories_no_overwrite": _refusing(
        f"""NEW.number IS DISTINCT FROM (SELECT coalesce(max(number), 0) + 1 FROM histories)
        OR length(NEW.root) <> {HASH_SIZE}
        OR EXISTS (SELECT 1 FROM histories
            WHERE log = NEW.log AND size = NEW.size AND root = NEW.root)
        OR NEW.continues IS NOT NULL AND NOT EXISTS (SELECT 1 FROM histories
            WHERE number = NEW.continues AND log = NEW.log AND size < NEW.size)""",
        "expected a new history at the next number",
    ),
    "history_entries_no_overwrite": _refusing(
        """NEW.position IS DISTINCT FROM 1 + coalesce(
            (SELECT max(position) FROM history_entries WHERE history = NEW.history),
            (SELECT size FROM histories
                WHERE number = (SELECT continues FROM histories WHERE number = NEW.history)),
            0)
        OR NEW.position > coalesce((SELECT size FROM histories WHERE number = NEW.history), 0)""",
        "expected the next entry of a history",
    ),
}

# The bits of pg_trigger.tgtype.
_EACH_ROW, _BEFORE, _INSERT, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 4, 8, 16, 32
_VERBS = {_INSERT: "INSERT", _DELETE: "DELETE", _UPDATE: "UPDATE", _TRUNCATE: "TRUNCATE"}


def _triggers() -> Iterator[tuple[str, str, int, str]]:
    """Name, table, type and function of each trigger."""
    for table in TABLES:
        yield f"{table}_no_overwrite", table, _EACH_ROW | _BEFORE | _INSERT, f"{table}_no_overwrite"
        yield f"{table}_no_delete", table, _BEFORE | _DELETE | _TRUNCATE, "never"
        if table == "events":
            yield "events_no_update", table, _EACH_ROW | _BEFORE | _UPDATE, "events_no_update"
        else:
            yield f"{table}_no_update", table, _BEFORE | _UPDATE, "never"
        # Whoever writes without this library waits for their turn, too.
        yield f"{table}_one_writer", table, _BEFORE | _INSERT | _UPDATE, "one_writer"
    yield "events_tell", "events", _INSERT, "tell"


def writers_lock(schema: str) -> int:
    """The number of the advisory lock that every writer of a log holds until its commit."""
    digest = hashlib.sha256(f"conflict_timeline log {schema}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _source(function: str, schema: str) -> str:
    return (
        FUNCTIONS[function].replace("{lock}", str(writers_lock(schema))).replace("{schema}", schema)
    )


def _search_path(schema: str) -> str:
    # Without it, a writer's own "=" in some other schema would answer what a guard asks.
    return f"pg_catalog, {schema}, pg_temp"


def statements(schema: str) -> Iterator[str]:
    """What makes the tables, functions and triggers within a schema that is there and empty."""
    for name, table in TABLES.items():
        yield f"CREATE TABLE {schema}.{name} (\n    {_columns(name, table)}\n)"
    for name, (table_name, columns, where) in _INDEXES.items():
        chosen = f" WHERE {where}" if where else ""
        yield f"CREATE INDEX {name} ON {schema}.{table_name} ({', '.join(columns)}){chosen}"
    yield (
        f"CREATE FUNCTION {schema}.schema_version() RETURNS integer LANGUAGE sql IMMUTABLE "
        f"AS 'SELECT {SCHEMA_VERSION}'"
    )
    for function in FUNCTIONS:
        yield (
            f"CREATE FUNCTION {schema}.{function}() RETURNS trigger LANGUAGE plpgsql "
            f"SET search_path = {_search_path(schema)} AS $${_source(function, schema)}$$"
        )
    for name, on, kind, function in _triggers():
        verbs = " OR ".join(verb for bit, verb in _VERBS.items() if kind & bit)
        yield (
            f"CREATE TRIGGER {name} {'BEFORE' if kind & _BEFORE else 'AFTER'} {verbs} "
            f"ON {schema}.{on} FOR EACH {'ROW' if kind & _EACH_ROW else 'STATEMENT'} "
            f"EXECUTE FUNCTION {schema}.{function}()"
        )
        # Else whoever may set session_replication_role could switch it off for a while.
        yield f"ALTER TABLE {schema}.{on} ENABLE ALWAYS TRIGGER {name}"


def _columns(name: str, table: Table) -> str:
    parts = []
    for column, kind in table.columns.items():
        # In code-point order, as everywhere else, whatever the language of the server.
        type_ = 'text COLLATE "C"' if kind.startswith("text") else kind.rstrip("?")
        parts.append(f"{column} {type_}{'' if kind.endswith('?') else ' NOT NULL'}")
    parts.append(f"CONSTRAINT {name}_pkey PRIMARY KEY ({', '.join(table.primary)})")
    if table.unique:
        parts.append(f"CONSTRAINT {name}_{table.unique}_key UNIQUE ({table.unique})")
    if table.check:
        parts.append(f"CONSTRAINT {name}_check CHECK {table.check}")
    return ",\n    ".join(parts)


def _expected(schema: str) -> dict[tuple[str, str], str]:
    """What the catalogue says of a log as it was made, in the words of ``_CATALOGUE``."""
    found: dict[tuple[str, str], str] = {}
    for name, table in TABLES.items():
        found["table", name] = "r p false false"
        for column, kind in table.columns.items():
            type_ = "text C" if kind.startswith("text") else f"{kind.rstrip('?')} -"
            null = "null" if kind.endswith("?") else "not null"
            found["column", f"{name}.{column}"] = f"{type_} {null} - - -"
        keys = [(f"{name}_pkey", f"p {', '.join(table.primary)}")]
        if table.unique:
            keys.append((f"{name}_{table.unique}_key", f"u {table.unique}"))
        for key, definition in keys:
            found["constraint", key] = definition
            found["index", key] = f"{name} true"
        if table.check:
            found["constraint", f"{name}_check"] = f"CHECK {table.check}"
    for name, (on, columns, where) in _INDEXES.items():
        chosen = f" WHERE {where}" if where else ""
        found["index", name] = f"{on} true btree ({', '.join(columns)}){chosen}"
    found["function", "schema_version"] = f"sql integer i - SELECT {SCHEMA_VERSION}"
    for function in FUNCTIONS:
        settings = f"search_path={_search_path(schema)}"
        found["function", function] = f"plpgsql trigger v {settings} {_source(function, schema)}"
    for name, on, bits, function in _triggers():
        found["trigger", name] = f"{on} {bits} A {schema}.{function} plain"
    return found


# One row for each object in the schema: what it is, its name, and all that makes it what it is.
# Only what the catalogue holds as values or deparses alike in every version is compared.
_CATALOGUE = """
WITH ours AS (SELECT * FROM pg_class WHERE relnamespace = ?::text::regnamespace),
tables AS (SELECT * FROM ours WHERE relkind IN ('r', 'p'))
SELECT CASE WHEN relkind IN ('r', 'p') THEN 'table' ELSE 'relation' END, relname::text,
    concat_ws(' ', relkind::text, relpersistence::text, relrowsecurity::text,
        relforcerowsecurity::text)
FROM ours WHERE relkind NOT IN ('i', 'I', 't')
UNION ALL
SELECT 'column', t.relname || '.' || a.attname, concat_ws(' ',
    format_type(a.atttypid, a.atttypmod),
    coalesce((SELECT collname::text FROM pg_collation c WHERE c.oid = a.attcollation), '-'),
    CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END,
    coalesce(nullif(a.attidentity::text, ''), '-'), coalesce(nullif(a.attgenerated::text, ''), '-'),
    CASE WHEN a.atthasdef THEN 'default' ELSE '-' END)
FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', c.conname::text, CASE WHEN c.contype = 'c' THEN pg_get_constraintdef(c.oid)
    ELSE concat_ws(' ', c.contype::text, (SELECT string_agg(a.attname, ', ' ORDER BY k.number)
            FROM unnest(c.conkey) WITH ORDINALITY AS k (column_, number)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.column_),
        CASE WHEN c.condeferrable THEN 'deferrable' END) END
FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid WHERE c.contype NOT IN ('n', 't')
UNION ALL
SELECT 'index', o.relname::text, concat_ws(' ', t.relname::text,
    (i.indisvalid AND i.indisready AND i.indislive)::text,
    CASE WHEN NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
        THEN substring(pg_get_indexdef(i.indexrelid) FROM ' USING (.*)$') END)
FROM tables t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class o ON o.oid = i.indexrelid
UNION ALL
SELECT 'function', p.proname::text, concat_ws(' ', l.lanname::text,
    format_type(p.prorettype, NULL), p.provolatile::text,
    coalesce(array_to_string(p.proconfig, ';'), '-'), p.prosrc)
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = ?::text::regnamespace
UNION ALL
SELECT 'trigger', g.tgname::text, concat_ws(' ', t.relname::text, g.tgtype::text,
    g.tgenabled::text, (SELECT n.nspname || '.' || p.proname FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = g.tgfoid),
    CASE WHEN g.tgqual IS NULL AND g.tgnargs = 0 AND g.tgattr::text = '' AND NOT g.tgdeferrable
        THEN 'plain' ELSE 'restricted' END)
FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid WHERE NOT g.tgisinternal
UNION ALL
SELECT 'rule', r.rulename::text, '' FROM tables t JOIN pg_rewrite r ON r.ev_class = t.oid
UNION ALL
SELECT 'policy', y.polname::text, '' FROM tables t JOIN pg_policy y ON y.polrelid = t.oid
UNION ALL
SELECT 'child table', h.inhrelid::regclass::text, '' FROM tables t
JOIN pg_inherits h ON h.inhparent = t.oid
"""

_IS_THERE = "SELECT 1 FROM pg_namespace WHERE nspname = ?"
_IS_FULL = """SELECT 1 FROM pg_class WHERE relnamespace = ?::text::regnamespace
UNION ALL SELECT 1 FROM pg_proc WHERE pronamespace = ?::text::regnamespace LIMIT 1"""


def is_blank(read: Read, schema: str) -> bool:
    """Whether there is no such schema, or nothing in it yet."""
    return not read(_IS_THERE, (schema,)) or not read(_IS_FULL, (schema, schema))


def faults(read: Read, schema: str) -> list[str]:
    """What distinguishes a schema from a log as this library makes it; empty if nothing does."""
    found = {
        (kind, name): definition for kind, name, definition in read(_CATALOGUE, (schema, schema))
    }
    version = found.get(("function", "schema_version"), "").rpartition("SELECT ")[2]
    if not version.isdigit() and ("table", "events") not in found:
        return [f"schema {schema} is of another application, not a log"]
    if version.isdigit() and int(version) > SCHEMA_VERSION:
        message = f"schema version {version} is newer than {SCHEMA_VERSION}, the last known here"
        return [f"{message}: update conflict_timeline"]
    expected = _expected(schema)
    wrong = [
        f"{' '.join(key)} {'was altered' if key in found else 'is missing'}"
        for key, definition in expected.items()
        if found.get(key) != definition
    ]
    # Whatever else is there may act on the log: a rule can drop entries without a word.
    wrong += [f"{' '.join(key)} does not belong here" for key in found.keys() - expected.keys()]
    return sorted(wrong)
