"""A log in the tables of a relational database: what is written to them, in whichever.

The queries are in the SQL that SQLite and PostgreSQL share, with ``?`` where values go. What they
do not share is left to the methods that a store has of its own.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, Protocol, TypeVar

from conflict_timeline.errors import NotWrittenError, PositionConflictError
from conflict_timeline.events import Event
from conflict_timeline.log.batch import ID, Batch, Held, held_all, leaves, plan
from conflict_timeline.log.columns import ERASED, REDACTED
from conflict_timeline.log.contract import Checkpoint, Entry, History
from conflict_timeline.log.merkle import HASH_SIZE, Growth, Run
from conflict_timeline.log.relational_reading import HISTORIES, RelationalReading
from conflict_timeline.log.schema import HASHES_A_RUN
from conflict_timeline.log.waiting import PATIENCE

__all__ = ["RelationalLog", "Writing"]

_APPEND_AGAIN = "append the same: what was written is not written twice"

_LAST = "SELECT position, recorded FROM events ORDER BY position DESC LIMIT 1"

_EVENT_COLUMNS = (
    "position", "recorded", "id", "body", "kind", "known", "earliest", "latest", "subject",
)  # fmt: skip


class Writing(Protocol):
    """A transaction under way."""

    def execute(self, query: str, values: Sequence[Any] = (), /) -> Any:
        """Runs one query; the result has ``fetchone``."""
        ...


W = TypeVar("W", bound=Writing)


class RelationalLog(RelationalReading, Generic[W]):
    """What stores have in common that keep the tables of ``log.schema``; see ``contract.Store``."""

    #: What the database raises where a row is there already, if it is worth trying.
    _refused_as_held: type[Exception] | None = None

    # ---- writing --------------------------------------------------------------------------------

    def append(
        self,
        events: Sequence[Event],
        *,
        expected_position: int | None = None,
        timeout: float = PATIENCE,
    ) -> list[int]:
        """Records events, all or none; they are durable when this returns.

        Args, result and errors are those of ``contract.Store.append``.
        """
        batch = Batch.of(events)
        return self.write(batch, expected_position=expected_position, timeout=timeout)

    def take(
        self,
        entries: Sequence[Entry],
        *,
        histories: Sequence[History] = (),
        checkpoints: Sequence[Checkpoint] = (),
        keep_recorded: bool = False,
        expected_position: int | None = None,
        timeout: float = PATIENCE,
    ) -> list[int]:
        """Records entries of another log byte for byte; see ``contract.Store.take``."""
        batch = Batch.of_entries(entries, histories, checkpoints, keep_recorded)
        return self.write(batch, expected_position=expected_position, timeout=timeout)

    def write(
        self, batch: Batch, *, expected_position: int | None = None, timeout: float = PATIENCE
    ) -> list[int]:
        """Records a batch that was made beforehand; see ``contract.Store.write``."""
        if self._refused_as_held is not None:
            try:
                return self._write(batch, expected_position, timeout, new=True)
            except NotWrittenError as error:
                if not isinstance(error.__cause__, self._refused_as_held):
                    raise
        return self._write(batch, expected_position, timeout, new=False)

    def _write(self, batch: Batch, expected: int | None, timeout: float, *, new: bool) -> list[int]:
        """Records a batch in one transaction; if taken for ``new``, it is refused where it is not.

        Nearly always it is, and to look for each id costs as much as a fifth of its insertion.
        """
        with self._transaction(timeout, _APPEND_AGAIN) as connection:
            last, instant = connection.execute(_LAST).fetchone() or (0, "")
            if type(instant) is not str:
                raise NotWrittenError(
                    f"{self._path}: position {last} is damaged; nothing written; run verify"
                )
            ahead = expected not in (None, last)
            held = self._held(connection, batch) if last and (ahead or not new) else {}
            if ahead and not (batch.rows and held_all(batch, held)):
                raise PositionConflictError(
                    f"{self._path}: expected position {expected}, the log is at {last}; "
                    "nothing written"
                )
            planned = plan(batch, held, last, instant, self._now(connection), self._path)
            grown = Growth(last, self._grown_to(last).peaks)
            self._insert(
                connection,
                "events",
                _EVENT_COLUMNS,
                (
                    (at, recorded, *row)
                    for at, (row, recorded) in enumerate(
                        zip(planned.new, planned.recorded, strict=True), start=last + 1
                    )
                ),
            )
            nodes = _capped(grown.extend(leaves(planned)))
            self._insert(connection, "nodes", ("level", "start", "hashes"), nodes)
            self._check_redacted(connection, batch)
            self._keep(connection, batch)
        self._grown = grown
        return planned.positions

    def _check_redacted(self, connection: W, batch: Batch) -> None:
        # Here and not by a trigger, as an entry stands before its redaction.
        for row in batch.rows:
            if row[2] == ERASED and not _is_redacted(connection, row[0]):
                raise NotWrittenError(
                    f"{self._path}: event {row[0]} has no bytes, and no redaction that says why; "
                    "nothing written"
                )

    def _keep(self, connection: W, batch: Batch) -> None:
        """Writes the histories and checkpoints that a batch brings, once each."""
        for history in batch.histories:
            head = (history.log, history.head.size, history.head.root)
            query = f"{HISTORIES} WHERE log = ? AND size = ? AND root = ?"
            if connection.execute(query, head).fetchone() is not None:
                continue
            query = "SELECT coalesce(max(number), 0) + 1 FROM histories"
            number = connection.execute(query).fetchone()[0]
            row = (number, *head, history.continues)
            columns = ("number", "log", "size", "root", "continues")
            self._insert(connection, "histories", columns, [row])
            self._insert(
                connection,
                "history_entries",
                ("history", "position", "id", "recorded"),
                ((number, entry.position, entry.id, entry.recorded) for entry in history.entries),
            )
        for checkpoint in batch.checkpoints:
            query = "SELECT 1 FROM checkpoints WHERE note = ?"
            if connection.execute(query, (checkpoint.note,)).fetchone() is None:
                connection.execute(
                    """INSERT INTO checkpoints (number, log, size, root, note)
                    SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ? FROM checkpoints""",
                    (checkpoint.log, checkpoint.head.size, checkpoint.head.root, checkpoint.note),
                )

    def erase(self, event_id: str, *, timeout: float = PATIENCE) -> bool:
        """Erases the bytes of an entry after its redaction; see ``contract.Store.erase``."""
        with self._transaction(timeout, "erase again") as connection:
            query = "SELECT position, kind FROM events WHERE id = ?"
            row = (
                connection.execute(query, (event_id,)).fetchone()
                if ID.fullmatch(event_id)
                else None
            )
            if row is None:
                raise NotWrittenError(f"{self._path}: has no event {event_id}; nothing was erased")
            position, kind = row
            if kind == REDACTED or not _is_redacted(connection, event_id):
                why = "is a redaction itself" if kind == REDACTED else "has no redaction"
                raise NotWrittenError(
                    f"{self._path}: position {position}: event {event_id} {why}; nothing was erased"
                )
            if kind != ERASED:
                connection.execute(
                    """UPDATE events SET kind = ?, body = ?, known = NULL, earliest = NULL,
                    latest = NULL, subject = NULL WHERE position = ?""",
                    (ERASED, b"", position),
                )
        if kind == ERASED:
            return False
        self._leave_no_trace()
        return True

    # ---- what a store has of its own ------------------------------------------------------------

    @abstractmethod
    def _transaction(self, timeout: float, again: str) -> AbstractContextManager[W]:
        """A transaction of the only writer, which is durable when the block has ended.

        Args:
            timeout: seconds to wait for other writers.
            again: what to do once the log is open again, if the outcome is unknown.

        Raises:
            NotWrittenError: if surely nothing was written.
            OutcomeUnknownError: if that cannot be told.
        """

    @abstractmethod
    def _held(self, connection: W, batch: Batch) -> Held:
        """Position and bytes of those rows that the log holds already."""

    @abstractmethod
    def _insert(
        self,
        connection: W,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
    ) -> None:
        """Inserts rows into a table."""

    @abstractmethod
    def _now(self, connection: W) -> str:
        """This instant in UTC, as logs write it."""

    @abstractmethod
    def _leave_no_trace(self) -> None:
        """Sees to it that erased bytes do not stay where the store keeps what was before."""


def _is_redacted(connection: Writing, event_id: str) -> bool:
    query = f"SELECT 1 FROM events WHERE kind = '{REDACTED}' AND subject = ?"  # noqa: S608 - ours
    return connection.execute(query, (event_id,)).fetchone() is not None


def _capped(runs: Iterable[Run]) -> Iterator[tuple[int, int, bytes]]:
    """The rows that hold these nodes."""
    for run in runs:
        for at in range(0, len(run.hashes), HASHES_A_RUN * HASH_SIZE):
            part = run.hashes[at : at + HASHES_A_RUN * HASH_SIZE]
            yield run.level, run.start + at // HASH_SIZE, part
