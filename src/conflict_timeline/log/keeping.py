"""Writes the views and kept tables of ``read_models`` into a log's file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from conflict_timeline.log.read_models import KEPT, OBJECTS, SPAN_COLUMNS

__all__ = ["keep"]


def keep(
    connection: sqlite3.Connection,
    position: int,
    library: str,
    spans: Iterable[Sequence[Any]],
    replacements: Iterable[tuple[str, str]],
) -> None:
    """Writes all of it anew, within a transaction.

    Args:
        connection: to the log's file.
        position: the log position that the spans are of.
        library: name and version of what worked them out.
        spans: rows of ``SPAN_COLUMNS``.
        replacements: the id of each correction, and that of the claim inside it.
    """
    for (kind, name), texts in OBJECTS.items():
        query = "SELECT sql FROM sqlite_schema WHERE type = ? AND name = ?"
        if connection.execute(query, (kind, name)).fetchone() != (texts[0],):
            _make_all(connection)
            break
    for table in KEPT:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
    marks = ", ".join("?" * len(SPAN_COLUMNS))
    connection.executemany(f"INSERT INTO kept_spans VALUES ({marks})", spans)  # noqa: S608 - ours
    connection.executemany("INSERT INTO kept_replacements VALUES (?, ?)", replacements)
    connection.execute("INSERT INTO kept VALUES (1, ?, ?)", (position, library))


def _make_all(connection: sqlite3.Connection) -> None:
    for kind, name in reversed(list(OBJECTS)):
        connection.execute(f"DROP {kind} IF EXISTS {name}")
    for texts in OBJECTS.values():
        connection.execute(texts[0])
