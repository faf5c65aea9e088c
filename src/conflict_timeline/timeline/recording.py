"""What goes into a timeline's log, and what is known of the log without reading it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from os import PathLike
from types import TracebackType

from conflict_timeline.documents import Located, read_documents
from conflict_timeline.errors import Fault, InputError, LogError
from conflict_timeline.events import Corrected, Event, Redacted, Reference
from conflict_timeline.index import (
    Appended,
    Entries,
    LastDeclared,
    LogIndex,
    Publications,
    Reader,
    Retractions,
    Targets,
    discard,
    is_due,
    keep,
    prepare,
    restore,
)
from conflict_timeline.log import Entry, Store
from conflict_timeline.log.batch import Batch, Row
from conflict_timeline.timeline.archive import Archive
from conflict_timeline.timeline.checks import check
from conflict_timeline.timeline.known import Known

__all__ = ["Recorder"]

#: More events than these since the last question are taken into the index before the next append.
_RECENT = 50_000


class Recorder(Archive):
    """The part of a timeline through which events come in.

    Questions are about the log as it was when last looked at (``_entries``). What was appended here
    since is taken into the index by the next question, not by each append: the checks before an
    append need only the records among it, which are noted beside the index (``_ahead``).
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._reader = Reader(store)
        self._index = LogIndex(self._reader)
        self._entries = Entries(self._reader, 0)
        self._known = Known(
            LastDeclared(self._index, "source"),
            LastDeclared(self._index, "place"),
            LastDeclared(self._index, "actor"),
            Publications(self._index),
            Targets(self._index),
            Retractions(self._index),
            store.find,
        )
        self._ahead = self._known.beside()
        self._aware = 0  # the position up to which that holds
        self._recent: list[tuple[Row, Event]] = []  # what came after the index's last, if few

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:  # whatever went wrong is not kept waiting
            super().close()

    def close(self) -> None:
        """Closes the log. Closing twice is allowed.

        An answer keeps what it has read; for the rest it raises ``ClosedError``. What a large log
        has more since the last question goes into the index beside it, for whoever opens it next.
        """
        if self._aware != len(self._entries) and is_due(self._index, self._aware):
            with suppress(LogError):  # the index can be made at any time
                self._refresh()
        super().close()

    def append(
        self, events: Iterable[Event | Located], *, expected_position: int | None = None
    ) -> list[int]:
        """Appends events, all or none; an event already there keeps its first position.

        Args:
            events: in any order; what one of them declares, any other may use. With its place in a
                file (``documents.Located``) a fault is told by it.
            expected_position: refuse if the log's last position is another.

        Returns:
            The position of each event, in the order given.

        Raises:
            InputError: with every fault of every event; nothing was written.
            NotWrittenError, OutcomeUnknownError: if the log could not be written.
        """
        return self._append(list(events), expected_position)

    def load(self, paths: str | PathLike[str] | Iterable[str | PathLike[str]]) -> list[int]:
        """Appends the events of TOML files, or folders of them, all or none.

        Raises:
            InputError: with every fault of every file, by file and line; nothing was written.
        """
        try:
            documents = read_documents(paths)
        except InputError as error:
            # What names things that do not exist is told together with what cannot be read.
            faults = [*error.faults, *self._faults(error.readable)]
            files = list(dict.fromkeys(fault.file for fault in faults))
            faults.sort(key=lambda fault: (files.index(fault.file), fault.line or 0))
            raise InputError(faults) from None
        return self._append([item for found in documents for item in found.events], None)

    def check(self, events: Iterable[Event | Located]) -> tuple[Fault, ...]:
        """What would keep events from being appended; nothing is written.

        Args:
            events: as ``append`` takes them.
        """
        return self._faults(list(events))

    def declared(self, record: Reference) -> Reference | None:
        """The source, place or actor that the log has under a record's id, if it has one."""
        return self._all_known().record(record)

    def _faults(self, items: Sequence[Event | Located]) -> tuple[Fault, ...]:
        """What makes no sense in events that cannot be recorded as they are."""
        try:
            check(items, self._all_known())
        except InputError as error:
            return error.faults
        return ()

    def _append(self, items: Sequence[Event | Located], expected: int | None) -> list[int]:
        checked = check(items, self._all_known())
        events, rows = checked.events, checked.rows
        # Records first, so that no position of the log shows a claim without its source.
        are_records = [isinstance(event, Reference) for event in events]
        order = sorted(range(len(events)), key=are_records.__getitem__, reverse=True)
        batch = Batch([rows[i] for i in order])
        positions = self._store.write(batch, expected_position=expected)
        if Redacted in {*map(type, events)}:
            self._finish_erasing()
        self._note(batch.rows, [events[i] for i in order], positions)
        by_input = [0] * len(order)
        for i, position in zip(order, positions, strict=True):
            by_input[i] = position
        return by_input

    def _note(self, rows: Sequence[Row], events: Sequence[Event], positions: Sequence[int]) -> None:
        """Takes note of what was appended.

        Where others appended in between, the count falls short of the log's position, and all of
        it is read for the next append.
        """
        if Redacted in {*map(type, events)}:
            return  # it changes how what came before it reads
        new = {
            position: (row, event)
            for position, row, event in zip(positions, rows, events, strict=True)
            if position > self._aware
        }
        for _, event in new.values():
            self._ahead.add(event)
        self._aware += len(new)
        if len(new) <= _RECENT:  # else they are read back
            self._recent += new.values()

    def _all_known(self) -> Known:
        """What the log holds now, by whomever it was appended."""
        if self._store.position != self._aware:
            self._refresh()
        elif len(self._recent) > _RECENT or self._ahead.noted > _RECENT:
            self._take_in(self._aware)
        return self._ahead

    def _refresh(self) -> None:
        """Reads what was appended since, by this process or another."""
        position = self._store.position
        if position != len(self._entries):
            if not self._index.position:
                restore(self._index)
            there, kept = self._index.position, self._index.keepings
            self._take_in(position)
            if there and self._index.keepings != kept:
                # It changes how what came before it reads.
                self._reader.forget()
                discard(self._index)
                self._index.rebuild(position)
            keep(self._index)
            self._entries = Entries(self._reader, position)
            self._read_anew()

    def _take_in(self, upto: int) -> None:
        """Has the index know what the log has up to a position."""
        self._index.extend_to(upto, self._appended(upto))
        self._ahead, self._aware = self._known.beside(), upto
        self._recent.clear()

    def _appended(self, upto: int) -> Iterator[Appended] | None:
        """The entries after those that the index has, if all of them came from here."""
        at = self._index.position
        if len(self._recent) != upto - at or self._store.histories():
            return None  # a history may tell when an event was recorded first
        positions, instants = range(at + 1, upto + 1), self._store.instants(at, upto)
        return (
            (Entry(position, row[0], instant, row[1]), event)
            for position, (row, event), instant in zip(
                positions, self._recent, instants, strict=True
            )
        )

    def _read_anew(self) -> None:
        """Forgets what was made of the log as it was before."""

    def prepare(self) -> None:
        """Makes beforehand what questions about all places at once are answered from.

        That is worth its time after much was recorded: some 5 seconds for a million control claims.
        It is kept beside the log, as the index is. Answers are the same with it and without; a
        timeline does it by itself once it has spent as long without it.
        """
        self._refresh()
        prepare(self._index)

    def _finish_erasing(self) -> None:
        """Erases what is redacted and still there: its redaction may have been cut off."""
        if unerased := self._store.unerased():
            discard(self._index)
        for identity in unerased:
            self._store.erase(identity)

    def redact(self, target: str, reason: str, instead: Event | None = None) -> int:
        """Erases the bytes of one event; its position, its id and all proofs stay.

        Args:
            target: id of the event.
            reason: why; it is kept and shown, so it must not tell what had to go.
            instead: the event without what must go, which stands in its place in every view, of
                the past too. None if a claim goes altogether.

        Returns:
            The position of the ``Redacted`` event.

        Raises:
            InputError: if there is no such event, or if what is left of it cannot stand in its
                place; nothing was written.
        """
        entry = self._store.find(target)
        event = None if entry is None else entry.event
        replacement = event.replacement.id if isinstance(event, Corrected) else None
        redacted = Redacted(target=target, reason=reason, instead=instead, replacement=replacement)
        return self.append([redacted])[0]
