"""Which store a log lies in, by its place: a file, or a URL of a server."""

from __future__ import annotations

from conflict_timeline.errors import LogError
from conflict_timeline.log.contract import Store
from conflict_timeline.log.postgres_url import is_url
from conflict_timeline.log.sqlite import SQLiteLog

__all__ = ["open_store"]


def open_store(
    place: str, *, create: bool = True, readonly: bool = False, identity: str | None = None
) -> Store:
    """The log at a place.

    Args:
        place: an SQLite file, ``":memory:"``, or ``postgresql://USER@HOST:PORT/DATABASE``.
        create: whether to make it if there is none.
        readonly: whether to open it so that nothing can be appended.
        identity: of a log that is to be made again elsewhere; a new one is drawn if not given.

    Raises:
        NotALogError: if there is something else, or a log that was altered; it is left as it is.
        LogError: if it cannot be opened, or has another identity than the one given.
    """
    if not is_url(place):
        return SQLiteLog.open(place, create=create, readonly=readonly, identity=identity)
    try:
        from conflict_timeline.log.postgres import PostgresLog
    except ImportError as error:
        raise LogError(
            "a log on a PostgreSQL server needs the package psycopg: "
            f"pip install 'conflict-timeline[postgres]' ({error})"
        ) from error
    return PostgresLog.open(place, create=create, readonly=readonly, identity=identity)
