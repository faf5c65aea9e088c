"""A connection to a PostgreSQL server that is checked when made, guarded in use, remade when lost.

What is known of the outcome is told apart here: as long as COMMIT was not sent, nothing was written
for sure; if the connection is lost while COMMIT is under way, nobody can tell.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import ConnStatus

from conflict_timeline.errors import ClosedError, LogError
from conflict_timeline.log.postgres_url import Target
from conflict_timeline.log.waiting import PATIENCE, Deadline

__all__ = ["Connection", "Session", "is_alive", "run", "run_all", "told"]

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]

#: A server that is gone without a word is noticed in about half a minute, unless the URL says
#: otherwise; waiting for another writer is no silence, as the server answers the probes.
_KEPT_ALIVE = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "4",
    "tcp_user_timeout": "30000",
    "application_name": "conflict_timeline",
}

# The path finds our names, and nothing that someone put into another schema. A writer that falls
# silent within a transaction would keep all others out.
_SETTINGS = """SET search_path = pg_catalog, {schema}, pg_temp;
SET idle_in_transaction_session_timeout = '30s';
SET default_transaction_isolation = 'read committed';
SET row_security = off;
SET default_transaction_read_only = {readonly}"""

_OLDEST = 130000


def is_alive(connection: Connection) -> bool:
    """Whether the server can still be spoken to."""
    return not connection.closed and connection.pgconn.status == ConnStatus.OK


def run(connection: Connection, query: str, values: Sequence[Any] = ()) -> Cursor:
    """Runs one query with ``?`` where values go; bytes come as bytes."""
    # All queries are our own: what varies in them is the schema's name, a checked identifier.
    if values:
        query = query.replace("%", "%%").replace("?", "%s")
    return connection.cursor(binary=True).execute(sql.SQL(query), values or None)


def run_all(connection: Connection, script: str) -> Cursor:
    """Runs several statements in one go; the cursor is at the result of the last."""
    cursor = connection.execute(sql.SQL(script))
    while cursor.nextset():
        pass
    return cursor


def told(error: psycopg.Error, target: Target) -> str:
    """What an error says, in one line and without the password."""
    text = error.diag.message_primary or str(error)
    text = "; ".join(line.strip() for line in text.splitlines() if line.strip())
    password = target.options.get("password")
    return text.replace(str(password), "***") if password else text


class Session:
    """One connection, for one thread at a time, in the process that made it.

    Args:
        target: the server and the schema.
        readonly: whether the server is to refuse to write.
        check: looks at a new connection, and raises what is wrong with what it leads to.
    """

    def __init__(
        self, target: Target, *, readonly: bool, check: Callable[[Connection], None]
    ) -> None:
        self.target = target
        self.readonly = readonly
        self.closed = threading.Event()
        self._check = check
        self._connection: Connection | None = None
        self._process = os.getpid()
        self._lock = threading.RLock()

    def open(self, check: Callable[[Connection], None]) -> None:
        """Connects for the first time: what is wrong is told at once, not waited for.

        Args:
            check: what is done with this first connection instead of the usual check.

        Raises:
            LogError: if that fails, or what the check raises.
        """
        with self._lock:
            self._connection = self._connect(Deadline(PATIENCE), check, again=False)

    def close(self) -> None:
        """Lets go of the connection, in the process that made it."""
        if os.getpid() != self._process:
            return  # psycopg leaves the parent's socket alone, too
        self.closed.set()
        with self._lock:
            self.drop()

    def drop(self) -> None:
        """Closes the connection; the next use makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                connection.close()

    @contextlib.contextmanager
    def connection(
        self, deadline: Deadline, refusal: type[LogError] = LogError
    ) -> Iterator[Connection]:
        """The connection, for this thread alone; made again if it was lost.

        Raises:
            LogError: of the kind given, if it cannot be had.
        """
        if os.getpid() != self._process:
            raise refusal(
                f"{self.target.label}: was opened in process {self._process} and cannot be used in "
                f"{os.getpid()}, which was forked from it: open it again there"
            )
        if not self._lock.acquire(timeout=deadline.remaining):
            message = f"another thread used it for {deadline.seconds:g} s"
            raise refusal(f"{self.target.label}: {message}")
        try:
            if self.closed.is_set():
                raise ClosedError(f"{self.target.label}: the log is closed; open it again")
            if self._connection is None or not is_alive(self._connection):
                yield self.renewed(deadline, refusal)
            else:
                yield self._connection
        finally:
            self._lock.release()

    def renewed(self, deadline: Deadline, refusal: type[LogError] = LogError) -> Connection:
        """Another connection for the thread that has this one, of which the server is gone.

        Raises:
            LogError: of the kind given, if it cannot be had before the deadline.
        """
        self.drop()
        try:
            self._connection = self._connect(deadline, self._check, again=True)
        except LogError as error:
            raise refusal(str(error)) from error
        return self._connection

    def read(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query; asked again on a new connection if the server went away meanwhile.

        Raises:
            LogError: if they cannot be read.
        """
        deadline = Deadline(PATIENCE)
        while True:
            with self.connection(deadline) as connection:
                try:
                    return run(connection, query, values).fetchall()
                except psycopg.Error as error:
                    if is_alive(connection) or not deadline.remaining:
                        message = f"cannot be read: {told(error, self.target)}"
                        raise LogError(f"{self.target.label}: {message}") from error
                except BaseException:
                    self.drop()  # interrupted: what the connection is at is not known
                    raise

    def dedicated(self) -> Connection:
        """A connection of its own, to listen on; the caller closes it.

        Raises:
            psycopg.Error: if it cannot be had.
        """
        return self._dial(Deadline(0))

    def _connect(
        self, deadline: Deadline, check: Callable[[Connection], None], *, again: bool
    ) -> Connection:
        """A connection that has been checked; one that was had before is waited for."""
        try:
            connection = deadline.retry(lambda: self._dial(deadline), _is_lost if again else _never)
        except psycopg.Error as error:
            message = f"cannot be reached: {told(error, self.target)}"
            raise LogError(f"{self.target.label}: {message}") from error
        try:
            check(connection)
        except psycopg.Error as error:
            connection.close()
            message = f"cannot be opened: {told(error, self.target)}"
            raise LogError(f"{self.target.label}: {message}") from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _dial(self, deadline: Deadline) -> Connection:
        # A tenth of a second is less than libpq can wait; a server that is there answers sooner.
        patience = max(2, math.ceil(min(deadline.remaining, PATIENCE)))
        options = {**_KEPT_ALIVE, "connect_timeout": patience, **self.target.options}
        options["client_encoding"] = "utf8"
        connection: Connection = psycopg.connect(
            **options,
            autocommit=True,  # transactions are begun and ended here by name
            prepare_threshold=None,  # a pooler may give each transaction another server process
        )
        try:
            version = connection.info.server_version
            if version < _OLDEST:
                message = f"expected PostgreSQL 13 or later, got {version // 10000}"
                raise LogError(f"{self.target.label}: {message}")
            readonly = "on" if self.readonly else "off"
            run_all(connection, _SETTINGS.format(schema=self.target.schema, readonly=readonly))
        except BaseException:
            connection.close()
            raise
        return connection


def _is_lost(error: Exception) -> bool:
    return isinstance(error, psycopg.OperationalError)


def _never(_error: Exception) -> bool:
    return False
