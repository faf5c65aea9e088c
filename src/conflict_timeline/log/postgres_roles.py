"""Roles for a log on a server: some may append and read, some may only read, none of them alter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg
from psycopg import sql

from conflict_timeline.errors import LogError, shown
from conflict_timeline.log import postgres_schema as schema
from conflict_timeline.log.postgres_session import Connection
from conflict_timeline.log.postgres_url import Target

__all__ = ["grant", "statements"]

# Who may become the owner can switch off the triggers; who may make roles can make one that may.
_MAY_BECOME_OWNER = """SELECT r.rolsuper, r.rolcreaterole, pg_has_role(r.oid, t.relowner, 'MEMBER')
FROM pg_roles AS r LEFT JOIN pg_class AS t ON t.oid = %s::text::regclass WHERE r.rolname = %s"""

_IS_OWNER = """SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class
WHERE oid = %s::text::regclass"""


def statements(
    schema_name: str, *, writers: Iterable[str] = (), readers: Iterable[str] = ()
) -> Iterator[sql.Composed]:
    """What gives roles their rights, and takes all others from them."""
    within = sql.Identifier(schema_name)
    tables = sql.SQL(", ").join(sql.Identifier(schema_name, name) for name in schema.TABLES)
    yield sql.SQL("REVOKE ALL ON SCHEMA {} FROM PUBLIC").format(within)
    yield sql.SQL("REVOKE ALL ON {} FROM PUBLIC").format(tables)
    for rights, roles in (("SELECT, INSERT", writers), ("SELECT", readers)):
        for role in map(sql.Identifier, roles):
            yield sql.SQL("REVOKE ALL ON SCHEMA {} FROM {}").format(within, role)
            yield sql.SQL("REVOKE ALL ON {} FROM {}").format(tables, role)
            yield sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(within, role)
            yield sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), tables, role)


def grant(
    connection: Connection, target: Target, *, writers: Iterable[str], readers: Iterable[str]
) -> None:
    """Lets roles use a log, each only as far as it is said; all or none.

    Args:
        connection: of the log's owner.
        target: the log.
        writers: roles that may append and read.
        readers: roles that may only read.

    Raises:
        LogError: if there is no such role, or if one could alter the log whatever it is granted.
    """
    writers, readers = list(writers), list(readers)
    both = set(writers) & set(readers)
    if both:
        message = f"expected a role as writer or as reader, got {', '.join(sorted(both))} as both"
        raise LogError(f"{target.label}: {message}")
    try:
        with connection.transaction():
            row = connection.execute(_IS_OWNER, (f"{target.schema}.events",)).fetchone()
            if row != (True,):
                message = "only its owner can let others use a log; no rights were granted"
                raise LogError(f"{target.label}: {message}")
            for role in (*writers, *readers):
                _refuse_the_mighty(connection, target, role)
            for statement in statements(target.schema, writers=writers, readers=readers):
                connection.execute(statement)
    except psycopg.Error as error:
        message = error.diag.message_primary or "the server is gone"
        raise LogError(f"{target.label}: no rights were granted: {message}") from error


def _refuse_the_mighty(connection: Connection, target: Target, role: str) -> None:
    row = connection.execute(_MAY_BECOME_OWNER, (f"{target.schema}.events", role)).fetchone()
    if row is None:
        raise LogError(f"{target.label}: there is no role {shown(role)}; CREATE ROLE makes it")
    superuser, makes_roles, owner = row
    why = (
        "is a superuser"
        if superuser
        else "may make roles"
        if makes_roles
        else "owns the log, or may become its owner"
        if owner
        else ""
    )
    if why:
        raise LogError(
            f"{target.label}: role {shown(role)} {why}, so it could switch off what protects the "
            "log; no rights were granted"
        )
