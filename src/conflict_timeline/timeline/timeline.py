"""The façade: open a log, put events in, ask questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from enum import Enum
from os import PathLike, fspath
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar

from conflict_timeline.dates import When
from conflict_timeline.documents import Located, read_documents
from conflict_timeline.errors import AxisError, ClosedError, Fault, InputError, NotWrittenError
from conflict_timeline.events import Corrected, Event, Redacted, Reference
from conflict_timeline.index import (
    Entries,
    LastDeclared,
    LogIndex,
    Reader,
    Retractions,
    Targets,
    discard,
    keep,
    prepare,
    restore,
)
from conflict_timeline.log import Entry, Store, open_store
from conflict_timeline.log.jsonl import lines_of, restore_dump, whole
from conflict_timeline.projections.baselines import Baselines
from conflict_timeline.projections.coverage import Coverage
from conflict_timeline.projections.fold import Projection
from conflict_timeline.projections.forecasts import Judged
from conflict_timeline.projections.incidents import Window
from conflict_timeline.projections.scores import Scores
from conflict_timeline.projections.sensitivity import Sensitivity
from conflict_timeline.projections.territory import Span
from conflict_timeline.timeline.archive import Archive
from conflict_timeline.timeline.checks import Known, check
from conflict_timeline.timeline.citation import Citation
from conflict_timeline.timeline.diff import Diff, diff
from conflict_timeline.timeline.explain import Explanation
from conflict_timeline.timeline.identity import Tree
from conflict_timeline.timeline.merging import Merge, conflicts, merge_into, told_histories
from conflict_timeline.timeline.redactions import redactions
from conflict_timeline.timeline.resolving import resolve
from conflict_timeline.timeline.revisions import Revision
from conflict_timeline.timeline.state import State
from conflict_timeline.timeline.view import View
from conflict_timeline.view import ViewSpec

__all__ = ["Timeline", "open_timeline", "undump"]

S = TypeVar("S")


class Same(Enum):
    """What an axis of a second state is where it is left out: None already means no limit."""

    AS_FIRST = "as for the first"


def open_timeline(path: str | PathLike[str], *, create: bool = True) -> Timeline:
    """Opens a log and gives its timeline.

    Args:
        path: an SQLite file, made if missing; ":memory:" for one that is not kept;
            "postgresql://USER@HOST/DATABASE" for one on a server.
        create: False to refuse a missing log instead of making it.

    Raises:
        NotALogError: if there is something else, or a log whose schema was changed.
        LogError: if it cannot be opened; for a server, the extra ``postgres`` is needed.
    """
    timeline = Timeline(open_store(fspath(path), create=create))
    with suppress(NotWrittenError):  # one that may only append leaves it to those who may
        timeline._finish_erasing()
    return timeline


def undump(path: str | PathLike[str], to: str | PathLike[str]) -> Timeline:
    """Makes the log that a dump tells of, with the same ids, tree and checkpoints.

    Args:
        path: of the dump, as ``Timeline.dump`` writes it.
        to: where the log goes; nothing may be there.

    Raises:
        InputError: with the line that does not hold; nothing was made.
        FileExistsError: if something is there.
        LogError: if the log cannot be written.
    """
    return Timeline(restore_dump(fspath(path), fspath(to)))


class Timeline(Archive):
    """A log of reports and the questions to it.

    Every question takes ``known_by`` (a day: only what was published by then), ``at`` (a log
    position or an instant: only what was recorded by then), ``sources``, ``min_reliability``,
    ``implied_within`` and ``stale_after``; ``view`` fixes them for several questions.
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
            Targets(self._index),
            Retractions(self._index),
            store.find,
        )
        self._merges: list[tuple[Entry, int]] = []
        self._before_merges: dict[int, list[Entry]] = {}
        self._views: dict[Any, View] = {}
        self._tree = Tree(store.root)
        self._baselines = Baselines()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        try:
            return f"Timeline({self._store.path!r}, position={self.position})"
        except ClosedError:
            return f"Timeline({self._store.path!r}, closed)"

    def close(self) -> None:
        """Closes the log. Closing twice is allowed.

        An answer keeps what it has read; for the rest it raises ``ClosedError``.
        """
        self._store.close()

    @property
    def position(self) -> int:
        """The position of the log's last entry; 0 if it is empty."""
        return self._store.position

    # ---- in -------------------------------------------------------------------------------------

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
        self._refresh()
        return self._known.record(record)

    def _faults(self, items: Sequence[Event | Located]) -> tuple[Fault, ...]:
        """What makes no sense in events that cannot be recorded as they are."""
        self._refresh()
        try:
            check(items, self._known)
        except InputError as error:
            return error.faults
        return ()

    def _append(self, items: Sequence[Event | Located], expected: int | None) -> list[int]:
        self._refresh()
        events = check(items, self._known)
        # Records first, so that no position of the log shows a claim without its source.
        order = sorted(range(len(events)), key=lambda i: not isinstance(events[i], Reference))
        positions = self._store.append([events[i] for i in order], expected_position=expected)
        if any(isinstance(event, Redacted) for event in events):
            self._finish_erasing()
        by_input = dict(zip(order, positions, strict=True))
        return [by_input[i] for i in range(len(events))]

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

    def _refresh(self) -> None:
        """Reads what was appended since, by this process or another."""
        position = self._store.position
        if position != len(self._entries):
            if not len(self._entries):
                restore(self._index)
            there, kept = self._index.position, self._index.keepings
            self._index.extend_to(position)
            if there and self._index.keepings != kept:
                # It changes how what came before it reads.
                self._reader.forget()
                discard(self._index)
                self._index.rebuild(position)
            keep(self._index)
            self._merges = told_histories(self._store)
            self._before_merges.clear()
            self._entries = Entries(self._reader, position)
            self._views.clear()

    # ---- with other logs, and what must go ------------------------------------------------------

    def merge(self, other: str | PathLike[str] | Timeline) -> Merge:
        """Takes over what another log has: its events, its history and its checkpoints.

        Which of two logs is merged into the other, in what order several are, and how often,
        changes no answer that does not ask for a position or an instant of this log.

        Args:
            other: the log's path, or its timeline.

        Returns:
            What was taken, and which records the two declare differently.

        Raises:
            NotALogError: if there is no such log.
            LogError: if it is damaged; nothing was written.
            NotWrittenError, OutcomeUnknownError: if this log could not be written.
        """
        if not isinstance(other, Timeline):
            with open_timeline(other, create=False) as there:
                return self.merge(there)
        differing = conflicts(self.view().visible, other.view().visible)
        counts = merge_into(self._store, other._store)
        return Merge(other._store.identity, *counts, differing)

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

    def dump(self, to: str | PathLike[str] | BinaryIO) -> None:
        """Writes the whole log as JSON Lines; ``undump`` makes the same log of it again.

        Args:
            to: a path, where nothing may be yet; or something open for writing bytes.

        Raises:
            FileExistsError: if something is there.
        """
        if not isinstance(to, str | PathLike):
            to.writelines(lines_of(self._store))
            return
        with whole(fspath(to)) as file:
            file.writelines(lines_of(self._store))

    def events(self) -> Iterator[Entry]:
        """The log in order: entries with ``position``, ``recorded``, ``id`` and ``event``."""
        return self._store.entries()

    def follow(self, after: int | None = None, *, timeout: float | None = None) -> Iterator[Entry]:
        """New entries as they are recorded, by whomever: in order, none missed, none twice.

        Args:
            after: position before the first entry wanted; None for the last that is there now.
            timeout: seconds without a new entry after which it ends; None for never. It also ends
                when the timeline is closed.
        """
        return self._store.follow(after, timeout=timeout)

    # ---- questions ------------------------------------------------------------------------------

    def view(
        self,
        *,
        known_by: Any = None,
        at: Any = None,
        sources: Iterable[str] | str | None = None,
        min_reliability: str | None = None,
        implied_within: int | None = 365,
        stale_after: int | None = None,
    ) -> View:
        """What may be seen of the log as it is now.

        Args:
            known_by: a day; only what was published by its end.
            at: a log position, or an instant with time zone; only what was recorded by then.
            sources: ids of sources; only claims that stand in them.
            min_reliability: Admiralty grade; only claims of sources graded at least so.
            implied_within: days before a place's first report for which its ``before`` holds.
            stale_after: days after which an answer without newer evidence is "stale".

        Raises:
            AxisError, DateError: for an axis that is malformed or beyond the log.
            UnknownNameError: for a source that the log does not have.
        """
        self._refresh()
        spec = ViewSpec(known_by=known_by, at=at, sources=sources, min_reliability=min_reliability)
        for source in sorted(spec.sources or ()):
            self._known.source(source)
        position = len(self._entries)
        if isinstance(spec.at, int) and spec.at > position:
            raise AxisError(f"at: expected a position up to {position}, the last, got {spec.at}")
        return self._view(spec, implied_within, stale_after)

    def _view(self, spec: ViewSpec, implied_within: int | None, stale_after: int | None) -> View:
        key = (spec, implied_within, stale_after)
        if key not in self._views:
            entries = self._entries_for(spec)
            self._views[key] = View(
                entries,
                spec,
                implied_within=implied_within,
                stale_after=stale_after,
                tree=self._tree,
                baselines=self._baselines,
                index=self._index if entries is self._entries else None,
                redacted=lambda: redactions(self._store),
            )
        return self._views[key]

    def _entries_for(self, spec: ViewSpec) -> Sequence[Entry]:
        """The entries as a view reads them: a history that came after it told it nothing."""
        if spec.at is None or not self._merges:
            return self._entries
        counted = max((n for entry, n in self._merges if spec.admits(entry)), default=0)
        if counted == max(n for _, n in self._merges):
            return self._entries
        if counted not in self._before_merges:
            self._before_merges[counted] = list(self._store.entries(histories=counted))
        return self._before_merges[counted]

    def as_of(self, day: Any, **axes: Any) -> State:
        """The state at the end of a civil day; takes the axes of ``view``.

        Args:
            day: "YYYY-MM-DD", a date or a pendulum Date.
        """
        return self.view(**axes).as_of(day)

    def resolve(self, citation: str) -> State:
        """The state that a citation is of: the same answer, byte for byte.

        The view is fixed to the cited log position, whatever was recorded since.

        Args:
            citation: as ``state.citation`` gives it, in this log or another with the same events.
                Where the state that is given has the same citation again, the log is a copy.

        Raises:
            CitationError: if the text is no citation, or if this log or this version of the library
                gives another answer; ``differences`` says exactly what differs.
        """
        self._refresh()

        # Not through ``view``: a source that was cited may have been recorded after the position.
        def seen_as(cited: Citation) -> View:
            return self._view(cited.spec, cited.implied_within, cited.stale_after)

        return resolve(citation, len(self._entries), seen_as)

    def explain(self, place: str, day: Any, **axes: Any) -> Explanation:
        """The chain of evidence for a place on a day; takes the axes of ``view``."""
        return self.view(**axes).explain(place, day)

    def history(self, place: str, **axes: Any) -> list[Span]:
        """The spans of a place with their certainty; takes the axes of ``view``."""
        return self.view(**axes).history(place)

    def incidents(self, window: When | str, *, how: str = "overlap", **sought: Any) -> Window:
        """The incidents of a window and what they add up to; takes the axes of ``view``.

        Args:
            window: days, as ``When.of`` takes them.
            how: "overlap" counts what may have happened in it, "within" only what surely did.
            sought: ``place``, ``party``, ``kind`` and ``claimant`` as for ``View.incidents``, and
                the axes.
        """
        filters = {name: sought.pop(name, None) for name in ("place", "party", "kind", "claimant")}
        return self.view(**sought).incidents(window, how=how, **filters)

    def forecasts(self, *, as_of: Any, **axes: Any) -> list[Judged]:
        """The forecasts made by a day, judged as of that day; takes the axes of ``view``."""
        return self.view(**axes).forecasts(as_of=as_of)

    def scores(self, *, as_of: Any, by: str = "claimant", **axes: Any) -> Scores:
        """A table of what became of each claimant's forecasts; takes the axes of ``view``.

        Args:
            as_of: the day by which they were made and are judged.
            by: "claimant" (who says it, else the publisher), "publisher" or "source".
        """
        return self.view(**axes).scores(as_of=as_of, by=by)

    def diff(
        self,
        a: Any,
        b: Any,
        *,
        known_by: Any = None,
        then_known_by: Any = Same.AS_FIRST,
        at: Any = None,
        then_at: Any = Same.AS_FIRST,
        **axes: Any,
    ) -> Diff:
        """What changed from one state to another: the world, what we know, what still stands.

        Args:
            a, b: days; or states, each with its own view, and then without axes. A day beside a
                state is asked in that state's view.
            known_by, at: of the first state, as for ``view``.
            then_known_by, then_at: of the second; left out, those of the first; None for all.
            axes: the other axes of ``view``, for both.

        Raises:
            AxisError: for states whose views differ in more than what was known or recorded.
        """
        if isinstance(a, State) or isinstance(b, State):
            given = (known_by, at, *axes.values())
            if given != (None, None) or (then_known_by, then_at) != (Same.AS_FIRST, Same.AS_FIRST):
                raise AxisError("diff: expected axes with two days, got them with a state")
            first = a if isinstance(a, State) else b.view.as_of(a)
            return diff(first, b if isinstance(b, State) else first.view.as_of(b))
        then = {
            "known_by": known_by if then_known_by is Same.AS_FIRST else then_known_by,
            "at": at if then_at is Same.AS_FIRST else then_at,
        }
        first = self.as_of(a, known_by=known_by, at=at, **axes)
        return diff(first, self.as_of(b, **then, **axes))

    def revisions(self, place: str, day: Any, **axes: Any) -> list[Revision]:
        """How the answer for one day changed as reports were published.

        Args:
            place: its id or any name.
            day: the day asked about.
            axes: those of ``view``; ``known_by`` is where the revisions end.

        Returns:
            The answers one after another: first that nothing is known, then each that differs from
            the one before, with the day since which it could be given and what did it.
        """
        return self.view(**axes).revisions(place, day)

    def coverage(self, **axes: Any) -> Coverage:
        """Which places and accounts have evidence, and of which days; the axes of ``view``."""
        return self.view(**axes).coverage()

    def sensitivity(self, day: Any, **axes: Any) -> Sensitivity:
        """What the answers of a day hang on: sources, grades, claims; the axes of ``view``."""
        return self.view(**axes).sensitivity(day)

    def project(self, projection: Projection[S], day: Any, **axes: Any) -> S:
        """One's own projection at the end of a day; takes the axes of ``view``.

        Folded states are kept for each projection object, so that the next question is cheap: keep
        the object, and do not change it.
        """
        return self.view(**axes).project(projection, day)
