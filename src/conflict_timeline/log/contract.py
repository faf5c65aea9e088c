"""What every store of a log promises, whichever database it lies in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import attrs

from conflict_timeline.codec import decode
from conflict_timeline.errors import ErasedError
from conflict_timeline.events import Erased, Event, Redacted

if TYPE_CHECKING:
    from conflict_timeline.log.batch import Batch

__all__ = ["Checkpoint", "Entry", "Head", "History", "HistoryEntry", "Problem", "Store"]


@attrs.frozen
class Entry:
    """One event as the log holds it.

    Attributes:
        position: place in the log: 1, 2, 3 ... without gaps.
        id: SHA-256, in hex, of the canonical bytes.
        recorded: UTC instant of recording, ISO 8601 with microseconds and ``Z``; text order is
            time order. It never goes back from one position to the next.
        data: the canonical bytes; none if the event was redacted.
        redaction: the canonical bytes of the ``Redacted`` event whose target it is, if there is
            one; of several, that with the least id.
    """

    position: int
    id: str
    recorded: str
    data: bytes
    _first_recorded: str | None = None
    redaction: bytes | None = None

    @property
    def erased(self) -> bool:
        """Whether it was redacted; position, id and instant stay."""
        return not self.data

    @cached_property
    def gone(self) -> bool:
        """Whether it was redacted and nothing is left that stands in its place."""
        return not self.data and (self.redaction is None or isinstance(self.event, Erased))

    @property
    def first_recorded(self) -> str:
        """The earliest instant at which this log, or one merged into it, recorded the event."""
        return self._first_recorded or self.recorded

    @cached_property
    def event(self) -> Event:
        """The event, decoded when it is first asked for; if it was redacted, what it reads as.

        Raises:
            ErasedError: if its bytes were erased, and nothing says what it reads as.
            DecodeError: if the bytes are of a kind or version that this library does not know.
        """
        if self.data:
            return decode(self.data)
        redaction = None if self.redaction is None else decode(self.redaction)
        if not isinstance(redaction, Redacted):
            raise ErasedError(f"position {self.position}: the bytes of event {self.id} were erased")
        return redaction.reads_as()


@attrs.frozen
class Head:
    """A log up to a position, as its hash tree has it: two that are equal hold the same entries.

    Attributes:
        size: number of entries.
        root: hash of the tree over them (RFC 9162), 32 bytes.
    """

    size: int
    root: bytes


@attrs.frozen
class Checkpoint:
    """A signed note that vouches for a head.

    Attributes:
        log: identity of the log that it is about: this one, or one that was merged into it.
        head: size and root that it says.
        note: its text, as it was signed.
    """

    log: str
    head: Head
    note: str


@attrs.frozen
class HistoryEntry:
    """Where and when another log recorded an event that this one took over from it.

    Attributes:
        position: its position there.
        id: of the event.
        recorded: the instant of recording there.
    """

    position: int
    id: str
    recorded: str


@attrs.frozen
class History:
    """Another log that was merged into this one, as it was then.

    Attributes:
        log: identity of that log.
        head: its size and root.
        entries: its entries from position 1; of one that ``continues`` another, those after it.
        continues: number of the history of the same log of which this is the continuation.
        number: in this log, from 1; 0 if it is not in one yet.
    """

    log: str
    head: Head
    entries: Sequence[HistoryEntry] = ()
    continues: int | None = None
    number: int = 0


@attrs.frozen
class Problem:
    """One thing that verification found wrong.

    Attributes:
        position: the entry it is about, or the first that it may be about; None if it is about the
            store as a whole.
        kind: ``schema``, ``integrity``, ``unreadable``, ``identity``, ``position``, ``id``,
            ``body``, ``column``, ``recorded``, ``leaf``, ``node``, ``truncated`` (entries at the
            end are missing), ``checkpoint`` (entries are not those that one vouches for),
            ``note`` (a checkpoint that cannot be read, or with a signature that does not hold) or
            ``history``.
        message: what was expected and what is there.
    """

    position: int | None
    kind: str
    message: str

    def __str__(self) -> str:
        where = "the log" if self.position is None else f"position {self.position}"
        return f"{where}: {self.kind}: {self.message}"


class Store(Protocol):
    """An append-only log of events.

    A store knows events by their canonical bytes and nothing of what they mean together: whether a
    claim names a source that exists is for its caller to check.
    """

    @property
    def path(self) -> str:
        """Where the log lies, as a message or a citation names it."""
        ...

    @property
    def identity(self) -> str:
        """What tells this log from every other: 32 hex digits, drawn when it was made."""
        ...

    @property
    def position(self) -> int:
        """The position of the last entry; 0 when the log is empty."""
        ...

    def head(self) -> Head:
        """Size and root of the log, of one moment. After an append it costs next to nothing."""
        ...

    def root(self, size: int | None = None) -> bytes:
        """The root of the hash tree over the first entries, from the nodes as they are stored.

        Args:
            size: how many entries; None for all.

        Raises:
            ValueError: if the log is shorter.
            LogError: if a node is missing.
        """
        ...

    def node(self, level: int, number: int) -> bytes:
        """A complete node of the hash tree, as it is stored; see ``conflict_timeline.log.merkle``.

        Raises:
            LogError: if there is none.
        """
        ...

    def append(
        self,
        events: Sequence[Event],
        *,
        expected_position: int | None = None,
        timeout: float = 30.0,
    ) -> list[int]:
        """Records events, all or none; they are durable when this returns.

        Appending is idempotent: an event that the log holds already is not written again.

        Args:
            events: in the order in which they get their positions.
            expected_position: the position the log must be at. A batch of which every event is
                recorded already writes nothing, and is answered whatever the position: this is
                what makes the same append safe to repeat.
            timeout: seconds to wait for other writers.

        Returns:
            The position of each event, in the order given; of one there before, its first.

        Raises:
            EventError: if one of them is no event, or is too large; nothing was written.
            PositionConflictError: if the log is at another position; nothing was written.
            NotWrittenError: if surely nothing was written.
            OutcomeUnknownError: if that cannot be told; reopen the log and append the same again.
        """
        ...

    def write(
        self, batch: Batch, *, expected_position: int | None = None, timeout: float = 30.0
    ) -> list[int]:
        """Records a batch that was made beforehand; ``append`` and ``take`` make one and do this.

        Args, result and errors are those of ``append``.
        """
        ...

    def entries(
        self, after: int = 0, upto: int | None = None, *, histories: int | None = None
    ) -> Iterator[Entry]:
        """The entries in order of position.

        Where the last one lies is settled when the iteration begins, so it ends even while others
        append. No lock is held between entries: appending while iterating is allowed.

        Args:
            after: position before the first entry wanted.
            upto: position of the last entry wanted; None is the end of the log.
            histories: how many of the merged histories count for ``first_recorded``; None for all.
        """
        ...

    def instants(self, after: int, upto: int) -> list[str]:
        """The instants at which entries were recorded, in order of position.

        Args:
            after, upto: as for ``entries``.
        """
        ...

    def follow(self, after: int | None = None, *, timeout: float | None = None) -> Iterator[Entry]:
        """The entries after a position, those that are there and then each new one as it comes.

        In order of position, each once. It ends when the store is closed, in this thread or
        another. No lock is held while it waits.

        Args:
            after: position before the first entry wanted; None for the last that is there now.
            timeout: seconds without a new entry after which it ends; None for never.

        Raises:
            LogError: if the log can no longer be read.
        """
        ...

    def find(self, event_id: str) -> Entry | None:
        """The entry of the event with that id, if the log holds it."""
        ...

    def take(
        self,
        entries: Sequence[Entry],
        *,
        histories: Sequence[History] = (),
        checkpoints: Sequence[Checkpoint] = (),
        keep_recorded: bool = False,
        expected_position: int | None = None,
        timeout: float = 30.0,
    ) -> list[int]:
        """Records entries of another log byte for byte, all or none, as ``append`` does.

        An entry that is erased there is erased here; where either log still has the bytes and this
        one has the entry, this one's stays as it is.

        Args:
            entries: in the order in which they get their positions.
            histories: to keep beside them; one that is there already is not written again.
            checkpoints: to keep beside them, of this log or one of its histories; one that is there
                already is not written again. Whether a note's signature and its head hold is for
                the caller to check, and for ``verify``.
            keep_recorded: whether they keep their instants of recording instead of getting now's.
            expected_position: as for ``append``.
            timeout: as for ``append``.

        Raises:
            DecodeError: if bytes are no event, or not those of the id; nothing was written.
            NotWrittenError: besides its usual reasons, if an entry is erased and neither log has
                its redaction, if kept instants would go back, or if a history or a checkpoint does
                not fit.
            OutcomeUnknownError: as for ``append``.
        """
        ...

    def erase(self, event_id: str, *, timeout: float = 30.0) -> bool:
        """Erases the bytes of an entry, and all columns that tell of them.

        Returns:
            Whether that was done now; it may have been done before.

        Raises:
            NotWrittenError: if surely nothing was erased: the log has no such entry, or no event of
                kind ``redacted`` whose target it is, or it is such an event itself.
            OutcomeUnknownError: if that cannot be told; reopen the log and erase again.
        """
        ...

    def of_kind(self, kind: str) -> Iterator[Entry]:
        """The entries of one kind (wire name), in order of position."""
        ...

    def unerased(self) -> list[str]:
        """The ids of redacted events whose bytes are still there, as when a redaction was cut off.

        They are never given out, and ``erase`` makes them gone.
        """
        ...

    def checkpoints(self) -> list[Checkpoint]:
        """The checkpoints that are kept in the log, in the order in which they came."""
        ...

    def histories(self) -> list[History]:
        """The logs that were merged into this one, without their entries."""
        ...

    def history_entries(self, number: int) -> Iterator[HistoryEntry]:
        """All entries of a history from its position 1, of those that it continues too.

        Raises:
            LogError: if there is no history of that number.
        """
        ...

    def verify(self, checkpoints: Iterable[Checkpoint] = ()) -> list[Problem]:
        """Everything that is wrong with the log as it lies in the store; empty if nothing is.

        The first position comes first, problems that are of no position before all.

        Args:
            checkpoints: of the log or one merged into it, that were kept elsewhere. Those that the
                log itself keeps are tried too, but whoever can rewrite it can rewrite them.
        """
        ...

    def recomputed(self, size: int | None = None) -> Head:
        """The head of the log with its leaves made anew from what lies on disk.

        This is what may be signed: ``head`` believes the nodes that are stored.

        Args:
            size: of how many entries; None for all.

        Raises:
            ValueError: if the log is shorter.
            LogError: if anything is wrong with those entries or the nodes over them.
        """
        ...

    def close(self) -> None:
        """Lets go of the store. Closing twice is allowed."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
