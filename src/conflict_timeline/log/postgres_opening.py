"""Opening a log on a server: what is in the schema is told before anything may be written to it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import psycopg

from conflict_timeline.errors import LogError, NotALogError
from conflict_timeline.log import postgres_schema as schema
from conflict_timeline.log.postgres_session import Connection, run, run_all
from conflict_timeline.log.postgres_url import Target

__all__ = ["DURABLE", "check", "check_same", "create"]

#: What an append needs to be durable when acknowledged, and what may stand for it.
DURABLE = {
    "synchronous_commit": ("on", "remote_apply"),
    "fsync": ("on",),
    "full_page_writes": ("on",),
}

_MAY_READ = """SELECT current_user::text, bool_and(has_schema_privilege(relnamespace, 'USAGE')
    AND has_table_privilege(oid, 'SELECT'))
FROM pg_class WHERE relnamespace = ?::text::regnamespace AND relkind = 'r'"""


def check(connection: Connection, target: Target, *, readonly: bool) -> None:
    """Whether what a connection leads to is a log, and may be used as it is meant to be.

    Raises:
        NotALogError, LogError: if not; the message says why.
    """

    def read(query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return run(connection, query, values).fetchall()

    [(encoding, standby)] = read(
        "SELECT current_setting('server_encoding'), pg_is_in_recovery()", ()
    )
    if encoding != "UTF8":
        # Any other would refuse some names, or give them back as other bytes.
        raise LogError(f"{target.label}: expected a database in UTF8, got one in {encoding}")
    if schema.is_blank(read, target.schema):
        message = f"there is no log in schema {target.schema}; 'conflict-timeline init' makes one"
        raise LogError(f"{target.label}: {message}")
    found = schema.faults(read, target.schema)
    if found:
        raise NotALogError(f"{target.label}: {'; '.join(found)}")
    [(user, may_read)] = read(_MAY_READ, (target.schema,))
    if not may_read:
        message = f"role {user} may not read this log; its owner can let it, as --reader of init"
        raise LogError(f"{target.label}: {message}")
    if readonly:
        return
    if standby:
        raise LogError(f"{target.label}: is a standby; it can be read (readonly=True)")
    # A weaker setting of the user or the database is raised to the least that keeps the promise.
    [(commit,)] = read("SELECT current_setting('synchronous_commit')", ())
    if commit not in DURABLE["synchronous_commit"]:
        run(connection, "SET synchronous_commit = 'on'")
    names = ", ".join(f"current_setting('{name}')" for name in DURABLE)
    for (name, wanted), got in zip(DURABLE.items(), read(f"SELECT {names}", ())[0], strict=True):
        if got not in wanted:
            raise LogError(
                f"{target.label}: expected {name} {wanted[0]}, which a log needs, got {got}"
            )


def check_same(
    connection: Connection, target: Target, *, identity: str, seen: tuple[int, str]
) -> None:
    """Whether what a new connection leads to still is the log that was used before.

    A standby that missed the last appends may have taken over, or a backup was put back. Positions
    that were seen will then be given to other events, and whoever followed would miss these.

    Args:
        connection: the new one.
        target: the log.
        identity: as it was.
        seen: position and id of the last entry that was seen; 0 and "" for none.

    Raises:
        LogError: if it is another log, or has lost that entry.
    """
    [(found, id_)] = run(
        connection,
        "SELECT (SELECT min(log) FROM log_identity), (SELECT id FROM events WHERE position = ?)",
        (seen[0],),
    ).fetchall()
    if found != identity:
        raise LogError(f"{target.label}: expected the log {identity}, found {found} there now")
    if seen[0] and id_ != seen[1]:
        raise LogError(
            f"{target.label}: position {seen[0]} was there and is gone: the server has lost "
            "entries, or a standby without them has taken over; hold it against a checkpoint, and "
            "append what is missing again"
        )


def create(connection: Connection, target: Target, identity: str) -> None:
    """Makes the whole schema in one transaction, unless there is something already."""

    def read(query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return run(connection, query, values).fetchall()

    if not schema.is_blank(read, target.schema):
        return
    run(connection, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
    try:
        run(connection, f"SELECT pg_advisory_xact_lock({schema.writers_lock(target.schema)})")
        # Another process may have come first.
        if schema.is_blank(read, target.schema):
            run(connection, f"CREATE SCHEMA IF NOT EXISTS {target.schema}")
            for statement in schema.statements(target.schema):
                run_all(connection, statement)
            run(connection, "INSERT INTO log_identity (one, log) VALUES (1, ?)", (identity,))
        run(connection, "COMMIT")
    except BaseException:
        with contextlib.suppress(psycopg.Error):
            run(connection, "ROLLBACK")
        raise
