"""The log on a PostgreSQL server."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import attrs
import psycopg
from psycopg import errors, sql
from psycopg.pq import TransactionStatus

from conflict_timeline.errors import LogError, NotWrittenError, OutcomeUnknownError
from conflict_timeline.log import postgres_opening as opening
from conflict_timeline.log import postgres_schema as schema
from conflict_timeline.log.batch import Batch, Held
from conflict_timeline.log.closing import Closing
from conflict_timeline.log.contract import Checkpoint, Entry, Head, Problem
from conflict_timeline.log.postgres_listening import Listening
from conflict_timeline.log.postgres_opening import DURABLE
from conflict_timeline.log.postgres_roles import grant
from conflict_timeline.log.postgres_session import (
    Connection,
    Cursor,
    Session,
    is_alive,
    run,
    run_all,
    told,
)
from conflict_timeline.log.postgres_url import Target
from conflict_timeline.log.relational import RelationalLog
from conflict_timeline.log.relational_reading import BYTES_AT_ONCE
from conflict_timeline.log.verify import recomputed, verify
from conflict_timeline.log.waiting import PATIENCE, Deadline

__all__ = ["PostgresLog"]

_LONGEST_WAIT = 2**31 - 1

# The lock is a statement of its own: only the next one sees what was committed while we waited.
_BEGIN = """BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL lock_timeout = {milliseconds};
SELECT pg_advisory_xact_lock({lock});
SET LOCAL lock_timeout = 0;
SELECT {settings}"""

# By the server's clock: it is one, and the clocks of those who append are many.
_NOW = """SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

_BOUNDED = """SELECT {columns} FROM (
    SELECT page.*, sum(length(body)) OVER (ORDER BY position) - length(body) AS before
    FROM ({query}) AS page
) AS pages WHERE before <= {most} ORDER BY position"""


_AMCHECK = """SELECT format('SELECT %I.bt_index_check(index => %s::oid, heapallindexed => true)',
    p.pronamespace::regnamespace, i.indexrelid)
FROM pg_extension AS e JOIN pg_proc AS p ON p.pronamespace = e.extnamespace
CROSS JOIN pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid
WHERE e.extname = 'amcheck' AND p.proname = 'bt_index_check' AND p.pronargs >= 2
    AND has_function_privilege(p.oid, 'EXECUTE') AND t.relnamespace = ?::text::regnamespace
    AND t.relkind = 'r'"""

_CAST = re.compile(r"CAST\((\w+) AS BLOB\)")


@attrs.frozen
class _Writing:
    """A transaction under way on a connection."""

    connection: Connection

    def execute(self, query: str, values: Sequence[Any] = ()) -> Cursor:
        return run(self.connection, query, values)


class PostgresLog(Closing, RelationalLog[_Writing]):
    """An append-only log in one schema of a PostgreSQL database; it keeps ``contract.Store``.

    Any number of threads may share one object, and any number of processes and machines one log; an
    object belongs to the process that opened it. A connection that is lost is made again at the
    next use.
    """

    def __init__(self, session: Session) -> None:
        """Takes a session that is open; use ``open``."""
        super().__init__(session.target.label, session.closed)
        self._session = session
        self._schema = session.target.schema
        self._seen = (0, "")  # position and id of the last entry that was read or written here

    @classmethod
    def open(
        cls,
        url: str,
        *,
        create: bool = True,
        readonly: bool = False,
        identity: str | None = None,
    ) -> PostgresLog:
        """The log at a URL.

        Args:
            url: as libpq takes it; ``schema=NAME`` among its parameters says which schema is the
                log, ``conflict_timeline`` if not given.
            create: whether to make it if the schema is missing or empty.
            readonly: whether to open it so that nothing can be appended; a standby will do.
            identity: of a log that is to be made again elsewhere; a new one is drawn if not given.

        Raises:
            NotALogError: if the schema holds something else, or is not as it was made; it is left
                as it is.
            LogError: if it cannot be opened, or has another identity than the one given.
        """
        target = Target.parse(url)

        def check(connection: Connection) -> None:
            opening.check(connection, target, readonly=readonly)

        def make_and_check(connection: Connection) -> None:
            if create and not readonly:
                opening.create(connection, target, identity or secrets.token_hex(16))
            check(connection)

        def check_again(connection: Connection) -> None:
            check(connection)
            opening.check_same(connection, target, identity=log.identity, seen=log._seen)

        session = Session(target, readonly=readonly, check=check_again)
        session.open(make_and_check)
        log = cls(session)
        try:
            if identity not in (None, log.identity):
                message = f"expected the log {identity}, found {log.identity} there"
                raise LogError(f"{target.label}: {message}")
        except BaseException:
            log.close()
            raise
        return log

    def close(self) -> None:
        """Closes the connection. Closing twice is allowed."""
        self._session.close()

    def __repr__(self) -> str:
        return f"PostgresLog({self._path!r})"

    def grant(self, *, writers: Iterable[str] = (), readers: Iterable[str] = ()) -> None:
        """Lets roles of the server use the log; see ``postgres_roles.grant``."""
        with self._session.connection(Deadline(PATIENCE)) as connection:
            grant(connection, self._session.target, writers=writers, readers=readers)

    def verify(self, checkpoints: Iterable[Checkpoint] = ()) -> list[Problem]:
        """Everything that is wrong with the log; see ``conflict_timeline.log.verify``."""
        return verify(
            self._as_bytes,
            lambda: schema.faults(lambda query, values: self._read(query, *values), self._schema),
            self._damage,
            checkpoints,
        )

    def recomputed(self, size: int | None = None) -> Head:
        """The head, its leaves made anew from the entries as they are; see ``contract.Store``."""
        return recomputed(self._as_bytes, size)

    def _as_bytes(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of a query that casts to BLOB and back, which PostgreSQL does otherwise."""
        if "CAST(? AS TEXT)" in query:
            values = [v.decode() if isinstance(v, bytes) else v for v in values]
        rows = self._read(_CAST.sub(r"\1", query), *values)
        if "AS BLOB" not in query:
            return rows
        return [
            tuple(value.encode() if isinstance(value, str) else value for value in row)
            for row in rows
        ]

    def _damage(self) -> Iterator[str]:
        """What the extension amcheck says of the indexes, where it is installed and allowed."""
        for (check,) in self._read(_AMCHECK, self._schema):
            try:
                self._read(check)
            except LogError as error:
                yield str(error)

    # ---- what a relational log leaves to its store ----------------------------------------------

    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._session.read(query, values)

    def _read_some(self, query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        # The server leaves out what does not fit: here the whole answer would be in memory already.
        columns = "position, id, recorded, body"
        if " AS first" in query:
            columns += ", first"
        bounded = _BOUNDED.format(columns=columns, query=query, most=BYTES_AT_ONCE)
        return self._session.read(bounded, values)

    def _entry(self, row: tuple[Any, ...]) -> Entry:
        entry = super()._entry(row)
        self._seen = max(self._seen, (entry.position, entry.id))
        return entry

    def write(
        self, batch: Batch, *, expected_position: int | None = None, timeout: float = PATIENCE
    ) -> list[int]:
        """Records a batch that was made beforehand; see ``contract.Store.write``."""
        positions = super().write(batch, expected_position=expected_position, timeout=timeout)
        ids = (row[0] for row in batch.rows)
        self._seen = max([self._seen, *zip(positions, ids, strict=True)])
        return positions

    @contextlib.contextmanager
    def _transaction(self, timeout: float, again: str) -> Iterator[_Writing]:
        if self._session.readonly:
            raise NotWrittenError(f"{self._path}: was opened for reading only")
        deadline = Deadline(timeout)
        with self._session.connection(deadline, NotWrittenError) as first:
            connection = self._begin(first, deadline)
            try:
                yield _Writing(connection)
            except psycopg.Error as error:
                self._roll_back(connection)
                raise self._not_written(error, deadline) from error
            except LogError as error:
                self._roll_back(connection)
                if isinstance(error, NotWrittenError):
                    raise
                raise NotWrittenError(f"{error}; nothing was written") from error
            except BaseException:
                self._roll_back(connection)
                raise
            self._commit(connection, deadline, again)

    def _begin(self, connection: Connection, deadline: Deadline) -> Connection:
        """Begins a transaction as the only writer, on a new connection if that one was lost."""
        while True:
            milliseconds = min(max(1, round(deadline.remaining * 1_000)), _LONGEST_WAIT)
            script = _BEGIN.format(
                milliseconds=milliseconds,
                lock=schema.writers_lock(self._schema),
                settings=", ".join(f"current_setting('{name}')" for name in DURABLE),
            )
            try:
                self._check_durable(run_all(connection, script).fetchone() or ())
            except psycopg.Error as error:
                # Nothing was sent that could have been written, so it may be tried again at once.
                if is_alive(connection) or not deadline.remaining:
                    self._roll_back(connection)
                    raise self._not_written(error, deadline) from error
                connection = self._session.renewed(deadline, NotWrittenError)
            except BaseException:
                self._roll_back(connection)
                raise
            else:
                return connection

    def _check_durable(self, found: Sequence[str]) -> None:
        for (name, wanted), got in zip(DURABLE.items(), found, strict=True):
            if got not in wanted:
                raise NotWrittenError(
                    f"{self._path}: expected {name} {wanted[0]}, which appends need to be durable, "
                    f"got {got}; nothing was written"
                )

    def _commit(self, connection: Connection, deadline: Deadline, again: str) -> None:
        try:
            answer = connection.execute("COMMIT").statusmessage
        except psycopg.Error as error:
            # A server that refuses and lives has rolled back. One that is gone may have gone before
            # or after the moment at which the commit became real.
            if _is_idle(connection):
                raise self._not_written(error, deadline) from error
            self._session.drop()
            raise OutcomeUnknownError(
                f"{self._path}: whether it was written is unknown "
                f"({told(error, self._session.target)}); {again}"
            ) from error
        except BaseException:
            self._session.drop()
            raise
        if answer != "COMMIT":
            raise NotWrittenError(f"{self._path}: nothing was written: {answer}")

    def _roll_back(self, connection: Connection) -> None:
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            # What was not committed is undone by the server when it misses us.
            self._session.drop()

    def _not_written(self, error: psycopg.Error, deadline: Deadline) -> NotWrittenError:
        reason = told(error, self._session.target)
        if isinstance(error, errors.LockNotAvailable):
            reason = f"another writer kept the log locked for {deadline.seconds:g} s"
        return NotWrittenError(f"{self._path}: nothing was written: {reason}")

    def _held(self, connection: _Writing, batch: Batch) -> Held:
        ids = [row[0] for row in batch.rows]
        query = "SELECT id, position, body FROM events WHERE id = ANY(?)"
        return {id_: (at, body) for id_, at, body in connection.execute(query, (ids,))}

    def _insert(
        self,
        connection: _Writing,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
    ) -> None:
        types = [schema.TABLES[table].columns[column].rstrip("?") for column in columns]
        copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with connection.connection.cursor() as cursor, cursor.copy(copy) as writing:
            writing.set_types(types)
            for row in rows:
                writing.write_row(row)

    def _now(self, connection: _Writing) -> str:
        row = connection.execute(_NOW).fetchone()
        assert row is not None
        return str(row[0])

    def _waiting(self) -> Listening:
        return Listening(self._session)

    def _leave_no_trace(self) -> None:
        # An UPDATE leaves the row as it was until the table is written anew.
        with self._session.connection(Deadline(PATIENCE)) as connection:
            try:
                run(connection, "VACUUM (FULL) events")
            except psycopg.Error as error:
                raise LogError(
                    f"{self._path}: the event was erased, but its old row may still lie in the "
                    f"table's file ({told(error, self._session.target)}): VACUUM (FULL) "
                    f"{self._schema}.events"
                ) from error


def _is_idle(connection: Connection) -> bool:
    return is_alive(connection) and connection.pgconn.transaction_status == TransactionStatus.IDLE
